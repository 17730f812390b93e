"""Volumes with what is known of them, as plain arrays."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from spinegrader.domain.anatomy import TRAINING_LEVELS
from spinegrader.errors import TrainingError

MISSING = -1
"""Label of a disc that has no grade."""

_CHUNK_VOLUMES = 64


class VolumeArray(Protocol):
    """Volumes (N, slices, rows, columns), float16 or float32 in [0, 1], in memory or on disk."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, slices, rows, columns)."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the numbers."""
        ...

    def __len__(self) -> int: ...

    def __getitem__(self, rows: NDArray[np.int64], /) -> NDArray[np.floating]:
        """A copy of some of them, (len(rows), slices, rows, columns)."""
        ...


@dataclass(frozen=True)
class PretrainData:
    """Vertebral bodies or discs for pre-training; row ``i`` of everything is one of them.

    Args:
        volumes: (N, slices, rows, columns), float16 or float32 in [0, 1].
        subjects: Anonymous token of the person.
        days: Ordinal of the study's date (``date.toordinal``); 0 where it isn't known.
        studies: Anonymous token of the study.
        levels: (N,), index into ``TRAINING_LEVELS``; of a disc that of the vertebra above it.
        series: Anonymous token of the series; none where each study has one.
        scanners: Anonymous token of the scanner, empty where it isn't known; none where no one is.
        weightings: Such as ``T1``; none where there is but one.

    Raises:
        TrainingError: If the parts don't fit each other.
    """

    volumes: VolumeArray
    subjects: tuple[str, ...]
    days: tuple[int, ...]
    studies: tuple[str, ...]
    levels: NDArray[np.integer]
    series: tuple[str, ...] = ()
    scanners: tuple[str, ...] = ()
    weightings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_volumes(self.volumes)
        lengths = {len(self.subjects), len(self.days), len(self.studies), len(self.levels)}
        known = (self.series, self.scanners, self.weightings)
        lengths |= {len(item) for item in known if item}
        if lengths != {len(self.volumes)}:
            raise TrainingError("Each vertebra needs a volume, a subject, a date and a level.")
        if len(self.levels) and not 0 <= self.levels.min() <= self.levels.max() < len(
            TRAINING_LEVELS
        ):
            raise TrainingError(
                f"Only the levels {TRAINING_LEVELS[0]} to {TRAINING_LEVELS[-1]} can be learnt."
            )

    def fingerprint(self) -> str:
        """SHA-256 over volumes and what is known of them.

        Raises:
            TrainingError: If a volume holds values outside [0, 1].
        """
        facts = (
            (self.subjects, self.days, self.studies, self.levels.tolist()),
            (self.series, self.scanners, self.weightings),
        )
        return _fingerprint(self.volumes, facts)


@dataclass(frozen=True)
class GradingData:
    """Discs with their grades; row ``i`` of everything is one disc.

    Args:
        volumes: (N, slices, rows, columns), float16 or float32 in [0, 1].
        subjects: Anonymous token of the person.
        labels: By grading id: (N,) int64 class index, :data:`MISSING` where there is no grade.
        class_values: By grading id: the digits of the classes, rising.
        ordinal: By grading id: whether the classes are an order.
        studies: Anonymous token of the study; none where they aren't known.

    Raises:
        TrainingError: If the parts don't fit each other.
    """

    volumes: VolumeArray
    subjects: tuple[str, ...]
    labels: Mapping[str, NDArray[np.int64]]
    class_values: Mapping[str, tuple[int, ...]]
    ordinal: Mapping[str, bool]
    studies: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_volumes(self.volumes)
        if len(self.subjects) != len(self.volumes):
            raise TrainingError("Each disc needs a volume and a subject.")
        if self.studies and len(self.studies) != len(self.volumes):
            raise TrainingError("Each disc needs a study where studies are given.")
        if not set(self.labels) == set(self.class_values) == set(self.ordinal):
            raise TrainingError("Each grading needs labels, classes and a scale.")
        for grading, labels in self.labels.items():
            classes = len(self.class_values[grading])
            in_range = np.all((labels >= MISSING) & (labels < classes))
            if labels.shape != (len(self.volumes),) or not in_range:
                raise TrainingError(f"The labels of “{grading}” don't fit its discs or classes.")

    def fingerprint(self) -> str:
        """SHA-256 over volumes and grades.

        Raises:
            TrainingError: If a volume holds values outside [0, 1].
        """
        facts = (
            self.subjects,
            sorted((name, labels.tolist()) for name, labels in self.labels.items()),
            sorted((name, list(values)) for name, values in self.class_values.items()),
        )
        return _fingerprint(self.volumes, facts)


def rows_of(subjects: Iterable[str], chosen: Iterable[str]) -> NDArray[np.int64]:
    """Row numbers of the chosen subjects, rising."""
    wanted = set(chosen)
    rows = [row for row, subject in enumerate(subjects) if subject in wanted]
    return np.array(rows, dtype=np.int64)


def _check_volumes(volumes: VolumeArray) -> None:
    if len(volumes.shape) != 4 or volumes.dtype not in (np.float16, np.float32):
        raise TrainingError(
            "Volumes must be 16 or 32 bit floats in the order number, slices, rows, columns."
        )


def _fingerprint(volumes: VolumeArray, facts: object) -> str:
    digest = hashlib.sha256(repr((volumes.shape, str(volumes.dtype), facts)).encode())
    for start in range(0, len(volumes), _CHUNK_VOLUMES):
        rows = np.arange(start, min(start + _CHUNK_VOLUMES, len(volumes)))
        chunk = np.ascontiguousarray(volumes[rows])
        if chunk.size and not (chunk.min() >= 0 and chunk.max() <= 1):  # NaN fails both
            raise TrainingError(
                f"A volume between number {start + 1} and {start + len(chunk)} holds values "
                "outside 0 to 1: cut the volumes again."
            )
        digest.update(chunk.data)
    return digest.hexdigest()
