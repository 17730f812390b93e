"""Files that must not be opened are moved out of the way, never deleted."""

from datetime import UTC, datetime
from pathlib import Path

from spinegrader import durable
from spinegrader.store.layout import ProjectLayout

_FOLDER = "damaged"


def set_aside(layout: ProjectLayout, path: Path) -> str:
    """Moves a file of a project to where nothing looks for it.

    Returns:
        A sentence that says so, with a space before it; nothing where it couldn't be moved.
    """
    folder = layout.folder / _FOLDER
    target = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}-{path.name}"
    try:
        durable.private_folder(folder)
        path.rename(target)
    except OSError:
        # A project that may only be looked at.
        return ""
    return f" It was moved to the folder “{_FOLDER}”."
