"""Random movements of volumes: drawn first, on the CPU, then applied on the device.

Since the draw is apart from the applying, a batch that is worked off in parts for want of
memory, or on another device, gets the same movements.
"""

import math
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from spinegrader.model.config import AugmentConfig

_NOISE_PLACES = 1 << 18
_DARKEST = 1e-4
"""The slope of a power is infinite at zero."""


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
        gamma: Exponent.
        blur: Share of a blurred volume that is mixed in.
        noise: Standard deviation of what is added.
        noise_place: Where in a fixed store of noise a volume's own begins.
    """

    rotation_rad: NDArray[np.float64]
    shift_columns: NDArray[np.float64]
    shift_rows: NDArray[np.float64]
    shift_slices: NDArray[np.int64]
    scale: NDArray[np.float64]
    intensity: NDArray[np.float64]
    flip: NDArray[np.bool_]
    gamma: NDArray[np.float64]
    blur: NDArray[np.float64]
    noise: NDArray[np.float64]
    noise_place: NDArray[np.int64]

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
        gamma=2 ** within(config.gamma),
        blur=generator.random(total) if config.blur_pixels else np.zeros(total),
        noise=generator.random(total) * config.noise,
        noise_place=generator.integers(0, _NOISE_PLACES, total),
    )


def move(volumes: Tensor, movements: Movements, blur_pixels: float = 0.0) -> Tensor:
    """Applies movements; what comes in from outside the volume is 0.

    In-plane resampling is bilinear; slices are only shifted by whole ones, since they are far
    thicker than pixels are wide.

    Args:
        volumes: (N, slices, rows, columns) in [0, 1].
        movements: Of N volumes.
        blur_pixels: Standard deviation of the blur that they mix in.

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
    return _shaded(sampled, movements, blur_pixels)


def _shaded(volumes: Tensor, movements: Movements, blur_pixels: float) -> Tensor:
    """Blur, gamma, intensity, noise: in the order in which a scanner and its user make them."""

    def each(values: NDArray[np.float64]) -> Tensor:
        return torch.from_numpy(values).to(volumes)[:, None, None, None]

    shaded = volumes
    if blur_pixels:
        shaded = torch.lerp(shaded, _blurred(shaded, blur_pixels), each(movements.blur))
    if (movements.gamma != 1).any():
        shaded = shaded.clamp(min=_DARKEST) ** each(movements.gamma)
    shaded = shaded * each(movements.intensity)
    if movements.noise.any():
        shaded = shaded + _noise_of(volumes, movements.noise_place) * each(movements.noise)
    return shaded.clamp(0, 1)


def _blurred(volumes: Tensor, sigma_pixels: float) -> Tensor:
    """Each slice smoothed by a Gaussian."""
    reach = math.ceil(3 * sigma_pixels)
    offsets = torch.arange(-reach, reach + 1).to(volumes)
    kernel = torch.exp(-0.5 * (offsets / sigma_pixels) ** 2)
    kernel = (kernel / kernel.sum())[None, None, :]
    slices = volumes.reshape(-1, 1, *volumes.shape[2:])
    down = F.conv2d(slices, kernel.unsqueeze(3), padding=(reach, 0))
    across = F.conv2d(down, kernel.unsqueeze(2), padding=(0, reach))
    return across.reshape(volumes.shape)


def _noise_of(volumes: Tensor, places: NDArray[np.int64]) -> Tensor:
    """White noise of deviation 1, a volume's own by its place, the same on every device."""
    size = volumes[0].numel()
    store = _noise_store(size + _NOISE_PLACES)
    windows = torch.stack([store[place : place + size] for place in places])
    return windows.reshape(volumes.shape).to(volumes)


@lru_cache(maxsize=2)
def _noise_store(length: int) -> Tensor:
    """Drawn once: new numbers for every volume would take longer than moving it."""
    return torch.randn(length, generator=torch.Generator().manual_seed(0))


def _move_slices(volumes: Tensor, movements: Movements) -> Tensor:
    slices = volumes.shape[1]
    wanted = np.arange(slices)[None, :] - movements.shift_slices[:, None]
    inside = (wanted >= 0) & (wanted < slices)
    wanted = np.where(movements.flip[:, None], slices - 1 - wanted, wanted).clip(0, slices - 1)
    order = torch.from_numpy(wanted).to(volumes.device)
    keep = torch.from_numpy(inside).to(volumes)
    rows = torch.arange(len(volumes), device=volumes.device)[:, None]
    return volumes[rows, order] * keep[:, :, None, None]
