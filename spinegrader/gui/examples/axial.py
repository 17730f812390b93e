"""Paints axial slices: the canal behind a disc, and the disc's outline beside the bodies' edge.

Coordinates are logical pixels of a picture of 120 x 90; the front of the patient is above.
"""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from spinegrader.gui.examples.pictures import CORTEX, T2, CanalPicture, OutlinePicture
from spinegrader.gui.examples.strokes import grey, mark_pen, round_pen

_DISC_GREY = 74
_ROOT_RADIUS = 2.3
_ROOTS = (
    (-0.62, 0.15), (-0.36, 0.4), (-0.12, 0.55), (0.12, 0.55), (0.36, 0.4), (0.62, 0.15),
    (-0.5, 0.66), (-0.24, 0.82), (0.0, 0.9), (0.24, 0.82), (0.5, 0.66), (0.0, 0.3),
)  # fmt: skip
"""Where roots lie in a wide sac: share of its half width, and of its depth behind the fluid."""

_DISC = QRectF(14, 3, 92, 52)
_SAC = QRectF(38, 54, 44, 28)


def paint_canal(painter: QPainter, frame: QRectF, picture: CanalPicture) -> None:
    """The sac with fluid and roots between disc, facet joints and yellow ligaments."""
    painter.save()
    painter.setClipRect(frame)
    painter.fillRect(frame, grey(T2.muscle))
    painter.translate(frame.topLeft())
    _paint_arch(painter)
    narrowed = 1 - picture.depth
    _paint_disc_edge(painter, 24 + 9 * narrowed)
    _paint_ligaments(painter, 22 * narrowed)
    depth = 44 * picture.depth
    half_width = 31 - 12 * narrowed
    sac = _sac(QRectF(60 - half_width, 26 + 13 * narrowed, 2 * half_width, depth))
    painter.setPen(QPen(grey(CORTEX), 1.8))
    painter.setBrush(grey(picture.fluid))
    painter.drawPath(sac)
    _paint_roots(painter, sac, picture)
    painter.restore()


def _sac(box: QRectF) -> QPainterPath:
    """Flat in front, rounded behind."""
    path = QPainterPath(QPointF(box.left(), box.top() + 0.3 * box.height()))
    path.cubicTo(
        box.left(), box.top(), box.left() + 0.15 * box.width(), box.top(), box.center().x(),
        box.top() + 0.04 * box.height(),
    )  # fmt: skip
    path.cubicTo(
        box.right() - 0.15 * box.width(), box.top(), box.right(), box.top(), box.right(),
        box.top() + 0.3 * box.height(),
    )  # fmt: skip
    path.cubicTo(
        box.right(), box.top() + 0.75 * box.height(), box.center().x() + 0.2 * box.width(),
        box.bottom(), box.center().x(), box.bottom(),
    )  # fmt: skip
    path.cubicTo(
        box.center().x() - 0.2 * box.width(), box.bottom(), box.left(),
        box.top() + 0.75 * box.height(), box.left(), box.top() + 0.3 * box.height(),
    )  # fmt: skip
    return path


def _paint_roots(painter: QPainter, sac: QPainterPath, picture: CanalPicture) -> None:
    """Free roots sink to the back; crowded ones fill the sac from wall to wall."""
    box = sac.boundingRect().adjusted(2, 2, -2, -2)
    top = box.top() + picture.front_fluid * box.height()
    height = box.bottom() - top
    painter.setClipPath(sac, Qt.ClipOperation.IntersectClip)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(grey(T2.roots))
    # Roots keep their size, so that they are pressed together in a small sac.
    radius = _ROOT_RADIUS + 1.1 * (1 - picture.root_spread)
    for across, along in _ROOTS:
        x = box.center().x() + across * box.width() / 2
        painter.drawEllipse(QPointF(x, top + along * height), radius, radius)


def _paint_arch(painter: QPainter) -> None:
    """Facet joints at both sides, the lamina and the spinous process, with fat before it."""
    painter.setPen(QPen(grey(CORTEX), 2.2))
    painter.setBrush(grey(T2.fat))
    painter.drawPolygon([QPointF(22, 22), QPointF(98, 22), QPointF(64, 80), QPointF(56, 80)])
    painter.setBrush(grey(T2.marrow))
    painter.drawRoundedRect(QRectF(52, 76, 16, 30), 5, 5)
    for side in (-1, 1):
        for x, y, width, height in ((36, 50, 13, 22), (49, 46, 11, 20)):
            painter.drawEllipse(QPointF(60 + side * x, y), width / 1.6, height / 1.4)
        painter.setPen(QPen(grey(T2.fluid), 1.4))
        painter.drawLine(QPointF(60 + side * 43, 36), QPointF(60 + side * 42, 60))
        painter.setPen(QPen(grey(CORTEX), 2.2))


