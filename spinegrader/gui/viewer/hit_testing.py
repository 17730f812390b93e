"""What lies under the pointer."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPolygonF

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import FloatArray
from spinegrader.gui.viewer.framing import Framing
from spinegrader.gui.viewer.shapes import DiscShape, OverlayShapes, VertebraShape

TOLERANCE_PIXELS = 10.0
"""How near is near enough, in logical screen pixels."""


@dataclass(frozen=True)
class Grip:
    """What a drag would move: one corner of a body, or the whole body."""

    level: VertebraLevel
    corner: int | None


def polygon(points: FloatArray) -> QPolygonF:
    """Points, shape (n, 2), for Qt."""
    return QPolygonF([QPointF(float(x), float(y)) for x, y in points])


def grip_at(shapes: OverlayShapes, framing: Framing, at: QPointF) -> Grip | None:
    """The nearest corner within reach, else the body under the pointer."""
    grips: list[tuple[float, Grip]] = []
    for shape in shapes.vertebrae:
        corners = framing.to_screen(shape.points_mm)
        distances = np.linalg.norm(corners - (at.x(), at.y()), axis=1)
        nearest = int(np.argmin(distances))
        if distances[nearest] <= TOLERANCE_PIXELS:
            grips.append((float(distances[nearest]), Grip(shape.level, nearest)))
        elif _contains(corners, at):
            grips.append((TOLERANCE_PIXELS, Grip(shape.level, None)))
    return min(grips, key=lambda found: found[0])[1] if grips else None


def shape_at(
    shapes: OverlayShapes, framing: Framing, at: QPointF
) -> DiscLevel | VertebraLevel | None:
    """The disc or body under the pointer, else the nearest outline within reach."""
    near: list[tuple[float, DiscLevel | VertebraLevel]] = []
    # Discs first: they are the smaller targets and what a reading is about.
    targets: tuple[DiscShape | VertebraShape, ...] = (*shapes.discs, *shapes.vertebrae)
    for shape in targets:
        outline = framing.to_screen(shape.points_mm)
        if _contains(outline, at):
            return shape.level
        distance = _distance_to_outline(outline, at)
        if distance <= TOLERANCE_PIXELS:
            near.append((distance, shape.level))
    return min(near, key=lambda found: found[0])[1] if near else None


def _contains(outline: FloatArray, at: QPointF) -> bool:
    return polygon(outline).containsPoint(at, Qt.FillRule.OddEvenFill)


def _distance_to_outline(outline: FloatArray, at: QPointF) -> float:
    """Distance of a place from a closed polygon's edges, pixels."""
    point = np.asarray((at.x(), at.y()))
    edges = np.roll(outline, -1, axis=0) - outline
    lengths = np.maximum(np.sum(edges**2, axis=1), 1e-12)
    along = np.clip(np.sum((point - outline) * edges, axis=1) / lengths, 0.0, 1.0)
    nearest = outline + along[:, None] * edges
    return float(np.min(np.linalg.norm(nearest - point, axis=1)))
