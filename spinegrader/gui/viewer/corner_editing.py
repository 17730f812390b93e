"""Dragging a corner or a whole body: from a shift on screen to a new vertebra."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from spinegrader.domain.geometry import FloatArray, as_point
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.gui.viewer.slice_plane import SlicePlane

MINIMUM_EDGE_MM = 2.0
"""No edge of a body may become shorter: its corners could no longer be told apart."""


@dataclass(frozen=True)
class CornerDrag:
    """A corner that follows the pointer; its depth in the stack is kept.

    Args:
        original: The vertebra as it was when the drag began.
        corner: Index of the corner that moves.
        plane: The slice that the reader drags on.
    """

    original: Vertebra
    corner: int
    plane: SlicePlane

    def after(self, start_mm: FloatArray, now_mm: FloatArray) -> Vertebra | None:
        """The vertebra with the corner moved; None where the quad would cross itself."""
        offset = self.plane.offset_to_patient(now_mm - start_mm)
        place = np.asarray(self.original.corners_mm[self.corner]) + offset
        return usable(self.original.with_corner(self.corner, as_point(place)), self)

    def readout(self, start_mm: FloatArray, now_mm: FloatArray) -> str:
        """Nothing: the place itself is what counts."""
        del start_mm, now_mm
        return ""


@dataclass(frozen=True)
class BodyDrag:
    """A whole body that follows the pointer.

    Args:
        original: The vertebra as it was when the drag began.
        plane: The slice that the reader drags on.
    """

    original: Vertebra
    plane: SlicePlane

    def after(self, start_mm: FloatArray, now_mm: FloatArray) -> Vertebra:
        """The vertebra moved within the slice."""
        return self.original.moved(as_point(self.plane.offset_to_patient(now_mm - start_mm)))

    def readout(self, start_mm: FloatArray, now_mm: FloatArray) -> str:
        """Nothing: the place itself is what counts."""
        del start_mm, now_mm
        return ""


class _OnPlane(Protocol):
    """A drag on a vertebra within a slice."""

    @property
    def original(self) -> Vertebra: ...

    @property
    def plane(self) -> SlicePlane: ...


def usable(vertebra: Vertebra, drag: _OnPlane) -> Vertebra | None:
    """The vertebra, if its corners make a usable quad that isn't turned inside out."""
    before, now = (drag.plane.to_plane(body.corners_mm) for body in (drag.original, vertebra))
    is_mirrored = _turning(before) * _turning(now) < 0
    return None if is_mirrored or not is_usable_quad(now) else vertebra


def _turning(corners: FloatArray) -> float:
    """In which direction corners, shape (4, 2), run around, by its sign."""
    first, second = corners[2] - corners[0], corners[3] - corners[1]
    return float(first[0] * second[1] - first[1] * second[0])


def is_usable_quad(corners: FloatArray) -> bool:
    """Whether corners, shape (4, 2), are far enough apart and no two opposite edges cross."""
    edges = np.roll(corners, -1, axis=0) - corners
    if float(np.min(np.linalg.norm(edges, axis=1))) < MINIMUM_EDGE_MM:
        return False
    first, second, third, fourth = corners
    return not (_cross(first, second, third, fourth) or _cross(second, third, fourth, first))


def _cross(
    start: FloatArray, end: FloatArray, other_start: FloatArray, other_end: FloatArray
) -> bool:
    """Whether two line segments cross: each has the other's ends on both of its sides."""
    return (
        _side(start, end, other_start) * _side(start, end, other_end) <= 0
        and _side(other_start, other_end, start) * _side(other_start, other_end, end) <= 0
    )


def _side(start: FloatArray, end: FloatArray, point: FloatArray) -> float:
    along, towards = end - start, point - start
    return float(along[0] * towards[1] - along[1] * towards[0])
