"""Paints two bodies, their disc and the canal in the middle sagittal plane.

Coordinates are logical pixels of a picture of 120 x 90: the origin is the middle of the disc,
x points to the back, y to the feet.
"""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QLinearGradient, QPainter, QPainterPath, QPen, QRadialGradient

from spinegrader.gui.examples.pictures import CORTEX, Endplate, Marks, MarrowChange, SagittalPicture
from spinegrader.gui.examples.strokes import closed_path, grey, mark_pen, round_pen, smooth_line

_HALF_DEPTH = 29.0
_BODY_HEIGHT = 58.0
_DISC_HEIGHT = 19.0
_CONCAVITY = 2.5
_CANAL_WIDTH = 17.0
_SHIFT = -8.0
"""The bodies stand left of the middle, so that the canal finds room."""

_FAR = 200.0
_CHANGE_DEPTH = 15.0
_PATCHES = ((-0.45, -0.25, 5.0), (0.1, 0.3, 4.0), (0.5, -0.2, 4.5), (-0.1, -0.35, 3.5))
"""Where darker patches lie in an uneven nucleus: shares of its half axes, and their radius."""


def paint_sagittal(painter: QPainter, frame: QRectF, picture: SagittalPicture) -> None:
    """Fills a frame; a slice of the usual proportions fits 120 x 90 at a zoom of 1."""
    painter.save()
    painter.setClipRect(frame)
    painter.fillRect(frame, grey(24))
    painter.translate(frame.center())
    painter.scale(picture.zoom, picture.zoom)
    slipped = picture.slip * 2 * _HALF_DEPTH
    painter.translate(_SHIFT + slipped / 2, 0)
    half = picture.height * _DISC_HEIGHT / 2
    upper, lower = _body(-slipped, half, is_upper=True), _body(0.0, half, is_upper=False)
    _paint_back(painter, picture, slipped, half)
    for body, endplate in ((upper, Endplate.UPPER), (lower, Endplate.LOWER)):
        painter.fillPath(body, grey(picture.tissue.marrow))
        if picture.change is not None and picture.change.endplate is endplate:
            _paint_change(painter, body, picture.change, half)
    disc = _disc(slipped, half)
    painter.fillPath(disc, grey(picture.annulus))
    painter.setPen(QPen(grey(CORTEX), 2.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(upper)
    painter.drawPath(lower)
    if picture.defect is not None:
        _paint_defect(painter, picture, half)
    _paint_nucleus(painter, disc, picture, slipped, half)
    _paint_marks(painter, picture, slipped, half)
    painter.restore()


def _body(shift: float, half: float, *, is_upper: bool) -> QPainterPath:
    """A body, its waist a little narrower than its endplates; ``half`` of the disc's height."""
    front, back = shift - _HALF_DEPTH, shift + _HALF_DEPTH
    away = -1.0 if is_upper else 1.0
    near, far = away * half, away * (half + _BODY_HEIGHT)
    path = QPainterPath(QPointF(front, near))
    # Only the middle of the endplate is hollow, its rim isn't.
    path.cubicTo(front + 14, near + away * 2 * _CONCAVITY, back - 14, near + away * 3, back, near)
    path.quadTo(back - 5, (near + far) / 2, back, far)
    path.lineTo(front, far)
    path.quadTo(front + 5, (near + far) / 2, front, near)
    return path


def _disc(slipped: float, half: float) -> QPainterPath:
    """Between the endplates, a little rounded at both ends."""
    front, back, reach = -_HALF_DEPTH, _HALF_DEPTH, _CONCAVITY
    path = QPainterPath(QPointF(front - slipped, -half))
    path.cubicTo(
        front - slipped + 14,
        -half - 2 * reach,
        back - slipped - 14,
        -half - 3,
        back - slipped,
        -half,
    )
    path.quadTo(back - slipped / 2 + 3, 0, back, half)
    path.cubicTo(back - 14, half + 3, front + 14, half + 2 * reach, front, half)
    path.quadTo(front - slipped / 2 - 4, 0, front - slipped, -half)
    return path


def _paint_nucleus(
    painter: QPainter, disc: QPainterPath, picture: SagittalPicture, slipped: float, half: float
) -> None:
    painter.save()
    painter.setClipPath(disc, Qt.ClipOperation.IntersectClip)
    # The nucleus lies a little behind the middle.
    painter.translate(2 - slipped / 2, 0)
    # With a lost border the grey of the nucleus runs out towards the ends of the disc.
    long = 0.72 + 0.28 * (1 - picture.border)
    painter.scale(_HALF_DEPTH * long, max(half + 1.5, 1.0))
    shade = QRadialGradient(QPointF(0, 0), 1.0)
    shade.setColorAt(0.0, grey(picture.nucleus))
    shade.setColorAt(0.15 + 0.75 * picture.border, grey(picture.nucleus))
    shade.setColorAt(1.0, grey(picture.annulus))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(shade)
    painter.drawEllipse(QPointF(0, 0), 1.0, 1.0)
    painter.restore()
    if picture.unevenness:
        _paint_unevenness(painter, disc, picture, half)


def _paint_unevenness(
    painter: QPainter, disc: QPainterPath, picture: SagittalPicture, half: float
) -> None:
    """The dark band across the nucleus, and patches."""
    painter.save()
    painter.setClipPath(disc, Qt.ClipOperation.IntersectClip)
    dark = grey(picture.annulus)
    dark.setAlphaF(picture.unevenness)
    band = smooth_line([(-17, 0.5), (-5, -0.8), (8, 0.8), (21, -0.3)])
    painter.setPen(round_pen(dark, 3.2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(band)
    painter.setPen(Qt.PenStyle.NoPen)
    dark.setAlphaF(picture.unevenness * 0.6)
    painter.setBrush(dark)
    for along, across, radius in _PATCHES:
        painter.drawEllipse(QPointF(2 + along * 21, across * 2 * half), radius, radius * 0.6)
    painter.restore()


def _paint_back(painter: QPainter, picture: SagittalPicture, slipped: float, half: float) -> None:
    """The canal with its fluid and roots; behind it fat and the spinous processes."""
    tissue = picture.tissue
    front = _HALF_DEPTH + 3

    def wall(x: float, share: float) -> list[tuple[float, float]]:
        high = x - share * slipped
        return [(high, -_FAR), (high, -half - 4), (x, half + 4), (x, _FAR)]

    behind = wall(front + _CANAL_WIDTH, 0.55)
    beyond = [(front + 150, _FAR), (front + 150, -_FAR)]
    painter.fillPath(closed_path(smooth_line(behind), beyond), grey(tissue.fat))
    for y, move in ((-half - 20, -0.55 * slipped), (half + 26, 0.0)):
        process = QRectF(front + _CANAL_WIDTH + 7 + move, y - 9, 60, 20)
        painter.setPen(QPen(grey(CORTEX), 1.5))
        painter.setBrush(grey(tissue.marrow))
        painter.drawRoundedRect(process, 6, 6)
    canal = closed_path(smooth_line(wall(front, 1.0)), list(reversed(behind)))
    painter.setPen(QPen(grey(CORTEX), 1.6))
    painter.setBrush(grey(tissue.fluid))
    painter.drawPath(canal)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(grey(tissue.roots), 1.3))
    for place in (0.5, 0.65, 0.8):
        painter.drawPath(smooth_line(wall(front + place * _CANAL_WIDTH, 1 - 0.45 * place)))


def _paint_change(painter: QPainter, body: QPainterPath, change: MarrowChange, half: float) -> None:
    """Changed marrow along the endplate; fades out into the body."""
    away = -1.0 if change.endplate is Endplate.UPPER else 1.0
    painter.save()
    painter.setClipPath(body, Qt.ClipOperation.IntersectClip)
    # The back is painted over the front: side by side, a seam would show.
    parts = [(change.front, -_HALF_DEPTH)]
    if change.back != change.front:
        parts.append((change.back, 0.0))
    for level, left in parts:
        shade = QLinearGradient(0, away * half, 0, away * (half + _CHANGE_DEPTH + 5))
        shade.setColorAt(0.0, grey(level))
        shade.setColorAt(0.75, grey(level))
        faded = grey(level)
        faded.setAlpha(0)
        shade.setColorAt(1.0, faded)
        top = min(away * half, away * (half + _CHANGE_DEPTH + 5))
        painter.fillRect(QRectF(left, top, 2 * _HALF_DEPTH, _CHANGE_DEPTH + 5), shade)
    painter.restore()


def _paint_defect(painter: QPainter, picture: SagittalPicture, half: float) -> None:
    """Disc tissue that has broken through the endplate, with an uneven dark edge."""
    away = -1.0 if picture.defect is Endplate.UPPER else 1.0
    # From the front rim of the hole over its depth to the back rim.
    points = [(-12, 1.5), (-11, 9), (-7, 8), (-3, 14), (4, 12), (7, 14), (11, 7), (13, 1.5)]
    hole = smooth_line([(x, away * (half + y)) for x, y in points])
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(grey(picture.annulus))
    inside = [(points[-1][0], away * (half - 2)), (points[0][0], away * (half - 2))]
    painter.drawPath(closed_path(hole, inside))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(grey(CORTEX), 2.6))
    painter.drawPath(hole)


def _paint_marks(painter: QPainter, picture: SagittalPicture, slipped: float, half: float) -> None:
    painter.setPen(mark_pen(picture.zoom))
    if picture.marks is Marks.HEIGHT:
        x, expected = -_HALF_DEPTH - 10, _DISC_HEIGHT / 2
        painter.drawLine(QPointF(x, -expected), QPointF(x, expected))
        for y in (-expected, expected):
            painter.drawLine(QPointF(x - 4, y), QPointF(x + 4, y))
    elif picture.marks is Marks.QUARTERS:
        for quarter in range(5):
            x = _HALF_DEPTH - quarter * _HALF_DEPTH / 2
            painter.drawLine(QPointF(x, half + 4), QPointF(x, half + 12))
        painter.setPen(mark_pen(picture.zoom, dashed=True))
        edge = _HALF_DEPTH - slipped
        painter.drawLine(QPointF(edge, -half - 14), QPointF(edge, half + 18))
