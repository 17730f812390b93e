"""Random movements of volumes: drawn first, on the CPU, then applied on the device.

Since the draw is apart from the applying, a batch that is worked off in parts for want of
memory, or on another device, gets the same movements.
"""

import math
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from spinegrader.model.config import AugmentConfig


@dataclass(frozen=True)
class Movements:
    """One movement a volume; (N,) each.

    Args:
        rotation_rad: In-plane, about the volume's centre.
        shift_columns: In parts of the volume's width.
        shift_rows: Likewise, of the width too.
        shift_slices: Whole slices.
        scale: Above 1 the anatomy grows.
        intensity: Factor.
        flip: Whether the slices' order is reversed.
    """

    rotation_rad: NDArray[np.float64]
    shift_columns: NDArray[np.float64]
    shift_rows: NDArray[np.float64]
    shift_slices: NDArray[np.int64]
    scale: NDArray[np.float64]
    intensity: NDArray[np.float64]
    flip: NDArray[np.bool_]

    def take(self, chosen: NDArray[np.int64] | slice) -> Self:
        """The movements of some of the volumes."""
        return type(self)(*(getattr(self, field.name)[chosen] for field in fields(self)))


def draw_movements(
    config: AugmentConfig, count: int, generator: np.random.Generator, members: int = 1
) -> Movements:
    """Draws movements for ``count`` groups of volumes, group members beside each other.

    Args:
        config: How far.
        count: Of groups.
        generator: Source of the numbers.
        members: In a group; all members of one share the flip.

    Returns:
        Movements of ``count * members`` volumes.
    """
    total = count * members

    def within(limit: float) -> NDArray[np.float64]:
        return generator.uniform(-limit, limit, total)

    flips = generator.random(count) < (0.5 if config.flip_slices else 0.0)
    return Movements(
        rotation_rad=within(math.radians(config.rotation_deg)),
        shift_columns=within(config.shift_columns),
        shift_rows=within(config.shift_rows),
        shift_slices=generator.integers(
            -config.shift_slices, config.shift_slices, total, endpoint=True
        ),
        scale=1 + within(config.scale),
        intensity=1 + within(config.intensity),
        flip=np.repeat(flips, members),
    )


def move(volumes: Tensor, movements: Movements) -> Tensor:
    """Applies movements; what comes in from outside the volume is 0.

    In-plane resampling is bilinear; slices are only shifted by whole ones, since they are far
    thicker than pixels are wide.

    Args:
        volumes: (N, slices, rows, columns) in [0, 1].
        movements: Of N volumes.

    Returns:
        The same shape, in [0, 1].
    """
    if not len(volumes):  # a share of a small batch, which torch's grids refuse
        return volumes
    reordered = _move_slices(volumes, movements)
    columns_per_row = volumes.shape[3] / volumes.shape[2]
    # affine_grid asks where each output pixel comes from, with -1 to 1 along either axis.
    cosine = np.cos(movements.rotation_rad) / movements.scale
    sine = np.sin(movements.rotation_rad) / movements.scale
    x = -2 * movements.shift_columns
    y = -2 * movements.shift_rows
    source = np.stack(
        [
            np.stack([cosine, -sine / columns_per_row, cosine * x - sine * y], axis=1),
            np.stack([sine * columns_per_row, cosine, (sine * x + cosine * y)], axis=1),
        ],
        axis=1,
    )
    source[:, 1, 2] *= columns_per_row
    theta = torch.from_numpy(source).to(volumes)
    grid = F.affine_grid(theta, list(volumes.shape), align_corners=False)
    sampled = F.grid_sample(reordered, grid, mode="bilinear", align_corners=False)
    factor = torch.from_numpy(movements.intensity).to(volumes)
    return (sampled * factor[:, None, None, None]).clamp(0, 1)


def _move_slices(volumes: Tensor, movements: Movements) -> Tensor:
    slices = volumes.shape[1]
    wanted = np.arange(slices)[None, :] - movements.shift_slices[:, None]
    inside = (wanted >= 0) & (wanted < slices)
    wanted = np.where(movements.flip[:, None], slices - 1 - wanted, wanted).clip(0, slices - 1)
    order = torch.from_numpy(wanted).to(volumes.device)
    keep = torch.from_numpy(inside).to(volumes)
    rows = torch.arange(len(volumes), device=volumes.device)[:, None]
    return volumes[rows, order] * keep[:, :, None, None]
