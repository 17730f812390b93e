"""Cut volumes of a project on the disk: each is cut once, by any session, and mapped, not loaded.

Nothing is locked, since locks fail on network disks: whoever cuts appends to a pool of its own
and reads those of all others. A record counts only if its checksum holds; what a kill or a full
disk left half written is cut again.
"""

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import threading
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from spinegrader import durable
from spinegrader.services.pooled_volumes import PooledVolumes, Source, Volumes
from spinegrader.store.project import ProjectStore
from spinegrader.texts import translate

Shape: TypeAlias = tuple[int, int, int]

VOLUMES = ".volumes"
"""Ending of the file that holds the numbers."""

INDEX = ".index"
"""Ending of the file beside it that holds a line a volume."""

_LINE = re.compile(rb"([0-9a-f]{64}) ([0-9a-f]{64})\n")
_LINE_BYTES = 64 + 1 + 64 + 1
_MOST_RECORDS = 10_000_000
_IDLE_S = 6 * 3600.0
"""Pools that nobody has used for so long are rewritten: surely nobody is at them."""

_MOST_IDLE_POOLS = 8
_LEAST_WASTED = 64
_LEFT_FREE_BYTES = 64 << 20
"""Room that isn't taken for what can be cut again: a reader's next grades need it."""

_lent = threading.Lock()
_resting: "WeakKeyDictionary[ProjectStore, dict[Shape, Path]]" = WeakKeyDictionary()


class _Pool:
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


class VolumePools:
    """All pools of one shape, as one who needs volumes finds them and adds to them."""

    def __init__(self, folder: Path, shape: Shape, own: Path | None = None) -> None:
        """Use ``open_pools``."""
        self._folder = folder
        self._shape = shape
        self._pools = list(_pools_in(folder, shape))
        self._found: dict[str, list[tuple[_Pool, int]]] = defaultdict(list)
        for pool in self._pools:
            for row in range(len(pool.records)):
                self._found[pool.key(row)].append((pool, row))
        self._writer = None if own is None else _Writer.again(own, shape)
        self._in_memory: dict[str, npt.NDArray[np.float16]] = {}
        self.notice = ""

    @property
    def own(self) -> Path | None:
        """The pool that was written to, if it can be written on."""
        return None if self._writer is None else self._writer.path

    def close(self) -> None:
        """Closes the files that are written to."""
        if self._writer is not None:
            self._writer.close()

    def has(self, key: str) -> bool:
        """Whether a volume is there and as it was written."""
        if key in self._in_memory or (self._writer is not None and key in self._writer.rows):
            return True
        found = self._found.pop(key, [])
        whole = next(((pool, row) for pool, row in found if pool.holds(row)), None)
        if whole is not None:
            self._found[key] = [whole]
        return whole is not None

    def keep(self, key: str, volume: npt.NDArray[np.floating]) -> None:
        """Adds a volume; where the disk takes it not, it stays in memory.

        ``notice`` then says so.
        """
        small = np.ascontiguousarray(volume, dtype="<f2")
        if self.notice or not self._append(key, small):
            self._in_memory[key] = small

    def array(self, keys: Sequence[str]) -> PooledVolumes:
        """The volumes of those keys, in that order; each of them was found or kept before."""
        sources: list[Source] = []
        numbers: dict[object, int] = {}
        places = np.zeros((len(keys), 2), np.int64)

        def number_of(owner: object, source: Source) -> int:
            if owner not in numbers:
                numbers[owner] = len(sources)
                sources.append(source)
            return numbers[owner]

        own = None if self._writer is None else self._writer.source()
        in_memory = {key: row for row, key in enumerate(self._in_memory)}
        stacked = [*self._in_memory.values()]
        memory = None if not stacked else Source(np.stack(stacked))
        for place, key in enumerate(keys):
            if memory is not None and key in in_memory:
                places[place] = number_of("memory", memory), in_memory[key]
            elif self._writer is not None and own is not None and key in self._writer.rows:
                places[place] = number_of("own", own), self._writer.rows[key]
            else:
                pool, row = self._found[key][0]
                places[place] = number_of(pool, pool.source), row
        return PooledVolumes(tuple(sources), places, self._shape, self.notice)

    def tidy(self, wanted: Collection[str]) -> None:
        """Writes long unused pools into one where they are many or hold much of no use.

        Those who have the old ones mapped go on with them, since a removed file stays for whoever
        holds it; on Windows it isn't removed while in use, and the next tidying tries again.

        Args:
            wanted: The keys that the project uses; others in those pools are dropped.
        """
        own = self.own
        idle = [pool for pool in self._pools if pool.idle_s > _IDLE_S and pool.path != own]
        busy = [pool for pool in self._pools if pool not in idle]
        elsewhere = {pool.key(row) for pool in busy for row in range(len(pool.records))}
        kept = {
            pool.key(row): (pool, row)
            for pool in idle
            for row in range(len(pool.records))
            if pool.key(row) in wanted and pool.key(row) not in elsewhere
        }
        total = sum(len(pool.records) for pool in idle)
        is_wasteful = total - len(kept) > max(_LEAST_WASTED, total // 2)
        if len(idle) <= _MOST_IDLE_POOLS and not is_wasteful:
            return
        for key, (pool, row) in kept.items():
            if pool.holds(row) and not self._append(key, np.asarray(pool.volumes[row])):
                return
        if self._writer is None or self._writer.sync():
            for pool in idle:
                _remove(pool.path)

    def _append(self, key: str, volume: npt.NDArray[np.float16]) -> bool:
        try:
            durable.private_folder(self._folder)
            if shutil.disk_usage(self._folder).free < _LEFT_FREE_BYTES + volume.nbytes:
                self.notice = _no_room()
                return False
            if self._writer is None:
                self._writer = _Writer.fresh(self._folder, self._shape)
            self._writer.append(key, volume)
        except OSError as error:
            full = durable.is_disk_full(error)
            self.notice = _no_room() if full else _not_kept(error)
            return False
        return True


class _Writer:
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
    def fresh(cls, folder: Path, shape: Shape) -> "_Writer":
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
    def again(cls, path: Path, shape: Shape) -> "_Writer | None":
        """Goes on with a pool that this program wrote; None if it isn't as it was left."""
        flags = os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0)
        try:
            pool = _Pool(path, shape)
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


