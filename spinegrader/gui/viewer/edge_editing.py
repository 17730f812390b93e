"""Dragging an edge of a body, and turning a body about its centre."""

import math
from dataclasses import dataclass

import numpy as np

from spinegrader.domain.geometry import FloatArray, as_point
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.gui.viewer.corner_editing import usable
from spinegrader.gui.viewer.slice_plane import SlicePlane
from spinegrader.texts import translate

_LEAST_RADIUS_MM = 1.0
"""Nearer to the centre the pointer gives no direction."""


@dataclass(frozen=True)
class EdgeDrag:
    """An edge whose two corners move together, square to the edge.

    Only the part of the drag that stands square on the edge counts: an endplate goes up or down
    and a wall forward or back, which is what is seen to be off, and the corners keep their place
    along the edge, which is set corner by corner.

    Args:
        original: The vertebra as it was when the drag began.
        edge: Index of the corner that the edge begins with.
        plane: The slice that the reader drags on.
    """

    original: Vertebra
    edge: int
    plane: SlicePlane

    def after(self, start_mm: FloatArray, now_mm: FloatArray) -> Vertebra | None:
        """The vertebra with both corners moved; None where the quad would cross itself."""
        ends = (self.edge, (self.edge + 1) % 4)
        places = self.plane.to_plane([self.original.corners_mm[i] for i in ends])
        across, down = (places[1] - places[0]) / np.linalg.norm(places[1] - places[0])
        normal = np.asarray((-down, across))
        offset = self.plane.offset_to_patient(normal * float(np.dot(now_mm - start_mm, normal)))
        moved = self.original
        for i in ends:
            moved = moved.with_corner(i, as_point(np.asarray(moved.corners_mm[i]) + offset))
        return usable(moved, self)

    def readout(self, start_mm: FloatArray, now_mm: FloatArray) -> str:
        """Depth and height of the body, which an edge changes."""
        moved = self.after(start_mm, now_mm)
        if moved is None:
            return ""
        is_endplate = self.edge in (0, 2)
        if is_endplate:
            return translate("height {length:.1f} mm").format(length=moved.height_mm)
        return translate("depth {length:.1f} mm").format(length=moved.depth_mm)


@dataclass(frozen=True)
class RotationDrag:
    """A body that turns about its centre, within the slice.

    Args:
        original: The vertebra as it was when the drag began.
        plane: The slice that the reader drags on.
    """

    original: Vertebra
    plane: SlicePlane

    def angle_deg(self, start_mm: FloatArray, now_mm: FloatArray) -> float:
        """How far the pointer went around the centre, clockwise as seen, -180 to 180."""
        centre = self.plane.to_plane(self.original.centre_mm)
        before, now = start_mm - centre, now_mm - centre
        if min(math.hypot(*before), math.hypot(*now)) < _LEAST_RADIUS_MM:
            return 0.0
        # Down is positive on the slice, so that growing angles go clockwise.
        turn = math.atan2(now[1], now[0]) - math.atan2(before[1], before[0])
        return math.degrees(math.remainder(turn, math.tau))

    def after(self, start_mm: FloatArray, now_mm: FloatArray) -> Vertebra:
        """The vertebra turned; every corner keeps its depth in the stack."""
        angle = math.radians(self.angle_deg(start_mm, now_mm))
        turn = np.asarray([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        centre = self.plane.to_plane(self.original.centre_mm)
        places = self.plane.to_plane(self.original.corners_mm)
        offsets = (places - centre) @ turn.T + centre - places
        turned = self.original
        for i, offset in enumerate(offsets):
            shift = self.plane.offset_to_patient(offset)
            turned = turned.with_corner(i, as_point(np.asarray(turned.corners_mm[i]) + shift))
        return turned

    def readout(self, start_mm: FloatArray, now_mm: FloatArray) -> str:
        """The angle, such as “4.5° clockwise”."""
        angle = round(self.angle_deg(start_mm, now_mm), 1)
        if angle == 0:
            return "0.0°"
        words = (
            translate("{angle:.1f}° clockwise")
            if angle > 0
            else translate("{angle:.1f}° anticlockwise")
        )
        return words.format(angle=abs(angle))
