"""Where everything lies in a project folder, and the small file that marks it as a project."""

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from spinegrader import __version__, durable
from spinegrader.errors import ProjectError
from spinegrader.store.enclosure import require_enclosed
from spinegrader.store.failures import unwritable

LAYOUT_VERSION = 2
"""Rises with every change that an older program can't read."""

MARKER = "spinegrader.json"
_FORMAT = "SpineGrader project"
_LONGEST_MARKER = 64 << 10
_SYSTEM_FILES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})


@dataclass(frozen=True)
class ProjectLayout:
    """The paths of one project.

    Args:
        folder: The project folder.
        project_id: Random; stays when the folder is moved or renamed.
    """

    folder: Path
    project_id: str

    @property
    def name(self) -> str:
        """What the reader calls the project."""
        return self.folder.name

    @property
    def journals(self) -> Path:
        """One append-only file a session: the truth."""
        return self.folder / "journal"

    @property
    def snapshot(self) -> Path:
        """Everything but pixels, rebuilt from the journals."""
        return self.folder / "project.h5"

    @property
    def generations(self) -> Path:
        """The snapshots before."""
        return self.folder / "generations"

    @property
    def pixels(self) -> Path:
        """Immutable image files."""
        return self.folder / "pixels"

    @property
    def runs(self) -> Path:
        """One folder a training."""
        return self.folder / "runs"

    @property
    def cache(self) -> Path:
        """What may be deleted at any time."""
        return self.folder / "cache"

    def make_folders(self) -> None:
        """Makes the folders that aren't there yet, owner-only."""
        for folder in (self.journals, self.generations, self.pixels, self.runs, self.cache):
            durable.private_folder(folder)


def create_layout(folder: Path) -> ProjectLayout:
    """Makes an empty project.

    Raises:
        ProjectError: If the folder holds something already or can't be written.
    """
    name = folder.name
    try:
        durable.private_folder(folder, owner_only=True)
        found = {path.name for path in folder.iterdir()} - _SYSTEM_FILES
        if MARKER in found:
            raise ProjectError(f"{name} holds a project already. Open it, or choose a new folder.")
        if found:
            raise ProjectError(
                f"{name} is not empty and not a SpineGrader project. Choose an empty or new folder."
            )
        layout = ProjectLayout(folder, uuid.uuid4().hex)
        marker = {
            "format": _FORMAT,
            "layout": LAYOUT_VERSION,
            "project_id": layout.project_id,
            "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "program_version": __version__,
        }
        durable.write_durably(folder / MARKER, json.dumps(marker, indent=2).encode() + b"\n")
        layout.make_folders()
    except OSError as error:
        consequence = f"No project was made in {name}. Choose another place."
        raise unwritable(error, consequence) from error
    return layout


def read_layout(folder: Path) -> ProjectLayout:
    """Recognises a project.

    Raises:
        ProjectError: If the folder isn't a project, can't be read or was made by a newer program.
    """
    name = folder.name
    try:
        require_enclosed(folder)
        with (folder / MARKER).open("rb") as file:
            content = file.read(_LONGEST_MARKER + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        if not folder.exists():
            raise ProjectError(
                f"There is no folder {name}. It may have been moved, or its disk not connected."
            ) from error
        raise ProjectError(
            f"{name} is not a SpineGrader project: it has no {MARKER}. "
            "Choose a project folder, or import images to make one."
        ) from error
    except PermissionError as error:
        raise ProjectError(
            f"You have no permission to read the project {name}. "
            "Ask its owner, or open your own copy of it."
        ) from error
    except OSError as error:
        raise ProjectError(
            f"The project {name} can't be read ({error.strerror}). Check its disk and try again."
        ) from error
    return _understood(folder, content)


def _understood(folder: Path, content: bytes) -> ProjectLayout:
    try:
        marker: Any = json.loads(content if len(content) <= _LONGEST_MARKER else b"")
        known = marker["format"] == _FORMAT
        layout, project_id = int(marker["layout"]), str(marker["project_id"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ProjectError(
            f"The file {MARKER} of {folder.name} is damaged. Bring it back from a backup."
        ) from error
    if not known or not project_id:
        raise ProjectError(f"The file {MARKER} of {folder.name} is not that of a project.")
    if layout > LAYOUT_VERSION:
        raise ProjectError(
            f"{folder.name} was made by a newer version of SpineGrader. "
            "Update the program to open it."
        )
    return ProjectLayout(folder, project_id)
