"""Giving a project to a group of the operating system, so that its members read it together."""

import contextlib
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spinegrader.errors import InputError
from spinegrader.services.wording import counted
from spinegrader.store.layout import read_layout

if sys.platform != "win32":
    import grp

_FOLDER = stat.S_IRWXG | stat.S_ISGID
_FILE = stat.S_IRGRP | stat.S_IWGRP


@dataclass(frozen=True)
class Sharing:
    """What was given to a group.

    Args:
        project: Name of the project's folder.
        group: Name of the group.
        folders: How many folders are the group's now.
        files: How many files are.
        not_changed: How many couldn't be changed, because they are other users'.
        closed_above: The nearest folder above the project that the group can't enter; empty if
            it can enter them all.
    """

    project: str
    group: str
    folders: int
    files: int
    not_changed: int
    closed_above: str

    def sentence(self) -> str:
        """In words."""
        given = (
            f"{self.project} is shared with the group {self.group}: "
            f"{counted(self.folders, 'folder', 'folders')} and "
            f"{counted(self.files, 'file', 'files')}. What is added from now on is shared too; "
            "other users can't look in."
        )
        if self.not_changed:
            given += (
                f" {counted(self.not_changed, 'entry belongs', 'entries belong')} to other users "
                "and could not be changed: let each owner run the same command."
            )
        if self.closed_above:
            given += (
                f" The group can't get there yet: the folder {self.closed_above} lets it not in. "
                "Open that folder to the group, or move the project."
            )
        return given


def share_project(folder: Path, group: str) -> Sharing:
    """Gives a project to a group; users outside of it lose what access they had.

    Raises:
        InputError: On Windows, or if there is no such group or the user isn't in it.
        ProjectError: If the folder isn't a project.
    """
    read_layout(folder)
    if sys.platform == "win32":
        raise InputError(
            "On Windows a folder is shared in its properties: under Security, give the group the "
            "right to change it. Files that SpineGrader adds inherit that."
        )
    number, name = _known_group(group)
    top = folder.resolve()
    counts = {"folders": 0, "files": 0, "not_changed": 0}
    for path, is_folder in _entries(top):
        try:
            _give(path, number, is_folder=is_folder)
        except FileNotFoundError:
            continue  # A session at work has just replaced it.
        except PermissionError:
            counts["not_changed"] += 1
        else:
            counts["folders" if is_folder else "files"] += 1
    if not counts["folders"]:
        raise InputError(f"{folder.name} belongs to another user: let its owner share it.")
    closed = next((item for item in top.parents if not _lets_in(item, number)), None)
    return Sharing(folder.name, name, **counts, closed_above="" if closed is None else str(closed))


def _known_group(group: str) -> tuple[int, str]:
    """Number and name of a group that the user may give files to."""
    number = int(group) if group.isdecimal() else None
    if number is None:
        try:
            number = grp.getgrnam(group).gr_gid
        except KeyError as error:
            raise InputError(
                f"There is no group “{group}” on this computer: ask who administers it to make "
                "one and to add the readers."
            ) from error
    if os.geteuid() != 0 and number not in {os.getegid(), *os.getgroups()}:
        raise InputError(
            f"You aren't in the group “{group}”: ask who administers this computer to add you, "
            "and log in again."
        )
    return number, group


def _entries(top: Path) -> Iterator[tuple[Path, bool]]:
    """Each folder before what is in it, so that what a session adds meanwhile is shared too."""
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        yield folder, True
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                # Links aren't followed: they may lead out of the project.
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(Path(entry.path))
                elif entry.is_file(follow_symlinks=False):
                    yield Path(entry.path), False


def _give(path: Path, group: int, *, is_folder: bool) -> None:
    os.chown(path, -1, group, follow_symlinks=False)
    mode = stat.S_IMODE(path.stat().st_mode) & ~stat.S_IRWXO
    path.chmod(mode | (_FOLDER if is_folder else _FILE))


def _lets_in(folder: Path, group: int) -> bool:
    status = folder.stat()
    if status.st_gid == group:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)
