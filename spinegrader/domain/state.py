"""Everything that a project holds, in memory; it changes only by applying edits.

Applying is commutative and idempotent: edits of several sessions may arrive in any order and
more than once, and all sessions end with the same state. Overlays and settings keep the
change with the latest stamp; grades, predictions and studies only ever grow.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.edits import (
    AddPredictions,
    Changes,
    Edit,
    ImportStudies,
    SetGrade,
    SetOverlay,
    SetSetting,
    SingleEdit,
    single_edits,
)
from spinegrader.domain.grades import Grade, GradeKey
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.predictions import Prediction
from spinegrader.domain.scheme import Scheme
from spinegrader.domain.study import Patient, Series, Study, reading_order
from spinegrader.errors import InvalidEditError

_Record = TypeVar("_Record", Patient, Study, Series, Prediction)


@dataclass(frozen=True, order=True)
class Stamp:
    """When and by which session a change was made; orders concurrent changes the same everywhere.

    Args:
        at: UTC in ISO 8601 with microseconds, so that text order is time order.
        session: Name of the session's journal.
        number: Place of the change in that journal.
    """

    at: str
    session: str
    number: int


@dataclass
class ProjectState:
    """Patients, studies, series, overlays, grades, predictions and settings of a project."""

    patients: dict[str, Patient] = field(default_factory=dict)
    studies: dict[str, Study] = field(default_factory=dict)
    series: dict[str, Series] = field(default_factory=dict)
    overlays: dict[str, tuple[Stamp, Overlay | None]] = field(default_factory=dict)
    settings: dict[str, tuple[Stamp, str | None]] = field(default_factory=dict)
    grades: dict[GradeKey, tuple[Grade, ...]] = field(default_factory=dict)
    predictions: dict[str, Prediction] = field(default_factory=dict)
    _studies_of_patient: dict[str, list[Study]] = field(default_factory=lambda: defaultdict(list))
    _series_of_study: dict[str, list[Series]] = field(default_factory=lambda: defaultdict(list))
    _grades_of_study: dict[str, set[GradeKey]] = field(default_factory=lambda: defaultdict(set))
    _predictions_of_study: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    # -- changing ---------------------------------------------------------------------------

    def check(self, edit: Edit, scheme: Scheme) -> None:
        """Refuses an edit that doesn't fit what the project holds.

        Raises:
            InvalidEditError: With a sentence that says why.
        """
        for single in single_edits(edit):
            if isinstance(single, SetOverlay):
                self._check_overlay(single)
            elif isinstance(single, SetGrade):
                self._check_grade(single, scheme)
            elif isinstance(single, AddPredictions):
                for prediction in single.predictions:
                    self._require_study(prediction.study_uid)

    def _check_overlay(self, edit: SetOverlay) -> None:
        series = self.series.get(edit.series_uid)
        if series is None:
            raise InvalidEditError("The series of this overlay is not in the project.")
        if edit.after is not None and edit.after.series_uid != edit.series_uid:
            raise InvalidEditError("An overlay belongs to another series.")
        if self.overlay(edit.series_uid) != edit.before:
            raise InvalidEditError("The overlay was changed meanwhile: look at it again first.")

    def _check_grade(self, edit: SetGrade, scheme: Scheme) -> None:
        key = edit.after.key
        self._require_study(key.study_uid)
        grading = scheme.grading(key.grading)
        if edit.after.value is not None and edit.after.value not in grading.values:
            raise InvalidEditError(f"“{grading.name}” has no grade {edit.after.value}.")
        if self.grade(key) != edit.before:
            raise InvalidEditError("This grade was changed meanwhile: look at it again first.")

    def _require_study(self, uid: str) -> None:
        if uid not in self.studies:
            raise InvalidEditError("The study is not in the project.")

    def apply(self, edit: Edit, stamp: Stamp) -> Changes:
        """Takes an edit in and says what it touched."""
        changes = Changes()
        for single in single_edits(edit):
            changes |= self._apply_single(single, stamp)
        return changes

    def _apply_single(self, edit: SingleEdit, stamp: Stamp) -> Changes:
        if isinstance(edit, ImportStudies):
            return self._add_studies(edit)
        if isinstance(edit, SetOverlay):
            return self.set_overlay(edit.series_uid, edit.after, stamp)
        if isinstance(edit, SetSetting):
            return self.set_setting(edit.name, edit.after, stamp)
        if isinstance(edit, SetGrade):
            return self.add_grade(edit.after)
        return self.add_predictions(edit.predictions)

    def _add_studies(self, edit: ImportStudies) -> Changes:
        self.add_studies(edit.patients, edit.studies, edit.series)
        return Changes(studies=True)

    def add_studies(
        self, patients: Iterable[Patient], studies: Iterable[Study], series: Iterable[Series]
    ) -> None:
        """Adds what isn't there yet.

        Where two imports tell different things of the same patient, study or series, all
        sessions keep the same one, whichever came first.
        """
        for patient in patients:
            self.patients[patient.id] = _one_of(self.patients.get(patient.id), patient)
        for study in studies:
            known_study = self.studies.get(study.uid)
            kept_study = self.studies[study.uid] = _one_of(known_study, study)
            if known_study is not None:
                self._studies_of_patient[known_study.patient_id].remove(known_study)
            insort(self._studies_of_patient[kept_study.patient_id], kept_study, key=_visit_order)
        for item in series:
            known = self.series.get(item.uid)
            kept = self.series[item.uid] = _one_of(known, item)
            if known is not None:
                self._series_of_study[known.study_uid].remove(known)
            insort(self._series_of_study[kept.study_uid], kept, key=_reading_order)

    def set_overlay(self, series_uid: str, overlay: Overlay | None, stamp: Stamp) -> Changes:
        """Takes an overlay in, unless a later one is known."""
        known = self.overlays.get(series_uid)
        if known is not None and known[0] > stamp:
            return Changes()
        self.overlays[series_uid] = (stamp, overlay)
        return Changes(overlays=frozenset({series_uid}))

    def set_setting(self, name: str, value: str | None, stamp: Stamp) -> Changes:
        """Takes a setting in, unless a later one is known."""
        known = self.settings.get(name)
        if known is not None and known[0] > stamp:
            return Changes()
        self.settings[name] = (stamp, value)
        return Changes(settings=True)

    def add_grade(self, grade: Grade) -> Changes:
        """Adds one answer to the history of its key."""
        history = self.grades.get(grade.key, ())
        if history and _revision_order(history[-1]) >= _revision_order(grade):
            if grade in history:
                return Changes()
            self.grades[grade.key] = tuple(sorted((*history, grade), key=_revision_order))
        else:
            self.grades[grade.key] = (*history, grade)
        self._grades_of_study[grade.key.study_uid].add(grade.key)
        return Changes(grades=frozenset({grade.key.study_uid}))

    def add_predictions(self, predictions: Iterable[Prediction]) -> Changes:
        """Adds grades of a model."""
        touched: set[str] = set()
        for prediction in predictions:
            known = self.predictions.get(prediction.id)
            self.predictions[prediction.id] = _one_of(known, prediction)
            self._predictions_of_study[prediction.study_uid].add(prediction.id)
            touched.add(prediction.study_uid)
        return Changes(predictions=frozenset(touched))

    # -- asking -----------------------------------------------------------------------------

    def overlay(self, series_uid: str) -> Overlay | None:
        """The overlay of a series, if it has one."""
        known = self.overlays.get(series_uid)
        return None if known is None else known[1]

    def setting(self, name: str) -> str | None:
        """A setting as JSON text, if it was ever set."""
        known = self.settings.get(name)
        return None if known is None else known[1]

    def grade(self, key: GradeKey) -> Grade | None:
        """The latest answer to a key, a withdrawn one included."""
        history = self.grades.get(key)
        return history[-1] if history else None

    def grades_of_study(self, study_uid: str) -> Iterator[Grade]:
        """The latest answer to each key of a study, withdrawn ones left out."""
        for key in self._grades_of_study.get(study_uid, ()):
            grade = self.grades[key][-1]
            if not grade.is_open:
                yield grade

    def predictions_of_study(self, study_uid: str) -> dict[tuple[DiscLevel, str], Prediction]:
        """The newest prediction of each disc and grading of a study."""
        newest: dict[tuple[DiscLevel, str], Prediction] = {}
        for prediction_id in self._predictions_of_study.get(study_uid, ()):
            prediction = self.predictions[prediction_id]
            place = (prediction.disc, prediction.grading)
            if place not in newest or newest[place].predicted_at < prediction.predicted_at:
                newest[place] = prediction
        return newest

    def studies_of(self, patient_id: str) -> list[Study]:
        """The studies of a patient, oldest first; those without a date last."""
        return list(self._studies_of_patient.get(patient_id, ()))

    def series_of(self, study_uid: str) -> list[Series]:
        """The series of a study, the one to grade first."""
        return list(self._series_of_study.get(study_uid, ()))

    def series_to_grade(self, study_uid: str) -> Series | None:
        """The sagittal series that a study is graded on: T2 if there is one."""
        found = self._series_of_study.get(study_uid, ())
        return next((series for series in found if series.is_sagittal), None)

    def patient_of(self, study_uid: str) -> Patient:
        """The person of a study."""
        return self.patients[self.studies[study_uid].patient_id]


def _one_of(known: _Record | None, new: _Record) -> _Record:
    """The same one of two whichever is known first."""
    return new if known is None else min(known, new, key=repr)


def _revision_order(grade: Grade) -> tuple[int, datetime, str]:
    return grade.revision, grade.graded_at, repr(grade)


def _visit_order(study: Study) -> tuple[bool, str, str]:
    return study.date is None, str(study.date), study.uid


def _reading_order(series: Series) -> tuple[tuple[int, int, int], str]:
    return reading_order(series), series.uid
