"""Vertebral-body and disc volumes as the networks see them (Jamaludin et al., DLMIA 2017).

Slices stay as acquired; in the plane there is one linear interpolation from the original pixels.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import ceil

import numpy as np
import numpy.typing as npt

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
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

_SEEN_FROM_THE_SIDE = 0.5
"""Least cosine between a body's own sagittal plane and the slices for its endplates to be cut."""

_NOTICEABLE_PIXELS = 1e-3

Shape = tuple[int, int, int]
Crop = npt.NDArray[np.float32]


@dataclass(frozen=True)
class CropFrame:
    """Where a crop lies in its series.

    Args:
        centre: Fractional (column, row) of its middle on its middle slice.
        drift: Columns and rows from the middle on one slice to that on the next: none unless the
            slices are stacked askew.
        slice_index: Its middle slice.
        across: Direction of growing crop columns as millimetres along image columns and rows.
        pixel_mm: Side of a crop pixel.
    """

    centre: tuple[float, float]
    drift: tuple[float, float]
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

    The crop is as large as the body is deep in space, not in the slice: an oblique slice through
    a body that is turned about its long axis shows about its whole depth, and two visits show the
    body at one size, however the person lay.

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
    frame = vertebra_frame(volume.geometry, vertebra, shape, crop_per_depth)
    beside = marrow_bodies(overlay, vertebra.level)
    return _normalised(_cut(volume, frame, shape), volume, [*beside, vertebra], name)


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
    frame = disc_frame(volume.geometry, overlay, disc_level, shape, crop_per_width)
    bodies = marrow_bodies(overlay, disc_level)
    return _normalised(_cut(volume, frame, shape), volume, bodies, str(disc_level))


def vertebra_frame(
    geometry: VolumeGeometry,
    vertebra: Vertebra,
    shape: Shape = (9, 224, 224),
    crop_per_depth: float = CROP_PER_BODY_DEPTH,
) -> CropFrame:
    """Where :func:`vertebra_volume` cuts; arguments and errors are those."""
    pixel_mm = crop_per_depth * vertebra.depth_mm / shape[2]
    return _frame(geometry, vertebra.centre_mm, (1.0, 0.0), pixel_mm, str(vertebra.level))


def disc_frame(
    geometry: VolumeGeometry,
    overlay: Overlay,
    disc_level: DiscLevel,
    shape: Shape = (9, 112, 224),
    crop_per_width: float = CROP_PER_DISC_WIDTH,
) -> CropFrame:
    """Where :func:`disc_volume` cuts; arguments and errors are those."""
    name = str(disc_level)
    disc = overlay.disc(disc_level)
    bodies = marrow_bodies(overlay, disc_level)
    if disc is None or len(bodies) < 2:
        raise InputError(f"The disc {name} is not drawn: place the vertebrae beside it first.")
    upper_mm, lower_mm = (np.asarray(body.corners_mm) for body in bodies)
    width_mm = float(
        np.linalg.norm(upper_mm[2] - upper_mm[3]) + np.linalg.norm(lower_mm[1] - lower_mm[0])
    )
    across = _endplate_in_slice(geometry, bodies[0])
    if across is None or width_mm <= 0:
        raise InputError(f"The endplates of {name} have no length: correct their corners.")
    pixel_mm = crop_per_width * width_mm / 2 / shape[2]
    return _frame(geometry, disc.centre_mm, across, pixel_mm, name)


def marrow_bodies(overlay: Overlay, target: VertebraLevel | DiscLevel) -> list[Vertebra]:
    """The bodies beside a vertebra or a disc, whose marrow sets the intensity of its volume.

    Those next to a vertebra in the overlay, itself left out; the two around a disc.
    """
    if isinstance(target, DiscLevel):
        around = (overlay.vertebra(target.upper), overlay.vertebra(target.lower))
        return [body for body in around if body is not None]
    above = [body for body in overlay.vertebrae if body.level.position < target.position]
    below = [body for body in overlay.vertebrae if body.level.position > target.position]
    return [*above[-1:], *below[:1]]


