"""What a full disk refuses waits in memory, is seen, and is written in order later."""

import sys

import pytest

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.edits import SetSetting
from spinegrader.domain.grades import Answer
from spinegrader.errors import InvalidEditError, NotSavedError
from spinegrader.services import annotating, reading
from spinegrader.services.exporting import export_csv
from spinegrader.services.review_rows import review_rows
from spinegrader.services.session import Session
from spinegrader.services.unsaved_words import unsaved_count, unsaved_sentence
from tests.services.conftest import fill as fill_project
from tests.store.test_durability import fill, small_disk

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="mounts a small disk")

__all__ = ["small_disk"]

STUDY, OTHER = "1.2.11", "1.2.12"
SERIES = f"{STUDY}.1"
ITEM = reading.Item(DiscLevel.parse("L4/L5"), "pfirrmann")
BELOW = reading.Item(DiscLevel.parse("L5/S1"), "pfirrmann")


class Full:
    """A session whose disk takes nothing more until ``free`` is called."""

    def __init__(self, session: Session, ballast) -> None:
        self.session = session
        self._ballast = ballast

    def free(self) -> None:
        self._ballast.unlink()

    def reopened(self) -> Session:
        again = Session.open(self.session.store.folder, "A")
        again.store.close(compact=False)
        return again


@pytest.fixture
def full(small_disk):
    """An opened project with vertebrae on it; then the disk fills up."""
    made = Session.open_or_create(small_disk / "p", "A")
    fill_project(made)
    from tests.services.conftest import column

    overlay = column(SERIES)
    annotating.change(made, overlay, "Place vertebrae")
    made.store.close(compact=False)
    session = Session.open(small_disk / "p", "A")
    session.keeps_unsaved = True
    yield Full(session, fill(small_disk))
    session.store.close(compact=False)


def value(session, item=ITEM, study=STUDY):
    grade = reading.own_grade(session, study, item)
    return None if grade is None else grade.value


def answer(session, digit, item=ITEM, study=STUDY):
    return reading.answer(session, study, item, Answer.GRADED, digit)


def test_a_grade_that_does_not_fit_is_seen_but_not_said_to_be_saved(full):
    session = full.session
    heard = []
    session.subscribe(heard.append)
    answer(session, 3)
    assert value(session) == 3
    assert heard[-1].grades == {STUDY}
    assert not list(session.state.grades_of_study(STUDY))
    assert not reading.is_saved(session, STUDY, ITEM)
    assert session.saved_at is None
    assert value(full.reopened()) is None


def test_grades_given_on_a_full_disk_are_written_in_order_when_there_is_room(full):
    session = full.session
    answer(session, 3)
    answer(session, 4)
    answer(session, 2, BELOW)
    reading.comment(session, STUDY, ITEM, "Schmorl's node")
    assert reading.study_progress(session, STUDY).unsaved == 2
    assert len(session.unsaved) == 4
    session.try_again()
    assert len(session.unsaved) == 4
    full.free()
    session.try_again()
    assert not session.unsaved
    assert session.unsaved.error is None
    assert session.saved_at is not None
    again = full.reopened()
    grades = again.state.grades[reading.own_grade(again, STUDY, ITEM).key]
    assert [(grade.value, grade.comment) for grade in grades] == [
        (3, ""),
        (4, ""),
        (4, "Schmorl's node"),
    ]
    assert value(again, BELOW) == 2


def test_the_next_change_takes_those_before_it_along(full):
    session = full.session
    answer(session, 3)
    full.free()
    answer(session, 1, BELOW)
    assert not session.unsaved
    again = full.reopened()
    assert (value(again), value(again, BELOW)) == (3, 1)


def test_a_moved_vertebra_waits_and_is_known_as_the_one_that_does(full):
    session = full.session
    vertebra = session.state.overlay(SERIES).vertebra(VertebraLevel.L4)
    moved = vertebra.moved((0.0, 2.0, 0.0))
    annotating.replace_vertebra(session, SERIES, moved)
    assert session.seen.overlay(SERIES).vertebra(VertebraLevel.L4) == moved
    assert session.state.overlay(SERIES).vertebra(VertebraLevel.L4) == vertebra
    assert session.unsaved.vertebrae_of(SERIES, session.state) == {VertebraLevel.L4}
    annotating.confirm(session, SERIES)
    full.free()
    session.try_again()
    assert session.unsaved.vertebrae_of(SERIES, session.state) == frozenset()
    overlay = full.reopened().state.overlay(SERIES)
    assert (overlay.state, overlay.vertebra(VertebraLevel.L4)) == ("confirmed", moved)


def test_confirming_alone_marks_every_vertebra(full):
    annotating.confirm(full.session, SERIES)
    assert len(full.session.unsaved.vertebrae_of(SERIES, full.session.state)) == 7


def test_undo_takes_an_unsaved_change_out_and_redo_brings_it_back(full):
    session = full.session
    answer(session, 3)
    answer(session, 5)
    session.undo()
    assert (value(session), len(session.unsaved)) == (3, 1)
    session.undo()
    assert (value(session), len(session.unsaved)) == (None, 0)
    assert session.undo_title is None
    session.redo()
    session.redo()
    assert (value(session), len(session.unsaved)) == (5, 2)
    full.free()
    session.try_again()
    again = full.reopened()
    history = again.state.grades[reading.own_grade(again, STUDY, ITEM).key]
    assert [grade.value for grade in history] == [3, 5]
    session.undo()
    assert value(session) == 3


