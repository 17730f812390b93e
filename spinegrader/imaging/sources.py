"""Where images come from: files, folders, zip archives and DICOMDIRs, as one row of files."""

import contextlib
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self, cast

from spinegrader.errors import CancelledError, InputError
from spinegrader.imaging import archives, dicomdir
from spinegrader.imaging.archive_contents import LITTER, ArchiveLimits
from spinegrader.imaging.archives import Budget, UnpackingError
from spinegrader.imaging.dicomdir import FoundFiles
from spinegrader.imaging.naming import is_litter, printable

StopRequested = Callable[[], bool]
RunTask = Callable[[str, object], object]
"""Runs “module:function” with one item in a sandbox; raises InputError."""

_LINK = "It is a link that isn't followed: give the folder that it leads to."
_SPECIAL = "It is no ordinary file but a device or a connection."
_CLOSED = "The folder can't be opened: reading it is not permitted, or its disk is failing."
_TOO_DEEP = "It is an archive inside an archive inside an archive: unpack it first."
_EMPTY = "It is an empty archive."
_MISSING_SHOWN = 3
_DEEPEST = 2
_PREFIX = "spinegrader-import-"
_STALE_AFTER_S = 2 * 24 * 3600.0


class SourceFile(NamedTuple):
    """A file that may hold images; light, as there may be hundreds of thousands.

    Args:
        location: Where it can be read as long as its :class:`Sources` is open.
        name: As the report shows it: relative to the given path, forward slashes; inside an
            archive ``export.zip/folder/IM0001``.
    """

    location: str
    name: str

    @property
    def path(self) -> Path:
        """Its location as a path."""
        return Path(self.location)


class Sources:
    """What the user pointed at. A context manager: what was unpacked vanishes at its end.

    Args:
        paths: Files, folders, zip archives and DICOMDIRs. Where one holds another, the files
            still come once.
        run: Runs a task on untrusted input in a sandbox.
        limits: Of archives.

    Raises:
        InputError: If a given path doesn't exist.
    """

    def __init__(
        self, paths: Iterable[Path], run: RunTask, limits: ArchiveLimits | None = None
    ) -> None:
        self.problems: list[tuple[str, str]] = []
        """Name and reason of everything that was seen and can't be given as a file."""
        self.warnings: list[str] = []
        self._run = run
        self._limits = limits or ArchiveLimits()
        self._roots = [_existing(path) for path in paths]
        self._unpacked: tempfile.TemporaryDirectory[str] | None = None
        self._archives = 0
        # Files that DICOMDIRs named: they may lie in another given folder, too.
        self._given: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def is_unpacked(self, path: str) -> bool:
        """Whether a file came out of an archive, and vanishes at the end."""
        return self._unpacked is not None and Path(path).is_relative_to(self._unpacked.name)

    def count(self, stop_requested: StopRequested) -> int:
        """About how many files there are; archives count as one, and nothing is opened."""
        total = 0
        waiting = _without_overlap(self._roots)
        while waiting:
            _stop_if(stop_requested)
            path = waiting.pop()
            if not path.is_dir():
                total += 1
                continue
            with contextlib.suppress(OSError):
                entries = _listed(path)
                total += len(entries.files) + len(entries.refused)
                waiting += [path / name for name in entries.folders]
        return total

    def close(self) -> None:
        """Removes what was unpacked."""
        if self._unpacked is not None:
            self._unpacked.cleanup()
            self._unpacked = None

    def files(self, stop_requested: StopRequested) -> Iterator[SourceFile]:
        """Every file once, folder by folder in the order of their names.

        No file is opened except archives called ``.zip`` or given themselves, and DICOMDIRs
        given themselves.

        Raises:
            UnpackingError: If an archive can't be unpacked, such as on a full disk.
            CancelledError: If a stop was requested.
        """
        roots: list[Path] = []
        for root in _without_overlap(self._roots):
            if not (root.is_file() and dicomdir.is_dicomdir(root)):
                roots.append(root)
                continue
            try:
                found = self._named_by(root)
            except InputError as error:
                self.warnings.append(
                    "The DICOMDIR can't be used, so its whole folder was looked through."
                    f" {error.message}"
                )
                roots.append(root.parent)
            else:
                yield from self._indexed(root, found, stop_requested)
        for root in _without_overlap(roots):
            if root.is_dir():
                yield from self._walked(root, stop_requested)
            elif root.is_file():
                yield from self._file(str(root), root.name, stop_requested, is_given=True)
            else:
                self.problems.append((printable(root.name), _SPECIAL))

    def unpacked(self, archive: SourceFile, stop_requested: StopRequested) -> Iterator[SourceFile]:
        """The files in an archive, and in the archives in it.

        For archives that :meth:`files` gave as files, since their names don't call them so.

        Raises:
            UnpackingError: If it can't be unpacked, such as on a full disk.
            CancelledError: If a stop was requested.
        """
        try:
            budget = Budget(archive.path, self._limits)
        except OSError:
            self.problems.append((archive.name, "It can't be opened: is it still there?"))
            return
        yield from self._members(archive, budget, stop_requested, depth=1)

    def _members(
        self, archive: SourceFile, budget: Budget, stop_requested: StopRequested, depth: int
    ) -> Iterator[SourceFile]:
        folder = self._new_folder()
        is_empty = True
        try:
            for member in archives.unpacked(archive.path, folder, budget, stop_requested):
                is_empty = False
                name = f"{archive.name}/{member.name}"
                if member.path is None:
                    self.problems.append((name, member.reason))
                elif not archives.is_archive(member.path):
                    yield SourceFile(str(member.path), name)
                elif depth == _DEEPEST:
                    self.problems.append((name, _TOO_DEEP))
                else:
                    inner = SourceFile(str(member.path), name)
                    yield from self._members(inner, budget, stop_requested, depth + 1)
                    member.path.unlink()
        except UnpackingError:
            raise
        except InputError as error:
            self.problems.append((archive.name, error.message))
            return
        if is_empty:
            self.problems.append((archive.name, _EMPTY))

    def _new_folder(self) -> Path:
        try:
            if self._unpacked is None:
                _remove_stale()
                # Made for its owner only.
                self._unpacked = tempfile.TemporaryDirectory(prefix=_PREFIX)
            self._archives += 1
            folder = Path(self._unpacked.name) / f"{self._archives:06d}"
            folder.mkdir(mode=0o700)
        except OSError as error:
            raise UnpackingError(
                "There is no temporary folder to unpack an archive in"
                f" ({error.strerror or type(error).__name__}): unpack it yourself, and import"
                " the folder."
            ) from error
        return folder

    def _file(
        self, location: str, name: str, stop_requested: StopRequested, *, is_given: bool = False
    ) -> Iterator[SourceFile]:
        _stop_if(stop_requested)
        if location in self._given:
            return
        file = SourceFile(location, printable(name))
        if is_litter(name):
            self.problems.append((file.name, LITTER))
        elif (is_given or name.lower().endswith(".zip")) and archives.is_archive(file.path):
            yield from self.unpacked(file, stop_requested)
        else:
            yield file

    def _walked(self, root: Path, stop_requested: StopRequested) -> Iterator[SourceFile]:
        waiting = [("", root)]
        while waiting:
            _stop_if(stop_requested)
            prefix, folder = waiting.pop()
            try:
                entries = _listed(folder)
            except OSError:
                self.problems.append((printable(prefix) or printable(root.name), _CLOSED))
                continue
            for name, reason in entries.refused:
                self.problems.append((printable(prefix + name), reason))
            inside = os.path.join(folder, "")  # noqa: PTH118 - a path object a file takes long
            for name in entries.files:
                yield from self._file(inside + name, prefix + name, stop_requested)
            waiting += [(f"{prefix}{name}/", folder / name) for name in reversed(entries.folders)]

    def _named_by(self, index: Path) -> FoundFiles:
        ids = cast("Iterable[dicomdir.FileId]", self._run(dicomdir.REFERENCED_FILES, index))
        found = dicomdir.found_files(index.parent, ids)
        if not found.files:
            raise InputError("None of the files that it names is there.")
        if found.missing:
            shown = ", ".join(
                f"“{printable('/'.join(file_id))}”" for file_id in found.missing[:_MISSING_SHOWN]
            )
            self.warnings.append(
                f"{len(found.missing)} of the {len(found.missing) + len(found.files)} files that"
                f" the DICOMDIR names are missing, such as {shown}: copy the whole CD again."
            )
        return found

    def _indexed(
        self, index: Path, found: FoundFiles, stop_requested: StopRequested
    ) -> Iterator[SourceFile]:
        """The files that a DICOMDIR names, and itself."""
        for place in (*found.files, (index.name,)):
            location = str(index.parent.joinpath(*place))
            yield from self._file(location, "/".join(place), stop_requested)
            self._given.add(location)


