import datetime as dt
from dataclasses import replace

import pytest

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.edits import ImportStudies, SetOverlay
from spinegrader.domain.grades import Answer, ReadingMode
from spinegrader.domain.numbering import Reach
from spinegrader.domain.predictions import Prediction
from spinegrader.errors import InputError
from spinegrader.services import reading
from spinegrader.services.predictions import keep_predictions
from spinegrader.services.reading import Item
from spinegrader.services.session import Session
from spinegrader.services.sight import has_seen
from spinegrader.services.study_report import ReportWish
from spinegrader.services.study_reporting import report_file_name, study_named, study_report
from tests.gui.hanging_project import EARLIER, EARLIER_T2, LATER, READER, T2, make_project

L4_L5 = DiscLevel.parse("L4/L5")
PFIRRMANN = Item(L4_L5, "pfirrmann")
CHANCES = (0.05, 0.05, 0.1, 0.7, 0.1)


@pytest.fixture
def session(tmp_path):
    make_project(tmp_path / "project")
    opened = Session.open(tmp_path / "project", READER)
    yield opened
    opened.close()


def predict(session, study_uid=LATER, series_uid=T2):
    """A model's Pfirrmann IV of L4/L5, 70 % sure."""
    prediction = Prediction(
        "p-1",
        study_uid,
        series_uid,
        L4_L5,
        "pfirrmann",
        (1, 2, 3, 4, 5),
        CHANCES,
        "finetune-1",
        "a" * 64,
        dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    )
    keep_predictions(session, [prediction])


def read_all(session, study_uid=LATER, value=1):
    for item in reading.items_of(session, study_uid):
        reading.answer(session, study_uid, item, Answer.GRADED, value)


def grading(report, name="pfirrmann"):
    return next(item for item in report.gradings if item.id == name)


def test_grades_stand_beside_those_of_the_visit_before(session):
    reading.answer(session, EARLIER, PFIRRMANN, Answer.GRADED, 2)
    reading.answer(session, LATER, PFIRRMANN, Answer.GRADED, 4)
    reading.comment(session, LATER, PFIRRMANN, "dark and narrow")
    report = study_report(session, LATER)
    told = report.of(L4_L5, grading(report))
    assert (told.grade.value, told.prior.value, told.change) == (4, 2, 2)
    assert report.prior.title == "2015-03-01"
    assert report.years_between == pytest.approx(4.0, abs=0.01)
    assert (report.prior.series.uid, report.visit.series.uid) == (EARLIER_T2, T2)
    assert [(item.disc, item.text) for item in report.remarks] == [(L4_L5, "dark and narrow")]
    assert (report.reader, report.progress.answered) == (READER, 1)
    assert report.visit.measures.discs[L4_L5].height.mean_mm == pytest.approx(8.0, abs=0.5)


def test_images_of_the_same_day_are_no_visit_before(session):
    """Such as a study that the scanner has sent in two parts."""
    earlier = session.state.studies[EARLIER]
    same_day = replace(earlier, uid="1.2.77", date=session.state.studies[LATER].date)
    series = replace(session.state.series[EARLIER_T2], uid="1.2.77.1", study_uid="1.2.77")
    patient = session.state.patient_of(EARLIER)
    session.apply(ImportStudies((patient,), (same_day,), (series,)))
    reading.answer(session, EARLIER, PFIRRMANN, Answer.GRADED, 2)
    for study_uid in (LATER, "1.2.77"):
        assert study_report(session, study_uid).prior.study.uid == EARLIER


def test_the_first_visit_has_none_before_it(session):
    reading.answer(session, LATER, PFIRRMANN, Answer.GRADED, 4)
    report = study_report(session, EARLIER)
    assert report.prior is None
    assert report.of(L4_L5, grading(report)).prior is None


def test_a_study_that_is_read_blinded_keeps_the_models_grades_back(session):
    predict(session)
    reading.answer(session, LATER, PFIRRMANN, Answer.GRADED, 3)
    report = study_report(session, LATER)
    assert report.of(L4_L5, grading(report)).prediction is None
    assert report.models == ()
    assert "read blinded" in report.model_note
    assert not has_seen(session, LATER)


def test_after_the_last_answer_they_are_told_and_that_is_recorded(session):
    predict(session)
    read_all(session)
    report = study_report(session, LATER)
    told = report.of(L4_L5, grading(report))
    assert (told.prediction.value, told.prediction.confidence) == (4, 0.7)
    assert told.differs
    assert report.model_note == ""
    assert report.models == ("Model finetune-1 (aaaaaaaa). Research use. Not a medical device.",)
    assert report.mode is ReadingMode.BLINDED
    assert has_seen(session, LATER)


def test_without_the_models_grades_nothing_is_seen(session):
    predict(session)
    read_all(session)
    report = study_report(session, LATER, ReportWish(with_model=False))
    assert report.of(L4_L5, grading(report)).prediction is None
    assert report.model_note
    assert not has_seen(session, LATER)


def test_other_readers_grades_are_not_told(session):
    session.reader = "Dr B"
    read_all(session)
    session.reader = READER
    report = study_report(session, LATER)
    assert all(told.grade is None for told in report.told.values())


def test_with_hidden_identity_neither_name_nor_number_nor_dates_are_told(session):
    report = study_report(session, LATER, ReportWish(identity_hidden=True))
    assert report.patient is None
    assert (report.visit.title, report.prior.title) == ("Visit 2", "Visit 1")
    assert study_report(session, LATER).patient.name == "Poe, Pat"


def test_the_worst_discs_come_first_and_those_without_findings_not_at_all(session):
    for disc, value in (("L3/L4", 2), ("L4/L5", 1), ("L5/S1", 5)):
        item = Item(DiscLevel.parse(disc), "pfirrmann")
        reading.answer(session, LATER, item, Answer.GRADED, value)
    report = study_report(session, LATER)
    assert [str(disc) for disc in report.worst_discs(4)] == ["L5/S1", "L3/L4"]
    assert len(report.worst_discs(1)) == 1


def test_visits_that_are_counted_differently_are_told(session):
    assert study_report(session, LATER).is_counted_alike
    before = session.state.overlay(T2)
    after = before.renumbered(VertebraLevel.S1, VertebraLevel.L6, Reach.ONLY)
    session.apply(SetOverlay(T2, before, after))
    assert not study_report(session, LATER).is_counted_alike
    assert study_report(session, EARLIER).is_counted_alike


def test_the_files_name_tells_no_patient_and_stays_the_same():
    name = report_file_name(LATER)
    assert name == report_file_name(LATER) != report_file_name(EARLIER)
    assert "P-1" not in name
    assert LATER not in name
    assert name.endswith(".pdf")


def test_a_study_is_named_by_its_uid_or_its_patient(session):
    assert study_named(session, EARLIER) == EARLIER
    assert study_named(session, "P-1") == LATER
    with pytest.raises(InputError, match="no study “P-2”"):
        study_named(session, "P-2")
