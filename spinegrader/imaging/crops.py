"""Vertebral-body and disc volumes as the networks see them (Jamaludin et al., DLMIA 2017).

Slices stay as acquired; in the plane there is one linear interpolation from the original pixels.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import ceil

import numpy as np
import numpy.typing as npt

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.geometry import FloatArray, VolumeGeometry
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.errors import InputError
from spinegrader.imaging.sampling import bilinear
from spinegrader.imaging.volume import Volume

CROP_PER_BODY_DEPTH = 2.0
"""Side of a vertebral crop, in depths (front to back) of the body."""

CROP_PER_DISC_WIDTH = 2.0
"""Width of a disc crop, in widths (front to back) of the disc."""

MARROW_VALUE = 0.25
"""Where the median of the marrow lands: x / median x 0.5, clipped to [0, 2], halved."""

_MARROW_SHARE = 0.7
"""Linear share of a body that is measured, so that cortical bone and endplates stay out."""

_COARSER_THAN_SOURCE = 1.5
"""Crop pixels larger than this many image pixels are averaged from a finer grid."""

Shape = tuple[int, int, int]
Crop = npt.NDArray[np.float32]


@dataclass(frozen=True)
class _Frame:
    """Where a crop lies in its slice.

    Args:
        centre: Fractional (column, row) of its middle.
        slice_index: Its middle slice; may lie next to the stack.
        across: Direction of growing crop columns as millimetres along image columns and rows.
        pixel_mm: Side of a crop pixel.
    """

    centre: tuple[float, float]
    slice_index: int
    across: tuple[float, float]
    pixel_mm: float


def vertebra_volume(
    volume: Volume,
    overlay: Overlay,
    vertebra: Vertebra,
    shape: Shape = (9, 224, 224),
    crop_per_depth: float = CROP_PER_BODY_DEPTH,
) -> Crop:
    """A vertebral body on its own mid-sagittal slice and the slices beside it, not rotated.

    Args:
        volume: Sagittal, in reading orientation.
        overlay: Drawn on that volume; the neighbours' marrow sets the intensity.
        vertebra: The body.
        shape: Slices, rows and columns of the crop.
        crop_per_depth: Width of the crop, in depths of the body.

    Returns:
        Values in [0, 1], marrow at 0.25, zero outside the images.

    Raises:
        InputError: If the body lies outside the images or its marrow holds no signal.
    """
    name = str(vertebra.level)
    pixel_mm = crop_per_depth * vertebra.depth_mm / shape[2]
    frame = _frame(volume.geometry, vertebra.centre_mm, (1.0, 0.0), pixel_mm, name)
    position = vertebra.level.position
    ordered = [*overlay.vertebrae]
    place = next((i for i, item in enumerate(ordered) if item.level.position >= position), 0)
    near = [item for item in ordered[max(place - 1, 0) : place + 2] if item.level != vertebra.level]
    return _normalised(_cut(volume, frame, shape), volume, [*near, vertebra], name)


def disc_volume(
    volume: Volume,
    overlay: Overlay,
    disc_level: DiscLevel,
    shape: Shape = (9, 112, 224),
    crop_per_width: float = CROP_PER_DISC_WIDTH,
) -> Crop:
    """A disc and the slices beside it, rotated so that its upper endplate is horizontal.

    Args:
        volume: Sagittal, in reading orientation.
        overlay: Drawn on that volume.
        disc_level: Which disc.
        shape: Slices, rows and columns of the crop.
        crop_per_width: Width of the crop, in widths of the disc.

    Returns:
        Values in [0, 1], the adjacent bodies' marrow at 0.25, zero outside the images.

    Raises:
        InputError: If the overlay has no such disc, it lies outside the images, or the marrow
            beside it holds no signal.
    """
    name = str(disc_level)
    disc = overlay.disc(disc_level)
    upper, lower = overlay.vertebra(disc_level.upper), overlay.vertebra(disc_level.lower)
    if disc is None or upper is None or lower is None:
        raise InputError(f"The disc {name} is not drawn: place the vertebrae beside it first.")
    endplate = np.asarray([upper.corners_mm[3], upper.corners_mm[2]])
    lower_endplate = np.asarray([lower.corners_mm[0], lower.corners_mm[1]])
    width_mm = (
        float(
            np.linalg.norm(endplate[1] - endplate[0])
            + np.linalg.norm(lower_endplate[1] - lower_endplate[0])
        )
        / 2
    )
    backward = _in_plane_mm(volume.geometry, endplate[1]) - _in_plane_mm(
        volume.geometry, endplate[0]
    )
    length_mm = float(np.hypot(*backward))
    if length_mm <= 0 or width_mm <= 0:
        raise InputError(f"The endplates of {name} have no length: correct their corners.")
    across = (float(backward[0]) / length_mm, float(backward[1]) / length_mm)
    pixel_mm = crop_per_width * width_mm / shape[2]
    frame = _frame(volume.geometry, disc.centre_mm, across, pixel_mm, name)
    return _normalised(_cut(volume, frame, shape), volume, [upper, lower], name)


def _in_plane_mm(geometry: VolumeGeometry, point_mm: FloatArray) -> FloatArray:
    """Millimetres along image columns and rows, shape (2,)."""
    column_mm, row_mm, _ = geometry.spacing_mm
    place = geometry.to_index(point_mm)
    return np.asarray((place[0] * column_mm, place[1] * row_mm))


def _frame(
    geometry: VolumeGeometry,
    centre_mm: FloatArray,
    across: tuple[float, float],
    pixel_mm: float,
    name: str,
) -> _Frame:
    column, row, slice_place = (float(value) for value in geometry.to_index(centre_mm))
    slices, rows, columns = geometry.shape
    # Half a pixel or slice reaches beyond the outermost centres.
    places = ((column, columns), (row, rows), (slice_place, slices))
    if pixel_mm <= 0 or any(not -0.5 <= place <= size - 0.5 for place, size in places):
        raise InputError(f"{name} lies outside the images: correct its place or leave it out.")
    return _Frame((column, row), geometry.nearest_slice(centre_mm), across, pixel_mm)


def _cut(volume: Volume, frame: _Frame, shape: Shape) -> FloatArray:
    """Unnormalised values, shape as asked; missing slices are zero."""
    slices, rows, columns = shape
    finest_mm = min(volume.geometry.spacing_mm[:2])
    ratio = frame.pixel_mm / finest_mm
    finer = ceil(ratio) if ratio > _COARSER_THAN_SOURCE else 1
    x, y = _grid(volume.geometry, frame, (rows * finer, columns * finer), frame.pixel_mm / finer)
    first = frame.slice_index - slices // 2
    wanted = np.arange(first, first + slices)
    present = (wanted >= 0) & (wanted < volume.geometry.shape[0])
    kept = wanted[present].astype(np.intp)
    fine = bilinear(volume.pixels, kept[:, None, None], x, y)
    fine = fine.reshape(len(kept), rows, finer, columns, finer)
    crop: FloatArray = np.zeros(shape, dtype=np.float64)
    crop[present] = fine.mean(axis=(2, 4)) if finer > 1 else fine[:, :, 0, :, 0]
    return crop


def _grid(
    geometry: VolumeGeometry, frame: _Frame, size: tuple[int, int], pixel_mm: float
) -> tuple[FloatArray, FloatArray]:
    """Fractional image columns and rows of each crop pixel's centre."""
    rows, columns = size
    right = (np.arange(columns) - (columns - 1) / 2)[None, :] * pixel_mm
    down = (np.arange(rows) - (rows - 1) / 2)[:, None] * pixel_mm
    cosine, sine = frame.across
    column_mm, row_mm, _ = geometry.spacing_mm
    x = frame.centre[0] + (right * cosine - down * sine) / column_mm
    y = frame.centre[1] + (right * sine + down * cosine) / row_mm
    return x, y


