"""A project folder holds its own files: links in it that lead elsewhere aren't followed.

The project folder itself may be reached by a link.
"""

import os
from pathlib import Path

from spinegrader.errors import ProjectError

_USED = (
    *("spinegrader.json", "project.h5", "journal", "journal/archive", "generations", "pixels"),
    *("runs", "learning-curves", "cache", "damaged"),
)
_WITH_FILES = ("journal", "journal/archive", "generations")


def leads_outside(path: Path, folder: Path) -> bool:
    """Whether a path is a link to something outside of a folder.

    Raises:
        OSError: If that can't be found out.
    """
    return path.is_symlink() and not path.resolve().is_relative_to(folder.resolve())


def require_enclosed(folder: Path) -> None:
    """Returns if what a project is read from and written to lies in its folder.

    Raises:
        ProjectError: If it is a link to another place, or no ordinary file.
        OSError: If that can't be found out.
    """
    inside = folder.resolve()
    for name in _USED:
        place = inside / name
        # Windows has junctions too, which aren't symbolic links: so each is compared.
        if os.path.lexists(place) and not place.resolve().is_relative_to(inside):
            raise _refused(folder, name)
        if place.exists() and not (place.is_file() or place.is_dir()):
            raise _no_file(folder, name)
    for name in _WITH_FILES:
        if (inside / name).is_dir():
            _require_enclosed_files(folder, inside, name)


def _require_enclosed_files(folder: Path, inside: Path, name: str) -> None:
    # There may be thousands: what the folder itself says of each is enough, unless it is a link.
    with os.scandir(inside / name) as entries:
        for entry in entries:
            if entry.is_symlink():
                if leads_outside(Path(entry.path), inside):
                    raise _refused(folder, f"{name}/{entry.name}")
            elif not (entry.is_file() or entry.is_dir()):
                raise _no_file(folder, f"{name}/{entry.name}")


def _no_file(folder: Path, name: str) -> ProjectError:
    """Reading a pipe or a device would never end."""
    return ProjectError(
        f"The project {folder.name} was not opened: “{name}” in it is no ordinary file."
    )


def _refused(folder: Path, name: str) -> ProjectError:
    return ProjectError(
        f"The project {folder.name} was not opened: “{name}” in it is a link to another place. "
        "Put what it leads to into the project folder, in place of the link."
    )
