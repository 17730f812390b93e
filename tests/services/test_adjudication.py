"""Two readers differ: who may see what, how the final answer is kept, and what it counts for."""

import csv
from dataclasses import replace

import pytest

from spinegrader.domain.edits import SetGrade
from spinegrader.domain.grades import Answer, Grade, ReadingMode
from spinegrader.errors import HeldBackError, InvalidEditError
from spinegrader.services import adjudication, reading, sight
from spinegrader.services.adjudication import Role
from spinegrader.services.differing import Asked, gather_cases, gather_readers, renewed_cases
from spinegrader.services.edit_titles import title_words
from spinegrader.services.exporting import export_csv
from spinegrader.services.labels import blinded_labels_of, labels_of
from spinegrader.services.reading import Item
from spinegrader.services.steps import finished
from spinegrader.store.checking.whole import check_project
from tests.services.flow_project import FOLLOW_UP, L4_L5, STUDY, read, session

__all__ = ["session"]

ASKED = Asked("A", "B")
PLACE = (L4_L5.disc, L4_L5.grading)


@pytest.fixture
def differing(session):
    """A and B have read a study; at L4/L5 they are two steps apart, on another disc one."""
    read(session, STUDY, 2)
    session.reader = "B"
    read(session, STUDY, 2)
    other = next(item for item in reading.items_of(session, STUDY) if item != L4_L5)
    reading.answer(session, STUDY, L4_L5, Answer.GRADED, 4)
    reading.answer(session, STUDY, other, Answer.GRADED, 3)
    session.reader = "C"
    return session


def cases(session, least_steps=1):
    return finished(gather_cases(session, Asked("A", "B", least_steps))).cases


def the_case(session):
    return next(case for case in cases(session) if case.item == L4_L5)


def test_discs_on_which_they_differ_are_found(differing):
    assert finished(gather_readers(differing)) == ("A", "B")
    assert len(cases(differing)) == 2
    (case,) = cases(differing, least_steps=2)
    assert case.item == L4_L5
    assert {grade.value for grade in case.answers} == {2, 4}
    assert case.settled is None


def test_a_grade_against_unsure_is_a_difference_too(differing):
    differing.reader = "B"
    reading.answer(differing, STUDY, L4_L5, Answer.UNSURE)
    differing.reader = "C"
    assert L4_L5 in {case.item for case in cases(differing)}
    assert cases(differing, least_steps=2) == ()


def test_who_is_a_and_who_is_b_is_drawn_for_each_disc_and_stays(session):
    for reader, value in (("A", 2), ("B", 4)):
        session.reader = reader
        for uid in (STUDY, FOLLOW_UP):
            read(session, uid, value)
    session.reader = "C"
    first = [case.answers[0].key.reader for case in cases(session)]
    assert set(first) == {"A", "B"}
    assert [case.answers[0].key.reader for case in cases(session)] == first


def test_the_final_answer_is_kept_beside_the_readers_own(differing, reopened):
    case = the_case(differing)
    adjudication.see(differing, case)
    adjudication.adjudicate(differing, case, Answer.GRADED, 3)
    again = reopened("C")
    settled = the_case(again).settled
    assert (settled.value, settled.mode, settled.key.reader) == (3, "adjudicated", "C")
    assert settled.reason == "settles A and B, names hidden"
    assert {grade.value for grade in the_case(again).answers} == {2, 4}
    # The adjudicator's own reading of the study is still open, and blinded no more.
    assert reading.own_grade(again, STUDY, L4_L5) is None
    assert sight.has_seen(again, STUDY)
    assert again.state.asked_reading(STUDY, "C") == 1


def test_one_of_both_keeps_the_own_first_answer(differing):
    differing.reader = "B"
    assert adjudication.role_of(differing, "A", "B") is Role.ONE_OF_BOTH
    adjudication.adjudicate(differing, the_case(differing), Answer.GRADED, 3, names_shown=True)
    assert reading.own_grade(differing, STUDY, L4_L5).value == 4
    assert list(reading.readings_of(differing, STUDY)) == [1]
    assert the_case(differing).settled.reason == "settles A and B, names shown"
    differing.reader = "C"
    assert adjudication.role_of(differing, "A", "B") is Role.THIRD


def test_undo_takes_it_back_and_redo_makes_it_again(differing, reopened):
    case = the_case(differing)
    adjudication.see(differing, case)
    adjudication.adjudicate(differing, case, Answer.GRADED, 3)
    assert differing.undo_title == "Adjudicate L4/L5"
    assert title_words(differing.next_undo) == "Adjudicate L4/L5"
    differing.undo()
    assert the_case(differing).settled is None
    assert the_case(reopened("C")).settled is None
    differing.redo()
    assert the_case(differing).settled.value == 3
    adjudication.take_back(differing, the_case(differing))
    assert the_case(differing).settled is None


def test_nobody_takes_another_adjudicators_word(differing):
    adjudication.adjudicate(differing, the_case(differing), Answer.GRADED, 3)
    differing.reader = "D"
    with pytest.raises(InvalidEditError, match="C settled this disc"):
        adjudication.take_back(differing, the_case(differing))
    adjudication.adjudicate(differing, the_case(differing), Answer.GRADED, 4)
    assert the_case(differing).settled.value == 4


