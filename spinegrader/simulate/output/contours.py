"""Zero lines of sampled functions as polygons.

Marching squares: the two-dimensional case of Lorensen and Cline, Comput Graph 21(4):163 (1987).
"""

import numpy as np

from spinegrader.domain.geometry import FloatArray

_Crossing = tuple[int, int, int]
"""A side of the grid that the line crosses: its first sample, and 0 along columns, 1 along rows."""


def largest_outline(values: FloatArray) -> FloatArray:
    """The largest closed line around positive values.

    Args:
        values: Samples, shape (rows, columns); those on the border count as negative.

    Returns:
        Fractional (column, row) of its corners, shape (n, 2); none where nothing is positive.
    """
    bounded = np.full_like(values, -1.0)
    bounded[1:-1, 1:-1] = values[1:-1, 1:-1]
    best, largest = np.zeros((0, 2)), 0.0
    for loop in _loops(bounded > 0):
        points = np.array([_place(crossing, bounded) for crossing in loop])
        area = abs(_area(points))
        if area > largest:
            best, largest = points, area
    return best


def simplified(points: FloatArray, tolerance: float) -> FloatArray:
    """A closed polygon with few corners, nowhere further from the old ones than the tolerance.

    Method: Douglas and Peucker, Cartographica 10:112 (1973).
    """
    away = np.linalg.norm(points - points[0], axis=1)
    kept = {0, int(np.argmax(away))}
    waiting = [(0, max(kept)), (max(kept), len(points))]
    closed = np.concatenate([points, points[:1]])
    while waiting:
        start, end = waiting.pop()
        if end - start < 2:
            continue
        along = closed[end] - closed[start]
        off = closed[start + 1 : end] - closed[start]
        distance = np.abs(along[0] * off[:, 1] - along[1] * off[:, 0])
        furthest = int(np.argmax(distance))
        if distance[furthest] > tolerance * np.sqrt(along @ along):
            middle = start + 1 + furthest
            kept.add(middle)
            waiting += [(start, middle), (middle, end)]
    return np.asarray(points[sorted(kept)])


def _loops(inside: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> list[list[_Crossing]]:
    """The crossings of every closed line, one after the other."""
    beside = _neighbours(inside)
    loops = []
    while beside:
        first = next(iter(beside))
        loop, here = [first], beside.pop(first)[0]
        while here != first:
            one, other = beside.pop(here)
            here, loop = (other if one == loop[-1] else one), [*loop, here]
        loops.append(loop)
    return loops


def _neighbours(
    inside: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
) -> dict[_Crossing, list[_Crossing]]:
    """For every crossing the two next to it, on either side."""
    corners = [inside[:-1, :-1], inside[:-1, 1:], inside[1:, :-1], inside[1:, 1:]]
    total = sum(corner.astype(int) for corner in corners)
    beside: dict[_Crossing, list[_Crossing]] = {}
    for row, column in np.argwhere((total > 0) & (total < 4)).tolist():
        a, b = inside[row, column], inside[row, column + 1]
        c, d = inside[row + 1, column], inside[row + 1, column + 1]
        sides = (
            ((row, column, 0), a != b),
            ((row, column + 1, 1), b != d),
            ((row + 1, column, 0), c != d),
            ((row, column, 1), a != c),
        )
        crossed = [side for side, is_crossed in sides if is_crossed]
        for one, other in zip(crossed[::2], crossed[1::2], strict=True):
            beside.setdefault(one, []).append(other)
            beside.setdefault(other, []).append(one)
    return beside


def _place(crossing: _Crossing, values: FloatArray) -> tuple[float, float]:
    row, column, is_down = crossing
    here = values[row, column]
    share = here / (here - values[row + is_down, column + 1 - is_down])
    return column + share * (1 - is_down), row + share * is_down


def _area(points: FloatArray) -> float:
    ahead = np.roll(points, -1, axis=0)
    return float((points[:, 0] * ahead[:, 1] - points[:, 1] * ahead[:, 0]).sum() / 2)
