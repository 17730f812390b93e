"""The colours of evidence maps, on the image and in the legend below it."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QBrush, QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from spinegrader.gui.theme import EVIDENCE_COLOUR_MAP, EVIDENCE_RANGE, VIEWER_BACKGROUND

_MOST_OPACITY = 0.75
_LEAST_SHOWN = 0.08
"""Weaker evidence is left away: it would tint the whole disc."""

_LEVELS = 256
_SWATCH = QSize(96, 14)


def evidence_colours(values: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
    """Red, green, blue and alpha for each value, shape (..., 4): the more evidence, the denser.

    Args:
        values: 0 to 1, any shape.
    """
    levels = np.clip(np.rint(values * (_LEVELS - 1)), 0, _LEVELS - 1).astype(np.intp)
    colours: npt.NDArray[np.uint8] = _table()[levels]
    return colours


@lru_cache(maxsize=1)
def _table() -> npt.NDArray[np.uint8]:
    import pyqtgraph

    shares = np.linspace(0.0, 1.0, _LEVELS)
    low, high = EVIDENCE_RANGE
    colours = pyqtgraph.colormap.get(EVIDENCE_COLOUR_MAP).map(low + (high - low) * shares)
    table = np.empty((_LEVELS, 4), np.uint8)
    table[:, :3] = colours[:, :3]
    opacity = np.where(shares < _LEAST_SHOWN, 0.0, _MOST_OPACITY * np.sqrt(shares))
    table[:, 3] = np.rint(255 * opacity)
    return table


class EvidenceScale(QWidget):
    """A strip from little to much evidence, as it looks on a dark image."""

    def sizeHint(self) -> QSize:  # noqa: N802
        """Of a fixed size."""
        return _SWATCH

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Of a fixed size."""
        return _SWATCH

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draws the strip."""
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(VIEWER_BACKGROUND))
        gradient = QLinearGradient(QPointF(0, 0), QPointF(self.width(), 0))
        for share in np.linspace(0.0, 1.0, 16):
            gradient.setColorAt(float(share), QColor(*map(int, evidence_colours(share))))
        painter.fillRect(self.rect(), QBrush(gradient))
