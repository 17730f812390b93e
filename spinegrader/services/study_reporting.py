"""Takes what is printed of studies out of the session; what is seen by it is recorded."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.grades import Grade, ReadingMode
from spinegrader.domain.predictions import Prediction
from spinegrader.domain.scheme import Grading
from spinegrader.domain.study import Patient, Study
from spinegrader.errors import InputError
from spinegrader.services.graders import GradingModel, shipped_grader_if_there
from spinegrader.services.hanging import Role, hang, layout_of
from spinegrader.services.items import asked_gradings, discs_to_grade
from spinegrader.services.measures import SeriesMeasures, measures_of
from spinegrader.services.model_words import said_of_model
from spinegrader.services.progress import study_progress
from spinegrader.services.session import Session
from spinegrader.services.sight import (
    known_flag_words,
    may_look,
    note_sights,
    reading_in_force,
    sights_to_come,
)
from spinegrader.services.steps import Steps, finished
from spinegrader.services.study_report import Remark, ReportWish, StudyReport, Told, Visit
from spinegrader.services.visits import prior_visit
from spinegrader.texts import translate

_ALL = ReportWish()
_DAYS_PER_YEAR = 365.25


def study_report(session: Session, study_uid: str, wish: ReportWish = _ALL) -> StudyReport:
    """What a report says of a study; that the model's grades are seen is recorded.

    The model's grades are left out while the reader still reads the study blinded.

    Raises:
        NotSavedError: If the record of what is seen couldn't be written.
    """
    return finished(gather_reports(session, [study_uid], wish))[0]


def gather_reports(
    session: Session, studies: Sequence[str], wish: ReportWish
) -> Steps[list[StudyReport]]:
    """As :func:`study_report`, study by study; what is seen is recorded by the last step."""
    shipped = shipped_grader_if_there()
    found, in_sight = [], []
    for at, study_uid in enumerate(studies):
        report = _report(session, study_uid, wish, shipped)
        found.append(report)
        if report.models:
            in_sight.append(study_uid)
        yield at / len(studies)
    note_sights(session, in_sight)
    return found


def report_file_name(study_uid: str) -> str:
    """A name for the file that tells nothing of the patient, and is the same for the same study."""
    return f"report-{hashlib.sha256(study_uid.encode()).hexdigest()[:8]}.pdf"


def study_named(session: Session, name: str) -> str:
    """The study that a person means.

    Args:
        session: The open project.
        name: A StudyInstanceUID, or a PatientID for the latest visit with sagittal images.

    Raises:
        InputError: If there is no such study or patient.
    """
    state = session.state
    if name in state.studies:
        return state.original_of(name)
    visits = state.studies_of(name) if name in state.patients else []
    gradable = [visit for visit in visits if state.series_to_grade(visit.uid) is not None]
    if not gradable:
        raise InputError(
            f"There is no study “{name}” with sagittal images in the project: name a study's UID "
            "or a PatientID."
        )
    dated = [visit for visit in gradable if visit.date is not None]
    return (dated or gradable)[-1].uid


def _report(
    session: Session, study_uid: str, wish: ReportWish, shipped: GradingModel | None
) -> StudyReport:
    state = session.state
    study, patient = state.studies[study_uid], state.patient_of(study_uid)
    discs = discs_to_grade(session, study_uid)
    own = _own_grades(session, study_uid)
    prior = _visit_before(session, study_uid, wish)
    before = {} if prior is None else _own_grades(session, prior.study.uid)
    predictions, note = _predictions(session, study_uid, wish)
    asked = {grading.id for grading in asked_gradings(session)} | {place[1] for place in own}
    gradings = tuple(item for item in session.scheme.gradings if item.id in asked)
    places = [(disc, grading.id) for disc in discs for grading in gradings]
    told = {
        place: Told(own.get(place), predictions.get(place), before.get(place)) for place in places
    }
    return StudyReport(
        visit=_visit(session, study, wish),
        prior=prior,
        years_between=None if prior is None else _years(prior.study, study),
        patient=None if wish.identity_hidden else patient,
        sex=patient.sex,
        age_years=_age_years(patient, study),
        gradings=gradings,
        discs=discs,
        told=told,
        reader=session.reader,
        progress=study_progress(session, study_uid),
        mode=_mode(own.values()),
        remarks=_remarks(own, discs, gradings),
        flag=known_flag_words(session, study_uid),
        models=_models(session, predictions.values(), shipped),
        model_note=note,
        made_at=datetime.now(UTC),
    )


def _own_grades(session: Session, study_uid: str) -> dict[tuple[DiscLevel, str], Grade]:
    """The session's reader's answers of the reading in force; earlier readings stay unseen."""
    reading = reading_in_force(session, study_uid)
    return {
        (grade.key.disc, grade.key.grading): grade
        for grade in session.seen.grades_of_study(study_uid)
        if (grade.key.reader, grade.key.reading) == (reading.reader, reading.reading)
    }


def _predictions(
    session: Session, study_uid: str, wish: ReportWish
) -> tuple[Mapping[tuple[DiscLevel, str], Prediction], str]:
    """The model's grades that are shown, or why there are none."""
    asked = {grading.id for grading in asked_gradings(session)}
    everything = session.state.predictions_of_study(study_uid)
    if not any(grading in asked for _, grading in everything):
        return {}, translate("No model has graded this study.")
    if not wish.with_model:
        return {}, translate("The model's grades are left out, as was asked for.")
    if not may_look(session, study_uid):
        return {}, translate(
            "The model's grades are left out: this study is read blinded, and not all of its items "
            "are answered."
        )
    found = sights_to_come(session, study_uid, ()).predictions
    return {place: item for place, item in found.items() if place[1] in asked}, ""


