"""How long the cutting of volumes will take that a job needs and the project doesn't hold yet."""

import time
from collections.abc import Callable, Sequence
from itertools import groupby

from spinegrader.services.material import CutRequest, Shape, cut_all, uncut
from spinegrader.store.project import ProjectStore

_TRIED = 2
"""Series that are cut to tell: the first one also loads what reads pixels."""


def cutting_seconds(
    store: ProjectStore,
    requests: Sequence[CutRequest],
    shape: Shape,
    stop_requested: Callable[[], bool],
) -> float:
    """Cuts the volumes of a series or two, which the project keeps, and reckons the others.

    Args:
        store: Of the project.
        requests: All that the job would cut.
        shape: Slices, rows and columns of a volume.
        stop_requested: Asked before each volume.

    Raises:
        CancelledError: If a stop was requested.
        ProjectError: If pixels can't be read.
    """
    left = uncut(store, requests, shape)
    by_series = [tuple(own) for _, own in groupby(left, key=lambda item: item.series.uid)]
    taken_s = 0.0
    for own in by_series[:_TRIED]:
        started_s = time.perf_counter()
        cut_all(store, own, shape, lambda _done, _total: None, stop_requested)
        taken_s = time.perf_counter() - started_s
    return taken_s * max(0, len(by_series) - _TRIED)
