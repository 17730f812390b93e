"""Series of different studies that show the same images: copies of one examination.

A plan is taken from the session on its thread; looking reads only immutable pixel files and may
run on any thread.
"""

import hashlib
import json
import logging
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.study import Series, Stack
from spinegrader.errors import CancelledError, ProjectError
from spinegrader.imaging.fingerprint import correlation, slice_hashes, thumbnail
from spinegrader.services.images import load_slice, load_volume
from spinegrader.store.project import ProjectStore

_log = logging.getLogger(__name__)

_LEAST_SHARE = 0.5
"""Of the slices of the smaller series that must be equal."""

_LEAST_CORRELATION = 0.995
_LEAST_THUMBNAIL_CORRELATION = 0.99
"""Below the other: block means of a copy agree better than its pixels."""

_TOLERANCE_MM = 0.1
_MOST_COPIES = 8
"""Of one slice; where there are more, each is compared with the first only."""

_CHUNK = 512
_QUIET = 256
"""Series that need no reading are told of this seldom: they take no time."""


StopRequested = Callable[[], bool]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class SeriesMatch:
    """Two series of different studies with the same images.

    Args:
        first: SeriesInstanceUID.
        second: Of the other one.
        equal_slices: Slices whose pixels are identical.
        slices: Of the smaller of both, blank ones left out.
        correlation: Of all pixels, where they are alike but not identical; else 1.
    """

    first: str
    second: str
    equal_slices: int
    slices: int
    correlation: float = 1.0

    @property
    def is_identical(self) -> bool:
        """Whether every slice of the smaller one is in the other, pixel by pixel."""
        return self.equal_slices == self.slices


@dataclass(frozen=True)
class ImageSearch:
    """Looks for series with the same images.

    Args:
        store: Where the pixels are.
        series: All to look at.
        group_of: By StudyInstanceUID, what the study is known to be a copy of: within one such
            group nothing is looked for.
        of_interest: Only matches with one of these series; None for all.
    """

    store: ProjectStore
    series: Sequence[Series]
    group_of: Mapping[str, str]
    of_interest: frozenset[str] | None = None

    def run(self, progress: Progress, stop_requested: StopRequested) -> tuple[SeriesMatch, ...]:
        """Finds them.

        A series whose pixels can't be read is left out: the check of the project names it.

        Raises:
            CancelledError: If a stop was requested.
        """
        hashes: dict[str, tuple[str, ...]] = {}
        for index, item in enumerate(self.series):
            _heed(stop_requested)
            if not item.slice_hashes or index % _QUIET == 0:
                progress(index, len(self.series))
            hashes[item.uid] = item.slice_hashes or _read_hashes(self.store, item)
        by_uid = {item.uid: item for item in self.series}
        identical = list(self._identical(by_uid, hashes))
        found = {frozenset((match.first, match.second)) for match in identical}
        alike = self._alike(found, stop_requested)
        return tuple(sorted([*identical, *alike], key=lambda item: (item.first, item.second)))

    def _is_wanted(self, one: Series, other: Series) -> bool:
        if self.group_of[one.study_uid] == self.group_of[other.study_uid]:
            return False
        return self.of_interest is None or not self.of_interest.isdisjoint((one.uid, other.uid))

    # -- identical pixels -----------------------------------------------------------------------

    def _identical(
        self, by_uid: Mapping[str, Series], hashes: Mapping[str, tuple[str, ...]]
    ) -> Iterator[SeriesMatch]:
        holders: dict[str, list[str]] = defaultdict(list)
        for uid in sorted(by_uid):
            for item in set(hashes[uid]) - {""}:
                holders[item].append(uid)
        equal: Counter[tuple[str, str]] = Counter()
        for uids in holders.values():
            if len(uids) > 1:
                equal.update(_pairs(uids))
        for (first, second), count in equal.items():
            of = min(len(set(hashes[uid]) - {""}) for uid in (first, second))
            if count >= _LEAST_SHARE * of and self._is_wanted(by_uid[first], by_uid[second]):
                yield SeriesMatch(first, second, count, of)

    # -- nearly the same pixels -----------------------------------------------------------------

    def _alike(
        self, found: set[frozenset[str]], stop_requested: StopRequested
    ) -> Iterator[SeriesMatch]:
        """Copies that were compressed with loss or rescaled: same place, same picture."""
        for cluster in _same_places(self.series):
            if not self._may_hold_more(cluster, found):
                continue
            thumbnails = []
            for item in cluster:
                _heed(stop_requested)
                thumbnails.append(_thumbnail(self.store, item))
            for one, other in _similar_pairs(np.stack(thumbnails)):
                first, second = sorted((cluster[one], cluster[other]), key=lambda item: item.uid)
                if frozenset((first.uid, second.uid)) in found:
                    continue
                _heed(stop_requested)
                if self._is_wanted(first, second) and _lies_alike(first.geometry, second.geometry):
                    value = _correlation(self.store, first, second)
                    if value > _LEAST_CORRELATION:
                        yield SeriesMatch(first.uid, second.uid, 0, first.slice_count, value)

    def _may_hold_more(self, cluster: Sequence[Series], found: set[frozenset[str]]) -> bool:
        """Whether a pair may be wanted that isn't known to be identical."""
        if len(cluster) > _MOST_COPIES:
            return self.of_interest is None or any(item.uid in self.of_interest for item in cluster)
        return any(
            self._is_wanted(one, other) and frozenset((one.uid, other.uid)) not in found
            for one, other in combinations(cluster, 2)
        )


