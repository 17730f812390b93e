"""Everything that a project holds, in memory; it changes only by applying edits.

Applying is commutative and idempotent: edits of several sessions may arrive in any order and
more than once, and all sessions end with the same state. Overlays, settings and links keep
the change with the latest stamp, as do flags and asked readings; grades, predictions, sights and
studies only ever grow.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.edits import (
    AddPredictions,
    Changes,
    Edit,
    ImportStudies,
    KeepApart,
    LinkPatients,
    LinkStudies,
    NoteSight,
    SetFlag,
    SetGrade,
    SetOverlay,
    SetReading,
    SetSetting,
    SingleEdit,
    linked_record,
    single_edits,
)
from spinegrader.domain.flow import Flag, ReadingKey, Sight
from spinegrader.domain.grades import Grade, GradeKey
from spinegrader.domain.links import Kind, Links, RecordPair, members, representative
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.predictions import Prediction
from spinegrader.domain.records import (
    GradeRecords,
    OverlayRecords,
    PredictionRecords,
    SeriesRecords,
    grade_records,
    overlay_records,
    prediction_records,
    series_records,
)
from spinegrader.domain.stamp import Stamp
from spinegrader.domain.study import Patient, Series, Study, reading_order

__all__ = ["ProjectState", "Stamp"]

_Record = TypeVar("_Record", Patient, Study, Series, Prediction)


@dataclass
class ProjectState:
    """Patients, studies, series, overlays, grades, predictions, settings and links."""

    patients: dict[str, Patient] = field(default_factory=dict)
    studies: dict[str, Study] = field(default_factory=dict)
    series: SeriesRecords = field(default_factory=series_records)
    overlays: OverlayRecords = field(default_factory=overlay_records)
    settings: dict[str, tuple[Stamp, str | None]] = field(default_factory=dict)
    grades: GradeRecords = field(default_factory=grade_records)
    predictions: PredictionRecords = field(default_factory=prediction_records)
    links: Links = field(default_factory=Links)
    flags: dict[str, tuple[Stamp, Flag | None]] = field(default_factory=dict)
    """By study."""
    readings: dict[tuple[str, str], tuple[Stamp, int]] = field(default_factory=dict)
    """By study and reader, which reading is asked; the first where there is no entry."""
    sights: dict[ReadingKey, Sight] = field(default_factory=dict)
    _studies_of_patient: dict[str, list[Study]] = field(
        default_factory=lambda: defaultdict(list), compare=False
    )
    _series_of_study: dict[str, list[Series]] = field(default_factory=dict, compare=False)
    # By representative, the records behind it; None until somebody asks.
    _records: Mapping[str, tuple[str, ...]] | None = field(default=None, compare=False)
    _copies: Mapping[str, tuple[str, ...]] | None = field(default=None, compare=False)

    # -- changing ---------------------------------------------------------------------------

    def apply(self, edit: Edit, stamp: Stamp) -> Changes:
        """Takes an edit in and says what it touched."""
        changes = Changes()
        for single in single_edits(edit):
            changes |= self._apply_single(single, stamp)
        return changes

    def _apply_single(self, edit: SingleEdit, stamp: Stamp) -> Changes:
        if isinstance(edit, ImportStudies):
            return self._add_studies(edit)
        if isinstance(edit, SetGrade):
            return self.add_grade(edit.after)
        if isinstance(edit, AddPredictions):
            return self.add_predictions(edit.predictions)
        if isinstance(edit, NoteSight):
            return self.add_sight(edit.sight)
        return self._apply_latest_word(edit, stamp)

    def _apply_latest_word(
        self,
        edit: SetOverlay
        | SetSetting
        | LinkPatients
        | LinkStudies
        | KeepApart
        | SetFlag
        | SetReading,
        stamp: Stamp,
    ) -> Changes:
        if isinstance(edit, SetOverlay):
            return self.set_overlay(edit.series_uid, edit.after, stamp)
        if isinstance(edit, SetSetting):
            return self.set_setting(edit.name, edit.after, stamp)
        if isinstance(edit, SetFlag):
            return self.set_flag(edit.study_uid, edit.after, stamp)
        if isinstance(edit, SetReading):
            return self.set_reading(edit.study_uid, edit.reader, edit.after, stamp)
        if isinstance(edit, KeepApart):
            pair = RecordPair.of(edit.records, edit.first, edit.second)
            return self.set_apart(pair, apart=edit.after, stamp=stamp)
        return self.set_link(*linked_record(edit), edit.after, stamp)

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
            self.series.put(item.uid, _one_of(self.series.get(item.uid), item))
        self._series_of_study.clear()
        self._records = self._copies = None

    def set_overlay(self, series_uid: str, overlay: Overlay | None, stamp: Stamp) -> Changes:
        """Takes an overlay in, unless a later one is known."""
        known = self.overlays.get(series_uid)
        if known is not None and known[0] > stamp:
            return Changes()
        self.overlays.put(series_uid, (stamp, overlay))
        return Changes(overlays=frozenset({series_uid}))

    def set_setting(self, name: str, value: str | None, stamp: Stamp) -> Changes:
        """Takes a setting in, unless a later one is known."""
        known = self.settings.get(name)
        if known is not None and known[0] > stamp:
            return Changes()
        self.settings[name] = (stamp, value)
        return Changes(settings=True)

    def set_link(self, kind: Kind, record: str, target: str | None, stamp: Stamp) -> Changes:
        """Takes in with which record another stands, unless a later word is known."""
        if not self.links.set_link(kind, record, target, stamp):
            return Changes()
        self._records = self._copies = None
        return Changes(studies=True)

    def set_apart(self, pair: RecordPair, *, apart: bool, stamp: Stamp) -> Changes:
        """Takes in that two records are not the same, unless a later word is known."""
        return Changes(studies=self.links.set_apart(pair, apart=apart, stamp=stamp))

    def add_grade(self, grade: Grade) -> Changes:
        """Adds one answer to the history of its key."""
        history = self.grades.get(grade.key, ())
        is_next = not history or history[-1].revision < grade.revision
        if not is_next and _revision_order(history[-1]) >= _revision_order(grade):
            if grade in history:
                return Changes()
            self.grades.put(grade.key, tuple(sorted((*history, grade), key=_revision_order)))
        else:
            self.grades.put(grade.key, (*history, grade))
        return Changes(grades=frozenset({grade.key.study_uid}))

    def add_predictions(self, predictions: Iterable[Prediction]) -> Changes:
        """Adds grades of a model."""
        touched: set[str] = set()
        for prediction in predictions:
            known = self.predictions.group(prediction.study_uid).get(prediction.id)
            self.predictions.put(prediction.id, _one_of(known, prediction))
            touched.add(prediction.study_uid)
        return Changes(predictions=frozenset(touched))

    def set_flag(self, study_uid: str, flag: Flag | None, stamp: Stamp) -> Changes:
        """Takes a flag in, unless a later word is known."""
        known = self.flags.get(study_uid)
        if known is not None and known[0] > stamp:
            return Changes()
        self.flags[study_uid] = (stamp, flag)
        return Changes(flow=frozenset({study_uid}))

    def set_reading(self, study_uid: str, reader: str, reading: int, stamp: Stamp) -> Changes:
        """Takes in which reading is asked of a reader, unless a later word is known."""
        known = self.readings.get((study_uid, reader))
        if known is not None and known[0] > stamp:
            return Changes()
        self.readings[study_uid, reader] = (stamp, reading)
        return Changes(flow=frozenset({study_uid}), grades=frozenset({study_uid}))

    def add_sight(self, sight: Sight) -> Changes:
        """Takes in that a reading is blinded no more; the earliest moment stays."""
        known = self.sights.get(sight.key)
        if known is not None and known.at <= sight.at:
            return Changes()
        self.sights[sight.key] = sight
        return Changes(flow=frozenset({sight.key.study_uid}))

    # -- asking -----------------------------------------------------------------------------

    def flag(self, study_uid: str) -> Flag | None:
        """The flag of a study, if one is raised."""
        known = self.flags.get(study_uid)
        return None if known is None else known[1]

    def asked_reading(self, study_uid: str, reader: str) -> int:
        """Which reading of a study is asked of a reader: 1 unless it is to be repeated."""
        known = self.readings.get((study_uid, reader))
        return 1 if known is None else known[1]

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
        for history in self.grades.glance(study_uid).values():
            if not history[-1].is_open:
                yield history[-1]

    def predictions_of_study(self, study_uid: str) -> dict[tuple[DiscLevel, str], Prediction]:
        """The newest prediction of each disc and grading of a study."""
        newest: dict[tuple[DiscLevel, str], Prediction] = {}
        for prediction in self.predictions.glance(study_uid).values():
            place = (prediction.disc, prediction.grading)
            if place not in newest or newest[place].predicted_at < prediction.predicted_at:
                newest[place] = prediction
        return newest

    def person_of(self, patient_id: str) -> str:
        """The patient record that stands for the person of a record; often itself."""
        return representative(patient_id, self._linked_patient)

    def records_of(self, patient_id: str) -> tuple[str, ...]:
        """All patient records of the person of a record, the one that stands for them first."""
        if self._records is None:
            known = (item for item in self.links.patients if item in self.patients)
            self._records = members(known, self.person_of)
        person = self.person_of(patient_id)
        return (person, *self._records.get(person, ()))

    def people(self) -> list[str]:
        """The patient records that stand for a person, in order of id."""
        return sorted(item for item in self.patients if self.person_of(item) == item)

    def original_of(self, study_uid: str) -> str:
        """The study that a duplicate gives way to; itself where it is none."""
        return self._copies_of(study_uid)[0]

    def duplicates_of(self, study_uid: str) -> tuple[str, ...]:
        """The studies that give way to this one."""
        original, *duplicates = self._copies_of(study_uid)
        return tuple(duplicates) if original == study_uid else ()

    def _copies_of(self, study_uid: str) -> tuple[str, ...]:
        """All studies that are one with this one, the one in sight first.

        Only those of the same person: what hides a study is in sight beside it. Where the study
        that stands for all is of another person by now, the smallest UID takes its place.
        """
        if self._copies is None:
            known = (item for item in self.links.studies if item in self.studies)
            self._copies = members(known, self._standing_study)
        standing = self._standing_study(study_uid)
        everywhere = (standing, *self._copies.get(standing, ()))
        own = self.person_of(self.studies[study_uid].patient_id)
        return tuple(
            uid for uid in everywhere if self.person_of(self.studies[uid].patient_id) == own
        )

    def _standing_study(self, study_uid: str) -> str:
        return representative(study_uid, self._linked_study)

    def visible_studies(self) -> Iterator[Study]:
        """All studies but those that are duplicates of another."""
        return (item for item in self.studies.values() if self.original_of(item.uid) == item.uid)

    def studies_of(self, patient_id: str) -> list[Study]:
        """The studies of a person, oldest first; those without a date last.

        Args:
            patient_id: Any patient record of the person. Duplicates are left out.
        """
        found = (
            study
            for record in self.records_of(patient_id)
            for study in self._studies_of_patient.get(record, ())
            if self.original_of(study.uid) == study.uid
        )
        return sorted(found, key=_visit_order)

    def _linked_patient(self, patient_id: str) -> str | None:
        target = self.links.target(Kind.PATIENTS, patient_id)
        return target if target in self.patients else None

    def _linked_study(self, study_uid: str) -> str | None:
        target = self.links.target(Kind.STUDIES, study_uid)
        return target if target in self.studies else None

    def series_of(self, study_uid: str) -> list[Series]:
        """The series of a study, the one to grade first."""
        return list(self._in_reading_order(study_uid))

    def _in_reading_order(self, study_uid: str) -> list[Series]:
        found = self._series_of_study.get(study_uid)
        if found is None:
            found = sorted(self.series.glance(study_uid).values(), key=_reading_order)
            self._series_of_study[study_uid] = found
        return found

    def series_to_grade(self, study_uid: str) -> Series | None:
        """The sagittal series that a study is graded on: T2 if there is one."""
        found = self._in_reading_order(study_uid)
        return next((series for series in found if series.is_sagittal), None)

    def patient_of(self, study_uid: str) -> Patient:
        """The person of a study, as the patient record that stands for them tells."""
        return self.patients[self.person_of(self.studies[study_uid].patient_id)]


def _one_of(known: _Record | None, new: _Record) -> _Record:
    """The same one of two whichever is known first."""
    return new if known is None else min(known, new, key=repr)


def _revision_order(grade: Grade) -> tuple[int, datetime, str]:
    return grade.revision, grade.graded_at, repr(grade)


def _visit_order(study: Study) -> tuple[bool, str, str]:
    return study.date is None, str(study.date), study.uid


def _reading_order(series: Series) -> tuple[tuple[int, int, int, int], str]:
    return reading_order(series), series.uid