def _normalised(crop: FloatArray, volume: Volume, bodies: list[Vertebra], name: str) -> Crop:
    values = [_marrow(volume, body) for body in bodies]
    marrow = np.concatenate(values)
    median = float(np.median(marrow)) if marrow.size else 0.0
    if not np.isfinite(median) or median <= 0:
        raise InputError(
            f"The bodies around {name} show no signal to compare with: correct their corners."
        )
    return np.asarray(np.clip(crop * (2 * MARROW_VALUE / median), 0, 2) / 2, dtype=np.float32)


def _marrow(volume: Volume, body: Vertebra) -> FloatArray:
    """Pixels well inside a body, on the slice nearest to its centre; maybe none."""
    corners = np.asarray(body.corners_mm)
    inner = body.centre_mm + _MARROW_SHARE * (corners - body.centre_mm)
    outline = volume.geometry.to_index(inner)[:, :2]
    slice_index = round(float(volume.geometry.to_index(body.centre_mm)[2]))
    slices, rows, columns = volume.geometry.shape
    if not 0 <= slice_index < slices:
        return np.empty(0)
    low = np.clip(np.floor(outline.min(axis=0)), 0, (columns, rows)).astype(int)
    high = np.clip(np.ceil(outline.max(axis=0)) + 1, 0, (columns, rows)).astype(int)
    x, y = np.meshgrid(np.arange(low[0], high[0]), np.arange(low[1], high[1]))
    inside = _inside(outline, x, y)
    pixels = volume.pixels[slice_index, low[1] : high[1], low[0] : high[0]][inside]
    return np.asarray(pixels, dtype=np.float64)


def _inside(
    outline: FloatArray, x: npt.NDArray[np.int_], y: npt.NDArray[np.int_]
) -> npt.NDArray[np.bool_]:
    """Which places lie within a convex polygon, whichever way it runs."""
    sides = np.asarray(
        [
            (end[0] - start[0]) * (y - start[1]) - (end[1] - start[1]) * (x - start[0])
            for start, end in pairwise([*outline, outline[0]])
        ]
    )
    return np.asarray((sides >= 0).all(axis=0) | (sides <= 0).all(axis=0))
