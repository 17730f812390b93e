"""Whether an edit fits what a project holds."""

from typing import Protocol

from spinegrader.domain.edits import (
    AddPredictions,
    Edit,
    LinkPatients,
    LinkStudies,
    NoteSight,
    SetFlag,
    SetGrade,
    SetOverlay,
    SetReading,
    linked_record,
    single_edits,
)
from spinegrader.domain.grades import Grade, GradeKey, check_successor
from spinegrader.domain.links import Kind
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.scheme import Scheme
from spinegrader.domain.state import ProjectState
from spinegrader.errors import InvalidEditError


class Seen(Protocol):
    """Grades and overlays as the reader has them on screen."""

    def grade(self, key: GradeKey) -> Grade | None:
        """The latest answer to a key."""

    def overlay(self, series_uid: str) -> Overlay | None:
        """The overlay of a series."""


def check_edit(state: ProjectState, edit: Edit, scheme: Scheme, seen: Seen | None = None) -> None:
    """Refuses an edit that doesn't fit.

    Args:
        state: What the project holds.
        edit: The change.
        scheme: The project's.
        seen: What grades and overlays follow on, where changes wait to be written; the state
            where left out.

    Raises:
        InvalidEditError: With a sentence that says why.
    """
    for single in single_edits(edit):
        if isinstance(single, SetOverlay):
            _check_overlay(state, single, seen or state)
        elif isinstance(single, SetGrade):
            _check_grade(state, single, scheme, seen or state)
        elif isinstance(single, LinkPatients | LinkStudies):
            _check_link(state, single)
        elif isinstance(single, AddPredictions):
            _check_predictions(state, single)
        elif isinstance(single, SetFlag | SetReading | NoteSight):
            _check_flow(state, single)


def _check_overlay(state: ProjectState, edit: SetOverlay, seen: Seen) -> None:
    series = state.series.get(edit.series_uid)
    if series is None:
        raise InvalidEditError("The series of this overlay is not in the project.")
    if edit.after is not None and edit.after.series_uid != edit.series_uid:
        raise InvalidEditError("An overlay belongs to another series.")
    if seen.overlay(edit.series_uid) != edit.before:
        raise InvalidEditError("The overlay was changed meanwhile: look at it again first.")


def _check_grade(state: ProjectState, edit: SetGrade, scheme: Scheme, seen: Seen) -> None:
    key = edit.after.key
    _require_study(state, key.study_uid)
    grading = scheme.grading(key.grading)
    if edit.after.value is not None and edit.after.value not in grading.values:
        raise InvalidEditError(f"“{grading.name}” has no grade {edit.after.value}.")
    if seen.grade(key) != edit.before:
        raise InvalidEditError("This grade was changed meanwhile: look at it again first.")
    check_successor(edit.before, edit.after)
    if edit.after.accepted_prediction:
        _check_accepted(state, edit.after)


def _check_accepted(state: ProjectState, grade: Grade) -> None:
    predictions = state.predictions.group(grade.key.study_uid)
    prediction = predictions.get(grade.accepted_prediction)
    if prediction is None:
        raise InvalidEditError("The prediction that this grade accepts is not in the project.")
    place = (prediction.study_uid, prediction.disc, prediction.grading, prediction.value)
    if place != (grade.key.study_uid, grade.key.disc, grade.key.grading, grade.value):
        raise InvalidEditError("This grade says something else than the prediction it accepts.")


def _check_predictions(state: ProjectState, edit: AddPredictions) -> None:
    for prediction in edit.predictions:
        _require_study(state, prediction.study_uid)
        known = state.predictions.group(prediction.study_uid)
        if known.get(prediction.id, prediction) != prediction:
            raise InvalidEditError("A prediction that was made can't be changed.")


def _check_link(state: ProjectState, edit: LinkPatients | LinkStudies) -> None:
    kind, record = linked_record(edit)
    known = state.patients if kind is Kind.PATIENTS else state.studies
    if record not in known or (edit.after is not None and edit.after not in known):
        raise InvalidEditError(f"One of the {kind} is not in the project.")
    if edit.after == record:
        raise InvalidEditError(f"These two {kind} are one already: choose another.")
    if state.links.target(kind, record) != edit.before:
        raise InvalidEditError(f"These {kind} were linked or split meanwhile: look again.")


def _check_flow(state: ProjectState, edit: SetFlag | SetReading | NoteSight) -> None:
    if isinstance(edit, NoteSight):
        _require_study(state, edit.sight.key.study_uid)
        return
    _require_study(state, edit.study_uid)
    if isinstance(edit, SetFlag):
        if state.flag(edit.study_uid) != edit.before:
            raise InvalidEditError("The flag was changed meanwhile: look at the study again.")
    elif state.asked_reading(edit.study_uid, edit.reader) != edit.before or edit.after < 1:
        raise InvalidEditError("Another reading of this study was asked for meanwhile.")


def _require_study(state: ProjectState, uid: str) -> None:
    if uid not in state.studies:
        raise InvalidEditError("The study is not in the project.")
