"""Dragging a corner or a whole body: from a shift on screen to a new vertebra."""

from dataclasses import dataclass

import numpy as np

from spinegrader.domain.geometry import FloatArray, as_point
from spinegrader.domain.overlays import Vertebra
from spinegrader.gui.viewer.slice_plane import SlicePlane

MINIMUM_EDGE_MM = 2.0
"""No edge of a body may become shorter: its corners could no longer be told apart."""


@dataclass(frozen=True)
class VertebraDrag:
    """A drag that is under way.

    Args:
        vertebra: As it was when the drag began.
        corner: Index of the corner that moves; None moves the body.
        plane: The slice that the reader drags on.
    """

    vertebra: Vertebra
    corner: int | None
    plane: SlicePlane

    def shifted(self, plane_offset_mm: tuple[float, float]) -> Vertebra | None:
        """The vertebra after a shift within the slice; its depth in the stack is kept.

        Returns:
            None where the quad would cross itself or an edge nearly vanish.
        """
        offset = self.plane.offset_to_patient(plane_offset_mm)
        if self.corner is None:
            return self.vertebra.moved(as_point(offset))
        place = np.asarray(self.vertebra.corners_mm[self.corner]) + offset
        moved = self.vertebra.with_corner(self.corner, as_point(place))
        return moved if is_usable_quad(self.plane.to_plane(moved.corners_mm)) else None


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