def _visit_before(session: Session, study_uid: str, wish: ReportWish) -> Visit | None:
    """The visit before a study, as Review shows it."""
    study = prior_visit(session, study_uid)
    return None if study is None else _visit(session, study, wish, beside=study_uid)


def _visit(session: Session, study: Study, wish: ReportWish, *, beside: str = "") -> Visit:
    """A visit; beside another one with the series that looks like that one's."""
    state = session.state
    series = state.series_to_grade(study.uid)
    front = state.series_to_grade(beside) if beside else None
    if front is not None:
        hung = hang(session, front.uid, layout_of("prior_beside"), {Role.PRIOR: study.uid})
        series = state.series.get(hung.get(Role.PRIOR, ""), series)
    if wish.identity_hidden or study.date is None:
        visits = state.studies_of(study.patient_id)
        number = next((at for at, item in enumerate(visits, 1) if item.uid == study.uid), 1)
        title = translate("Visit {number}").format(number=number)
    else:
        title = study.date.isoformat()
    overlay = None if series is None else session.seen.overlay(series.uid)
    measures = SeriesMeasures() if series is None else measures_of(session, series.uid)
    return Visit(study, title, series, overlay, measures)


def _years(earlier: Study, later: Study) -> float | None:
    if earlier.date is None or later.date is None:
        return None
    return (later.date - earlier.date).days / _DAYS_PER_YEAR


def _age_years(patient: Patient, study: Study) -> int | None:
    if patient.birth_date is None or study.date is None:
        return None
    born, at = patient.birth_date, study.date
    return at.year - born.year - ((at.month, at.day) < (born.month, born.day))


def _mode(grades: Iterable[Grade]) -> ReadingMode:
    assisted = any(grade.mode is ReadingMode.ASSISTED for grade in grades)
    return ReadingMode.ASSISTED if assisted else ReadingMode.BLINDED


def _remarks(
    own: Mapping[tuple[DiscLevel, str], Grade],
    discs: Sequence[DiscLevel],
    gradings: Sequence[Grading],
) -> tuple[Remark, ...]:
    return tuple(
        Remark(disc, grading.name, grade.comment)
        for disc in discs
        for grading in gradings
        if (grade := own.get((disc, grading.id))) is not None and grade.comment
    )


def _models(
    session: Session, predictions: Iterable[Prediction], shipped: GradingModel | None
) -> tuple[str, ...]:
    named = dict.fromkeys((item.run, item.model_hash) for item in predictions)
    return tuple(said_of_model(session, *model, shipped) for model in named)
