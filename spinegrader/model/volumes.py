"""From arrays of volumes, on disk perhaps, to tensors on the device."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spinegrader.errors import TrainingError
from spinegrader.model.config import VolumeShape
from spinegrader.model.data import VolumeArray
from spinegrader.model.splits import Part

EVALUATION_BATCH = 16
"""Volumes at once where no gradient is needed."""

_most_at_once: ContextVar[int] = ContextVar("most_at_once", default=0)


def check_shape(volumes: VolumeArray, wanted: VolumeShape) -> None:
    """Checks that volumes were cut as a network wants them.

    Raises:
        TrainingError: If not.
    """
    if volumes.shape[1:] != wanted:
        have, want = (" x ".join(map(str, shape)) for shape in (volumes.shape[1:], wanted))
        raise TrainingError(
            f"The volumes are {have} (slices, rows, columns), but the network's are {want}: cut "
            "them again."
        )


def check_split(subjects: tuple[str, ...], split: Mapping[str, Part]) -> None:
    """Checks that each subject has a part.

    Raises:
        TrainingError: If not.
    """
    missing = len(set(subjects) - set(split))
    if missing:
        raise TrainingError(
            f"{missing} subjects of the data are in no part: split all subjects before training."
        )


def to_device(volumes: VolumeArray, rows: NDArray[np.int64], device: torch.device) -> Tensor:
    """Some of the volumes as float32, (len(rows), slices, rows, columns)."""
    chosen = torch.from_numpy(np.ascontiguousarray(volumes[rows]))
    return chosen.to(device).float()


def in_chunks(rows: NDArray[np.int64], size: int) -> Iterator[NDArray[np.int64]]:
    """The rows in their order, ``size`` at a time, or as few as :func:`at_most` allows."""
    size = min(size, _most_at_once.get() or size)
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


@contextmanager
def at_most(count: int) -> Iterator[None]:
    """Within it, chunks of rows are no larger than ``count``; 0 sets no limit."""
    token = _most_at_once.set(count)
    try:
        yield
    finally:
        _most_at_once.reset(token)


def run_fingerprint(data: str, split: Mapping[str, Part], origin: str = "") -> str:
    """SHA-256 over all that must stay the same for a run to be resumed.

    Args:
        data: Fingerprint of the data.
        split: Of the subjects.
        origin: Hash of the weights that the run starts from.
    """
    facts = (data, sorted((subject, str(part)) for subject, part in split.items()), origin)
    return hashlib.sha256(repr(facts).encode()).hexdigest()
