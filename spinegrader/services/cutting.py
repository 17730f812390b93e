"""Cutting the volumes that a job needs, with what is told of it on the way."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from spinegrader.services.material import CutRequest, Shape, cut_all
from spinegrader.services.pooled_volumes import PooledVolumes
from spinegrader.store.project import ProjectStore

Emit = Callable[[object], None]
StopRequested = Callable[[], bool]


@dataclass(frozen=True)
class CuttingProgress:
    """How many volumes have been cut."""

    done: int
    total: int


def study_token(uid: str) -> str:
    """A name for a study or a series that tells nothing outside."""
    return hashlib.sha256(uid.encode()).hexdigest()[:16]


def cut_volumes(
    store: ProjectStore,
    requests: Sequence[CutRequest],
    shape: Shape,
    emit: Emit,
    stop_requested: StopRequested,
    *,
    is_everything: bool = True,
) -> tuple[PooledVolumes, list[int]]:
    """Cuts volumes, of several processes in the first one.

    Args:
        store: The open project.
        requests: What to cut.
        shape: Slices, rows and columns of a volume.
        emit: Hears how far it is.
        stop_requested: Asked before each volume.
        is_everything: Whether the project has no use for other volumes of this shape.

    Returns:
        The volumes and the places in ``requests`` that they belong to, as
        :func:`~spinegrader.services.material.cut_all` gives them.

    Raises:
        CancelledError: If a stop was requested.
        ProjectError: If pixels can't be read.
    """
    from spinegrader.model.distributed import first_before_others
    from spinegrader.model.events import MessageEvent

    # Of several processes the first one fills the cache, and the others find all in it.
    volumes, kept = first_before_others(
        lambda stop: cut_all(
            store,
            requests,
            shape,
            lambda done, total: emit(CuttingProgress(done, total)),
            stop,
            is_everything=is_everything,
        ),
        stop_requested,
    )
    if volumes.notice:
        emit(MessageEvent(volumes.notice))
    return volumes, kept
