"""Other grades come in sight when the protocol allows it, and that is recorded first."""

import pytest

from spinegrader.domain.grades import Answer, ReadingMode
from spinegrader.errors import HeldBackError, NotSavedError, ProjectError
from spinegrader.services import reading, review, sight
from spinegrader.services.flags import lower_flag, raise_flag
from spinegrader.services.labels import blinded_labels_of, labels_of
from spinegrader.services.protocol import ReadingProtocol, reading_protocol, set_protocol
from spinegrader.services.review_rows import review_rows, rows_held_back
from spinegrader.services.steps import finished
from tests.services.flow_project import FOLLOW_UP, L4_L5, STUDY, UNRELATED, predict, read, session

__all__ = ["session"]

ASSISTED = ReadingProtocol(mode=ReadingMode.ASSISTED)
PLACE = (L4_L5.disc, L4_L5.grading)


def own(session, item=L4_L5):
    return reading.own_grade(session, STUDY, item)


def test_a_project_is_read_blinded_by_one_unless_it_says_otherwise(session, reopened):
    assert reading_protocol(session) == ReadingProtocol()
    assert reading_protocol(session).is_blinded
    chosen = ReadingProtocol(mode="assisted", readers=2, repeat_percent=20, repeat_after_days=14)
    set_protocol(session, chosen)
    assert reading_protocol(reopened()) == chosen
    assert not set_protocol(session, chosen)
    session.undo()
    assert reading_protocol(session).is_blinded


def test_a_blinded_study_is_refused_until_all_its_items_are_answered(session):
    predict(session)
    with pytest.raises(HeldBackError, match="0 of 6 so far"):
        sight.look(session, STUDY)
    read(session)
    assert sight.look(session, STUDY).predictions[PLACE].value == 4
    reading.take_back(session, STUDY, L4_L5)
    with pytest.raises(HeldBackError, match="5 of 6"):
        sight.look(session, STUDY)


def test_unblinding_is_refused_to_each_reader_by_oneself(session):
    read(session)
    session.reader = "B"
    with pytest.raises(HeldBackError):
        sight.look(session, STUDY)
    read(session, value=3)
    others = sight.look(session, STUDY).others
    assert {(grade.key.reader, grade.value) for grade in others} == {("A", 2)}


def test_a_look_is_recorded_once_and_survives_reopening(session, reopened):
    predict(session)
    read(session)
    undoable = session.next_undo
    sight.look(session, STUDY)
    (first,) = session.state.sights.values()
    sight.look(session, STUDY)
    assert list(reopened().state.sights.values()) == [first]
    assert (first.key.study_uid, first.key.reader, first.key.reading) == (STUDY, "A", 1)
    assert session.next_undo is undoable


def test_looking_where_there_is_nothing_is_no_sight(session):
    read(session)
    assert not sight.look(session, STUDY)
    assert session.state.sights == {}


def test_every_answer_after_a_look_is_assisted(session, reopened):
    set_protocol(session, ASSISTED)
    predict(session)
    first, second = reading.items_of(session, STUDY)[:2]
    reading.answer(session, STUDY, first, Answer.GRADED, 1)
    assert own(session, first).mode is ReadingMode.BLINDED
    sight.look(session, STUDY)
    reading.answer(session, STUDY, second, Answer.GRADED, 1)
    reading.answer(session, STUDY, L4_L5, Answer.GRADED, 1)
    again = reopened()
    assert own(again, second).mode is ReadingMode.ASSISTED
    assert not own(again, second).prediction_visible  # no model has graded this one
    assert own(again).mode is ReadingMode.ASSISTED
    assert own(again).prediction_visible


