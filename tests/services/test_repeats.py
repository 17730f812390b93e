"""Reading studies once more: which are drawn, and that the first reading stays out of sight."""

from datetime import timedelta

import pytest

from spinegrader.domain.grades import Answer
from spinegrader.errors import HeldBackError, InputError
from spinegrader.services import reading, repeats, sight
from spinegrader.services.flags import raise_flag
from spinegrader.services.labels import blinded_labels_of, labels_of
from spinegrader.services.places import place_of
from tests.services.flow_project import FOLLOW_UP, L4_L5, STUDY, UNRELATED, predict, read, session

__all__ = ["session"]

ALL = (STUDY, FOLLOW_UP, UNRELATED)


def qualifying(session, earliest_days):
    return repeats.qualifying(repeats.last_answers(session), earliest_days)


def test_only_done_studies_whose_last_answer_is_old_enough_qualify(session):
    read(session, STUDY)
    reading.answer(session, FOLLOW_UP, L4_L5, Answer.GRADED, 2)
    answered = repeats.last_answers(session)
    assert list(answered) == [STUDY]
    assert repeats.qualifying(answered, 28) == ()
    long_ago = {STUDY: answered[STUDY] - timedelta(days=28)}
    assert repeats.qualifying(long_ago, 28) == (STUDY,)
    assert repeats.qualifying(long_ago, 29) == ()
    session.reader = "B"
    assert qualifying(session, 0) == ()


def test_drawing_is_one_change_with_its_seed_that_undo_takes_back(session, reopened):
    for uid in ALL:
        read(session, uid)
    assert repeats.draw_repeats(session, 0.5, 0, seed=7) == 2
    drawn = {uid for uid in ALL if session.state.asked_reading(uid, "A") == 2}
    assert len(drawn) == 2
    assert session.undo_title == "Draw repeat readings (seed 7)"
    assert place_of(session.next_undo, session.state).study_uid in drawn
    again = reopened()
    assert {uid for uid in ALL if again.state.asked_reading(uid, "A") == 2} == drawn
    # What is under repetition isn't drawn once more.
    assert set(qualifying(session, 0)) == set(ALL) - drawn
    session.undo()
    assert all(session.state.asked_reading(uid, "A") == 1 for uid in ALL)
    repeats.draw_repeats(session, 0.5, 0, seed=7)
    assert {uid for uid in ALL if session.state.asked_reading(uid, "A") == 2} == drawn


def test_the_draw_depends_on_the_seed_alone_and_reaches_every_study(session):
    for uid in ALL:
        read(session, uid)
    met = set()
    for seed in range(12):
        repeats.draw_repeats(session, 0.2, 0, seed)
        met |= {uid for uid in ALL if session.state.asked_reading(uid, "A") == 2}
        session.undo()
    assert met == set(ALL)


def test_shares_round_up_but_not_by_an_error_of_rounding():
    assert [repeats.number_to_draw(30, share) for share in (0.01, 0.1, 0.34, 1.0)] == [1, 3, 11, 30]
    assert repeats.number_to_draw(0, 0.5) == 0


def test_nothing_to_draw_is_said_in_words(session):
    with pytest.raises(InputError, match="at least 28 days ago"):
        repeats.draw_repeats(session, 0.1, 28, seed=1)
    with pytest.raises(InputError, match="share"):
        repeats.draw_repeats(session, 0, 28, seed=1)


def test_a_repeat_starts_blank_and_does_not_see_the_first_reading(session):
    read(session, STUDY, value=2)
    reading.comment(session, STUDY, L4_L5, "motion")
    repeats.draw_repeats(session, 1, 0, seed=1)
    progress = reading.study_progress(session, STUDY)
    assert (progress.state, progress.reading) == (reading.Progress.NEW, 2)
    assert reading.own_grade(session, STUDY, L4_L5) is None
    assert reading.history_of(session, STUDY, L4_L5) == ()
    reading.answer(session, STUDY, L4_L5, Answer.GRADED, 3)
    grade = reading.own_grade(session, STUDY, L4_L5)
    assert (grade.key.reading, grade.revision, grade.comment) == (2, 1, "")


def test_a_repeat_is_read_blinded_again_and_done_in_the_end(session, reopened):
    predict(session)
    read(session, value=2)
    sight.look(session, STUDY)
    repeats.draw_repeats(session, 1, 0, seed=1)
    with pytest.raises(HeldBackError):
        sight.look(session, STUDY)
    read(session, value=3)
    assert reading.own_grade(session, STUDY, L4_L5).mode == "blinded"
    again = reopened()
    assert reading.study_progress(again, STUDY).state is reading.Progress.DONE
    both = reading.readings_of(again, STUDY)
    assert [(number, both[number][L4_L5].value) for number in both] == [(1, 2), (2, 3)]


def test_models_learn_from_the_first_reading_alone(session):
    read(session, value=2)
    repeats.draw_repeats(session, 1, 0, seed=1)
    read(session, value=3)
    for labels in (labels_of(session, STUDY), blinded_labels_of(session, STUDY)):
        assert {grade.value for grade in labels.values()} == {2}


def test_words_of_an_earlier_reading_wait_for_the_end_of_the_repeat(session):
    raise_flag(session, STUDY, "rather 4")
    read(session)
    repeats.draw_repeats(session, 1, 0, seed=1)
    assert sight.flag_words(session, STUDY) == sight.known_flag_words(session, STUDY) == ""
    read(session)
    assert sight.flag_words(session, STUDY) == sight.known_flag_words(session, STUDY) == "rather 4"
    repeats.draw_repeats(session, 1, 0, seed=1)
    raise_flag(session, STUDY, "still 4")
    assert sight.flag_words(session, STUDY) == "still 4"
    assert session.state.sights == {}
