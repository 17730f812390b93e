"""What a reader's overlay tells of single slices, in plane coordinates and on pixels.

Plane coordinates are those of ``maps``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import FloatArray, Point, VolumeGeometry
from spinegrader.domain.numbering import Absence, CountingBasis, Transition
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.imaging.detection.maps import LEVELS

BoolArray: TypeAlias = npt.NDArray[np.bool_]

REACH_MM = 6.0
"""How far from its own slice a body still looks as it is drawn: a bit over one usual gap."""

_APART_MM = 3.0
"""Thin slices nearer to each other show the same."""

_UNKNOWN_LEVEL = -1
_SACRAL = (VertebraLevel.S1, VertebraLevel.S2)


@dataclass(frozen=True, eq=False)
class DrawnSlice:
    """What is drawn on one slice.

    Args:
        index: Number of the slice.
        bodies: The vertebrae that are seen in it, head to feet.
        corners_mm: Of them, shape (n, 4, 2).
        levels: Index in ``LEVELS`` counted up from the sacrum, -1 where it isn't known, shape (n,).
        discs_mm: Outlines of the discs between them, each of shape (points, 2).
        columns_mm: Outlines of the rows of bodies that stand on each other without a gap, with
            the discs between them, each of shape (points, 2): first down the front, then up the
            back.
    """

    index: int
    bodies: tuple[Vertebra, ...]
    corners_mm: FloatArray
    levels: npt.NDArray[np.int8]
    discs_mm: tuple[FloatArray, ...]
    columns_mm: tuple[FloatArray, ...]


def drawn_slices(overlay: Overlay, geometry: VolumeGeometry) -> tuple[DrawnSlice, ...]:
    """The slices that show vertebrae as they are drawn.

    Args:
        overlay: The vertebrae.
        geometry: Of the stack in reading orientation.
    """
    own = {body.level: geometry.to_index(body.centre_mm)[2] for body in overlay.vertebrae}
    slice_mm = geometry.spacing_mm[2]
    stride = max(1, round(_APART_MM / slice_mm))
    middle = round(float(np.median([*own.values()]))) if own else 0
    found = []
    for index in range(middle % stride, geometry.shape[0], stride):
        bodies = tuple(
            body
            for body in overlay.vertebrae
            if abs(own[body.level] - index) * slice_mm <= REACH_MM
        )
        if bodies:
            found.append(_drawn(index, bodies, overlay, geometry))
    return tuple(found)


def _drawn(
    index: int, bodies: tuple[Vertebra, ...], overlay: Overlay, geometry: VolumeGeometry
) -> DrawnSlice:
    there = {body.level for body in bodies}
    levels = levels_from_sacrum(overlay)
    return DrawnSlice(
        index,
        bodies,
        np.stack([in_plane(body.corners_mm, geometry) for body in bodies]),
        np.asarray([levels[body.level] for body in bodies], np.int8),
        tuple(
            in_plane(disc.outline_mm, geometry)
            for disc in overlay.discs
            if {disc.level.upper, disc.level.lower} <= there
        ),
        tuple(_column(row, geometry) for row in _rows(bodies, overlay)),
    )


def in_plane(places_mm: Sequence[Point], geometry: VolumeGeometry) -> FloatArray:
    """Patient millimetres as (x, y) in the plane of the slices, shape (n, 2)."""
    column_mm, row_mm, _ = geometry.spacing_mm
    return np.asarray(geometry.to_index(places_mm)[..., :2] * (column_mm, row_mm))


def levels_from_sacrum(overlay: Overlay) -> dict[VertebraLevel, int]:
    """By level, the network's class: the place above the sacrum, whatever the body is called.

    It isn't known (-1) where neither S1 nor S2 is drawn and the names weren't counted up from the
    sacrum, since then the same body may have another name; nor where the lumbosacral junction is
    transitional: readers disagree on which body the picture shows as S1.
    """
    levels = [body.level for body in overlay.vertebrae]
    seen = any(level in levels for level in _SACRAL)
    counted = overlay.numbering.basis is CountingBasis.SACRUM
    if not (seen or counted) or overlay.numbering.transition is not Transition.NONE:
        return dict.fromkeys(levels, _UNKNOWN_LEVEL)
    extra = {item for item in VertebraLevel if item.is_transitional and item not in levels}
    absent = {item.level for item in overlay.missing if item.absence is Absence.ABSENT}
    there = [level for level in VertebraLevel if level not in extra | absent]
    first = LEVELS.index(VertebraLevel.S1)
    if VertebraLevel.S1 not in there:
        return dict.fromkeys(levels, _UNKNOWN_LEVEL)
    sacrum = there.index(VertebraLevel.S1)
    return {level: max(first - (sacrum - there.index(level)), 0) for level in levels}


# -- pixels ---------------------------------------------------------------------------------


def inside(outline: FloatArray, x: FloatArray, y: FloatArray) -> BoolArray:
    """Which places lie within a closed polygon (even-odd rule), shape as of x and y.

    Args:
        outline: Shape (points, 2).
        x: To posterior.
        y: To the feet; broadcasts with x.
    """
    found = np.zeros(np.broadcast_shapes(x.shape, y.shape), bool)
    for (x0, y0), (x1, y1) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        if y0 != y1:
            crosses = (y0 > y) != (y1 > y)
            found ^= crosses & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return found


def between_ends(column: FloatArray, x: FloatArray, y: FloatArray) -> BoolArray:
    """Which places lie neither above nor below a row of bodies, however far to the front or back.

    Args:
        column: One of ``DrawnSlice.columns_mm``.
        x: To posterior.
        y: To the feet; broadcasts with x.
    """
    half = len(column) // 2
    return _side(column[0], column[-1], x, y) & ~_side(column[half - 1], column[half], x, y)


def _side(front: FloatArray, back: FloatArray, x: FloatArray, y: FloatArray) -> BoolArray:
    """Which places lie footward of the line through two."""
    along = back - front
    return np.asarray(along[0] * (y - front[1]) - along[1] * (x - front[0]) >= 0)


def overlap(first: FloatArray, second: FloatArray, step_mm: float = 0.5) -> float:
    """Dice coefficient of two closed polygons, each of shape (points, 2)."""
    both = np.concatenate([first, second])
    low, high = both.min(axis=0), both.max(axis=0)
    x, y = np.meshgrid(*(np.arange(low[i], high[i] + step_mm, step_mm) for i in range(2)))
    one, other = inside(first, x, y), inside(second, x, y)
    total = int(one.sum() + other.sum())
    return 2 * float((one & other).sum()) / total if total else 0.0


# -- rows of bodies -------------------------------------------------------------------------


def _rows(bodies: Sequence[Vertebra], overlay: Overlay) -> list[list[Vertebra]]:
    """The bodies as rows without gaps."""
    below = {upper.level: lower.level for upper, lower in overlay.spaces.values()}
    rows: list[list[Vertebra]] = []
    for body in bodies:
        if rows and below.get(rows[-1][-1].level) is body.level:
            rows[-1].append(body)
        else:
            rows.append([body])
    return rows


def _column(row: Sequence[Vertebra], geometry: VolumeGeometry) -> FloatArray:
    corners = [in_plane(body.corners_mm, geometry) for body in row]
    front = [places[corner] for places in corners for corner in (0, 3)]
    back = [places[corner] for places in corners for corner in (1, 2)]
    return np.asarray([*front, *back[::-1]])