@dataclass(frozen=True, slots=True)
class _Entries:
    """What a folder holds, by name; without the system's own objects, so that it stays small."""

    files: list[str]
    folders: list[str]
    refused: list[tuple[str, str]]


def _listed(folder: Path) -> _Entries:
    found = _Entries([], [], [])
    with os.scandir(folder) as entries:
        for entry in entries:
            # Trees of research data are often links to files kept elsewhere; links to folders
            # can lead in circles.
            if _is_link(entry) and not entry.is_file():
                found.refused.append((entry.name, _LINK))
            elif entry.is_dir(follow_symlinks=False):
                found.folders.append(entry.name)
            elif entry.is_file():
                found.files.append(entry.name)
            else:
                found.refused.append((entry.name, _SPECIAL))
    for names in (found.files, found.folders, found.refused):
        names.sort()
    return found


def _is_link(entry: os.DirEntry[str]) -> bool:
    if sys.platform == "win32":
        # A junction is a folder to Python before 3.12, and can lead in a circle.
        tag = entry.stat(follow_symlinks=False).st_reparse_tag
        return entry.is_symlink() or tag == stat.IO_REPARSE_TAG_MOUNT_POINT
    return entry.is_symlink()


def _existing(path: Path) -> Path:
    try:
        return path.resolve(strict=True)
    # A circle of links is a RuntimeError before Python 3.13.
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(
            f"There is no file or folder “{printable(path.name)}”: check the path."
        ) from error


def _without_overlap(paths: Iterable[Path]) -> list[Path]:
    """Each once, and without those that lie in another that is a folder."""
    given = {_identity(path): path for path in paths}
    return [
        path
        for path in given.values()
        if not any(_identity(parent) in given for parent in path.parents)
    ]


def _identity(path: Path) -> tuple[int, int]:
    # By number, as names differ in case and writing where the file system takes them as equal.
    found = path.stat()
    return found.st_dev, found.st_ino


def _remove_stale() -> None:
    """Removes images that an import that was killed has left in the temporary folder."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        # Another import may be removing it, or another person own it.
        with contextlib.suppress(OSError):
            if time.time() - folder.lstat().st_mtime > _STALE_AFTER_S:
                shutil.rmtree(folder)


def _stop_if(stop_requested: StopRequested) -> None:
    if stop_requested():
        raise CancelledError("The search for images was stopped.")
