"""Where everything lies in a project folder, and the small file that marks it as a project."""

import contextlib
import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from spinegrader import __version__, durable
from spinegrader.errors import ProjectError
from spinegrader.store.enclosure import require_enclosed
from spinegrader.store.failures import unwritable

LAYOUT_VERSION = 6
"""Rises with every change that an older program can't read."""

OLDEST_LAYOUT = 1
"""The first that was ever written; migrations lead from there to today's."""

MARKER = "spinegrader.json"
_FORMAT = "SpineGrader project"
_FIRST_WITH_CHECKSUM = 3
_LONGEST_MARKER = 64 << 10
_NOT_UNDERSTOOD = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)
_FOLDERS = ("journal", "generations", "pixels", "runs", "cache")
_SYSTEM_FILES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})


class DamagedMarkerError(ProjectError):
    """The file that marks a folder as a project isn't as it was written."""


@dataclass(frozen=True)
class ProjectLayout:
    """The paths of one project.

    Args:
        folder: The project folder.
        project_id: Random; stays when the folder is moved or renamed.
        created_at: UTC in ISO 8601.
        version: Layout that the folder is in; an older one is brought up to date at the first
            change.
    """

    folder: Path
    project_id: str
    created_at: str = ""
    version: int = LAYOUT_VERSION

    @property
    def marker(self) -> Path:
        """Marks the folder as a project."""
        return self.folder / MARKER

    @property
    def name(self) -> str:
        """What the reader calls the project."""
        return self.folder.name

    @property
    def journals(self) -> Path:
        """One append-only file a session: the truth."""
        return self.folder / "journal"

    @property
    def archive(self) -> Path:
        """Journals that ended long ago and are wholly in project.h5."""
        return self.journals / "archive"

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
        for name in _FOLDERS:
            durable.private_folder(self.folder / name)


def create_layout(folder: Path) -> ProjectLayout:
    """Makes an empty project.

    Raises:
        ProjectError: If the folder holds something already or can't be written.
    """
    name = folder.name
    try:
        durable.private_folder(folder, owner_only=True)
        # Whoever made the folder may not have synced its name.
        with contextlib.suppress(PermissionError):
            durable.sync_folder(folder.parent)
        found = {path.name for path in folder.iterdir() if not _is_rest(path)}
        if MARKER in found:
            raise ProjectError(f"{name} holds a project already. Open it, or choose a new folder.")
        if found:
            raise ProjectError(
                f"{name} is not empty and not a SpineGrader project. Choose an empty or new folder."
            )
        now = datetime.now(UTC).isoformat(timespec="seconds")
        layout = ProjectLayout(folder, uuid.uuid4().hex, now)
        layout.make_folders()
        _mark_new(layout)
    except OSError as error:
        consequence = f"No project was made in {name}. Choose another place."
        raise unwritable(error, consequence) from error
    return layout


def is_blank(folder: Path) -> bool:
    """Whether a project can be made there: nothing is in the way, whether or not it exists."""
    try:
        return not folder.exists() or all(_is_rest(path) for path in folder.iterdir())
    except OSError:
        # No folder, or one that can't be looked into: opening it tells.
        return False


def _is_rest(path: Path) -> bool:
    """Whether a file or folder is the system's, or left by a creation that failed or was killed."""
    if path.name in _SYSTEM_FILES or durable.is_temporary_of(path.with_name(MARKER), path.name):
        return True
    return path.name in _FOLDERS and path.is_dir() and not any(path.iterdir())


def _mark_new(layout: ProjectLayout) -> None:
    """Makes a folder a project: the last step, so that a failure before it leaves none."""
    try:
        write_marker(layout)
    except OSError:
        # It may be in its place, and only not be durable.
        with contextlib.suppress(OSError):
            layout.marker.unlink(missing_ok=True)
        raise


def write_marker(layout: ProjectLayout) -> None:
    """Marks a folder as a project of today's layout.

    Raises:
        OSError: If it can't be written.
    """
    marker = {
        "format": _FORMAT,
        "layout": LAYOUT_VERSION,
        "project_id": layout.project_id,
        "created_at": layout.created_at,
        "program_version": __version__,
    }
    marker["checksum"] = marker_checksum(marker)
    durable.write_durably(layout.marker, json.dumps(marker, indent=2).encode() + b"\n")


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
    damaged = DamagedMarkerError(
        f"The file {MARKER} of {folder.name} is damaged. Mend it with “spinegrader check --repair”,"
        " or bring it back from a backup."
    )
    try:
        marker: Any = json.loads(content if len(content) <= _LONGEST_MARKER else b"")
        known = marker["format"] == _FORMAT
        layout, project_id = int(marker["layout"]), str(marker["project_id"])
        stated = marker.get("checksum")
        is_sealed = stated is not None or layout >= _FIRST_WITH_CHECKSUM
        is_whole = not is_sealed or stated == marker_checksum(marker)
    except _NOT_UNDERSTOOD as error:
        raise damaged from error
    if not is_whole:
        raise damaged
    if not known or not project_id:
        raise ProjectError(f"The file {MARKER} of {folder.name} is not that of a project.")
    if layout > LAYOUT_VERSION:
        raise ProjectError(
            f"{folder.name} was made by a newer version of SpineGrader. "
            "Update the program to open it."
        )
    return ProjectLayout(folder, project_id, str(marker.get("created_at", "")), layout)


def marker_checksum(marker: Mapping[str, object]) -> str:
    """SHA-256 of all fields but the checksum, sorted by name, as compact JSON."""
    fields = {name: value for name, value in marker.items() if name != "checksum"}
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
