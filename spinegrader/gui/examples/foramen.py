"""Paints a foramen with its root in a sagittal T1 slice at the side of the spine.

Coordinates are logical pixels of a picture of 120 x 90; the front of the patient is on the left.
"""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from spinegrader.gui.examples.pictures import CORTEX, T1, ForamenPicture, Side
from spinegrader.gui.examples.strokes import grey, smooth_line, write_letters

_DISC_GREY = 80
_BODY_BACK = 52.0
_WIDTH = 26.0


def paint_foramen(painter: QPainter, frame: QRectF, picture: ForamenPicture) -> None:
    """Bodies with their pedicles in front, facet joints behind, fat and the root between."""
    painter.save()
    painter.setClipRect(frame)
    painter.fillRect(frame, grey(T1.muscle))
    painter.translate(frame.topLeft())
    back = _BODY_BACK + _WIDTH * picture.width
    _paint_facets(painter, back)
    _paint_space(painter, back, picture)
    _paint_bodies(painter, back)
    _paint_disc(painter, picture)
    _paint_root(painter, back, picture)
    painter.restore()
    write_letters(painter, frame, "L" if picture.side is Side.LEFT else "R")


def _paint_bodies(painter: QPainter, back: float) -> None:
    """Two bodies; each pedicle runs back from the upper half of its own."""
    painter.setPen(QPen(grey(CORTEX), 2.0))
    painter.setBrush(grey(T1.marrow))
    for top, bottom in ((-34.0, 36.0), (53.0, 110.0)):
        pedicle_top, pedicle_bottom = top + 4, top + 43 if top < 0 else top + 22
        body = QPainterPath(QPointF(6, top))
        body.lineTo(_BODY_BACK, top)
        body.lineTo(_BODY_BACK, pedicle_top)
        body.lineTo(back + 8, pedicle_top)
        body.lineTo(back + 8, pedicle_bottom)
        body.quadTo(_BODY_BACK + 6, pedicle_bottom - 2, _BODY_BACK, pedicle_bottom + 8)
        body.lineTo(_BODY_BACK, bottom)
        body.lineTo(6, bottom)
        body.closeSubpath()
        painter.drawPath(body)


def _paint_facets(painter: QPainter, back: float) -> None:
    """The joint behind the foramen: the lower vertebra's process before the upper one's."""
    painter.setPen(QPen(grey(CORTEX), 2.0))
    painter.setBrush(grey(T1.marrow))
    upper = QPainterPath(QPointF(back + 6, -10))
    upper.cubicTo(back + 40, 0, back + 40, 50, back + 24, 66)
    upper.cubicTo(back + 14, 60, back + 16, 30, back + 6, 12)
    upper.closeSubpath()
    painter.drawPath(upper)
    lower = QPainterPath(QPointF(back + 2, 80))
    lower.cubicTo(back - 2, 56, back - 4, 40, back + 4, 24)
    lower.cubicTo(back + 12, 36, back + 14, 56, back + 22, 74)
    lower.closeSubpath()
    painter.drawPath(lower)


def _paint_space(painter: QPainter, back: float, picture: ForamenPicture) -> None:
    """The foramen: what fat doesn't fill is ligament and disc."""
    painter.setPen(Qt.PenStyle.NoPen)
    space = QRectF(_BODY_BACK - 2, 4, back - _BODY_BACK + 6, 72)
    painter.setBrush(grey(_DISC_GREY - 22))
    painter.drawRect(space)
    painter.setBrush(grey(T1.fat))
    height = 62 * picture.fat
    painter.drawRoundedRect(QRectF(space.left(), 4, space.width(), height + 6), 7, 7)


def _paint_disc(painter: QPainter, picture: ForamenPicture) -> None:
    """A disc that reaches into a narrow foramen."""
    reach = 4 + 16 * (1 - picture.width)
    painter.setPen(QPen(grey(CORTEX), 2.0))
    painter.setBrush(grey(_DISC_GREY))
    disc = QPainterPath(QPointF(4, 37))
    disc.lineTo(_BODY_BACK, 37)
    rise = 15 * (1 - picture.width)
    disc.cubicTo(_BODY_BACK + reach, 36 - rise, _BODY_BACK + reach + 2, 54, _BODY_BACK, 53)
    disc.lineTo(4, 53)
    disc.quadTo(0, 45, 4, 37)
    painter.drawPath(disc)


def _paint_root(painter: QPainter, back: float, picture: ForamenPicture) -> None:
    """The root below the upper pedicle, with a vessel beside it where there is room."""
    middle = (_BODY_BACK + back) / 2
    flat = picture.root_flattening
    painter.setPen(QPen(grey(CORTEX), 1.2))
    painter.setBrush(grey(T1.roots + 20))
    painter.drawEllipse(QPointF(middle + 2 * flat, 23 - 3 * flat), 7.5, 7.5 * (1 - 0.6 * flat))
    if picture.fat > 0.5:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(grey(24), 1.8))
        vessel = [(_BODY_BACK + 8, 38), (middle, 35), (back - 5, 38), (back - 6, 46)]
        painter.drawPath(smooth_line([(float(x), float(y)) for x, y in vessel]))
