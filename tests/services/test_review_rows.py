"""What stands in a row beside the reader's and the model's grade, and who has seen it then."""

from datetime import UTC, datetime, timedelta

import pytest

from spinegrader.domain.edits import AddPredictions, ImportStudies
from spinegrader.domain.grades import Answer, ReadingMode
from spinegrader.domain.predictions import Prediction
from spinegrader.domain.study import Patient, Study
from spinegrader.services import reading, review
from spinegrader.services.bulk_accept import BulkRule, candidates, confidently_equal
from spinegrader.services.protocol import ReadingProtocol, set_protocol
from spinegrader.services.review_rows import other_predictions, review_rows
from spinegrader.services.visits import prior_visit
from tests.services.flow_project import FOLLOW_UP, L4_L5, STUDY, UNRELATED, session

__all__ = ["session"]

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def open_session(session):
    """Other grades may be looked at from the beginning."""
    set_protocol(session, ReadingProtocol(mode=ReadingMode.ASSISTED))
    return session


def predict(session, study_uid, value=4, *, sure=0.95, run="finetune-1", days=0):
    rest = (1 - sure) / 4
    prediction = Prediction(
        id=f"{study_uid}-{run}-{days}",
        study_uid=study_uid,
        series_uid=f"{study_uid}.1",
        disc=L4_L5.disc,
        grading=L4_L5.grading,
        values=(1, 2, 3, 4, 5),
        probabilities=tuple(sure if digit == value else rest for digit in range(1, 6)),
        run=run,
        model_hash=run,
        predicted_at=NOW + timedelta(days=days),
    )
    session.apply(AddPredictions((prediction,)))


def grade(session, study_uid, value, reader="A"):
    before, session.reader = session.reader, reader
    reading.answer(session, study_uid, L4_L5, Answer.GRADED, value)
    session.reader = before


def row_of(session, study_uid=FOLLOW_UP):
    rows = review_rows(session, [study_uid])
    return next(row for row in rows if row.item == L4_L5)


def test_a_row_holds_other_readers_and_the_visit_before(open_session):
    session = open_session
    predict(session, FOLLOW_UP)
    grade(session, STUDY, 2)
    grade(session, FOLLOW_UP, 5, reader="B")
    row = row_of(session)
    assert [(item.key.reader, item.value) for item in row.others] == [("B", 5)]
    assert (row.prior.study_uid, row.prior.grade.value) == (STUDY, 2)
    assert row.other_reader_differs
    assert row.has_changed
    grade(session, FOLLOW_UP, 2)
    row = row_of(session)
    assert row.other_reader_differs
    assert not row.has_changed


def test_the_readers_own_earlier_answer_comes_before_anothers(open_session):
    session = open_session
    predict(session, FOLLOW_UP)
    grade(session, STUDY, 3, reader="B")
    assert row_of(session).prior.grade.key.reader == "B"
    assert (STUDY, "A") in {(key.study_uid, key.reader) for key in session.state.sights}
    grade(session, STUDY, 2)
    assert row_of(session).prior.grade.key.reader == "A"


def test_a_study_without_predictions_shows_no_other_reader_and_nothing_is_recorded(open_session):
    session = open_session
    grade(session, STUDY, 2)
    grade(session, STUDY, 3, reader="B")
    assert row_of(session, STUDY).others == ()
    assert session.state.sights == {}


def test_another_readers_earlier_answer_stays_hidden_from_a_blinded_reader(session):
    predict(session, FOLLOW_UP)
    grade(session, STUDY, 3, reader="B")
    while (item := reading.next_open_item(session, FOLLOW_UP)) is not None:
        reading.answer(session, FOLLOW_UP, item, Answer.GRADED, 2)
    assert row_of(session).prior is None


def test_the_visit_before_is_of_an_earlier_day(session):
    assert prior_visit(session, FOLLOW_UP).uid == STUDY
    assert prior_visit(session, STUDY) is None
    assert prior_visit(session, UNRELATED) is None
    patient = session.state.studies[STUDY].patient_id
    undated = Study("1.2.99", patient, None)
    session.apply(ImportStudies((Patient(patient, ""),), (undated,), ()))
    assert prior_visit(session, undated.uid) is None


def test_other_models_are_told_with_their_newest_grade(open_session):
    session = open_session
    predict(session, FOLLOW_UP, 2, run="old")
    predict(session, FOLLOW_UP, 3, run="old", days=1)
    predict(session, FOLLOW_UP, 4, run="new", days=2)
    row = row_of(session)
    assert row.prediction.run == "new"
    assert [(item.run, item.value) for item in other_predictions(session, row)] == [("old", 3)]


@pytest.mark.parametrize(
    ("second", "before", "other", "rule", "reason"),
    [
        (4, None, None, BulkRule(), "accepted"),
        (None, 4, None, BulkRule(), "accepted"),
        (None, None, 4, BulkRule(), "accepted"),
        (3, 4, None, BulkRule(), "contradicted"),
        (4, 3, None, BulkRule(), "contradicted"),
        (4, None, 5, BulkRule(0.5, needs_second_opinion=False), "contradicted"),
        (None, None, None, BulkRule(), "without_opinion"),
        (None, None, None, BulkRule(needs_second_opinion=False), "accepted"),
        (4, None, None, BulkRule(0.99), "unsure"),
    ],
)
def test_only_what_is_sure_and_not_contradicted_is_accepted_at_once(
    open_session, second, before, other, rule, reason
):
    session = open_session
    predict(session, FOLLOW_UP, 4, days=1)
    if second is not None:
        predict(session, FOLLOW_UP, second, run="second")
    if before is not None:
        grade(session, STUDY, before)
    if other is not None:
        grade(session, FOLLOW_UP, other, reader="B")
    choice = confidently_equal(candidates(session, [row_of(session)]), rule)
    counts = {
        "accepted": len(choice.rows),
        "unsure": choice.unsure,
        "contradicted": choice.contradicted,
        "without_opinion": choice.without_opinion,
    }
    assert {name for name, number in counts.items() if number} == {reason}


def test_answered_rows_are_left_alone_and_one_undo_takes_all_back(open_session):
    session = open_session
    for study in (STUDY, FOLLOW_UP, UNRELATED):
        predict(session, study)
    grade(session, STUDY, 4)
    rule = BulkRule(needs_second_opinion=False)
    choice = confidently_equal(candidates(session, review_rows(session)), rule)
    assert {row.study_uid for row in choice.rows} == {FOLLOW_UP, UNRELATED}
    assert choice.by_grading == {"pfirrmann": 2}
    review.accept_all(session, choice.rows)
    assert all(row.is_accepted for row in review_rows(session, [FOLLOW_UP, UNRELATED]))
    session.undo()
    assert all(row.grade is None for row in review_rows(session, [FOLLOW_UP, UNRELATED]))


def test_what_was_answered_since_the_rows_were_shown_is_not_overwritten(open_session):
    session = open_session
    for study in (STUDY, UNRELATED):
        predict(session, study)
    shown = [row_of(session, STUDY), row_of(session, UNRELATED)]
    grade(session, STUDY, 2)
    assert review.accept_all(session, shown) == 1
    own = reading.own_grade(session, STUDY, L4_L5)
    assert (own.value, own.accepted_prediction) == (2, "")
    assert reading.own_grade(session, UNRELATED, L4_L5).accepted_prediction
    assert review.accept_all(session, shown) == 0
