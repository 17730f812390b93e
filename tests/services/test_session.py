import pytest

from spinegrader import durable
from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.grades import Answer
from spinegrader.errors import InvalidEditError, ProjectError
from spinegrader.services import annotating, reading
from spinegrader.services.session import Session

STUDY = "1.2.11"
ITEM = reading.Item(DiscLevel.parse("L4/L5"), "pfirrmann")


def value(session):
    grade = reading.own_grade(session, STUDY, ITEM)
    return None if grade is None else grade.value


def test_a_grade_is_there_after_reopening(session):
    reading.answer(session, STUDY, ITEM, Answer.GRADED, 4, seconds=2.5)
    assert session.saved_at is not None
    folder = session.store.folder
    session.close()
    again = Session.open(folder, "A")
    grade = reading.own_grade(again, STUDY, ITEM)
    assert grade is not None
    assert (grade.value, grade.seconds, grade.prediction_visible) == (4, 2.5, False)
    again.close()


def test_undo_and_redo_walk_through_grades_and_levels(overlaid):
    session = overlaid
    reading.answer(session, STUDY, ITEM, Answer.GRADED, 2)
    reading.answer(session, STUDY, ITEM, Answer.GRADED, 5)
    annotating.shift_levels(session, f"{STUDY}.1", -1)
    assert session.undo_title == "Shift levels"
    seen = []
    for _ in range(3):
        session.undo()
        seen.append(value(session))
    assert seen == [5, 2, None]
    for _ in range(3):
        session.redo()
    assert value(session) == 5
    overlay = session.state.overlay(f"{STUDY}.1")
    assert overlay is not None
    assert overlay.vertebrae[-1].level == "L5"
    # Every step is a record of its own: nothing was overwritten.
    key = reading.own_grade(session, STUDY, ITEM).key
    assert len(session.state.grades[key]) == 6


def test_undo_survives_reopening(overlaid):
    folder = overlaid.store.folder
    annotating.confirm(overlaid, f"{STUDY}.1")
    overlaid.undo()
    overlaid.close()
    again = Session.open(folder, "A")
    assert again.state.overlay(f"{STUDY}.1").state == "proposed"
    again.close()


def test_a_new_change_forgets_what_was_undone(session):
    reading.answer(session, STUDY, ITEM, Answer.GRADED, 2)
    session.undo()
    assert session.redo_title == "Grade L4/L5"
    reading.answer(session, STUDY, ITEM, Answer.UNSURE)
    assert session.redo_title is None


def test_imports_are_not_undone(session):
    assert session.undo_title is None
    session.undo()
    assert len(session.state.series) == 3


def test_two_sessions_see_each_other_and_the_stale_one_is_told(overlaid):
    other = Session.open(overlaid.store.folder, "B")
    reading.answer(other, STUDY, ITEM, Answer.GRADED, 1)
    annotating.shift_levels(other, f"{STUDY}.1", 1)
    heard = []
    overlaid.subscribe(heard.append)
    overlaid.refresh()
    assert heard[0].grades == {STUDY}
    assert heard[0].overlays == {f"{STUDY}.1"}
    assert {grade.key.reader for grade in overlaid.state.grades_of_study(STUDY)} == {"B"}
    annotating.shift_levels(overlaid, f"{STUDY}.1", -1)
    with pytest.raises(InvalidEditError, match="no grade 7"):
        reading.answer(other, STUDY, ITEM, Answer.GRADED, 7)
    other.close()


def test_what_is_no_project_is_said(tmp_path):
    with pytest.raises(ProjectError, match="not a SpineGrader project"):
        Session.open(tmp_path, "A")
    (tmp_path / "holiday.jpg").write_bytes(b"x")
    with pytest.raises(ProjectError):
        Session.open_or_create(tmp_path, "A")
    assert (tmp_path / "holiday.jpg").exists()


def test_a_project_is_made_where_making_one_was_killed(tmp_path):
    folder = tmp_path / "p"
    folder.mkdir()
    durable.temporary_beside(folder / "spinegrader.json").write_bytes(b"{")
    session = Session.open_or_create(folder, "Dr. Grau")
    session.close()
    assert Session.open(folder, "Dr. Grau").state.patients == {}
