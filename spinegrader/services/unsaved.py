"""Changes that couldn't be written yet: kept in order, and seen as if they had been."""

from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.edits import (
    Changes,
    Edit,
    EditGroup,
    SetGrade,
    SetOverlay,
    SingleEdit,
    single_edits,
)
from spinegrader.domain.grades import Grade, GradeKey, Reason
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.state import ProjectState
from spinegrader.errors import InvalidEditError, NotSavedError


@dataclass(frozen=True)
class WaitingEdit:
    """A change that waits for the disk, and the reader who made it."""

    edit: Edit
    by: str


class UnsavedEdits:
    """The changes of a session that the disk didn't take, oldest first.

    They live in memory only: what is in here is lost with the window.
    """

    def __init__(self) -> None:
        self.error: NotSavedError | None = None
        """Why the latest attempt failed; None while nothing waits."""
        self.refused: list[InvalidEditError] = []
        """Changes that the project didn't take when they could be written; for the reader."""
        self._waiting: list[WaitingEdit] = []
        self._grades: dict[GradeKey, Grade] = {}
        self._overlays: dict[str, Overlay | None] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[WaitingEdit]:
        return iter(tuple(self._waiting))

    @property
    def first(self) -> WaitingEdit:
        """The one to be written next."""
        return self._waiting[0]

    @property
    def last(self) -> WaitingEdit | None:
        """The one made last."""
        return self._waiting[-1] if self._waiting else None

    def add(self, edit: Edit, by: str, error: NotSavedError) -> Changes:
        """Puts a change behind the others; returns what views must redraw."""
        self._waiting.append(WaitingEdit(edit, by))
        self.error = error
        self._look_again()
        return touched_by(edit)

    def remove(self, waiting: WaitingEdit) -> Changes:
        """Takes a change out; returns what views must redraw."""
        self._waiting.remove(waiting)
        if not self._waiting:
            self.error = None
        self._look_again()
        return touched_by(waiting.edit)

    def _look_again(self) -> None:
        self._grades, self._overlays = {}, {}
        for waiting in self._waiting:
            for edit in single_edits(waiting.edit):
                if isinstance(edit, SetGrade):
                    self._grades[edit.after.key] = edit.after
                elif isinstance(edit, SetOverlay):
                    self._overlays[edit.series_uid] = edit.after

    # -- asking -----------------------------------------------------------------------------

    @property
    def grades(self) -> Mapping[GradeKey, Grade]:
        """The latest answers that wait."""
        return self._grades

    @property
    def overlays(self) -> Mapping[str, Overlay | None]:
        """The latest overlays that wait, by series."""
        return self._overlays

    def revisions_of(self, key: GradeKey) -> tuple[Grade, ...]:
        """Every answer to a key that waits, oldest first."""
        return tuple(
            edit.after
            for waiting in self._waiting
            for edit in single_edits(waiting.edit)
            if isinstance(edit, SetGrade) and edit.after.key == key
        )

    def vertebrae_of(self, series_uid: str, state: ProjectState) -> frozenset[VertebraLevel]:
        """The vertebrae on a series whose place or name is not on the disk; all where none is.

        Confirming moves nothing, but is a word about every vertebra.
        """
        overlay = self._overlays.get(series_uid)
        if overlay is None:
            return frozenset()
        saved = state.overlay(series_uid)
        known = () if saved is None else saved.vertebrae
        moved = frozenset(item.level for item in overlay.vertebrae if item not in known)
        return moved or frozenset(item.level for item in overlay.vertebrae)


class SeenState:
    """Grades and overlays as they stand on screen: the project's, with the unsaved ones over it."""

    def __init__(self, state: ProjectState, unsaved: UnsavedEdits) -> None:
        self._state = state
        self._unsaved = unsaved

    def grade(self, key: GradeKey) -> Grade | None:
        """The latest answer to a key, a withdrawn one included."""
        waiting = self._unsaved.grades.get(key)
        return self._state.grade(key) if waiting is None else waiting

    def overlay(self, series_uid: str) -> Overlay | None:
        """The overlay of a series, if it has one."""
        waiting = self._unsaved.overlays
        return waiting[series_uid] if series_uid in waiting else self._state.overlay(series_uid)

    def grades_of_study(self, study_uid: str) -> Iterator[Grade]:
        """The latest answer to each key of a study, withdrawn ones left out."""
        saved = {grade.key: grade for grade in self._state.grades_of_study(study_uid)}
        waiting = {
            key: grade for key, grade in self._unsaved.grades.items() if key.study_uid == study_uid
        }
        return (grade for grade in ChainMap(waiting, saved).values() if not grade.is_open)


def can_wait(edit: Edit) -> bool:
    """Whether an edit may be made before it is written: grades, vertebrae and predictions.

    Everything else is asked for in a dialog, whose answer is given again in a moment.
    """
    return all(single.kind in ("grade", "overlay", "predictions") for single in single_edits(edit))


def touched_by(edit: Edit) -> Changes:
    """What views must redraw for an edit that waits, or does no longer."""
    singles = single_edits(edit)
    return Changes(
        overlays=frozenset(one.series_uid for one in singles if isinstance(one, SetOverlay)),
        grades=frozenset(one.after.key.study_uid for one in singles if isinstance(one, SetGrade)),
    )


def fitted(edit: Edit, state: ProjectState) -> Edit:
    """The edit as a successor of what the project holds now.

    While a change waited, the same reader at another computer, or another reader who moved the
    same vertebrae, may have written: theirs stays in the history, and the one that is written
    later holds, as ever.
    """
    if isinstance(edit, EditGroup):
        singles = tuple(_fitted(single, state) for single in edit.edits)
        return edit if singles == edit.edits else replace(edit, edits=singles)
    return _fitted(edit, state)


def _fitted(edit: SingleEdit, state: ProjectState) -> SingleEdit:
    if isinstance(edit, SetOverlay):
        overlay = state.overlay(edit.series_uid)
        return edit if overlay == edit.before else replace(edit, before=overlay)
    if not isinstance(edit, SetGrade):
        return edit
    before = state.grade(edit.after.key)
    if before == edit.before:
        return edit
    revision = 1 if before is None else before.revision + 1
    reason = "" if before is None else edit.after.reason or Reason.CORRECTED
    return SetGrade(before, replace(edit.after, revision=revision, reason=reason))
