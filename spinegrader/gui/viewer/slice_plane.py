"""One slice of a volume as a plane in the patient."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spinegrader.domain.geometry import FloatArray, Point, VolumeGeometry, as_point
from spinegrader.gui.viewer.framing import Extent
from spinegrader.texts import translate


@dataclass(frozen=True)
class SlicePlane:
    """Patient millimetres (LPS) <-> millimetres across and down the slice.

    Args:
        geometry: Of the whole stack.
        index: Which slice.
    """

    geometry: VolumeGeometry
    index: int

    @property
    def extent(self) -> Extent:
        """The outer edges of the slice's pixels."""
        across, down, _ = self.geometry.spacing_mm
        _, rows, columns = self.geometry.shape
        return Extent(-across / 2, -down / 2, columns * across, rows * down)

    def to_plane(self, points_mm: npt.ArrayLike) -> FloatArray:
        """Projects patient places, shape (..., 3), onto the slice, shape (..., 2)."""
        indices = self.geometry.to_index(points_mm)
        return np.asarray(indices[..., :2] * self.geometry.spacing_mm[:2], dtype=np.float64)

    def to_patient(self, plane_mm: npt.ArrayLike) -> Point:
        """The place in the patient of one place on the slice, shape (2,)."""
        column, row = np.asarray(plane_mm, dtype=np.float64) / self.geometry.spacing_mm[:2]
        return as_point(self.geometry.to_mm((column, row, self.index)))

    def offset_to_patient(self, plane_offset_mm: npt.ArrayLike) -> FloatArray:
        """A shift within the slice, shape (2,), as a shift in the patient, shape (3,)."""
        offset = np.asarray(plane_offset_mm, dtype=np.float64)
        return np.asarray(self.geometry.directions[:, :2] @ offset, dtype=np.float64)

    def pixel_at(self, plane_mm: npt.ArrayLike) -> tuple[int, int] | None:
        """Row and column of the pixel at a place of the slice; None outside the image."""
        across, down = np.asarray(plane_mm, dtype=np.float64) / self.geometry.spacing_mm[:2]
        row, column = round(float(down)), round(float(across))
        _, rows, columns = self.geometry.shape
        return (row, column) if 0 <= row < rows and 0 <= column < columns else None


def describe_place(value: object, place_mm: Point) -> str:
    """A pixel's value and place, such as “812 at 12.3 L, 40.1 P, 88.0 H mm”."""
    sides = (("L", "R"), ("P", "A"), ("H", "F"))
    parts = (
        f"{abs(length):.1f} {side[0] if length >= 0 else side[1]}"
        for length, side in zip(place_mm, sides, strict=True)
    )
    number = f"{value:.4g}" if isinstance(value, float | np.floating) else str(value)
    return translate("{value} at {place} mm").format(value=number, place=", ".join(parts))
