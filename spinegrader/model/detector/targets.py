"""What the network should say of a cut."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spinegrader.model.detector.data import BODY, UNKNOWN
from spinegrader.model.detector.network import CELL_MM, CORNER_SCALE_MM

_SPREAD_MM = 3.0
_UNSURE_MM = 9.0
_LEAST_CORNERS = 2
_TAPER = 0.85


@dataclass(frozen=True)
class Targets:
    """For a batch of N cuts of S x S millimetres, C = S / 2 cells a side.

    Args:
        masks: Class of each pixel, ``UNKNOWN`` where it isn't known, shape (N, S, S), uint8.
        centre: 1 on the middle of a body, falling off around it, shape (N, C, C).
        centre_known: Whether the middle would be known if there were one, shape (N, C, C).
        corners: As ``Maps.corners``, shape (N, 8, C, C); NaN outside bodies and where unknown.
        levels: Index in ``LEVELS``, -1 outside bodies, shape (N, C, C).
    """

    masks: Tensor
    centre: Tensor
    centre_known: Tensor
    corners: Tensor
    levels: Tensor


def targets_of(
    labels: Tensor,
    bodies: NDArray[np.float32],
    levels: NDArray[np.int8],
    rough: Collection[int] = (),
) -> Targets:
    """The targets of one cut, without the batch's dimension.

    Args:
        labels: Its mask, shape (S, S).
        bodies: Corners (x, y) in its pixels, shape (n, 4, 2); NaN where unknown.
        levels: Of the bodies, shape (n,).
        rough: Numbers of the bodies whose corners only tell where their middle is.
    """
    cells = labels.shape[0] // CELL_MM
    centre = np.zeros((cells, cells), np.float32)
    corners = np.full((8, cells, cells), np.nan, np.float32)
    level = np.full((cells, cells), -1, np.int64)
    drawn = np.zeros((cells, cells), bool)
    certain = (labels != UNKNOWN).numpy()[::CELL_MM, ::CELL_MM].copy()
    ticks = np.arange(cells, dtype=np.float32) * CELL_MM + (CELL_MM - 1) / 2
    for number, (body, its_level) in enumerate(zip(bodies, levels, strict=True)):
        whole = _completed(body)
        if whole is None:
            continue
        is_whole = bool(np.isfinite(body).all())
        middle = whole.mean(axis=0)
        window = _window(whole, cells)
        away = (ticks[None, :] - middle[0]) ** 2 + (ticks[:, None] - middle[1]) ** 2
        if is_whole:
            np.maximum(centre, np.exp(-away / (2 * _SPREAD_MM**2)), out=centre)
        else:
            certain &= away > _UNSURE_MM**2
        x, y = np.meshgrid(ticks[window[1]], ticks[window[0]])
        inside = _within(whole, x, y)
        drawn[window] |= inside
        level[window][inside] = its_level
        if number in rough:
            continue
        to_corners = (body.reshape(8, 1, 1) - _places(x, y)) / CORNER_SCALE_MM
        corners[:, window[0], window[1]] = np.where(
            inside, to_corners, corners[:, window[0], window[1]]
        )
    # Bone whose corners nobody has drawn has a middle all the same.
    certain &= ~((labels.numpy()[::CELL_MM, ::CELL_MM] == BODY) & ~drawn)
    return Targets(
        masks=labels,
        centre=torch.from_numpy(centre),
        centre_known=torch.from_numpy(certain),
        corners=torch.from_numpy(corners),
        levels=torch.from_numpy(level),
    )


def stacked(targets: list[Targets]) -> Targets:
    """Those of several cuts as one batch."""
    return Targets(
        *(
            torch.stack([getattr(item, name) for item in targets])
            for name in ("masks", "centre", "centre_known", "corners", "levels")
        )
    )


def _completed(body: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """A body with unknown corners set about where they are; None where too few are known."""
    there = np.asarray(np.isfinite(body).all(axis=1))
    if there.all():
        return body
    if there.sum() < _LEAST_CORNERS or not (there[:2].all() or there[2:].all()):
        return None
    upper = bool(there[:2].all())
    front, back = (body[0], body[1]) if upper else (body[3], body[2])
    across = back - front
    footward = np.asarray((-across[1], across[0])) * (_TAPER if upper else -_TAPER)
    ends = (front + footward + 0.15 * across, back + footward - 0.15 * across)
    order = (front, back, ends[1], ends[0]) if upper else (ends[0], ends[1], back, front)
    return np.asarray(order, np.float32)


def _window(body: NDArray[np.float32], cells: int) -> tuple[slice, slice]:
    """Rows and columns of cells around a body."""
    low = np.clip(np.floor(body.min(axis=0) / CELL_MM).astype(int) - 1, 0, cells)
    high = np.clip(np.ceil(body.max(axis=0) / CELL_MM).astype(int) + 2, 0, cells)
    return slice(low[1], high[1]), slice(low[0], high[0])


def _within(
    body: NDArray[np.float32], x: NDArray[np.float32], y: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Which places lie in a quad whose corners run clockwise on screen."""
    inside = np.ones(x.shape, bool)
    for start, end in zip(body, np.roll(body, -1, axis=0), strict=True):
        along = end - start
        inside &= along[0] * (y - start[1]) - along[1] * (x - start[0]) >= 0
    return inside


def _places(x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.stack([x, y] * 4)
