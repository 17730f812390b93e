"""Outlines that are drawn again and again, kept as pictures: strokes take longest to paint."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPainter

from spinegrader.gui.viewer.drawing import Corners, Stroke, draw_outlines

Outlines: TypeAlias = Sequence[tuple[Stroke, Corners]]

_MARGIN = 6.0
"""Logical pixels that wide strokes and their halos reach beyond the corners."""

_MOST_KEPT = 2
_LARGEST_PICTURE = 3_000_000
"""Pixels of the screen; larger ones would cost more memory than they save time."""


@dataclass(frozen=True)
class _Kept:
    outlines: Outlines
    ratio: float
    corner: QPointF
    picture: QImage


class KeptOutlines:
    """Draws outlines; those that come a second time from a picture of them.

    Neighbouring slices mostly show the same outlines, while each move of a drag shows others:
    drawing a picture for these would be in vain.
    """

    def __init__(self) -> None:
        self._seen: Outlines = ()
        self._kept: list[_Kept] = []

    def draw(self, painter: QPainter, outlines: Outlines) -> None:
        """Draws closed outlines as `draw_outlines` does."""
        ratio = painter.device().devicePixelRatioF()
        found = next(
            (kept for kept in self._kept if kept.ratio == ratio and kept.outlines == outlines), None
        )
        if found is None and outlines and outlines == self._seen:
            found = _picture(painter, outlines, ratio)
            if found is not None:
                self._kept = [found, *self._kept][:_MOST_KEPT]
        if found is None:
            self._seen = outlines
            draw_outlines(painter, outlines)
        else:
            painter.drawImage(found.corner, found.picture)


def _picture(painter: QPainter, outlines: Outlines, ratio: float) -> _Kept | None:
    """Outlines on a clear ground, on whole pixels of the screen; None if it would be too large."""
    xs, ys = zip(*(corner for _, corners in outlines for corner in corners), strict=True)
    left = math.floor((min(xs) - _MARGIN) * ratio)
    top = math.floor((min(ys) - _MARGIN) * ratio)
    width = math.ceil((max(xs) + _MARGIN) * ratio) - left
    height = math.ceil((max(ys) + _MARGIN) * ratio) - top
    if width * height > _LARGEST_PICTURE:
        return None
    picture = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    corner = QPointF(left / ratio, top / ratio)
    drawing = QPainter(picture)
    drawing.setRenderHints(painter.renderHints())
    drawing.translate(-corner)
    draw_outlines(drawing, outlines)
    drawing.end()
    return _Kept(outlines, ratio, corner, picture)
