"""One pool of cut volumes on the disk: a file of numbers, and beside it a line a volume.

A record is the float16 numbers of one volume; its line holds its key and a checksum of both.
"""

import contextlib
import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from spinegrader import durable
from spinegrader.services.pooled_volumes import Source, Volumes

Shape: TypeAlias = tuple[int, int, int]

VOLUMES = ".volumes"
"""Ending of the file that holds the numbers."""

INDEX = ".index"
"""Ending of the file beside it that holds a line a volume."""

IDLE_S = 6 * 3600.0
"""Surely nobody is at a pool that nobody has used for so long."""

_LINE = re.compile(rb"([0-9a-f]{64}) ([0-9a-f]{64})\n")
_LINE_BYTES = 64 + 1 + 64 + 1
_MOST_RECORDS = 1_000_000


class Pool:
    """One pool as found on the disk.

    Args:
        path: The file that holds the numbers.
        shape: Of a volume.
    """

    def __init__(self, path: Path, shape: Shape) -> None:
        self.path = path
        self.idle_s = time.time() - max(path.stat().st_mtime, index_of(path).stat().st_mtime)
        record_bytes = 2 * int(np.prod(shape))
        with path.open("rb") as file, index_of(path).open("rb") as index:
            most = min(os.fstat(file.fileno()).st_size // record_bytes, _MOST_RECORDS)
            content = index.read(most * _LINE_BYTES)
        lines = [content[at : at + _LINE_BYTES] for at in range(0, len(content), _LINE_BYTES)]
        self.records = [_LINE.fullmatch(line) for line in lines]
        self.volumes: Volumes = np.zeros((0, *shape), np.float16)
        if self.records:
            self.volumes = mapped(path, (len(self.records), *shape))

    def key(self, row: int) -> str:
        """What a record holds; empty where its line is damaged."""
        found = self.records[row]
        return "" if found is None else found[1].decode()

    def holds(self, row: int) -> bool:
        """Whether a record is as it was written."""
        found = self.records[row]
        return found is not None and _checksum(self.key(row), self.volumes[row]) == found[2]

    @property
    def source(self) -> Source:
        """For an array that gathers from it."""
        return Source(self.volumes, index_of(self.path))


class PoolWriter:
    """Appends to a pool of its own; after a failure it is written to no more.

    ``rows`` tells what was added and where, by key.
    """

    def __init__(self, path: Path, shape: Shape, files: tuple[int, int], count: int = 0) -> None:
        self.path = path
        self.rows: dict[str, int] = {}
        self._shape = shape
        self._files = files
        self._count = count

    @classmethod
    def fresh(cls, folder: Path, shape: Shape) -> "PoolWriter":
        """Makes a pool.

        Raises:
            OSError: If it can't be made.
        """
        path = folder / f"{_name(shape)}-{secrets.token_hex(8)}{VOLUMES}"
        index = durable.create_exclusively(index_of(path))
        try:
            return cls(path, shape, (durable.create_exclusively(path), index))
        except OSError:
            os.close(index)
            raise

    @classmethod
    def again(cls, path: Path, shape: Shape) -> "PoolWriter | None":
        """Goes on with a pool that this program wrote; None if it isn't as it was left."""
        flags = os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0)
        try:
            pool = Pool(path, shape)
            count = len(pool.records)
            sizes = (pool.volumes.nbytes, count * _LINE_BYTES)
            if (path.stat().st_size, index_of(path).stat().st_size) != sizes:
                return None
            with contextlib.ExitStack() as undo:
                file = os.open(path, flags)
                undo.callback(os.close, file)
                writer = cls(path, shape, (file, os.open(index_of(path), flags)), count)
                undo.pop_all()
        except OSError:
            return None
        return writer

    def append(self, key: str, volume: npt.NDArray[np.float16]) -> None:
        """Adds a record; its line comes last, so that it tells of what is there.

        Raises:
            OSError: If it couldn't be written; what was written of it is taken back.
        """
        record = volume.tobytes()
        line = b"%s %s\n" % (key.encode(), _checksum(key, volume))
        parts = tuple(zip(self._files, (record, line), strict=True))
        try:
            for file, content in parts:
                durable.write_all(file, content)
        except OSError:
            # Whole records may be mapped by others; what follows them is nobody's.
            with contextlib.suppress(OSError):
                for file, content in parts:
                    os.ftruncate(file, self._count * len(content))
            raise
        self.rows[key] = self._count
        self._count += 1

    def sync(self) -> bool:
        """Returns when everything is on the disk itself; whether it is."""
        try:
            for file in self._files:
                durable.sync_file(file)
            durable.sync_folder(self.path.parent)
        except OSError:
            return False
        return True

    def source(self) -> Source | None:
        """For an array that gathers from it; None while it is empty."""
        if not self._count:
            return None
        return Source(mapped(self.path, (self._count, *self._shape)), index_of(self.path))

    def close(self) -> None:
        """Closes both files."""
        for file in self._files:
            os.close(file)


def index_of(path: Path) -> Path:
    """The file with keys and checksums that lies beside a pool."""
    return path.with_suffix(INDEX)


def mapped(path: Path, shape: tuple[int, int, int, int]) -> Volumes:
    """The records of a pool, read from the disk where and when they are looked at."""
    return np.asarray(np.memmap(path, dtype="<f2", mode="r", shape=shape))


def pools_in(folder: Path, shape: Shape) -> Iterator[Pool]:
    """The pools of a shape that can be read; from now on they are in use."""
    halves = [*folder.glob(f"{_name(shape)}-*{VOLUMES}"), *folder.glob(f"{_name(shape)}-*{INDEX}")]
    for path in sorted({half.with_suffix(VOLUMES) for half in halves}):
        try:
            if not (path.is_file() and index_of(path).is_file()):
                _remove_if_idle(path)
                _remove_if_idle(index_of(path))
                continue
            pool = Pool(path, shape)
        except (OSError, ValueError):
            continue
        # Another user's can be read, but not marked as used.
        with contextlib.suppress(OSError):
            os.utime(index_of(path))
        yield pool


def _remove_if_idle(path: Path) -> None:
    """Removes the half of a pool whose other half is gone."""
    with contextlib.suppress(OSError):
        if time.time() - path.stat().st_mtime > IDLE_S:
            path.unlink()


def remove(path: Path) -> None:
    """Removes a pool, as far as the system lets it go."""
    for item in (index_of(path), path):
        with contextlib.suppress(OSError):
            item.unlink()


def _name(shape: Shape) -> str:
    return "x".join(map(str, shape))


def _checksum(key: str, volume: npt.NDArray[np.float16]) -> bytes:
    digest = hashlib.sha256(key.encode())
    digest.update(np.ascontiguousarray(volume).data)
    return digest.hexdigest().encode()