def test_undo_comment_and_taking_back_after_a_look_are_assisted_too(session):
    reading.answer(session, STUDY, L4_L5, Answer.GRADED, 2)
    reading.answer(session, STUDY, L4_L5, Answer.GRADED, 3)
    set_protocol(session, ASSISTED)
    session.reader = "B"
    read(session)
    session.reader = "A"
    sight.look(session, STUDY)
    session.reader = "B"
    session.undo()  # B's last answer: B hasn't looked
    session.reader = "A"
    reading.comment(session, STUDY, L4_L5, "seen")
    assert own(session).mode is ReadingMode.ASSISTED
    session.undo()
    assert (own(session).value, own(session).mode) == (3, ReadingMode.ASSISTED)
    assert blinded_labels_of(session, STUDY, "A")[PLACE].revision == 2


def test_an_answer_after_a_look_is_no_blinded_label(session):
    predict(session)
    read(session, value=2)
    sight.look(session, STUDY)
    reading.answer(session, STUDY, L4_L5, Answer.GRADED, 4)
    assert labels_of(session, STUDY)[PLACE].value == 4
    assert blinded_labels_of(session, STUDY)[PLACE].value == 2


def test_review_leaves_out_what_is_still_to_be_read_blinded(session):
    for study in (STUDY, FOLLOW_UP):
        predict(session, study)
    read(session, STUDY)
    rows = review_rows(session)
    assert {row.study_uid for row in rows} == {STUDY}
    assert rows_held_back(session) == 1
    assert {key.study_uid for key in session.state.sights} == {STUDY}
    set_protocol(session, ASSISTED)
    assert {row.study_uid for row in review_rows(session)} == {STUDY, FOLLOW_UP}
    assert rows_held_back(session) == 0


def test_figures_on_screen_tell_nothing_of_what_is_held_back(session):
    predict(session, STUDY)
    read(session, STUDY)
    session.reader = "B"
    assert finished(review.gather_comparisons(session, in_sight_only=True)) == ()
    assert len(finished(review.gather_comparisons(session))) == 1


def test_another_readers_words_are_held_back_like_grades(session):
    raise_flag(session, STUDY, "L4/L5 Pfirrmann: rather 4")
    assert sight.flag_words(session, STUDY) == "L4/L5 Pfirrmann: rather 4"
    assert session.state.sights == {}
    session.reader = "B"
    assert sight.flag_words(session, STUDY) == sight.known_flag_words(session, STUDY) == ""
    read(session)
    assert sight.known_flag_words(session, STUDY) == ""
    assert sight.flag_words(session, STUDY) == "L4/L5 Pfirrmann: rather 4"
    assert [key.reader for key in session.state.sights] == ["B"]
    assert sight.known_flag_words(session, STUDY) == "L4/L5 Pfirrmann: rather 4"


def test_a_flag_is_raised_lowered_and_kept(session, reopened):
    raise_flag(session, UNRELATED, " L4/L5 Pfirrmann:  ")
    assert reopened().state.flag(UNRELATED).text == "L4/L5 Pfirrmann"
    lower_flag(session, UNRELATED)
    assert reopened().state.flag(UNRELATED) is None
    assert not lower_flag(session, UNRELATED)
    session.undo()
    assert reopened().state.flag(UNRELATED).by == "A"


def test_nothing_is_shown_of_a_look_that_could_not_be_recorded(session, monkeypatch):
    def refuse(edit, by):
        raise ProjectError("The disk is full.")

    predict(session)
    read(session)
    monkeypatch.setattr(session.store, "append", refuse)
    with pytest.raises(NotSavedError):
        sight.look(session, STUDY)
    assert session.state.sights == {}


def test_many_looks_are_recorded_step_by_step(session, reopened, monkeypatch):
    monkeypatch.setattr(sight, "_A_STEP", 1)
    steps = sight.note_sights_in_steps(session, [STUDY, FOLLOW_UP])
    next(steps)
    assert (sight.has_seen(session, STUDY), sight.has_seen(session, FOLLOW_UP)) == (True, False)
    finished(steps)
    assert {key.study_uid for key in reopened().state.sights} == {STUDY, FOLLOW_UP}
