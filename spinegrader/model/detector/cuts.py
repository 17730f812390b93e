"""Square cuts of slices with pixels of 1 mm, moved about at random, and what is drawn on them."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from spinegrader.model.detector.config import DetectorAugmentConfig
from spinegrader.model.detector.data import UNKNOWN, DetectorSlice

_BRIGHT_PERCENTILE = 99.0
_BRIGHTEST = 2.0


@dataclass(frozen=True, eq=False)
class Pose:
    """Where a cut lies in its slice.

    Args:
        centre_mm: (x, y) of its middle in the slice.
        turn: Millimetres in the slice for each millimetre of the cut, shape (2, 2).
    """

    centre_mm: NDArray[np.float64]
    turn: NDArray[np.float64]

    def to_cut(self, places_mm: NDArray[np.float32], side: int) -> NDArray[np.float32]:
        """Places of the slice as (x, y) in pixels of the cut, shape (..., 2)."""
        away = (places_mm - self.centre_mm) @ np.linalg.inv(self.turn).T
        return np.asarray(away + (side - 1) / 2, np.float32)


def middle_pose(item: DetectorSlice) -> Pose:
    """The whole slice, unturned."""
    rows, columns = item.image.shape
    centre = np.asarray((columns - 1, rows - 1)) * item.spacing_mm / 2
    return Pose(centre, np.eye(2))


def random_pose(
    item: DetectorSlice, config: DetectorAugmentConfig, side: int, numbers: np.random.Generator
) -> Pose:
    """Somewhere in the slice, turned, scaled and stretched at random."""
    rows, columns = item.image.shape
    size = np.asarray((columns, rows)) * item.spacing_mm
    angle = np.radians(config.rotation_deg) * (numbers.random() - numbers.random())
    scale = np.exp(config.scale * numbers.uniform(-1, 1))
    stretch = np.exp(config.stretch * numbers.uniform(-1, 1))
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = scale * np.asarray(((cosine, -sine), (sine, cosine))) @ np.diag((stretch, 1 / stretch))
    # The spine stays in the cut, but may leave it above, below or at a side.
    spare = np.maximum(size - side * scale, 0) / 2 + 0.12 * side
    return Pose(size / 2 + spare * numbers.uniform(-1, 1, 2), turn)


def cut(item: DetectorSlice, pose: Pose, side: int) -> tuple[Tensor, Tensor]:
    """Image (side, side), brightness about 0 to 2, and mask, of a slice.

    Beyond the slice the image is 0 and the mask background, as it is beyond a padded picture.
    """
    rows, columns = item.image.shape
    ticks = np.arange(side) - (side - 1) / 2
    across, down = np.meshgrid(ticks, ticks)
    places = pose.centre_mm + np.stack([across, down], axis=-1) @ pose.turn.T
    grid = (places / item.spacing_mm + 0.5) / np.asarray((columns, rows)) * 2 - 1
    where = torch.from_numpy(grid.astype(np.float32))[None]
    image = torch.from_numpy(item.image.astype(np.float32))[None, None]
    image = image / brightness_unit(item.image)
    mask = torch.from_numpy(item.mask.astype(np.float32))[None, None]
    shown = functional.grid_sample(image, where, align_corners=False)[0, 0]
    labels = functional.grid_sample(mask, where, mode="nearest", align_corners=False)[0, 0]
    return shown.clamp_(0, _BRIGHTEST), labels.to(torch.uint8)


def brightness_unit(image: NDArray[np.generic]) -> float:
    """What counts as 1: nearly the brightest of the pixels."""
    return max(float(np.percentile(image.astype(np.float32), _BRIGHT_PERCENTILE)), 1e-6)


def known(labels: Tensor) -> Tensor:
    """Where something is learnt from a mask."""
    return labels != UNKNOWN
