"""Checks a whole project, its marker first, and mends it where that is wished."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from spinegrader.errors import ProjectError
from spinegrader.store.checking.examining import How, examine_project
from spinegrader.store.checking.mending import mend_project
from spinegrader.store.checking.problems import Counts, Problem, ProblemKind
from spinegrader.store.containment import Containment
from spinegrader.store.layout import MARKER, DamagedMarkerError, ProjectLayout
from spinegrader.store.marker import find_layout, layout_of_contents


@dataclass(frozen=True)
class CheckedProject:
    """The outcome of a check.

    Args:
        layout: The project.
        problems: What is wrong, or was.
        counts: What was looked at.
    """

    layout: ProjectLayout
    problems: tuple[Problem, ...]
    counts: Counts


def check_project(folder: Path, how: How | None = None, *, repair: bool = False) -> CheckedProject:
    """Looks at every structure, reference and checksum of a project.

    Args:
        folder: The project folder.
        how: How it is looked at.
        repair: Whether to put right what can be; otherwise nothing on the disk is changed.

    Raises:
        ProjectError: If the folder isn't a project, can't be read or written, or needs a newer
            program.
        CancelledError: If the user wished to stop.
    """
    chosen = how or How()
    layout, problems = _recognised(folder.absolute(), chosen.containment)
    examination = examine_project(layout, chosen)
    examination.problems[:0] = problems
    if repair:
        mend_project(examination, chosen.containment)
    return CheckedProject(layout, tuple(examination.problems), examination.counts)


def _recognised(folder: Path, containment: Containment) -> tuple[ProjectLayout, list[Problem]]:
    sentence = "The file is damaged; the project was recognised by its other files."
    try:
        found = find_layout(folder, containment)
        if not found.note:
            return found.layout, []
        layout = found.layout
    except DamagedMarkerError:
        if _holds_anything(folder):
            raise
        sentence = "The file is damaged, and the project holds nothing yet."
        now = datetime.now(UTC).isoformat(timespec="seconds")
        layout = ProjectLayout(folder, uuid.uuid4().hex, now)
    except ProjectError:
        known = layout_of_contents(folder, containment)
        if known is None or (folder / MARKER).exists():
            raise
        sentence = "The file is missing; the project was recognised by its other files."
        layout = known
    return layout, [Problem(ProblemKind.MARKER_DAMAGED, MARKER, sentence, mendable=True)]


def _holds_anything(folder: Path) -> bool:
    place = ProjectLayout(folder, "")
    found = (place.journals, place.generations, place.pixels)
    return place.snapshot.exists() or any(
        path.is_file() for item in found for path in item.rglob("*")
    )
