"""Pixel indices <-> patient millimetres (LPS), and small vector arithmetic.

Indices are ordered (column, row, slice); pixel centres lie at whole numbers. Millimetres
are DICOM patient coordinates: x to the patient's left, y to posterior, z to the head.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from spinegrader.errors import InputError

FloatArray: TypeAlias = npt.NDArray[np.float64]
Point: TypeAlias = tuple[float, float, float]
"""A place in patient millimetres, LPS."""

_SINGULAR = 1e-9


@dataclass(frozen=True)
class VolumeGeometry:
    """Where the pixels of a stack of parallel, evenly spaced slices lie in the patient.

    Args:
        affine: 4 x 4, row-major, as 16 numbers: (column, row, slice, 1) to LPS millimetres.
        shape: Number of slices, rows and columns (the order of the pixel array).

    Raises:
        InputError: If the affine isn't finite and invertible, or the shape isn't positive.
    """

    affine: tuple[float, ...]
    shape: tuple[int, int, int]

    def __post_init__(self) -> None:
        finite = len(self.affine) == 16 and bool(np.all(np.isfinite(self.affine)))
        if not finite or abs(np.linalg.det(self.matrix[:3, :3])) < _SINGULAR:
            raise InputError("The image has no usable geometry: its positions don't span a volume.")
        if min(self.shape) < 1:
            raise InputError("The image holds no pixels.")

    @classmethod
    def from_matrix(cls, matrix: npt.ArrayLike, shape: tuple[int, int, int]) -> "VolumeGeometry":
        """Takes the affine as a 4 x 4 array."""
        flat = np.asarray(matrix, dtype=np.float64).reshape(16)
        return cls(tuple(float(value) for value in flat), shape)

    @cached_property
    def matrix(self) -> FloatArray:
        """The affine as a 4 x 4 array."""
        return np.asarray(self.affine, dtype=np.float64).reshape(4, 4)

    @cached_property
    def _inverse(self) -> FloatArray:
        return np.asarray(np.linalg.inv(self.matrix), dtype=np.float64)

    @cached_property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance of neighbouring pixel centres along column, row and slice index."""
        lengths = np.linalg.norm(self.matrix[:3, :3], axis=0)
        return float(lengths[0]), float(lengths[1]), float(lengths[2])

    @cached_property
    def directions(self) -> FloatArray:
        """Unit vectors of growing column, row and slice index, as the columns of a 3 x 3 array."""
        return np.asarray(self.matrix[:3, :3] / np.asarray(self.spacing_mm), dtype=np.float64)

    @cached_property
    def slice_normal(self) -> FloatArray:
        """Unit vector across the slices, shape (3,), towards growing slice index.

        Where slices are stacked askew it isn't the direction from one slice to the next.
        """
        column, row, step = self.directions.T
        normal = unit(np.cross(column, row))
        return normal if normal @ step > 0 else -normal

    def to_mm(self, indices: npt.ArrayLike) -> FloatArray:
        """Maps (column, row, slice) indices, shape (..., 3), to patient millimetres."""
        points = np.asarray(indices, dtype=np.float64)
        return points @ self.matrix[:3, :3].T + self.matrix[:3, 3]

    def to_index(self, points_mm: npt.ArrayLike) -> FloatArray:
        """Maps patient millimetres, shape (..., 3), to fractional (column, row, slice) indices."""
        points = np.asarray(points_mm, dtype=np.float64)
        return points @ self._inverse[:3, :3].T + self._inverse[:3, 3]

    def nearest_slice(self, point_mm: npt.ArrayLike) -> int:
        """The slice nearest to a place, clipped to the stack."""
        index = round(float(self.to_index(point_mm)[2]))
        return min(max(index, 0), self.shape[0] - 1)


def as_point(values: npt.ArrayLike) -> Point:
    """Three numbers as a plain tuple."""
    x, y, z = (float(value) for value in np.asarray(values, dtype=np.float64).reshape(3))
    return x, y, z


def centroid(points_mm: Sequence[Point]) -> FloatArray:
    """Mean of points, shape (3,)."""
    return np.asarray(np.mean(np.asarray(points_mm, dtype=np.float64), axis=0), dtype=np.float64)


def unit(vector: npt.ArrayLike) -> FloatArray:
    """The vector scaled to length 1.

    Raises:
        InputError: If its length is zero or not finite.
    """
    array = np.asarray(vector, dtype=np.float64)
    length = float(np.linalg.norm(array))
    if not np.isfinite(length) or length < _SINGULAR:
        raise InputError("Two points lie on one spot, so that they give no direction.")
    return array / length