def _heed(stop_requested: StopRequested) -> None:
    if stop_requested():
        raise CancelledError("Looking for equal images was stopped; nothing was changed.")


def _pairs(uids: Sequence[str]) -> Iterator[tuple[str, str]]:
    if len(uids) <= _MOST_COPIES:
        yield from combinations(uids, 2)
    else:
        yield from ((uids[0], other) for other in uids[1:])


# -- reading ------------------------------------------------------------------------------------


def _read_hashes(store: ProjectStore, series: Series) -> tuple[str, ...]:
    """The hashes of a series that came in before these were kept; read once for a project."""
    stacks = [_stack_hashes(store, stack) for stack in series.stacks]
    return tuple(item for hashes in stacks for item in hashes)


def _stack_hashes(store: ProjectStore, stack: Stack) -> tuple[str, ...]:
    name = hashlib.sha256(f"slice hashes of {stack.pixels}".encode()).hexdigest()
    cached = store.cache_folder / f"{name}.json"
    try:
        known = json.loads(cached.read_bytes())
        if isinstance(known, list) and len(known) == stack.geometry.shape[0]:
            return tuple(map(str, known))
    except (OSError, ValueError):
        pass  # not there yet, or damaged: read anew
    try:
        pixels, _ = store.read_pixels(stack.pixels)
    except ProjectError as error:
        _log.info("Pixels were not compared: %s", error.message)
        return ()
    hashes = slice_hashes(pixels)
    _keep(cached, json.dumps(hashes))
    return hashes


def _keep(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.stem}.{os.getpid()}.new")
    try:
        fresh.write_text(text)
        fresh.replace(path)
    except OSError:
        # Read again the next time.
        fresh.unlink(missing_ok=True)


def _thumbnail(store: ProjectStore, series: Series) -> npt.NDArray[np.float32]:
    blank = np.zeros((2, 2), dtype=np.int16)
    try:
        middle = load_slice(store, series, series.geometry.shape[0] // 2)
    except ProjectError as error:
        _log.info("Pixels were not compared: %s", error.message)
        return thumbnail(blank)
    return thumbnail(middle)


def _correlation(store: ProjectStore, first: Series, second: Series) -> float:
    try:
        one, other = (load_volume(store, item).pixels for item in (first, second))
    except ProjectError as error:
        _log.info("Pixels were not compared: %s", error.message)
        return 0.0
    return correlation(one, other)


# -- places -------------------------------------------------------------------------------------


def _same_places(series: Sequence[Series]) -> Iterator[list[Series]]:
    """Series of one shape whose corners lie within the tolerance of a neighbour's, in groups.

    Only the first stack counts: series of several stacks are rarely graded on.
    """
    by_shape: dict[tuple[int, int, int], list[Series]] = defaultdict(list)
    for item in series:
        by_shape[item.geometry.shape].append(item)
    for items in by_shape.values():
        if len(items) > 1:
            corners = np.stack([_corners_mm(item.geometry).ravel() for item in items])
            for group in _clusters(corners):
                yield [items[index] for index in group]


def _clusters(places: npt.NDArray[np.float64]) -> Iterator[npt.NDArray[np.intp]]:
    """Groups of rows that lie within the tolerance of a neighbour in every coordinate.

    Series of one place (simulated people, phantoms) become one node first, so that thousands of
    them don't make millions of pairs.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    nodes, node_of = np.unique(np.round(places, 3), axis=0, return_inverse=True)
    pairs = cKDTree(nodes).query_pairs(_TOLERANCE_MM, p=np.inf, output_type="ndarray")
    size = (len(nodes), len(nodes))
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=size)
    _, cluster_of_node = connected_components(graph, directed=False)
    cluster_of = cluster_of_node[node_of.reshape(-1)]
    order = np.argsort(cluster_of, kind="stable")
    edges = np.flatnonzero(np.diff(cluster_of[order])) + 1
    yield from (rows for rows in np.split(order, edges) if len(rows) > 1)


def _corners_mm(geometry: VolumeGeometry) -> npt.NDArray[np.float64]:
    """First pixel and the ends of the three edges that begin there, LPS; shape (4, 3)."""
    slices, rows, columns = geometry.shape
    last = (columns - 1, rows - 1, slices - 1)
    return geometry.to_mm([(0, 0, 0), (last[0], 0, 0), (0, last[1], 0), (0, 0, last[2])])


def _lies_alike(one: VolumeGeometry, other: VolumeGeometry) -> bool:
    distances = np.linalg.norm(_corners_mm(one) - _corners_mm(other), axis=1)
    return bool(distances.max() <= _TOLERANCE_MM)


def _similar_pairs(thumbnails: npt.NDArray[np.float32]) -> Iterator[tuple[int, int]]:
    for start in range(0, len(thumbnails), _CHUNK):
        alike = thumbnails[start : start + _CHUNK] @ thumbnails.T > _LEAST_THUMBNAIL_CORRELATION
        for row, column in np.argwhere(alike):
            if start + row < column:
                yield int(start + row), int(column)
