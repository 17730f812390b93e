"""Durable writes: what has returned from here survives a crash of program or computer.

Everything here raises ``OSError``; the sentence for the reader is the caller's.
"""

import contextlib
import errno
import os
import secrets
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NO_FOLDER_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.ENOSYS})
_REPLACE_ATTEMPTS = 20 if sys.platform == "win32" else 1
_REPLACE_PAUSE_S = 0.1
_STALE_AFTER_S = 24 * 3600.0
_PRIVATE_FILE = 0o600
_PRIVATE_FOLDER = 0o700
_SHARED_FILE = 0o660
_SHARED_FOLDER = 0o2770
_TEMPORARY = ".tmp"


def private_folder(folder: Path, *, owner_only: bool = False) -> Path:
    """Makes a folder (and those above it) that only its owner may enter, if it isn't there.

    In a folder that was given to a group on purpose (see ``is_shared``), it is the group's too.

    Args:
        folder: The folder.
        owner_only: Whether it is the owner's alone wherever it lies.
    """
    if not folder.is_dir():
        if not folder.parent.is_dir():
            private_folder(folder.parent, owner_only=owner_only)
        with contextlib.suppress(FileExistsError):
            create_folder(folder, owner_only=owner_only)
        sync_folder(folder.parent)
    return folder


def create_folder(folder: Path, *, owner_only: bool = False) -> None:
    """Makes a folder as ``private_folder`` does.

    Raises:
        FileExistsError: If it is there already.
        OSError: If it can't be made.
    """
    folder.mkdir(mode=_PRIVATE_FOLDER)
    if not owner_only and is_shared(folder.parent):
        with contextlib.suppress(PermissionError):
            folder.chmod(_SHARED_FOLDER)


def is_shared(folder: Path) -> bool:
    """Whether a folder was given to a group on purpose.

    It is where the group may do everything and the set-group-ID bit is set, which makes all that
    comes into it the group's. Never on Windows, where access is inherited by other means.
    """
    given = stat.S_IRWXG | stat.S_ISGID
    return sys.platform != "win32" and folder.stat().st_mode & given == given


def share_like_folder(descriptor: int, folder: Path) -> None:
    """Lets the group read and write an open file if its folder was given to one.

    Independent of the process's umask. The file of another user stays as it is.
    """
    if sys.platform != "win32" and is_shared(folder):
        with contextlib.suppress(PermissionError):
            os.fchmod(descriptor, _SHARED_FILE)


def create_exclusively(path: Path, *, owner_only: bool = False) -> int:
    """A descriptor for appending to a file that wasn't there before; whose it is like a folder.

    Raises:
        OSError: If the file is there already or can't be made.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, _PRIVATE_FILE)
    if not owner_only:
        share_like_folder(descriptor, path.parent)
    return descriptor


def write_all(descriptor: int, content: bytes | memoryview) -> None:
    """Writes every byte: ``os.write`` may stop short of the end without an error."""
    rest = memoryview(content)
    while rest:
        written = os.write(descriptor, rest)
        if written == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        rest = rest[written:]


def sync_file(descriptor: int) -> None:
    """Returns when the content has reached the disk itself."""
    if sys.platform == "darwin":
        # There, fsync leaves the content in the drive's own cache.
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)


def sync_existing(path: Path) -> None:
    """Brings a file to the disk that another program wrote, where the system lets this one."""
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Returns when the names in a folder have reached the disk, where the system can say so."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(descriptor)


def temporary_beside(path: Path) -> Path:
    """A fresh hidden name in the same folder, so that replacing is one step."""
    return path.with_name(f".{path.name}.{secrets.token_hex(6)}{_TEMPORARY}")


def is_temporary_of(path: Path, found: str) -> bool:
    """Whether a name beside ``path`` is one of ``temporary_beside``, left by a killed writer."""
    return found.startswith(f".{path.name}.") and found.endswith(_TEMPORARY)


def replace(temporary: Path, path: Path) -> None:
    """Puts a finished, synced file in the place of another, durably.

    On Windows it waits a little while another program holds the old file open.
    """
    for attempt in range(_REPLACE_ATTEMPTS):
        try:
            temporary.replace(path)
            break
        except PermissionError:
            if attempt == _REPLACE_ATTEMPTS - 1:
                raise
            time.sleep(_REPLACE_PAUSE_S)
    sync_folder(path.parent)


def write_durably(path: Path, content: bytes | memoryview) -> None:
    """Writes a whole file so that either the old or the new content is there, never a part."""
    with durable_temporary(path, content) as temporary:
        replace(temporary, path)


@contextlib.contextmanager
def durable_temporary(
    path: Path, content: bytes | memoryview, *, owner_only: bool = False
) -> Iterator[Path]:
    """A complete, synced file beside ``path``, to be looked at and put in its place.

    Args:
        path: Where it is to come.
        content: All of it.
        owner_only: Whether it is the owner's alone wherever it lies.
    """
    temporary = temporary_beside(path)
    try:
        descriptor = create_exclusively(temporary, owner_only=owner_only)
        try:
            write_all(descriptor, content)
            sync_file(descriptor)
        finally:
            os.close(descriptor)
        yield temporary
    finally:
        # What can't be removed now goes later; it must not hide what happened.
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def remove_temporaries(folder: Path, *, stale_after_s: float = _STALE_AFTER_S) -> None:
    """Removes what killed writers left behind.

    Args:
        folder: Where they wrote.
        stale_after_s: Age from which a file surely has no living writer: a day where others may
            be writing, 0 in a folder that has one writer.
    """
    for path in folder.glob(f".*{_TEMPORARY}"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime < stale_after_s:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()


def is_disk_full(error: OSError) -> bool:
    """Whether there was no room (or no quota) left."""
    return error.errno in _DISK_FULL
