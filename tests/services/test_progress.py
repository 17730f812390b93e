"""How far studies are: right after every change, and without counting all of them again."""

import pytest

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.edits import SetOverlay
from spinegrader.domain.grades import Answer
from spinegrader.services import annotating, progress, reading
from spinegrader.services.protocol import ReadingProtocol, set_protocol
from spinegrader.services.session import Session
from spinegrader.services.standing import Standing, standing_of
from tests.services.conftest import column
from tests.services.flow_project import FOLLOW_UP, L4_L5, STUDY, UNRELATED, read, session

__all__ = ["session"]


@pytest.fixture
def counted(monkeypatch):
    """Which studies were counted, one entry each time."""
    seen = []
    count = progress._count

    def counting(session, study_uid, asked):
        seen.append(study_uid)
        return count(session, study_uid, asked)

    monkeypatch.setattr(progress, "_count", counting)
    return seen


def test_an_answer_has_only_its_study_counted_again(session, counted):
    read(session, STUDY)
    read(session, FOLLOW_UP)
    assert reading.next_undone_study(session) == UNRELATED
    counted.clear()
    reading.answer(session, FOLLOW_UP, L4_L5, Answer.GRADED, 1)
    assert reading.next_undone_study(session) == UNRELATED
    assert reading.next_undone_study(session, UNRELATED) == UNRELATED
    assert counted == [FOLLOW_UP]


def test_listeners_hear_of_a_change_after_it_counts(session):
    told = []
    session.subscribe(lambda _: told.append(reading.study_progress(session, STUDY).answered))
    reading.study_progress(session, STUDY)
    reading.answer(session, STUDY, L4_L5, Answer.GRADED, 1)
    session.undo()
    assert told == [1, 0]


def test_what_changes_the_items_changes_the_count(session):
    def total():
        return reading.study_progress(session, STUDY).total

    assert total() == 6
    session.apply(SetOverlay(f"{STUDY}.1", None, column(f"{STUDY}.1")))
    annotating.remove_vertebra(session, f"{STUDY}.1", VertebraLevel.T12)
    assert total() == 5
    reading.ask_gradings(session, ["pfirrmann", "narrowing"])
    assert total() == 10
    session.undo()
    assert total() == 5


def test_another_session_and_another_reader_are_counted(session):
    assert reading.study_progress(session, STUDY).answered == 0
    other = Session.open(session.store.folder, "B")
    reading.answer(other, STUDY, L4_L5, Answer.GRADED, 5)
    other.store.close(compact=False)
    session.refresh()
    assert reading.study_progress(session, STUDY).answered == 0
    session.reader = "B"
    assert reading.study_progress(session, STUDY).answered == 1


def test_a_study_done_by_one_of_two_readers_needs_a_second(session, reopened):
    set_protocol(session, ReadingProtocol(readers=2))
    assert standing_of(session, STUDY).standing is Standing.NEW
    read(session)
    assert standing_of(session, STUDY).standing is Standing.DONE
    second = reopened("B")
    assert standing_of(second, STUDY).standing is Standing.SECOND_READER
    assert reading.next_undone_study(second) == STUDY
    reading.answer(second, STUDY, L4_L5, Answer.GRADED, 1)
    assert standing_of(second, STUDY).standing is Standing.DOING
    read(second)
    third = reopened("C")
    assert standing_of(third, STUDY).standing is Standing.NEW
    set_protocol(third, ReadingProtocol(readers=1))
    assert standing_of(reopened("D"), STUDY).standing is Standing.NEW
