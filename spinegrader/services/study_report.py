"""What is printed of one study: the reader's grades, the model's, the prior's, and whose."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from spinegrader import __version__
from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.grades import Grade, ReadingMode
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.predictions import Prediction
from spinegrader.domain.scheme import Grading, Scale
from spinegrader.domain.study import Patient, Series, Study
from spinegrader.errors import InputError
from spinegrader.services.graders import GradingModel, shipped_grader_if_there
from spinegrader.services.hanging import Role, hang, layout_of
from spinegrader.services.items import asked_gradings, discs_to_grade
from spinegrader.services.measures import SeriesMeasures, measures_of
from spinegrader.services.model_words import said_of_model
from spinegrader.services.progress import StudyProgress, study_progress
from spinegrader.services.session import Session
from spinegrader.services.sight import (
    known_flag_words,
    may_look,
    note_sights,
    reading_in_force,
    sights_to_come,
)
from spinegrader.services.steps import Steps, finished
from spinegrader.texts import translate

_DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class ReportWish:
    """What a report may tell.

    Args:
        with_model: Whether the model's grades are wanted, where they may be shown.
        identity_hidden: Whether name, number, birth and dates are left out.
    """

    with_model: bool = True
    identity_hidden: bool = False


@dataclass(frozen=True)
class Told:
    """What is said of one disc and grading.

    Args:
        grade: The reader's answer in the reading in force; None while open.
        prediction: The model's grade; None where there is none or it may not be shown.
        prior: The reader's answer of the visit before.
    """

    grade: Grade | None = None
    prediction: Prediction | None = None
    prior: Grade | None = None

    @property
    def differs(self) -> bool:
        """Whether reader and model say different grades."""
        if self.grade is None or self.grade.value is None or self.prediction is None:
            return False
        return self.grade.value != self.prediction.value

    @property
    def change(self) -> int | None:
        """Steps from the prior's grade to the reader's; None unless both have a value."""
        now = None if self.grade is None else self.grade.value
        before = None if self.prior is None else self.prior.value
        return None if now is None or before is None else now - before


@dataclass(frozen=True)
class Visit:
    """One visit of the person, with the series that is shown of it.

    Args:
        study: The visit.
        title: Its date; which visit of the person it is where identity is hidden.
        series: The sagittal series that is graded; None where there is none.
        overlay: Its vertebrae and discs.
        measures: Of these.
    """

    study: Study
    title: str
    series: Series | None
    overlay: Overlay | None
    measures: SeriesMeasures


@dataclass(frozen=True)
class Remark:
    """A reader's comment on one item."""

    disc: DiscLevel
    grading: str
    text: str


@dataclass(frozen=True)
class StudyReport:
    """All that a report says of one study, taken out of the session.

    Args:
        visit: The study.
        prior: The visit before; None where there is none with sagittal images.
        years_between: Between these two; None where a date is unknown.
        patient: Whose study it is; None where identity is hidden.
        sex: As the images say; may be empty.
        age_years: At the visit; None where it isn't known.
        gradings: Those of the table, in order.
        discs: Those of the table, head to feet.
        told: By disc and grading id.
        reader: Whose grades they are.
        progress: How far the reader is.
        mode: Blinded only if every answer was.
        remarks: The reader's comments, in the order of the table.
        flag: Words of the study's flag; empty where there is none.
        models: A sentence on each model whose grades are shown.
        model_note: Why no model's grades are shown; empty where they are.
        made_at: UTC.
        program_version: Of SpineGrader.
    """

    visit: Visit
    prior: Visit | None
    years_between: float | None
    patient: Patient | None
    sex: str
    age_years: int | None
    gradings: tuple[Grading, ...]
    discs: tuple[DiscLevel, ...]
    told: Mapping[tuple[DiscLevel, str], Told]
    reader: str
    progress: StudyProgress
    mode: ReadingMode
    remarks: tuple[Remark, ...]
    flag: str
    models: tuple[str, ...]
    model_note: str
    made_at: datetime
    program_version: str = __version__

    def of(self, disc: DiscLevel, grading: Grading) -> Told:
        """What is said of one item; nothing where nobody has said anything."""
        return self.told.get((disc, grading.id), Told())

    @property
    def is_counted_alike(self) -> bool:
        """Whether both visits have the same transitional vertebrae, as far as they are drawn.

        Where they haven't, discs of one name may be different ones.
        """
        drawn = [
            {
                vertebra.level
                for vertebra in visit.overlay.vertebrae
                if vertebra.level.is_transitional
            }
            for visit in (self.visit, self.prior)
            if visit is not None and visit.overlay is not None
        ]
        return all(levels == drawn[0] for levels in drawn)

    def worst_discs(self, most: int) -> tuple[DiscLevel, ...]:
        """The discs with the worst grades, worst first; the model's where the reader has none.

        Each ordinal grade counts as its share of the way to the grading's last class: first the
        worst of a disc, then their sum. Discs without any finding are left out.
        """
        found = []
        for disc in self.discs:
            shares = [
                share
                for grading in self.gradings
                if grading.scale is Scale.ORDINAL
                and (share := _severity(self.of(disc, grading), grading)) is not None
            ]
            if any(shares):
                found.append((-max(shares), -sum(shares), disc))
        return tuple(disc for *_, disc in sorted(found, key=lambda item: item[:2])[:most])


def _severity(told: Told, grading: Grading) -> float | None:
    value = None if told.grade is None else told.grade.value
    if value is None and told.prediction is not None:
        value = told.prediction.value
    if value not in grading.values:
        return None
    return grading.values.index(value) / (len(grading.values) - 1)


def study_report(session: Session, study_uid: str, wish: ReportWish = ReportWish()) -> StudyReport:
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
    """The latest visit before a study that has sagittal images."""
    state = session.state
    visits = state.studies_of(state.studies[study_uid].patient_id)
    at = next((place for place, visit in enumerate(visits) if visit.uid == study_uid), 0)
    if state.studies[study_uid].date is None:
        # Visits without a date stand last: nobody knows what came before.
        return None
    earlier = (item for item in visits[:at][::-1] if state.series_to_grade(item.uid) is not None)
    study = next(earlier, None)
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
