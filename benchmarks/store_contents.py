"""What a project holds, value by value, to be compared with what it must hold."""

import shutil
import tempfile
from pathlib import Path

from spinegrader.domain.edits import (
    Edit,
    NoteSight,
    SetFlag,
    SetGrade,
    SetOverlay,
    SetReading,
    SetSetting,
    SingleEdit,
    single_edits,
)
from spinegrader.domain.state import ProjectState, Stamp
from spinegrader.store.project import ProjectStore


def contents(state: ProjectState) -> frozenset[object]:
    """Everything that a project holds, as values that can be compared one by one."""
    found: list[object] = [*state.patients.values(), *state.studies.values()]
    found += state.series.values()
    found += ((name, *known) for name, known in state.settings.items())
    found += ((uid, *known) for uid, known in state.overlays.items())
    found += ((uid, *known) for uid, known in state.flags.items())
    found += ((place, *known) for place, known in state.readings.items())
    found += state.sights.values()
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
    if isinstance(edit, SetFlag):
        stamp, flag = state.flags.get(edit.study_uid, (None, None))
        return stamp if flag == edit.after else None
    if isinstance(edit, SetReading):
        stamp, reading = state.readings.get((edit.study_uid, edit.reader), (None, 1))
        return stamp if reading == edit.after else None
    if isinstance(edit, NoteSight):
        # Nor do these: only the first moment is kept.
        return Stamp("", "", 0) if edit.sight in state.sights.values() else None
    raise TypeError(f"{type(edit).__name__} is not among the changes made here.")


def opened_alone(folder: Path, snapshot: Path | None = None) -> ProjectState:
    """What project.h5 or a generation holds without any journal; nothing if it is damaged."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        alone = Path(place)
        shutil.copy(folder / "spinegrader.json", alone)
        shutil.copy(snapshot or folder / "project.h5", alone / "project.h5")
        return ProjectStore.open(alone).state