def _endplate_in_slice(geometry: VolumeGeometry, body: Vertebra) -> tuple[float, float] | None:
    """Where the lower endplate of a body runs in a slice, as millimetres along columns and rows.

    The endplate is taken as the plane through its two corners and across the body, and cut with
    the slice: the corners of a body that is turned out of the slice and tilted sideways don't run
    along what the slice shows.

    Returns:
        A direction of length 1 towards posterior; None where the endplate has no length.
    """
    corners = np.asarray(body.corners_mm)
    backward = corners[2] - corners[3]
    sideways = np.cross(backward, corners[[2, 3]].sum(axis=0) - corners[[0, 1]].sum(axis=0))
    normal = geometry.slice_normal
    towards_eye = float(sideways @ normal)
    # A body that is seen from the front or above has no such line: its corners must do.
    if abs(towards_eye) > _SEEN_FROM_THE_SIDE * float(np.linalg.norm(sideways)):
        backward = backward - sideways * (float(backward @ normal) / towards_eye)
    column, row = geometry.directions[:, :2].T
    along = float(backward @ column), float(backward @ row)
    length_mm = float(np.hypot(*along))
    return None if length_mm <= 0 else (along[0] / length_mm, along[1] / length_mm)


def _frame(
    geometry: VolumeGeometry,
    centre_mm: FloatArray,
    across: tuple[float, float],
    pixel_mm: float,
    name: str,
) -> CropFrame:
    column, row, slice_place = (float(value) for value in geometry.to_index(centre_mm))
    slices, rows, columns = geometry.shape
    # Half a pixel or slice reaches beyond the outermost centres.
    places = ((column, columns), (row, rows), (slice_place, slices))
    if pixel_mm <= 0 or any(not -0.5 <= place <= size - 0.5 for place, size in places):
        raise InputError(f"{name} lies outside the images: correct its place or leave it out.")
    slice_index = geometry.nearest_slice(centre_mm)
    drift = _drift(geometry)
    centre = np.asarray((column, row)) + (slice_index - slice_place) * drift
    return CropFrame(_two(centre), _two(drift), slice_index, across, pixel_mm)


def _drift(geometry: VolumeGeometry) -> FloatArray:
    """Columns and rows by which a place moves from slice to slice when one goes straight across.

    Zero, shape (2,), unless the slices are stacked askew.
    """
    across = geometry.to_index(geometry.slice_normal) - geometry.to_index((0.0, 0.0, 0.0))
    return np.asarray(across[:2] / across[2], dtype=np.float64)


def _two(values: FloatArray) -> tuple[float, float]:
    return float(values[0]), float(values[1])


def _cut(volume: Volume, frame: CropFrame, shape: Shape) -> FloatArray:
    """Unnormalised values, shape as asked; missing slices are zero."""
    slices, rows, columns = shape
    finest_mm = min(volume.geometry.spacing_mm[:2])
    ratio = frame.pixel_mm / finest_mm
    finer = ceil(ratio) if ratio > _COARSER_THAN_SOURCE else 1
    x, y = _grid(volume.geometry, frame, (rows * finer, columns * finer), frame.pixel_mm / finer)
    first = frame.slice_index - slices // 2
    wanted = np.arange(first, first + slices)
    present = (wanted >= 0) & (wanted < volume.geometry.shape[0])
    kept = wanted[present].astype(np.intp)[:, None, None]
    if max(map(abs, frame.drift)) * slices > _NOTICEABLE_PIXELS:
        steps = kept - frame.slice_index
        x, y = x + steps * frame.drift[0], y + steps * frame.drift[1]
    fine = bilinear(volume.pixels, kept, x, y)
    fine = fine.reshape(len(kept), rows, finer, columns, finer)
    crop: FloatArray = np.zeros(shape, dtype=np.float64)
    crop[present] = fine.mean(axis=(2, 4)) if finer > 1 else fine[:, :, 0, :, 0]
    return crop


def _grid(
    geometry: VolumeGeometry, frame: CropFrame, size: tuple[int, int], pixel_mm: float
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
    slices, rows, columns = volume.geometry.shape
    if not -0.5 <= volume.geometry.to_index(body.centre_mm)[2] <= slices - 0.5:
        return np.empty(0)
    slice_index = volume.geometry.nearest_slice(body.centre_mm)
    places = volume.geometry.to_index(inner)
    outline = places[:, :2] + (slice_index - places[:, 2:]) * _drift(volume.geometry)
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
