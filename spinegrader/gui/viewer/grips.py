"""What a drag would move, and the pointer that says so."""

import math
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QCursor, QPainter, QPen, QPixmap

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import FloatArray
from spinegrader.gui.theme import HALO, VIEWER_TEXT

HANDLE_DISTANCE = 26.0
"""From the back edge of a body to the handle that turns it, logical screen pixels."""

_CURSOR_SIZE = 24
_ARC = QRectF(5, 5, 14, 14)


class GripKind(Enum):
    """The parts of an overlay that can be taken hold of."""

    CORNER = auto()
    EDGE = auto()
    BODY = auto()
    ROTATION = auto()
    OUTLINE = auto()


@dataclass(frozen=True)
class Grip:
    """One part that can be taken hold of.

    Args:
        kind: Which sort.
        level: A disc's for OUTLINE, else a body's.
        index: Of the corner, of the edge's first corner, of the outline's handle; else 0.
    """

    kind: GripKind
    level: VertebraLevel | DiscLevel
    index: int = 0


def rotation_handle(corners: FloatArray) -> tuple[QPointF, QPointF]:
    """Where the stalk of a body's handle begins and ends, behind its back edge.

    Args:
        corners: Shape (4, 2), in the order of `Vertebra.corners_mm`, logical screen pixels.
    """
    front, back = (corners[0] + corners[3]) / 2, (corners[1] + corners[2]) / 2
    backward = (back - front) / max(math.hypot(*(back - front)), 1e-6)
    end = back + backward * HANDLE_DISTANCE
    return QPointF(*back.tolist()), QPointF(*end.tolist())


def edge_cursor(start: FloatArray, end: FloatArray) -> Qt.CursorShape:
    """The double arrow that stands nearest to square on an edge, places of shape (2,)."""
    across, down = (end - start).tolist()
    # Direction of the normal, 0 to 180 degrees, clockwise from the right on screen.
    normal = (math.degrees(math.atan2(down, across)) + 90.0) % 180.0
    shapes = (
        Qt.CursorShape.SizeHorCursor,
        Qt.CursorShape.SizeFDiagCursor,
        Qt.CursorShape.SizeVerCursor,
        Qt.CursorShape.SizeBDiagCursor,
    )
    return shapes[round(normal / 45.0) % 4]


@lru_cache(maxsize=1)
def rotation_cursor() -> QCursor:
    """A round arrow; the window systems have none."""
    picture = QPixmap(_CURSOR_SIZE, _CURSOR_SIZE)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for name, width in ((HALO, 4.5), (VIEWER_TEXT, 2.0)):
        pen = QPen(QColor(name), width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawArc(_ARC, 30 * 16, 280 * 16)
        tip = QPointF(18.1, 8.5)
        painter.drawLine(tip, tip + QPointF(-5.5, 0.0))
        painter.drawLine(tip, tip + QPointF(0.5, -5.5))
    painter.end()
    return QCursor(picture, _CURSOR_SIZE // 2, _CURSOR_SIZE // 2)
