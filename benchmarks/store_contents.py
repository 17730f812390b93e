"""What a project holds, value by value, to be compared with what it must hold."""

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from spinegrader.domain.edits import (
    Edit,
    SetGrade,
    SetOverlay,
    SetSetting,
    SingleEdit,
    single_edits,
)
from spinegrader.domain.state import ProjectState, Stamp
from spinegrader.store.checking.problems import Problem, ProblemKind
from spinegrader.store.project import ProjectStore

_DAMAGE = frozenset(
    {
        ProblemKind.MARKER_DAMAGED,
        ProblemKind.JOURNAL_DAMAGED,
        ProblemKind.CHANGE_LOST,
        ProblemKind.JOURNAL_ALTERED,
        ProblemKind.JOURNAL_MISSING,
        ProblemKind.JOURNAL_NAME,
        ProblemKind.OTHER_PROJECT,
        ProblemKind.TABLES_DAMAGED,
        ProblemKind.TABLES_DIFFER,
        ProblemKind.NOT_IN_JOURNALS,
        ProblemKind.AUDIT_DIFFERS,
        ProblemKind.IMAGE_DAMAGED,
        ProblemKind.UNREADABLE,
    }
)


def damages(problems: Iterable[Problem]) -> list[Problem]:
    """What no crash may do to a project, of all that a check found in it.

    A last line that was cut off isn't among it: nobody was told that it was kept.
    """
    return [problem for problem in problems if problem.kind in _DAMAGE and problem.is_left]


def torn_lines(problems: Iterable[Problem]) -> int:
    """How many journals end in the middle of a line."""
    return sum(problem.kind is ProblemKind.JOURNAL_CUT_OFF for problem in problems)


def contents(state: ProjectState) -> frozenset[object]:
    """Everything that a project holds, as values that can be compared one by one."""
    found: list[object] = [*state.patients.values(), *state.studies.values()]
    found += state.series.values()
    found += ((name, *known) for name, known in state.settings.items())
    found += ((uid, *known) for uid, known in state.overlays.items())
    found += (grade for history in state.grades.values() for grade in history)
    return frozenset(found)


def stamp_in(state: ProjectState, edit: Edit) -> Stamp | None:
    """When the state took an edit in; None where nothing of it is to be seen."""
    stamps = [_stamp_of(state, single) for single in single_edits(edit)]
    return next((stamp for stamp in stamps if stamp is not None), None)


def _stamp_of(state: ProjectState, edit: SingleEdit) -> Stamp | None:
    if isinstance(edit, SetSetting):
        stamp, value = state.settings.get(edit.name, (None, None))
        return stamp if value == edit.after else None
    if isinstance(edit, SetOverlay):
        stamp, overlay = state.overlays.get(edit.series_uid, (None, None))
        return stamp if overlay == edit.after else None
    if isinstance(edit, SetGrade):
        # Grades carry no stamp, and none is needed: they only add up.
        is_there = edit.after in state.grades.get(edit.after.key, ())
        return Stamp("", "", 0) if is_there else None
    raise TypeError(f"{type(edit).__name__} is not among the changes made here.")


def opened_alone(folder: Path, snapshot: Path | None = None) -> ProjectState:
    """What project.h5 or a generation holds without any journal; nothing if it is damaged."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        alone = Path(place)
        shutil.copy(folder / "spinegrader.json", alone)
        shutil.copy(snapshot or folder / "project.h5", alone / "project.h5")
        return ProjectStore.open(alone).state
