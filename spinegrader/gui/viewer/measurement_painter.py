"""Draws measured distances and angles over the image."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from spinegrader.gui.theme import MEASUREMENT, VIEWER_ACCENT, readable_font
from spinegrader.gui.viewer.drawing import (
    Anchor,
    Pattern,
    Stroke,
    draw_handle,
    draw_line,
    draw_text,
)

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


class MeasurementPainter(QGraphicsItem):
    """Paints in logical screen pixels."""

    def __init__(self) -> None:
        super().__init__()
        self._picture: MeasurementPicture | None = None
        self._bounds = QRectF()

    def show_picture(self, picture: MeasurementPicture | None) -> None:
        """Replaces what is drawn; None draws nothing."""
        if picture == self._picture:
            return
        if picture is not None and self._bounds.size().toTuple() != picture.size:
            self.prepareGeometryChange()
            self._bounds = QRectF(0, 0, *picture.size)
        self._picture = picture
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802
        """The whole view."""
        return self._bounds

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Draws lines, their ends, and the values."""
        del option, widget
        if self._picture is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(readable_font())
        for drawing in self._picture.drawings:
            _draw(painter, drawing)


def _draw(painter: QPainter, drawing: MeasurementDrawing) -> None:
    colour = VIEWER_ACCENT if drawing.selected else MEASUREMENT
    stroke = Stroke(colour, _SELECTED_WIDTH if drawing.selected else _WIDTH)
    points = [QPointF(x, y) for x, y in drawing.points]
    lines = list(zip(points[::2], points[1::2], strict=False))
    if len(lines) == 2:
        middles = [(start + end) / 2 for start, end in lines]
        draw_line(painter, Stroke(colour, 1.0, Pattern.DOTTED), middles[0], middles[1])
    for start, end in lines:
        draw_line(painter, stroke, start, end)
    for index, point in enumerate(points):
        draw_handle(painter, point, QColor(colour), hot=index == drawing.hot, small=True)
    if drawing.text and lines:
        place, anchor = _text_place(lines)
        draw_text(painter, drawing.text, place, anchor, colour=colour, bold=drawing.selected)


def _text_place(lines: list[tuple[QPointF, QPointF]]) -> tuple[QPointF, Anchor]:
    """Beyond the end of a distance that lies further right; beside the joint of an angle."""
    if len(lines) == 1:
        start, end = lines[0]
        right = end if end.x() >= start.x() else start
        return right + QPointF(_TEXT_GAP, 0), Anchor.LEFT
    middle = (lines[0][0] + lines[0][1] + lines[1][0] + lines[1][1]) / 4
    return middle + QPointF(_TEXT_GAP, 0), Anchor.LEFT