@contextlib.contextmanager
def open_pools(store: ProjectStore, shape: Shape) -> Iterator[VolumePools]:
    """The pools of a project for volumes of one shape.

    One at a time of those that cut in this program goes on with the pool that was written last;
    another that cuts beside it begins one.
    """
    with _lent:
        own = _resting.setdefault(store, {}).pop(shape, None)
    pools = VolumePools(store.cache_folder, shape, own)
    try:
        yield pools
    finally:
        pools.close()
        if pools.own is not None and not pools.notice:
            with _lent:
                _resting.setdefault(store, {})[shape] = pools.own


def index_of(path: Path) -> Path:
    """The file with keys and checksums that lies beside a pool."""
    return path.with_suffix(INDEX)


def mapped(path: Path, shape: tuple[int, int, int, int]) -> Volumes:
    """The records of a pool, read from the disk where and when they are looked at."""
    return np.asarray(np.memmap(path, dtype="<f2", mode="r", shape=shape))


def _pools_in(folder: Path, shape: Shape) -> Iterator[_Pool]:
    """The pools of a shape that can be read; from now on they are in use."""
    for path in sorted(folder.glob(f"{_name(shape)}-*{VOLUMES}")):
        try:
            if not (path.is_file() and index_of(path).is_file()):
                _remove_if_idle(path)
                continue
            pool = _Pool(path, shape)
        except (OSError, ValueError):
            continue
        # Another user's can be read, but not marked as used.
        with contextlib.suppress(OSError):
            os.utime(index_of(path))
        yield pool


def _remove_if_idle(path: Path) -> None:
    """Removes the half of a pool whose other half is gone."""
    with contextlib.suppress(OSError):
        if time.time() - path.stat().st_mtime > _IDLE_S:
            path.unlink()


def _remove(path: Path) -> None:
    for item in (index_of(path), path):
        with contextlib.suppress(OSError):
            item.unlink()


def _name(shape: Shape) -> str:
    return "x".join(map(str, shape))


def _checksum(key: str, volume: npt.NDArray[np.float16]) -> bytes:
    digest = hashlib.sha256(key.encode())
    digest.update(np.ascontiguousarray(volume).data)
    return digest.hexdigest().encode()


def _no_room() -> str:
    return translate(
        "The disk of the project is full: volumes cut from now on stay in memory, and are cut "
        "again the next time. Make room there."
    )


def _not_kept(error: OSError) -> str:
    return translate(
        "Cut volumes can't be kept in the project ({reason}): they stay in memory, and are cut "
        "again the next time."
    ).format(reason=error.strerror)