def test_undoing_what_was_saved_waits_like_any_other_change(full):
    session = full.session
    full.free()
    answer(session, 3)
    answer(session, 4)
    full._ballast = fill(full._ballast.parent)
    given = 0
    while not session.unsaved:
        given += 1
        session.undo() if given % 2 else session.redo()
    seen = value(session)
    before = session.undo_title, session.redo_title
    session.redo() if given % 2 else session.undo()
    assert not session.unsaved
    assert value(session) != seen
    session.undo() if given % 2 else session.redo()
    assert (value(session), session.undo_title, session.redo_title) == (seen, *before)
    full.free()
    session.try_again()
    assert value(full.reopened()) == seen


def test_discarding_goes_back_to_what_the_disk_has(full):
    session = full.session
    full.free()
    answer(session, 2)
    full._ballast = fill(full._ballast.parent)
    digit = 2
    while not session.unsaved:
        digit = 5 - digit
        answer(session, digit)
    kept = session.state.grade(reading.own_grade(session, STUDY, ITEM).key).value
    session.undo()
    session.redo()
    answer(session, 1, BELOW)
    session.discard_unsaved()
    assert (value(session), value(session, BELOW)) == (kept, None)
    assert not session.unsaved
    full.free()
    while session.redo_title:
        session.redo()
    assert value(full.reopened(), BELOW) == 1


def test_an_undo_that_was_discarded_can_be_asked_for_again(full):
    session = full.session
    full.free()
    answer(session, 2)
    full._ballast = fill(full._ballast.parent)
    while not session.unsaved:
        session.redo() if session.redo_title else session.undo()
    seen = value(session)
    session.discard_unsaved()
    assert value(session) != seen
    full.free()
    session.redo() if seen == 2 else session.undo()
    assert value(session) == seen


def test_a_wrong_digit_is_refused_as_ever(full):
    with pytest.raises(InvalidEditError, match="no grade 9"):
        answer(full.session, 9)
    answer(full.session, 3)
    with pytest.raises(InvalidEditError, match="no grade 9"):
        answer(full.session, 9)
    assert len(full.session.unsaved) == 1


def test_what_is_asked_in_a_dialog_does_not_wait(full):
    answer(full.session, 3)
    with pytest.raises(NotSavedError, match="The disk is full"):
        full.session.apply(SetSetting("x", None, "1"))
    assert len(full.session.unsaved) == 1
    assert full.session.undo_title == "Grade L4/L5"


def test_without_somebody_to_try_again_a_full_disk_raises_and_nothing_waits(full):
    full.session.keeps_unsaved = False
    with pytest.raises(NotSavedError, match="The disk is full"):
        answer(full.session, 3)
    assert not full.session.unsaved
    assert value(full.session) is None


def test_a_grade_that_waited_follows_what_the_same_reader_wrote_elsewhere(full):
    session = full.session
    answer(session, 3)
    full.free()
    elsewhere = Session.open(session.store.folder, "A")
    answer(elsewhere, 5)
    elsewhere.store.close(compact=False)
    session.refresh()
    assert value(session) == 3
    session.try_again()
    again = full.reopened()
    history = again.state.grades[reading.own_grade(again, STUDY, ITEM).key]
    assert [(grade.value, grade.revision) for grade in history] == [(5, 1), (3, 2)]
    assert history[-1].reason == "corrected"


def test_vertebrae_that_waited_give_way_to_undo_if_another_reader_moved_them(full):
    session = full.session
    annotating.shift_levels(session, SERIES, 1)
    full.free()
    other = Session.open(session.store.folder, "B")
    annotating.confirm(other, SERIES)
    theirs = other.state.overlay(SERIES)
    other.store.close(compact=False)
    session.refresh()
    session.try_again()
    assert session.state.overlay(SERIES).vertebrae[0].level == "L1"
    session.undo()
    assert session.state.overlay(SERIES) == theirs


def test_what_waits_is_written_under_the_name_of_who_gave_it(full):
    session = full.session
    answer(session, 3)
    session.reader = "B"
    full.free()
    session.try_again()
    (journal,) = [
        text
        for path in (session.store.folder / "journal").glob("*.jsonl")
        if "pfirrmann" in (text := path.read_text(encoding="utf-8")).splitlines()[-1]
    ]
    assert '"by":"A"' in journal.splitlines()[-1]


def test_a_change_that_is_refused_later_does_not_block_the_others(full):
    session = full.session
    answer(session, 3)
    reading.comment(session, STUDY, ITEM, "half a sign \ud800")
    answer(session, 2, BELOW)
    full.free()
    session.try_again()
    assert not session.unsaved
    assert len(session.unsaved.refused) == 1
    assert (value(session), value(session, BELOW)) == (3, 2)


def test_only_what_is_on_the_disk_is_exported(full, tmp_path):
    answer(full.session, 3)
    assert export_csv(full.session, tmp_path / "grades.csv") == 0


def test_review_shows_what_waits(full):
    answer(full.session, 3)
    (row,) = review_rows(full.session)
    assert row.grade.value == 3


def test_the_words_say_what_was_not_saved_and_why(full):
    session = full.session
    assert unsaved_sentence(session.unsaved, session.scheme) == ""
    answer(session, 3)
    text = unsaved_sentence(session.unsaved, session.scheme)
    assert text.startswith("L4/L5 Pfirrmann 3 was not saved. The disk is full. Free some space")
    reading.comment(session, STUDY, ITEM, "x")
    reading.take_back(session, STUDY, ITEM)
    reading.answer(session, STUDY, ITEM, Answer.NOT_ASSESSABLE)
    annotating.shift_levels(session, SERIES, 1)
    text = unsaved_sentence(session.unsaved, session.scheme)
    assert "5 changes (…, L4/L5 Pfirrmann taken back, L4/L5 Pfirrmann not assessable," in text
    assert unsaved_count(session.unsaved) == "5 changes not saved"
