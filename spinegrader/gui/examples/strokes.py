"""Greys, pens and smooth lines that all painters of examples share."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from spinegrader.gui.theme import HALO, VIEWER_ACCENT, VIEWER_TEXT, readable_font

_MARK_WIDTH = 1.6


def grey(level: int) -> QColor:
    """A grey, 0 black to 255 white."""
    return QColor(level, level, level)


def round_pen(colour: QColor, width: float) -> QPen:
    """A pen whose ends and corners are round."""
    return QPen(
        colour,
        width,
        Qt.PenStyle.SolidLine,
        Qt.PenCapStyle.RoundCap,
        Qt.PenJoinStyle.RoundJoin,
    )


def mark_pen(zoom: float = 1.0, *, dashed: bool = False) -> QPen:
    """The pen of lines that help to measure, as wide at every zoom."""
    pen = QPen(QColor(VIEWER_ACCENT), _MARK_WIDTH / zoom)
    if dashed:
        pen.setDashPattern([2.5, 2.0])
    return pen


def smooth_line(points: Sequence[tuple[float, float]]) -> QPainterPath:
    """A line that starts and ends at the outer points and bends towards those between."""
    path = QPainterPath(QPointF(*points[0]))
    for place in range(1, len(points) - 1):
        (x, y), (next_x, next_y) = points[place], points[place + 1]
        is_last = place == len(points) - 2
        end = (next_x, next_y) if is_last else ((x + next_x) / 2, (y + next_y) / 2)
        path.quadTo(QPointF(x, y), QPointF(*end))
    return path


def closed_path(line: QPainterPath, further: Sequence[tuple[float, float]]) -> QPainterPath:
    """The line, then straight through further points and back to its start."""
    path = QPainterPath(line)
    for point in further:
        path.lineTo(*point)
    path.closeSubpath()
    return path


def write_letters(painter: QPainter, frame: QRectF, letters: str) -> None:
    """Letters in the upper left corner, with a dark edge so that they read on every grey."""
    path = QPainterPath()
    font = readable_font(painter.font())
    font.setBold(True)
    path.addText(QPointF(frame.left() + 4, frame.top() + 15), font, letters)
    painter.strokePath(path, round_pen(QColor(HALO), 3.0))
    painter.fillPath(path, QColor(VIEWER_TEXT))
