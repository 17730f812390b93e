"""Made-up samples of noise: what a training's steps are tried on before it starts."""

import numpy as np
from numpy.typing import NDArray

from spinegrader.domain.anatomy import TRAINING_LEVELS
from spinegrader.model.config import FinetuneConfig, PretrainConfig, VolumeShape
from spinegrader.model.data import GradingData, PretrainData
from spinegrader.model.detector.data import BODY, DetectorData, DetectorSlice

SLICE_PIXELS, SLICE_SPACING_MM = 350, 0.8
"""Side of a made-up slice: 28 cm, about that of a usual sagittal image."""

_BODY_PIXELS = 40
_BODIES = 6


def volumes(count: int, shape: VolumeShape) -> NDArray[np.float32]:
    """One volume of noise, seen many times: none of its numbers is stored twice.

    Returns:
        Shape (count, slices, rows, columns), 0 to 1.
    """
    volume = np.random.default_rng(0).random(shape, np.float32)
    return np.broadcast_to(volume, (count, *shape))


def pairs(config: PretrainConfig, samples: int) -> PretrainData:
    """People on two days, enough for a batch of pairs."""
    people = 2 + samples // len(TRAINING_LEVELS)
    levels = np.tile(np.arange(len(TRAINING_LEVELS), dtype=np.int64), 2 * people)
    visits = np.repeat(np.arange(2 * people), len(TRAINING_LEVELS))
    return PretrainData(
        volumes=volumes(len(levels), config.volume_shape),
        subjects=tuple(f"{visit // 2}" for visit in visits),
        days=tuple(int(visit % 2) * 1000 + 1 for visit in visits),
        studies=tuple(f"{visit}" for visit in visits),
        levels=levels,
    )


def discs(config: FinetuneConfig, samples: int, classes: dict[str, int]) -> GradingData:
    """Discs of several people with all grades, enough for a batch."""
    count = max(samples, 6)
    numbers = np.arange(count, dtype=np.int64)
    return GradingData(
        volumes=volumes(count, config.volume_shape),
        subjects=tuple(f"{number % 3}" for number in numbers),
        labels={name: numbers % size for name, size in classes.items()},
        class_values={name: tuple(range(size)) for name, size in classes.items()},
        ordinal=dict.fromkeys(classes, True),
    )


def slices(count: int) -> DetectorData:
    """Slices with a column of bodies on them."""
    image = np.random.default_rng(0).integers(0, 255, (SLICE_PIXELS,) * 2, np.uint8)
    mask = np.zeros_like(image)
    left = (SLICE_PIXELS - _BODY_PIXELS) // 2
    corners = []
    for number in range(_BODIES):
        top = 10 + number * (_BODY_PIXELS + 10)
        mask[top : top + _BODY_PIXELS, left : left + _BODY_PIXELS] = BODY
        right, bottom = left + _BODY_PIXELS, top + _BODY_PIXELS
        corners.append([(left, top), (right, top), (right, bottom), (left, bottom)])
    one = DetectorSlice(
        image,
        mask,
        SLICE_SPACING_MM,
        np.asarray(corners, np.float32) * np.float32(SLICE_SPACING_MM),
        np.arange(_BODIES, dtype=np.int8),
    )
    people = tuple(f"{number}" for number in range(count))
    return DetectorData((one,) * count, people, ("made up",) * count, {"made up": 1.0})