def test_one_who_reads_blinded_still_finishes_first(differing):
    case = the_case(differing)
    reading.answer(differing, STUDY, L4_L5, Answer.GRADED, 5)
    found = finished(gather_cases(differing, Asked("A", "B")))
    assert (found.cases, found.held_back) == ((), {STUDY})
    with pytest.raises(HeldBackError, match="finish your reading"):
        adjudication.see(differing, case)
    with pytest.raises(HeldBackError, match="finish your reading"):
        adjudication.adjudicate(differing, case, Answer.GRADED, 3)
    assert not sight.has_seen(differing, STUDY)
    read(differing, STUDY, 2)
    assert len(cases(differing)) == 2


def test_what_there_is_to_settle_follows_the_answers_to_a_study(differing):
    known = finished(gather_cases(differing, ASKED))
    assert renewed_cases(differing, ASKED, known, [STUDY]) == known
    differing.reader = "B"
    reading.answer(differing, STUDY, L4_L5, Answer.GRADED, 2)
    for uid, value in ((FOLLOW_UP, 3), (STUDY, 2)):
        read(differing, uid, value)
    differing.reader = "A"
    read(differing, FOLLOW_UP, 2)
    differing.reader = "C"
    found = renewed_cases(differing, ASKED, known, [FOLLOW_UP, STUDY])
    assert found == finished(gather_cases(differing, ASKED))
    assert [len(found.by_study[uid]) for uid in (STUDY, FOLLOW_UP)] == [1, 6]
    # Who has begun to read one of them is told no more of it.
    reading.answer(differing, STUDY, L4_L5, Answer.GRADED, 5)
    found = renewed_cases(differing, ASKED, found, [STUDY])
    assert (list(found.by_study), found.held_back) == ([FOLLOW_UP], {STUDY})


def test_who_has_taken_all_answers_back_is_no_reader(session):
    reading.answer(session, STUDY, L4_L5, Answer.GRADED, 2)
    reading.take_back(session, STUDY, L4_L5)
    assert finished(gather_readers(session)) == ()


def test_a_model_learns_the_adjudicated_grade(differing):
    differing.reader = "A"
    assert labels_of(differing, STUDY)[PLACE].value == 2
    differing.reader = "C"
    adjudication.adjudicate(differing, the_case(differing), Answer.GRADED, 3)
    for reader in "ABC":
        differing.reader = reader
        assert labels_of(differing, STUDY)[PLACE].value == 3
    assert labels_of(differing, STUDY, reader="B")[PLACE].value == 4
    # Who is compared with a model is compared by own grades, given before others' were seen.
    assert blinded_labels_of(differing, STUDY)[PLACE].value in (2, 4)


def test_a_disc_that_is_not_assessable_in_the_end_is_learnt_from_no_more(differing):
    adjudication.adjudicate(differing, the_case(differing), Answer.NOT_ASSESSABLE)
    assert PLACE not in labels_of(differing, STUDY)


def test_it_is_exported_as_adjudicated(differing, tmp_path):
    adjudication.adjudicate(differing, the_case(differing), Answer.GRADED, 3)
    path = tmp_path / "grades.csv"
    export_csv(differing, path)
    with path.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["mode"] == "adjudicated"]
    (row,) = rows
    assert (row["disc"], row["value"], row["reader"], row["reading"]) == ("L4/L5", "3", "C", "0")
    assert row["reason"] == "settles A and B, names hidden"


def test_it_passes_the_check_of_a_project(differing, reopened):
    adjudication.adjudicate(differing, the_case(differing), Answer.GRADED, 3)
    differing.store.compact()
    kinds = {problem.kind.value for problem in check_project(differing.store.folder).problems}
    assert not kinds & {"grade-rule", "tables-differ", "reference-missing", "not-in-journals"}
    # Counted without unpacking: two have read the study, and C has not.
    progress = reading.study_progress(reopened("C"), STUDY)
    assert (progress.answered, progress.others_done) == (0, 2)


@pytest.mark.parametrize("is_adjudicated", [True, False])
def test_an_adjudicated_answer_stands_in_no_reading(differing, is_adjudicated):
    adjudication.adjudicate(differing, the_case(differing), Answer.GRADED, 3)
    grade: Grade = the_case(differing).settled
    mode = ReadingMode.ADJUDICATED if is_adjudicated else ReadingMode.ASSISTED
    number = 3 if is_adjudicated else 0
    key = replace(grade.key, reading=number, reader="E")
    with pytest.raises(InvalidEditError, match="stands beside the readings"):
        differing.apply(SetGrade(None, replace(grade, key=key, mode=mode)))


def test_a_grade_that_the_scheme_lacks_is_refused(differing):
    with pytest.raises(InvalidEditError, match="has no grade 7"):
        adjudication.adjudicate(differing, the_case(differing), Answer.GRADED, 7)
    assert Item(*PLACE) == L4_L5
