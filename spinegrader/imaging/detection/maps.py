"""What the detection network is shown, and the maps that it answers with.

Plane coordinates (x, y) are millimetres in a slice in reading orientation: x to posterior along
growing columns, y to the feet along growing rows, (0, 0) in the middle of the first pixel.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from spinegrader.domain.anatomy import REGULAR_LEVELS, VertebraLevel
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.errors import InputError
from spinegrader.imaging.volume import Volume

Map: TypeAlias = npt.NDArray[np.float32]

LEVELS: tuple[VertebraLevel, ...] = REGULAR_LEVELS
"""The network's classes: levels counted up from the sacrum as if the person were regular."""

PIXEL_MM = 1.0
"""Of the pictures and of ``masks``."""

CELL_MM = 2.0
"""Of ``centre``, ``corners`` and ``levels``."""

FIRST_CELL_MM = 0.5
"""Where the middle of the first cell lies: it covers the first two pixels."""

BODY, DISC, CANAL = 0, 1, 2
"""Channels of ``masks``."""

_MULTIPLE = 32
_BRIGHT_PERCENTILE = 99.0
_BRIGHTEST = 2.0


@dataclass(frozen=True, eq=False)
class SliceMaps:
    """The network's evidence on some slices of a stack.

    Args:
        slices: Numbers of the slices, ascending.
        masks: Probabilities of body, disc and canal, (slices, 3, R, C), pixels of 1 mm.
        centre: 0 to 1, a bump on the middle of each body, (slices, R / 2, C / 2), cells of 2 mm.
        corners: From a cell's middle to the corners x0, y0, x1, ... of its body in millimetres,
            (slices, 8, R / 2, C / 2); means nothing outside bodies.
        levels: Log probabilities of ``LEVELS``, (slices, 11, R / 2, C / 2); likewise.
        view_mm: Width and height of the picture without its padding.

    Raises:
        InputError: If the maps don't fit each other.
    """

    slices: tuple[int, ...]
    masks: Map
    centre: Map
    corners: Map
    levels: Map
    view_mm: tuple[float, float]

    def __post_init__(self) -> None:
        count, rows, columns = len(self.slices), *self.masks.shape[-2:]
        cells = (rows // 2, columns // 2)
        wanted = {
            (count, 3, rows, columns): self.masks,
            (count, *cells): self.centre,
            (count, 8, *cells): self.corners,
            (count, len(LEVELS), *cells): self.levels,
        }
        is_padded = rows % _MULTIPLE == 0 and columns % _MULTIPLE == 0
        fits = all(array.shape == shape for shape, array in wanted.items())
        if count == 0 or not is_padded or not fits:
            raise InputError("The network's maps don't fit each other or hold no slice.")


@dataclass(frozen=True, eq=False)
class PlaneMaps:
    """The same evidence on one surface: shapes as of ``SliceMaps`` without the slices."""

    masks: Map
    centre: Map
    corners: Map
    levels: Map
    view_mm: tuple[float, float]


def view_mm(geometry: VolumeGeometry) -> tuple[float, float]:
    """Width and height of a stack's slices, outer edges of the pixels included."""
    column_mm, row_mm, _ = geometry.spacing_mm
    _, rows, columns = geometry.shape
    return columns * column_mm, rows * row_mm


def normalised(pixels: npt.NDArray[Any]) -> Map:
    """Brightness in units of its 99th percentile, clipped to [0, 2]; zeros if there is no signal.

    Args:
        pixels: Raw, of any shape: all slices that are looked at, without padding. What isn't
            finite counts as dark.
    """
    raw = np.nan_to_num(np.asarray(pixels, dtype=np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    bright = float(np.percentile(raw, _BRIGHT_PERCENTILE)) if raw.size else 0.0
    if bright <= 0:
        return np.zeros(raw.shape, dtype=np.float32)
    return np.asarray(np.clip(raw / np.float32(bright), 0, _BRIGHTEST), dtype=np.float32)


def slice_inputs(volume: Volume, slices: Sequence[int]) -> Map:
    """The slices as the network sees them: pixels of 1 mm, padded with 0 at right and bottom.

    Args:
        volume: Sagittal, in reading orientation.
        slices: Which of its slices.

    Returns:
        Shape (slices, R, C), R and C multiples of 32.

    Raises:
        InputError: If there is no such slice.
    """
    if not slices or min(slices) < 0 or max(slices) >= volume.geometry.shape[0]:
        raise InputError("There is no such slice to look for vertebrae on.")
    column_mm, row_mm, _ = volume.geometry.spacing_mm
    raw = np.nan_to_num(np.asarray(volume.pixels[list(slices)], dtype=np.float32))
    small = resampled(raw, (column_mm, row_mm), PIXEL_MM)
    padding = [(0, 0), *((0, -size % _MULTIPLE) for size in small.shape[1:])]
    return np.pad(normalised(small), padding)


def resampled(pictures: Map, spacing_mm: tuple[float, float], pixel_mm: float) -> Map:
    """Pictures with square pixels; the middle of the first one stays where it is.

    Args:
        pictures: Shape (n, rows, columns).
        spacing_mm: Of columns and of rows.
        pixel_mm: Side of a new pixel.
    """
    column_mm, row_mm = spacing_mm
    upright = _with_rows(pictures, row_mm, pixel_mm)
    return _with_rows(upright.swapaxes(1, 2), column_mm, pixel_mm).swapaxes(1, 2)


def _with_rows(pictures: Map, spacing_mm: float, pixel_mm: float) -> Map:
    """Pictures, shape (n, rows, columns), with rows of another height.

    The kernel is a triangle as wide as the larger of old and new pixels: linear interpolation
    where the old ones are larger, else an average over what a new one can show.
    """
    count = pictures.shape[1]
    new = floor((count - 1) * spacing_mm / pixel_mm + 1e-6) + 1
    half = max(spacing_mm, pixel_mm)
    middles = np.arange(new) * pixel_mm / spacing_mm
    reach = ceil(half / spacing_mm)
    old = np.floor(middles).astype(np.intp)[:, None] + np.arange(-reach, reach + 2)
    weights = np.maximum(1 - np.abs(old - middles[:, None]) * spacing_mm / half, 0.0)
    weights[(old < 0) | (old >= count)] = 0.0
    weights /= weights.sum(axis=1, keepdims=True)
    total = np.zeros((len(pictures), new, pictures.shape[2]), dtype=np.float32)
    for place, share in zip(old.clip(0, count - 1).T, weights.T.astype(np.float32), strict=True):
        if share.any():
            total += share[:, None] * pictures[:, place]
    return total
