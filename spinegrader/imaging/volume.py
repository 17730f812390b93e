"""A stack of slices with its place in the patient, and its lossless turning for reading."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations
from typing import Any

import numpy as np
import numpy.typing as npt

from spinegrader.domain.geometry import FloatArray, VolumeGeometry
from spinegrader.domain.study import Plane
from spinegrader.errors import InputError

_READING_AXES: dict[Plane, tuple[tuple[int, int, int], ...]] = {
    # LPS directions of growing column, row and slice index.
    Plane.SAGITTAL: ((0, 1, 0), (0, 0, -1), (1, 0, 0)),
    Plane.AXIAL: ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    Plane.CORONAL: ((1, 0, 0), (0, 0, -1), (0, 1, 0)),
}


@dataclass(frozen=True)
class Volume:
    """Pixels and where they lie.

    Args:
        pixels: Shape (slices, rows, columns).
        geometry: (column, row, slice) indices to LPS millimetres.

    Raises:
        InputError: If pixels and geometry differ in shape.
    """

    pixels: npt.NDArray[Any]
    geometry: VolumeGeometry

    def __post_init__(self) -> None:
        if tuple(self.pixels.shape) != self.geometry.shape:
            raise InputError("The image's pixels and its geometry don't have the same shape.")

    def in_reading_orientation(self, plane: Plane) -> "Volume":
        """The same pixels turned the way a reader looks at them, by flips and transposes only.

        Sagittal: columns grow to posterior, rows to the feet, slices from the patient's right
        to the left. Axial: columns to the patient's left, rows to posterior, slices from feet
        to head. Coronal: columns to the patient's left, rows to the feet, slices to posterior.
        """
        order, flips = _turning(self.geometry, plane)
        # Index axes (column, row, slice) are array axes 2, 1, 0.
        turned = self.pixels.transpose(2 - order[2], 2 - order[1], 2 - order[0])
        flipped = tuple(2 - axis for axis, flip in enumerate(flips) if flip)
        pixels = np.flip(turned, axis=flipped)
        # Slices in the other order are as good as a copy; within them the cache counts.
        if not pixels[0].flags.c_contiguous:
            pixels = np.ascontiguousarray(pixels)
        return Volume(pixels, turned_for_reading(self.geometry, plane))


@lru_cache(maxsize=256)
def turned_for_reading(geometry: VolumeGeometry, plane: Plane) -> VolumeGeometry:
    """The geometry that Volume.in_reading_orientation arrives at."""
    order, flips = _turning(geometry, plane)
    slices, rows, columns = geometry.shape
    sizes = (columns, rows, slices)
    change: FloatArray = np.zeros((4, 4), dtype=np.float64)
    change[3, 3] = 1.0
    for new, old in enumerate(order):
        change[old, new] = -1.0 if flips[new] else 1.0
        change[old, 3] = sizes[old] - 1 if flips[new] else 0.0
    shape = (sizes[order[2]], sizes[order[1]], sizes[order[0]])
    return VolumeGeometry.from_matrix(geometry.matrix @ change, shape)


@lru_cache(maxsize=256)
def _turning(geometry: VolumeGeometry, plane: Plane) -> tuple[tuple[int, ...], tuple[bool, ...]]:
    """For each new index axis: which old one it is, and whether it is flipped."""
    # cosines[i, j]: how far index axis j runs along the wanted axis i.
    cosines = np.asarray(_READING_AXES[plane], dtype=np.float64) @ geometry.directions
    order = max(
        permutations(range(3)),
        key=lambda axes: sum(abs(cosines[i, j]) for i, j in enumerate(axes)),
    )
    return order, tuple(bool(cosines[i, j] < 0) for i, j in enumerate(order))


def reading_position_mm(geometry: VolumeGeometry, plane: Plane) -> float:
    """How far a stack's centre lies along the direction in which slices are read."""
    slices, rows, columns = geometry.shape
    centre_mm = geometry.to_mm(((columns - 1) / 2, (rows - 1) / 2, (slices - 1) / 2))
    return float(centre_mm @ np.asarray(_READING_AXES[plane][2], dtype=np.float64))


@lru_cache(maxsize=256)
def plane_across(orientation: tuple[float, ...]) -> Plane:
    """The plane of ImageOrientationPatient: direction of a row, then of a column."""
    return plane_of(np.cross(orientation[:3], orientation[3:]))


def plane_of(normal: npt.ArrayLike) -> Plane:
    """The plane whose normal lies nearest to the given LPS direction."""
    axis = int(np.argmax(np.abs(np.asarray(normal, dtype=np.float64))))
    return (Plane.SAGITTAL, Plane.CORONAL, Plane.AXIAL)[axis]
