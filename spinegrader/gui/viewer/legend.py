"""Writes what colours and marks mean into the lower right corner, above the scale bar."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from spinegrader.gui.theme import HALO, VIEWER_TEXT
from spinegrader.gui.viewer.colouring import Colouring, LegendEntry
from spinegrader.gui.viewer.drawing import Anchor, draw_text
from spinegrader.texts import for_translation, translate

_MARGIN = 10.0
_ABOVE_RULER = 56.0
_LINE = 19.0
_SWATCH = 12.0
_DOT = 3.0
_LETTER = 14.0
"""Half the height of the letter at the middle of the right edge, with a gap."""

DRAWN_BY_HAND = for_translation("outline drawn by hand")


def draw_legend(
    painter: QPainter, colouring: Colouring, size: tuple[float, float], *, names_dot: bool
) -> None:
    """Draws a title, a line for each colour, and one for the dot of drawn outlines.

    Args:
        painter: In logical screen pixels, with the font set.
        colouring: What the colours mean.
        size: Of the view.
        names_dot: Whether a disc on the slice bears the dot.
    """
    width, height = size
    lines = len(colouring.legend) + bool(colouring.title) + names_dot
    if _ABOVE_RULER + lines * _LINE > height / 2 - _LETTER:
        # In so low a view it would cover more than it explains.
        return
    right, y = width - _MARGIN, height - _ABOVE_RULER
    if names_dot:
        box = _line(painter, translate(DRAWN_BY_HAND), right - _SWATCH - 4, y)
        _dot(painter, QPointF(right - _SWATCH / 2, box.center().y()))
        y -= _LINE
    for entry in reversed(colouring.legend):
        box = _line(painter, entry.label, right - _SWATCH - 4, y)
        _swatch(painter, entry, QPointF(right - _SWATCH, box.center().y() - _SWATCH / 2))
        y -= _LINE
    if colouring.title:
        draw_text(
            painter,
            colouring.title,
            QPointF(right, y),
            Anchor.RIGHT | Anchor.BOTTOM,
            colour=VIEWER_TEXT,
            bold=True,
        )


def _line(painter: QPainter, text: str, right: float, bottom: float) -> QRectF:
    at = QPointF(right, bottom)
    return draw_text(painter, text, at, Anchor.RIGHT | Anchor.BOTTOM, colour=VIEWER_TEXT)


def _swatch(painter: QPainter, entry: LegendEntry, corner: QPointF) -> None:
    painter.setPen(QPen(QColor(HALO), 1.0))
    painter.setBrush(QColor(entry.colour))
    painter.drawRect(QRectF(corner.x(), corner.y(), _SWATCH, _SWATCH))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _dot(painter: QPainter, at: QPointF) -> None:
    painter.setPen(QPen(QColor(HALO), 1.0))
    painter.setBrush(QColor(VIEWER_TEXT))
    painter.drawEllipse(at, _DOT, _DOT)
    painter.setBrush(Qt.BrushStyle.NoBrush)
