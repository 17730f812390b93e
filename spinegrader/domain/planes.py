"""Where slices lie towards each other: parallel or not, and where one cuts another."""

import numpy as np
import numpy.typing as npt

from spinegrader.domain.geometry import FloatArray, Point, VolumeGeometry, as_point

_PARALLEL_DEGREES = 25.8
"""Slices that are tilted by less are read as the same plane."""

_FLAT = 1e-6


def are_parallel(
    first: VolumeGeometry, second: VolumeGeometry, most_degrees: float = _PARALLEL_DEGREES
) -> bool:
    """Whether two stacks lie in about the same plane, so that slices have counterparts.

    Args:
        first: One stack.
        second: The other one.
        most_degrees: By how much their slices may be tilted towards each other.
    """
    cosine = abs(float(first.slice_normal @ second.slice_normal))
    return cosine > float(np.cos(np.radians(most_degrees)))


def slice_centre_mm(geometry: VolumeGeometry, index: int) -> Point:
    """The middle of a slice, LPS millimetres."""
    _, rows, columns = geometry.shape
    return as_point(geometry.to_mm(((columns - 1) / 2, (rows - 1) / 2, index)))


def slice_corners_mm(geometry: VolumeGeometry, index: int) -> FloatArray:
    """The outer corners of a slice in order around it, shape (4, 3), LPS millimetres."""
    _, rows, columns = geometry.shape
    left, top, right, bottom = -0.5, -0.5, columns - 0.5, rows - 0.5
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return geometry.to_mm([(x, y, index) for x, y in corners])


def cut_mm(
    geometry: VolumeGeometry, index: int, other: VolumeGeometry, other_index: int
) -> tuple[Point, Point] | None:
    """The line along which another slice cuts this one, as far as the other one reaches.

    Args:
        geometry: Of this slice.
        index: Which it is.
        other: Of the other slice.
        other_index: Which it is.

    Returns:
        Both ends, LPS millimetres; None where they don't meet.
    """
    normal = geometry.slice_normal
    corners = slice_corners_mm(other, other_index)
    heights = (corners - np.asarray(slice_centre_mm(geometry, index))) @ normal
    ends: list[FloatArray] = []
    for start in range(4):
        end = (start + 1) % 4
        if (heights[start] < 0) != (heights[end] < 0):
            share = heights[start] / (heights[start] - heights[end])
            ends.append(corners[start] + share * (corners[end] - corners[start]))
    if len(ends) != 2 or float(np.linalg.norm(ends[1] - ends[0])) < _FLAT:
        return None
    return as_point(ends[0]), as_point(ends[1])


def distance_to_slice_mm(geometry: VolumeGeometry, index: int, point_mm: npt.ArrayLike) -> float:
    """How far a place lies from the plane of a slice, never negative."""
    offset = np.asarray(point_mm, dtype=np.float64) - slice_centre_mm(geometry, index)
    return abs(float(offset @ geometry.slice_normal))
