"""How the grades of a reader, a model and an adjudicator are drawn in plots over time."""

from dataclasses import dataclass
from typing import Any

import pyqtgraph as pg
from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from spinegrader.services.changes_over_time import Source
from spinegrader.texts import translate

_SIZE = 11
_KEY_SIZE = 16


@dataclass(frozen=True)
class Mark:
    """How the grades of one source are drawn: told apart by form and filling, not by colour.

    Args:
        symbol: As pyqtgraph names it.
        is_filled: Whether it is filled.
        is_joined: Whether a line goes from visit to visit.
        size: Pixels.
    """

    symbol: str
    is_filled: bool
    is_joined: bool
    size: int

    def give_to(self, curve: Any, palette: QPalette) -> None:  # noqa: ANN401 (pyqtgraph's)
        """Lets a curve look like this."""
        colour = _colour(palette)
        style = Qt.PenStyle.SolidLine if self.is_filled else Qt.PenStyle.DashLine
        curve.setPen(pg.mkPen(colour, width=1.5, style=style) if self.is_joined else None)
        curve.setSymbolPen(pg.mkPen(colour, width=2))
        curve.setSymbolBrush(colour if self.is_filled else None)

    def draw(self, painter: QPainter, palette: QPalette) -> None:
        """Draws it around the origin, as large as the key shows it."""
        colour, size = _colour(palette), min(self.size, _KEY_SIZE)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(size, size)
        painter.setPen(pg.mkPen(colour, width=2, cosmetic=True))
        painter.setBrush(colour if self.is_filled else Qt.BrushStyle.NoBrush)
        painter.drawPath(Symbols[self.symbol])


MARKS = {
    Source.MODEL: Mark("s", is_filled=False, is_joined=True, size=_SIZE + 5),
    Source.READER: Mark("o", is_filled=True, is_joined=True, size=_SIZE - 2),
    Source.ADJUDICATED: Mark("star", is_filled=False, is_joined=False, size=_SIZE + 12),
}
"""From below to above: an open square goes around a filled circle of the same grade."""


class MarkKey(QWidget):
    """What the marks stand for, beside the plots."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for source in (Source.READER, Source.MODEL, Source.ADJUDICATED):
            row.addWidget(_Sign(MARKS[source]))
            row.addWidget(QLabel(translate(str(source))))
            row.addSpacing(12)
        row.addStretch(1)


class _Sign(QWidget):
    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self._mark = mark
        self.setFixedSize(_KEY_SIZE + 8, _KEY_SIZE + 8)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draws the mark as the plots do."""
        del event
        painter = QPainter(self)
        painter.translate(QPointF(self.width() / 2, self.height() / 2))
        self._mark.draw(painter, self.palette())
        painter.end()


def _colour(palette: QPalette) -> QColor:
    """The one colour of all marks."""
    return palette.color(QPalette.ColorRole.Accent)