def _paint_disc_edge(painter: QPainter, back: float) -> None:
    """The disc in front, down to ``back`` in the middle."""
    painter.setPen(QPen(grey(CORTEX), 2.2))
    painter.setBrush(grey(_DISC_GREY))
    path = QPainterPath(QPointF(-4, -20))
    path.lineTo(-4, 8)
    path.cubicTo(20, 24, 42, back, 60, back)
    path.cubicTo(78, back, 100, 24, 124, 8)
    path.lineTo(124, -20)
    path.closeSubpath()
    painter.drawPath(path)


def _paint_ligaments(painter: QPainter, thickening: float) -> None:
    """The yellow ligaments: a dark V behind the sac."""
    painter.setPen(round_pen(grey(30), 4 + thickening))
    for side in (-1, 1):
        painter.drawLine(QPointF(60 + side * 33, 40), QPointF(60 + side * 5, 76))


def paint_outline(painter: QPainter, frame: QRectF, picture: OutlinePicture) -> None:
    """The disc before the canal; the edge of the bodies is dashed."""
    painter.save()
    painter.setClipRect(frame)
    painter.fillRect(frame, grey(T2.muscle))
    painter.translate(frame.topLeft())
    _paint_canal_behind(painter)
    edge = _disc_outline(0.0)
    parts = _disc_outline(picture.bulge * _DISC.height())
    focal = _focal_part(picture)
    if not focal.isEmpty():
        parts = parts.united(focal)
    painter.setPen(QPen(grey(CORTEX), 2.0))
    painter.setBrush(grey(_DISC_GREY))
    painter.drawPath(parts)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(grey(168))
    painter.drawEllipse(_DISC.center() + QPointF(0, -1), 27, 13)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(mark_pen(dashed=True))
    painter.drawPath(edge)
    painter.restore()


def _disc_outline(further: float) -> QPainterPath:
    """A disc as seen from above, ``further`` wider all around; its back is a little hollow."""
    box = _DISC.adjusted(-further, -min(further, 2.0), further, further)
    path = QPainterPath(QPointF(60, box.bottom() - 3))
    path.cubicTo(82, box.bottom() - 3, 78, box.bottom(), 88, box.bottom() - 3)
    path.cubicTo(box.right() + 4, box.bottom() - 12, box.right() + 2, box.top(), 60, box.top())
    path.cubicTo(box.left() - 2, box.top(), box.left() - 4, box.bottom() - 12, 32, box.bottom() - 3)
    path.cubicTo(42, box.bottom(), 38, box.bottom() - 3, 60, box.bottom() - 3)
    return path


def _focal_part(picture: OutlinePicture) -> QPainterPath:
    """What stands out in one place, or has come off; left of the middle in the picture."""
    path = QPainterPath()
    if not picture.reach:
        return path
    depth, edge, x = _DISC.height(), _DISC.bottom() - 3, 53.0
    base, head, reach = (share * depth for share in (picture.base, picture.head, picture.reach))
    if picture.gap:
        path.addEllipse(
            QPointF(x - 3, edge + picture.gap * depth + reach / 2 - 2), head / 2, reach / 2.6
        )
        return path
    path.moveTo(x - base / 2, edge - 4)
    path.lineTo(x - base / 2, edge)
    path.cubicTo(
        x - base / 2, edge + 0.3 * reach, x - 0.65 * head, edge + 0.3 * reach, x - head / 2,
        edge + 0.65 * reach,
    )  # fmt: skip
    path.cubicTo(
        x - 0.4 * head, edge + 1.1 * reach, x + 0.4 * head, edge + 1.1 * reach, x + head / 2,
        edge + 0.65 * reach,
    )  # fmt: skip
    path.cubicTo(
        x + 0.65 * head, edge + 0.3 * reach, x + base / 2, edge + 0.3 * reach, x + base / 2, edge
    )
    path.lineTo(x + base / 2, edge - 4)
    path.closeSubpath()
    return path


def _paint_canal_behind(painter: QPainter) -> None:
    """Fat, facet joints, and the sac with its roots."""
    painter.setPen(QPen(grey(CORTEX), 2.0))
    painter.setBrush(grey(T2.fat))
    painter.drawPolygon([QPointF(24, 46), QPointF(96, 46), QPointF(66, 92), QPointF(54, 92)])
    painter.setBrush(grey(T2.marrow))
    for side in (-1, 1):
        painter.drawEllipse(QPointF(60 + side * 35, 72), 11, 13)
    painter.setBrush(grey(T2.fluid))
    painter.drawPath(_sac(_SAC))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(grey(T2.roots))
    for across, along in _ROOTS[:10]:
        place = QPointF(60 + across * 20, _SAC.top() + 9 + along * 17)
        painter.drawEllipse(place, 1.5, 1.5)
