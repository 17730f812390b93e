"""The picture that bodies are sought in: a mid-sagittal patch in millimetres, and its edges."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spinegrader.domain.geometry import FloatArray, Point, VolumeGeometry, as_point
from spinegrader.imaging.sampling import bilinear
from spinegrader.imaging.volume import Volume

STEP_MM = 0.75
_BLUR_MM = 0.8
_NEIGHBOURHOOD_MM = 12.0
_BRIGHTEST = 1.8
_MARROW_REACH_MM = 5.0


@dataclass(frozen=True)
class MidPlane:
    """The plane through two places, along image columns and rows.

    Plane coordinates (x, y) are millimetres along growing columns (to posterior) and growing
    rows (to the feet). The slice changes evenly with y where the places lie on two slices.

    Args:
        geometry: Of the volume.
        slice_at_zero: Fractional slice at y = 0.
        slices_per_mm: Its change with y.
    """

    geometry: VolumeGeometry
    slice_at_zero: float
    slices_per_mm: float

    @classmethod
    def through(cls, geometry: VolumeGeometry, top: Point, bottom: Point) -> "MidPlane":
        """The plane through two places, LPS millimetres, of which ``top`` lies higher."""
        first, second = geometry.to_index(top), geometry.to_index(bottom)
        row_mm = geometry.spacing_mm[1]
        length_mm = float(second[1] - first[1]) * row_mm
        slope = float(second[2] - first[2]) / length_mm if length_mm > 0 else 0.0
        return cls(geometry, float(first[2]) - slope * float(first[1]) * row_mm, slope)

    def to_plane(self, place_mm: Point) -> FloatArray:
        """Patient millimetres to (x, y), shape (2,)."""
        column_mm, row_mm, _ = self.geometry.spacing_mm
        place = self.geometry.to_index(place_mm)[:2]
        return np.asarray((place[0] * column_mm, place[1] * row_mm))

    def to_indices(self, places: FloatArray) -> FloatArray:
        """(x, y), shape (..., 2), to (column, row, slice), shape (..., 3)."""
        column_mm, row_mm, _ = self.geometry.spacing_mm
        x, y = places[..., 0], places[..., 1]
        slices = self.slice_at_zero + self.slices_per_mm * y
        return np.stack([x / column_mm, y / row_mm, slices], axis=-1)

    def to_patient(self, place: FloatArray, body_centre: FloatArray) -> Point:
        """(x, y) to LPS millimetres, on the slice plane that the body's centre lies on."""
        index = self.to_indices(place)
        index[2] = self.to_indices(body_centre)[2]
        return as_point(self.geometry.to_mm(index))


@dataclass(frozen=True)
class EdgeMap:
    """Brightness and its slope over a patch of a mid-plane, both free of the coil's shading.

    Args:
        origin: (x, y) of the first pixel.
        level: Brightness in units of local contrast, shape (rows, columns).
        slope_x: Change to posterior in units of the usual change nearby, same shape.
        slope_y: Change to the feet, likewise.
        rising_weight: How much a rise of brightness out of a body counts, 0 to 1.
    """

    origin: FloatArray
    level: FloatArray
    slope_x: FloatArray
    slope_y: FloatArray
    rising_weight: float

    def pixel_numbers(self, places: FloatArray) -> npt.NDArray[np.intp]:
        """Numbers (row x columns + column) of the pixels nearest to (x, y), shape (..., 2).

        Numbers may be added up from a place and an offset of whole pixels.
        """
        return self.number_offsets(places - self.origin)

    def number_offsets(self, offsets: FloatArray) -> npt.NDArray[np.intp]:
        """What to add to a pixel's number to go (x, y) millimetres further, shape (..., 2)."""
        steps = np.rint(offsets / STEP_MM).astype(np.intp)
        return np.asarray(steps[..., 1] * self.level.shape[1] + steps[..., 0])

    def outward_slopes(self, numbers: npt.NDArray[np.intp], normal: FloatArray) -> FloatArray:
        """Slopes along a direction at pixels given by number."""
        across = self.slope_x.take(numbers, mode="clip")
        down = self.slope_y.take(numbers, mode="clip")
        return np.asarray(across * normal[0] + down * normal[1])

    def levels(self, numbers: npt.NDArray[np.intp]) -> FloatArray:
        """Brightness at pixels given by number."""
        return np.asarray(self.level.take(numbers, mode="clip"))


def edge_map(volume: Volume, plane: MidPlane, places: FloatArray, margin_mm: float) -> EdgeMap:
    """Looks at the volume around the places (x, y), shape (n, 2), with a margin."""
    from scipy import ndimage

    low, high = places.min(axis=0) - margin_mm, places.max(axis=0) + margin_mm
    x, y = np.meshgrid(np.arange(low[0], high[0], STEP_MM), np.arange(low[1], high[1], STEP_MM))
    index = plane.to_indices(np.stack([x, y], axis=-1))
    slices = np.clip(np.rint(index[..., 2]), 0, volume.geometry.shape[0] - 1).astype(np.intp)
    patch = np.nan_to_num(bilinear(volume.pixels, slices, index[..., 0], index[..., 1]))
    pixels = np.rint((places - low) / STEP_MM).astype(np.intp)
    relative = _relative_to_marrow(patch, pixels)
    # Slopes of x / (1 + x): bright fluid and fat don't outshine all other borders.
    compressed = relative / (1 + relative)
    blur, wide = _BLUR_MM / STEP_MM, _NEIGHBOURHOOD_MM / STEP_MM
    slope_x = ndimage.gaussian_filter(compressed, blur, order=(0, 1))
    slope_y = ndimage.gaussian_filter(compressed, blur, order=(1, 0))
    usual = np.sqrt(ndimage.gaussian_filter(slope_x**2 + slope_y**2, wide))
    usual += 0.2 * np.median(usual) + np.finfo(np.float64).tiny
    smooth = ndimage.gaussian_filter(np.minimum(relative, _BRIGHTEST), blur)
    mean = ndimage.gaussian_filter(smooth, wide)
    spread = np.sqrt(np.maximum(ndimage.gaussian_filter((smooth - mean) ** 2, wide), 0))
    spread += 0.2 * np.median(spread) + np.finfo(np.float64).tiny
    level = (smooth - mean) / spread
    marrow_level = float(np.mean(level[pixels[[0, -1], 1], pixels[[0, -1], 0]]))
    return EdgeMap(low, level, slope_x / usual, slope_y / usual, _rising_weight(marrow_level))


def _rising_weight(marrow_level: float) -> float:
    """Small where marrow is brighter than its surroundings, large where it is darker."""
    return float(np.clip(0.5 - 0.5 * marrow_level, 0.15, 0.85))


def _relative_to_marrow(patch: FloatArray, pixels: npt.NDArray[np.intp]) -> FloatArray:
    """Brightness in units of the median around the given (column, row) pixels, shape (n, 2)."""
    reach = round(_MARROW_REACH_MM / STEP_MM)
    near = [
        patch[max(row - reach, 0) : row + reach + 1, max(column - reach, 0) : column + reach + 1]
        for column, row in pixels
    ]
    marrow = float(np.median([np.median(window) for window in near if window.size]))
    positive = np.maximum(patch, 0)
    return np.asarray(positive / marrow if marrow > 0 else positive * 0)
