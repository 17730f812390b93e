"""Cut volumes of a project on the disk: each is cut once, by any session, and mapped, not loaded.

Nothing is locked, since locks fail on network disks: whoever cuts appends to a pool of its own
and reads those of all others. A record counts only if its checksum holds; what a kill or a full
disk left half written is cut again.
"""

import contextlib
import shutil
import threading
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from spinegrader import durable
from spinegrader.services.pool_files import IDLE_S, Pool, PoolWriter, Shape, pools_in, remove
from spinegrader.services.pooled_volumes import PooledVolumes, Source
from spinegrader.store.project import ProjectStore
from spinegrader.texts import translate

_MOST_IDLE_POOLS = 8
_LEAST_WASTED = 64
_LEFT_FREE_BYTES = 64 << 20
"""Room that isn't taken for what can be cut again: a reader's next grades need it."""

_lent = threading.Lock()
_resting: "WeakKeyDictionary[ProjectStore, dict[Shape, Path]]" = WeakKeyDictionary()


class VolumePools:
    """All pools of one shape, as one who needs volumes finds them and adds to them."""

    def __init__(self, folder: Path, shape: Shape, own: Path | None = None) -> None:
        """Use ``open_pools``."""
        self._folder = folder
        self._shape = shape
        self._pools = list(pools_in(folder, shape))
        self._found: dict[str, list[tuple[Pool, int]]] = defaultdict(list)
        for pool in self._pools:
            for row in range(len(pool.records)):
                self._found[pool.key(row)].append((pool, row))
        self._writer = None if own is None else PoolWriter.again(own, shape)
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
        idle = [pool for pool in self._pools if pool.idle_s > IDLE_S and pool.path != own]
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
                self.notice = ""
                return
        if self._writer is None or self._writer.sync():
            for pool in idle:
                remove(pool.path)

    def _append(self, key: str, volume: npt.NDArray[np.float16]) -> bool:
        try:
            durable.private_folder(self._folder)
            if shutil.disk_usage(self._folder).free < _LEFT_FREE_BYTES + volume.nbytes:
                self.notice = _no_room()
                return False
            if self._writer is None:
                self._writer = PoolWriter.fresh(self._folder, self._shape)
            self._writer.append(key, volume)
        except OSError as error:
            full = durable.is_disk_full(error)
            self.notice = _no_room() if full else _not_kept(error)
            return False
        return True


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


def listed_keys(store: ProjectStore, shape: Shape, keys: Sequence[str]) -> frozenset[str]:
    """Those of the keys whose volumes the project holds, by the lists of its pools.

    The volumes themselves aren't read: a damaged one counts as held.
    """
    pools = pools_in(store.cache_folder, shape)
    return frozenset(keys) & {pool.key(row) for pool in pools for row in range(len(pool.records))}


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
