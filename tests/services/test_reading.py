import pytest

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.grades import Answer
from spinegrader.errors import InputError, InvalidEditError
from spinegrader.services import reading
from spinegrader.services.annotating import remove_vertebra
from spinegrader.services.session import Session

STUDY = "1.2.11"
L4_L5 = reading.Item(DiscLevel.parse("L4/L5"), "pfirrmann")


def grade_all(session, study_uid, value=1):
    while (item := reading.next_open_item(session, study_uid)) is not None:
        reading.answer(session, study_uid, item, Answer.GRADED, value)


def test_items_run_disc_by_disc_in_the_asked_order(overlaid):
    reading.ask_gradings(overlaid, ["narrowing", "pfirrmann"])
    items = reading.items_of(overlaid, STUDY)
    assert [(str(item.disc), item.grading) for item in items[:3]] == [
        ("T12/L1", "narrowing"),
        ("T12/L1", "pfirrmann"),
        ("L1/L2", "narrowing"),
    ]
    assert len(items) == 12
    with pytest.raises(InputError):
        reading.ask_gradings(overlaid, ["unheard of"])


def test_discs_follow_the_overlay(overlaid):
    remove_vertebra(overlaid, f"{STUDY}.1", overlaid.state.overlay(f"{STUDY}.1").vertebrae[0].level)
    assert str(reading.discs_to_grade(overlaid, STUDY)[0]) == "L1/L2"


def test_progress_and_next_study(overlaid):
    reading.ask_gradings(overlaid, ["pfirrmann"])
    assert reading.study_progress(overlaid, STUDY).state is reading.Progress.NEW
    first = reading.items_of(overlaid, STUDY)[0]
    reading.answer(overlaid, STUDY, first, Answer.NOT_ASSESSABLE)
    assert reading.study_progress(overlaid, STUDY).state is reading.Progress.DOING
    assert reading.next_open_item(overlaid, STUDY) == reading.items_of(overlaid, STUDY)[1]
    grade_all(overlaid, STUDY)
    assert reading.study_progress(overlaid, STUDY).state is reading.Progress.DONE
    assert reading.next_undone_study(overlaid) == "1.2.12"
    grade_all(overlaid, "1.2.12")
    grade_all(overlaid, "1.2.21")
    assert reading.next_undone_study(overlaid) is None


def test_taking_back_opens_the_item_and_keeps_the_record(overlaid):
    item = reading.items_of(overlaid, STUDY)[0]
    reading.answer(overlaid, STUDY, item, Answer.GRADED, 3)
    reading.comment(overlaid, STUDY, item, "motion")
    key = reading.own_grade(overlaid, STUDY, item).key
    reading.take_back(overlaid, STUDY, item)
    assert reading.own_grade(overlaid, STUDY, item) is None
    assert [grade.value for grade in overlaid.state.grades[key]] == [3, 3, None]
    with pytest.raises(InvalidEditError, match="Grade this item first"):
        reading.comment(overlaid, STUDY, item, "too early")


def test_readers_do_not_mix(overlaid):
    item = reading.items_of(overlaid, STUDY)[0]
    reading.answer(overlaid, STUDY, item, Answer.GRADED, 3)
    overlaid.reader = "B"
    assert reading.own_grade(overlaid, STUDY, item) is None
    reading.answer(overlaid, STUDY, item, Answer.GRADED, 5)
    values = {grade.key.reader: grade.value for grade in overlaid.state.grades_of_study(STUDY)}
    assert values == {"A": 3, "B": 5}


def test_the_history_of_an_item_is_the_readers_own_and_newest_first(session):
    other = Session.open(session.store.folder, "B")
    reading.answer(other, STUDY, L4_L5, Answer.GRADED, 5)
    session.refresh()
    reading.answer(session, STUDY, L4_L5, Answer.GRADED, 3)
    reading.answer(session, STUDY, L4_L5, Answer.GRADED, 4)
    reading.take_back(session, STUDY, L4_L5)
    told = reading.history_of(session, STUDY, L4_L5)
    assert [(grade.answer, grade.value) for grade in told] == [
        ("withdrawn", None),
        ("graded", 4),
        ("graded", 3),
    ]
    assert [grade.reason for grade in told] == ["taken back", "corrected", ""]
    other.store.close(compact=False)


def test_a_reason_is_given_to_what_replaced_another_answer(session):
    reading.answer(session, STUDY, L4_L5, Answer.GRADED, 3, seconds=2.5)
    assert not reading.takes_reason(session, STUDY, L4_L5)
    with pytest.raises(InvalidEditError, match="replaced another"):
        reading.give_reason(session, STUDY, L4_L5, "second look")
    reading.answer(session, STUDY, L4_L5, Answer.GRADED, 4)
    assert reading.takes_reason(session, STUDY, L4_L5)
    with pytest.raises(InvalidEditError, match="Choose a reason"):
        reading.give_reason(session, STUDY, L4_L5, "  ")
    reading.give_reason(session, STUDY, L4_L5, " seen with\n Dr. C ")
    newest, before, _ = reading.history_of(session, STUDY, L4_L5)
    assert (newest.value, newest.revision, newest.reason) == (4, 3, "seen with Dr. C")
    assert before.reason == "corrected"
    assert not reading.give_reason(session, STUDY, L4_L5, "seen with Dr. C")
    assert len(reading.history_of(session, STUDY, L4_L5)) == 3
