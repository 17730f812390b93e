"""Draws measured distances and angles over the image."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter

from spinegrader.gui.theme import MEASUREMENT, VIEWER_ACCENT
from spinegrader.gui.viewer.drawing import (
    Anchor,
    Pattern,
    Stroke,
    draw_handle,
    draw_label,
    draw_line,
    text_box,
)
from spinegrader.gui.viewer.view_painter import ViewPainter

_WIDTH = 1.5
_SELECTED_WIDTH = 2.2
_TEXT_GAP = 12.0


@dataclass(frozen=True)
class MeasurementDrawing:
    """One measurement on screen.

    Args:
        points: Ends of its lines, two by two, logical screen pixels; a last one may lack its
            partner while it is drawn.
        text: Its value; empty while there is none.
        selected: Whether Delete takes it away.
        hot: Index of the end under the pointer.
    """

    points: tuple[tuple[float, float], ...]
    text: str = ""
    selected: bool = False
    hot: int | None = None


@dataclass(frozen=True)
class MeasurementPicture:
    """All that is measured on a slice, in a view of a size in logical pixels."""

    size: tuple[float, float]
    drawings: tuple[MeasurementDrawing, ...]


class MeasurementPainter(ViewPainter):
    """Lines, their ends, and the values."""

    def __init__(self) -> None:
        super().__init__()
        self._picture: MeasurementPicture | None = None

    def show_picture(self, picture: MeasurementPicture | None) -> None:
        """Replaces what is drawn; None draws nothing."""
        if picture == self._picture:
            return
        if picture is not None:
            self.cover(picture.size)
        self._picture = picture
        self.update()

    def draw(self, painter: QPainter) -> None:
        """Draws lines and their ends, then the values over them."""
        drawings = () if self._picture is None else self._picture.drawings
        for drawing in drawings:
            _draw_lines(painter, drawing)
        taken: list[QRectF] = []
        for drawing in drawings:
            _draw_value(painter, drawing, taken)


def _draw_lines(painter: QPainter, drawing: MeasurementDrawing) -> None:
    colour, lines = _colour(drawing), _lines(drawing)
    stroke = Stroke(colour, _SELECTED_WIDTH if drawing.selected else _WIDTH)
    if len(lines) == 2:
        middles = [(start + end) / 2 for start, end in lines]
        draw_line(painter, Stroke(colour, 1.0, Pattern.DOTTED), middles[0], middles[1])
    for start, end in lines:
        draw_line(painter, stroke, start, end)
    for index, (x, y) in enumerate(drawing.points):
        is_hot = index == drawing.hot
        draw_handle(painter, QPointF(x, y), QColor(colour), hot=is_hot, small=True)


def _draw_value(painter: QPainter, drawing: MeasurementDrawing, taken: list[QRectF]) -> None:
    """Writes the value, below those that are written there already."""
    lines = _lines(drawing)
    if not drawing.text or not lines:
        return
    place, anchor = _text_place(lines)
    colour = _colour(drawing)
    box = text_box(painter, drawing.text, place, anchor, colour=colour, bold=True)
    while any(box.intersects(other) for other in taken):
        place += QPointF(0, box.height())
        box.translate(0, box.height())
    taken.append(box)
    draw_label(painter, drawing.text, place, anchor, colour=colour)


def _colour(drawing: MeasurementDrawing) -> str:
    return VIEWER_ACCENT if drawing.selected else MEASUREMENT


def _lines(drawing: MeasurementDrawing) -> list[tuple[QPointF, QPointF]]:
    """The lines that have both ends."""
    points = [QPointF(x, y) for x, y in drawing.points]
    return list(zip(points[::2], points[1::2], strict=False))


def _text_place(lines: list[tuple[QPointF, QPointF]]) -> tuple[QPointF, Anchor]:
    """Beyond the end of a distance that lies further right; beside the joint of an angle."""
    if len(lines) == 1:
        start, end = lines[0]
        right = end if end.x() >= start.x() else start
        return right + QPointF(_TEXT_GAP, 0), Anchor.LEFT
    middle = (lines[0][0] + lines[0][1] + lines[1][0] + lines[1][1]) / 4
    return middle + QPointF(_TEXT_GAP, 0), Anchor.LEFT
