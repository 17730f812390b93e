"""What lies under the pointer."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPolygonF

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import FloatArray
from spinegrader.gui.viewer.framing import Framing
from spinegrader.gui.viewer.grips import Grip, GripKind, rotation_handle
from spinegrader.gui.viewer.shapes import DiscShape, OverlayShapes, VertebraShape

TOLERANCE_PIXELS = 10.0
"""How near is near enough, in logical screen pixels."""

EDGE_PIXELS = 5.0
HANDLE_PIXELS = 8.0
_CORNER_SHARE = 0.3
_EDGE_SHARE = 0.15
"""Corners and edges reach no further into a small body: its inside must stay free to move it."""


@dataclass(frozen=True, eq=False)
class GripTargets:
    """What can be taken hold of on a slice.

    Args:
        shapes: All that it shows.
        selected: The body whose rotation handle is shown.
        disc: The disc whose outline has handles.
        handles_mm: Where these are on the slice, shape (handles, 2).
    """

    shapes: OverlayShapes
    selected: VertebraLevel | None = None
    disc: DiscLevel | None = None
    handles_mm: FloatArray | None = None


def polygon(points: FloatArray) -> QPolygonF:
    """Points, shape (n, 2), for Qt."""
    return QPolygonF([QPointF(float(x), float(y)) for x, y in points])


Found: TypeAlias = tuple[float, Grip]
"""A grip and how far it is from the pointer."""


def grip_at(targets: GripTargets, framing: Framing, at: QPointF) -> Grip | None:
    """The nearest handle or corner within reach, else an edge, else the body underneath."""
    points: list[Found] = _outline_handle(targets, framing, at)
    edges: list[Found] = []
    body: Grip | None = None
    for shape in targets.shapes.vertebrae:
        corners = framing.to_screen(shape.points_mm)
        if shape.level == targets.selected:
            points += _rotation(shape.level, corners, at)
        points += _corner(shape.level, corners, at)
        on_edge = _edge(shape.level, corners, at)
        edges += on_edge
        if not on_edge and _contains(corners, at):
            body = Grip(GripKind.BODY, shape.level)
    for found in (points, edges):
        if found:
            return min(found, key=lambda candidate: candidate[0])[1]
    return body


def _outline_handle(targets: GripTargets, framing: Framing, at: QPointF) -> list[Found]:
    if targets.disc is None or targets.handles_mm is None:
        return []
    distances = _distances(framing.to_screen(targets.handles_mm), at)
    return _nearest(distances, HANDLE_PIXELS, GripKind.OUTLINE, targets.disc)


def _rotation(level: VertebraLevel, corners: FloatArray, at: QPointF) -> list[Found]:
    _, end = rotation_handle(corners)
    distances = _distances(np.asarray([end.toTuple()]), at)
    return _nearest(distances, TOLERANCE_PIXELS, GripKind.ROTATION, level)


def _corner(level: VertebraLevel, corners: FloatArray, at: QPointF) -> list[Found]:
    reach = min(TOLERANCE_PIXELS, _CORNER_SHARE * _shortest_edge(corners))
    return _nearest(_distances(corners, at), reach, GripKind.CORNER, level)


def _edge(level: VertebraLevel, corners: FloatArray, at: QPointF) -> list[Found]:
    reach = min(EDGE_PIXELS, _EDGE_SHARE * _shortest_edge(corners))
    return _nearest(_edge_distances(corners, at), reach, GripKind.EDGE, level)


def _nearest(
    distances: FloatArray, reach: float, kind: GripKind, level: DiscLevel | VertebraLevel
) -> list[Found]:
    """The nearest of several parts, if it is within reach."""
    nearest = int(np.argmin(distances))
    distance = float(distances[nearest])
    return [(distance, Grip(kind, level, nearest))] if distance <= reach else []


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
        distance = float(np.min(_edge_distances(outline, at)))
        if distance <= TOLERANCE_PIXELS:
            near.append((distance, shape.level))
    return min(near, key=lambda found: found[0])[1] if near else None


def is_near(outline: FloatArray, at: QPointF) -> bool:
    """Whether a place lies in or beside a closed outline, shape (n, 2), on screen."""
    near = float(np.min(_edge_distances(outline, at))) <= TOLERANCE_PIXELS
    return near or _contains(outline, at)


def _contains(outline: FloatArray, at: QPointF) -> bool:
    return polygon(outline).containsPoint(at, Qt.FillRule.OddEvenFill)


def _distances(points: FloatArray, at: QPointF) -> FloatArray:
    return np.asarray(np.linalg.norm(points - (at.x(), at.y()), axis=1), dtype=np.float64)


def _shortest_edge(outline: FloatArray) -> float:
    return float(np.min(np.linalg.norm(np.roll(outline, -1, axis=0) - outline, axis=1)))


def _edge_distances(outline: FloatArray, at: QPointF) -> FloatArray:
    """Distances of a place from the edges of a closed polygon, each from its point to the next."""
    edges = np.roll(outline, -1, axis=0) - outline
    lengths = np.maximum(np.sum(edges**2, axis=1), 1e-12)
    along = np.clip(np.sum(((at.x(), at.y()) - outline) * edges, axis=1) / lengths, 0.0, 1.0)
    return _distances(outline + along[:, None] * edges, at)
