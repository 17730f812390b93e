"""Lines and letters with a dark halo, so that they read on any grey."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, Flag, auto
from functools import lru_cache
from typing import TypeAlias

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

from spinegrader.gui.theme import HALO

_HALO_OPACITY = 0.65
_HALO_WIDTH = 2.0
_HALO_OFFSETS = ((-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1))
_TEXT_MARGIN = 1.0
_DOT_RADIUS = 3.2
Corners: TypeAlias = Sequence[tuple[float, float]]
"""A closed outline in logical screen pixels, its first point not repeated."""


class Anchor(Flag):
    """Which point of a text stands at the given place; none of a pair means the middle."""

    MIDDLE = 0
    LEFT = auto()
    RIGHT = auto()
    TOP = auto()
    BOTTOM = auto()


class Pattern(Enum):
    """Of a line: how long a dash is, and from its start to the next, logical pixels."""

    SOLID = (0.0, 0.0)
    DASHED = (7.0, 12.0)
    DOTTED = (2.0, 6.0)


@dataclass(frozen=True)
class Stroke:
    """How an outline is drawn: colour as #rrggbb, width in logical pixels."""

    colour: str
    width: float
    pattern: Pattern = Pattern.SOLID
    opacity: float = 1.0


def draw_outlines(painter: QPainter, outlines: Sequence[tuple[Stroke, Corners]]) -> None:
    """Draws closed outlines over their halos, those of the first stroke first."""
    groups: dict[Stroke, list[Corners]] = {}
    for stroke, corners in outlines:
        groups.setdefault(stroke, []).append(corners)
    for stroke, members in groups.items():
        # Qt draws many single lines several times as fast as polygons, dashed ones above all.
        lines = [line for corners in members for line in _lines(corners, stroke.pattern)]
        for pen in _pens(stroke):
            painter.setPen(pen)
            painter.drawLines(lines)


def draw_line(painter: QPainter, stroke: Stroke, start: QPointF, end: QPointF) -> None:
    """Draws one line over its halo."""
    if stroke.pattern is Pattern.SOLID:
        lines = [QLineF(start, end)]
    else:
        lines = list(_dashes([start.toTuple(), end.toTuple()], stroke.pattern, closed=False))
    for pen in _pens(stroke):
        painter.setPen(pen)
        painter.drawLines(lines)


def _lines(corners: Corners, pattern: Pattern) -> Iterator[QLineF]:
    return _edges(corners) if pattern is Pattern.SOLID else _dashes(corners, pattern)


def _edges(corners: Corners) -> Iterator[QLineF]:
    x, y = corners[-1]
    for next_x, next_y in corners:
        yield QLineF(x, y, next_x, next_y)
        x, y = next_x, next_y


def _dashes(corners: Corners, pattern: Pattern, *, closed: bool = True) -> Iterator[QLineF]:
    """The same edges in dashes that lie where the screen's own grid puts them.

    A body and the disc beside it share an endplate: so their dashes fall on each other, where
    dashes that are counted from each outline's start would fill each other's gaps.
    """
    long, period = pattern.value
    starts = corners if closed else corners[:-1]
    ends = [*corners[1:], corners[0]] if closed else corners[1:]
    for (x, y), (next_x, next_y) in zip(starts, ends, strict=True):
        along_x, along_y = next_x - x, next_y - y
        start, end = (x, next_x) if abs(along_x) >= abs(along_y) else (y, next_y)
        low, high = min(start, end), max(start, end)
        length = max(high - low, 1e-9)
        dash = math.floor(low / period) * period
        while dash < high:
            begin, finish = max(dash, low), min(dash + long, high)
            if finish > begin:
                first = abs(begin - start) / length
                last = abs(finish - start) / length
                yield QLineF(
                    x + along_x * first, y + along_y * first, x + along_x * last, y + along_y * last
                )
            dash += period


@lru_cache(maxsize=64)
def _pens(stroke: Stroke) -> tuple[QPen, QPen]:
    """One for the halo, one for the line."""
    is_solid = stroke.pattern is Pattern.SOLID
    pens = []
    for name, width, opacity in (
        (HALO, stroke.width + _HALO_WIDTH, _HALO_OPACITY * stroke.opacity),
        (stroke.colour, stroke.width, stroke.opacity),
    ):
        colour = QColor(name)
        colour.setAlphaF(opacity)
        pen = QPen(colour, width)
        flat = Qt.PenCapStyle.FlatCap
        pen.setCapStyle(Qt.PenCapStyle.SquareCap if is_solid else flat)
        pens.append(pen)
    return pens[0], pens[1]


