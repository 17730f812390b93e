"""Recognising a project whose marker is damaged by what else its folder holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spinegrader.store.containment import UNCONTAINED, Containment
from spinegrader.store.journal_reader import journals_in
from spinegrader.store.layout import (
    LAYOUT_VERSION,
    MARKER,
    DamagedMarkerError,
    ProjectLayout,
    read_layout,
)
from spinegrader.store.lines import LONGEST_LINE_BYTES, is_sound, parse_line
from spinegrader.store.snapshot import generations, identity_of


@dataclass(frozen=True)
class FoundLayout:
    """A project as it was recognised.

    Args:
        layout: The project.
        note: What was wrong with its marker; empty where nothing was.
    """

    layout: ProjectLayout
    note: str = ""


def find_layout(folder: Path, containment: Containment = UNCONTAINED) -> FoundLayout:
    """Recognises a project; by its journals and project.h5 where its marker is damaged.

    Args:
        folder: The project's.
        containment: Says which snapshots this process may open.

    Raises:
        ProjectError: If the folder isn't a project, can't be read, was made by a newer program,
            or if its files don't agree on which project it is.
    """
    try:
        return FoundLayout(read_layout(folder))
    except DamagedMarkerError:
        known = layout_of_contents(folder, containment)
        if known is None or known.version > LAYOUT_VERSION:
            raise
    return FoundLayout(
        known,
        f"The file {MARKER} is damaged; the project was recognised by its other files.",
    )


def layout_of_contents(
    folder: Path, containment: Containment = UNCONTAINED
) -> ProjectLayout | None:
    """The project that the journals and project.h5 of a folder belong to.

    Returns:
        None if there are none, or if they don't agree.
    """
    place = ProjectLayout(folder, "")
    told = list(_identities(place, containment))
    ids = {project_id for project_id, _, _ in told}
    if len(ids) != 1:
        return None
    created = min((at for _, _, at in told if at), default="")
    return ProjectLayout(folder, ids.pop(), created, max(layout for _, layout, _ in told))


def _identities(place: ProjectLayout, containment: Containment) -> Iterator[tuple[str, int, str]]:
    """Project id, layout and time, as each file tells them."""
    for path in journals_in(place.journals, place.archive).values():
        with path.open("rb") as file:
            content = file.readline(LONGEST_LINE_BYTES).rstrip(b"\n")
        line = parse_line(content) if is_sound(content) else None
        if line is not None and line.header is not None:
            yield line.header.project_id, line.header.layout, line.at
    for path in (place.snapshot, *generations(place)):
        if path.exists() and (identity := identity_of(path, containment)) is not None:
            yield *identity, ""
