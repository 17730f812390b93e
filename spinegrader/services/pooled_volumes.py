"""Cut volumes as one array that stays on the disk: only the rows asked for are read."""

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Volumes: TypeAlias = npt.NDArray[np.float16]
"""(number, slices, rows, columns)."""

_STILL_IN_USE_EVERY_S = 3600.0


@dataclass(frozen=True)
class Source:
    """Where volumes lie.

    Args:
        volumes: Mapped or in memory.
        mark: File whose time of change tells others that they are in use; None in memory.
    """

    volumes: Volumes
    mark: Path | None = None


class PooledVolumes:
    """Volumes of several pools in an order of its own; fulfils ``model.data.VolumeArray``.

    Args:
        sources: The pools.
        places: (N, 2): source and row in it of each volume.
        shape: Of one volume.
        notice: Why some couldn't be kept on the disk, in a sentence; empty where all were.
    """

    def __init__(
        self,
        sources: tuple[Source, ...],
        places: npt.NDArray[np.int64],
        shape: tuple[int, int, int],
        notice: str = "",
    ) -> None:
        self.notice = notice
        self._sources = sources
        self._places = places
        self._shape = shape
        self._marked_at = time.monotonic()

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, slices, rows, columns)."""
        return len(self._places), *self._shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the numbers."""
        return np.dtype(np.float16)

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Volumes]:
        """One volume after the other, (slices, rows, columns), each a copy."""
        for row in range(len(self)):
            yield self[np.array([row], np.int64)][0]

    def __getitem__(self, rows: npt.NDArray[np.int64]) -> Volumes:
        """A copy of some of them, (len(rows), slices, rows, columns).

        They are read in the order in which they lie on the disk.
        """
        self._mark()
        places = self._places[rows]
        found = np.empty((len(places), *self._shape), np.float16)
        for at in np.lexsort((places[:, 1], places[:, 0])):
            source, row = places[at]
            found[at] = self._sources[source].volumes[row]
        return found

    def _mark(self) -> None:
        """Tells others now and then that the pools are in use."""
        if time.monotonic() - self._marked_at < _STILL_IN_USE_EVERY_S:
            return
        self._marked_at = time.monotonic()
        for source in self._sources:
            if source.mark is not None:
                with contextlib.suppress(OSError):
                    os.utime(source.mark)
