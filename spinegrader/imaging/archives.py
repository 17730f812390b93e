"""Zip archives, unpacked member by member into a private folder, and never beyond limits.

No text of an archive becomes a path: members are numbered. Sizes are counted while they are
unpacked, since the headers of a hostile archive can say anything.
"""

import contextlib
import os
import shutil
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from spinegrader.durable import create_exclusively, is_disk_full, write_all
from spinegrader.errors import CancelledError, InputError
from spinegrader.imaging.archive_contents import (
    ArchiveLimits,
    ListedMember,
    check_directory,
    gigabytes,
    listed_members,
)
from spinegrader.imaging.naming import printable, volume_ending

_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an archive.

    Args:
        name: As the report shows it, forward slashes, after the archive's own name.
        path: Where it was unpacked; None if it was refused.
        reason: Why it was refused; empty otherwise.
    """

    name: str
    path: Path | None
    reason: str = ""


class UnpackingError(InputError):
    """There is no place to unpack in; the import should stop."""


class Budget:
    """Counts what an archive and those inside it have unpacked."""

    def __init__(self, archive: Path, limits: ArchiveLimits) -> None:
        self.limits = limits
        self._by_ratio = limits.ratio * archive.stat().st_size
        self._bytes = 0
        self._entries = 0
        self.promised_bytes = 0

    def promise(self, entries: int, promised_bytes: int) -> None:
        """Checks what a table of contents promises, before anything is unpacked.

        Raises:
            InputError: If that is too much.
        """
        self._entries += entries
        if self._entries > self.limits.entries:
            raise InputError(
                f"It holds more than {self.limits.entries} files: unpack it, and import the folder."
            )
        self.promised_bytes = self._bytes + promised_bytes
        self._check(self.promised_bytes)

    def spend(self, count: int) -> None:
        """Counts bytes that are about to be written.

        Raises:
            InputError: If they are too many.
        """
        self._bytes += count
        self._check(self._bytes)

    def _check(self, total: int) -> None:
        if total > max(self._by_ratio, self.limits.free_ratio_bytes):
            raise InputError(
                f"It would unfold to more than {self.limits.ratio:.0f} times its size, as no"
                " archive of images does: it was not unpacked further."
            )
        if total > self.limits.total_bytes:
            raise InputError(
                f"It would unfold to more than {gigabytes(self.limits.total_bytes)}: unpack it, and"
                " import the folder."
            )


def is_archive(path: Path) -> bool:
    """Whether a file begins as a zip archive does, and isn't DICOM with such a preamble."""
    try:
        with path.open("rb") as file:
            start = file.read(132)
    except OSError:
        return False
    return start.startswith(_STARTS) and start[128:] != b"DICM"


def unpacked(
    archive: Path, folder: Path, budget: Budget, stop_requested: Callable[[], bool]
) -> Iterator[Member]:
    """Unpacks an archive, and gives each member when it is there.

    Args:
        archive: The archive.
        folder: A private, empty folder, in which the members get numbers as their names.
        budget: What may be unpacked.
        stop_requested: Asked often.

    Raises:
        InputError: If it is damaged or goes beyond the limits; what came before is whole.
        UnpackingError: If it can't be written, such as on a full disk.
        CancelledError: If a stop was requested.
    """
    try:
        check_directory(archive, budget.limits)
        with zipfile.ZipFile(archive) as opened:
            members = listed_members(opened, budget.limits)
            budget.promise(len(members), sum(member.bytes for member in members))
            _check_room(folder, budget)
            for number, member in enumerate(members):
                path = folder / f"{number:06d}{volume_ending(member.name)}"
                reason = member.refusal or _unpack(opened, member, path, budget, stop_requested)
                yield Member(printable(member.name), None if reason else path, reason)
    except PermissionError as error:
        raise InputError("It can't be opened: reading it is not permitted.") from error
    except OSError as error:
        raise InputError("It can't be read: check the disk that it lies on.") from error
    # zipfile raises these for tables of contents that are damaged in their various ways.
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
        raise InputError("It is a damaged zip archive: export or copy it again.") from error


def _check_room(folder: Path, budget: Budget) -> None:
    free = shutil.disk_usage(folder).free - budget.limits.reserve_bytes
    if budget.promised_bytes > free:
        raise _no_room(folder, budget)


def _no_room(folder: Path, budget: Budget) -> UnpackingError:
    needed = gigabytes(budget.promised_bytes + budget.limits.reserve_bytes)
    free = gigabytes(shutil.disk_usage(folder).free)
    return UnpackingError(
        f"Unpacking an archive needs {needed} of room in {folder.parent.parent}, where {free} are"
        " free: make room there, or unpack the archive elsewhere and import the folder."
    )


def _unpack(
    opened: zipfile.ZipFile,
    member: ListedMember,
    path: Path,
    budget: Budget,
    stop_requested: Callable[[], bool],
) -> str:
    """Writes one member; returns why that failed, empty if it didn't."""
    try:
        with opened.open(member.info) as packed:
            _copy(packed, path, budget, stop_requested)
    # zipfile and zlib raise these for a member that is damaged in its various ways.
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError):
        path.unlink(missing_ok=True)
        return "It is damaged inside the archive: export or copy the archive again."
    return ""


def _copy(
    packed: IO[bytes], path: Path, budget: Budget, stop_requested: Callable[[], bool]
) -> None:
    with _writing(path.parent, budget):
        descriptor = create_exclusively(path)
    try:
        while chunk := packed.read(_CHUNK_BYTES):
            if stop_requested():
                raise CancelledError("The search for images was stopped.")
            budget.spend(len(chunk))
            with _writing(path.parent, budget):
                write_all(descriptor, chunk)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _writing(folder: Path, budget: Budget) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            raise _no_room(folder, budget) from error
        raise UnpackingError(
            f"The archive can't be unpacked in {folder.parent.parent} ({error.strerror}): unpack"
            " it elsewhere, and import the folder."
        ) from error