def draw_handle(
    painter: QPainter, at: QPointF, colour: QColor, *, hot: bool, small: bool = False
) -> None:
    """An open ring, so that the corner stays in sight; larger where it would be taken hold of."""
    radius, width = (8.0, 2.4) if hot else (3.5, 1.4) if small else (5.0, 1.6)
    halo = QColor(HALO)
    halo.setAlphaF(_HALO_OPACITY)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen_colour, pen_width in ((halo, width + _HALO_WIDTH), (colour, width)):
        painter.setPen(QPen(pen_colour, pen_width))
        painter.drawEllipse(at, radius, radius)


def draw_dot(painter: QPainter, at: QPointF, stroke: Stroke) -> None:
    """A small filled dot in the colour of a line."""
    colour = QColor(stroke.colour)
    colour.setAlphaF(stroke.opacity)
    painter.setPen(QPen(QColor(HALO), 1.0))
    painter.setBrush(colour)
    painter.drawEllipse(at, _DOT_RADIUS, _DOT_RADIUS)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def draw_text(
    painter: QPainter,
    text: str,
    at: QPointF,
    anchor: Anchor,
    *,
    colour: str,
    bold: bool = False,
    opacity: float = 1.0,
) -> QRectF:
    """Writes one or more lines and returns where they stand."""
    picture, box = _placed_text(painter, text, at, anchor, colour, bold=bold)
    painter.setOpacity(opacity)
    painter.drawImage(box.topLeft(), picture)
    painter.setOpacity(1.0)
    return box


def text_box(
    painter: QPainter, text: str, at: QPointF, anchor: Anchor, *, colour: str, bold: bool = False
) -> QRectF:
    """Where `draw_text` would write."""
    return _placed_text(painter, text, at, anchor, colour, bold=bold)[1]


def _placed_text(
    painter: QPainter, text: str, at: QPointF, anchor: Anchor, colour: str, *, bold: bool
) -> tuple[QImage, QRectF]:
    ratio = painter.device().devicePixelRatioF()
    font = painter.font()
    font.setBold(bold)
    picture = _text_picture(text, colour, font.toString(), Anchor.RIGHT in anchor, ratio)
    size = picture.deviceIndependentSize()
    left = _left(anchor, at.x(), size.width())
    top = _top(anchor, at.y(), size.height())
    # On whole pixels of the screen, else the letters blur.
    corner = QPointF(round(left * ratio) / ratio, round(top * ratio) / ratio)
    return picture, QRectF(corner, size)


@lru_cache(maxsize=256)
def _text_picture(
    text: str, colour: str, font_text: str, align_right: bool, ratio: float
) -> QImage:
    """A text with its halo, drawn once: a halo takes nine strokes of every letter."""
    font = QFont()
    font.fromString(font_text)
    metrics = QFontMetricsF(font)
    lines = text.split("\n")
    width = max(metrics.horizontalAdvance(line) for line in lines) + 2 * _TEXT_MARGIN
    height = metrics.height() * len(lines) + 2 * _TEXT_MARGIN
    picture = QImage(
        math.ceil(width * ratio),
        math.ceil(height * ratio),
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    align = Qt.AlignmentFlag.AlignRight if align_right else Qt.AlignmentFlag.AlignLeft
    flags = int(align | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextDontClip)
    box = QRectF(_TEXT_MARGIN, _TEXT_MARGIN, width - 2 * _TEXT_MARGIN, height - 2 * _TEXT_MARGIN)
    halo = QColor(HALO)
    halo.setAlphaF(_HALO_OPACITY)
    painter = QPainter(picture)
    painter.setFont(font)
    painter.setPen(halo)
    for right, down in _HALO_OFFSETS:
        painter.drawText(box.translated(right, down), flags, text)
    painter.setPen(QColor(colour))
    painter.drawText(box, flags, text)
    painter.end()
    return picture


def _left(anchor: Anchor, x: float, width: float) -> float:
    if Anchor.LEFT in anchor:
        return x
    return x - width if Anchor.RIGHT in anchor else x - width / 2


def _top(anchor: Anchor, y: float, height: float) -> float:
    if Anchor.TOP in anchor:
        return y
    return y - height if Anchor.BOTTOM in anchor else y - height / 2
