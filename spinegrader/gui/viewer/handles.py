"""Draws what can be taken hold of, and the text beside the pointer while it is held."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import FloatArray
from spinegrader.gui.theme import OUTLINE, VIEWER_ACCENT, VIEWER_TEXT
from spinegrader.gui.viewer.drawing import (
    Anchor,
    Corners,
    Pattern,
    Stroke,
    draw_handle,
    draw_line,
    draw_text,
)
from spinegrader.gui.viewer.grips import Grip, GripKind, rotation_handle
from spinegrader.gui.viewer.overlay_picture import OverlayPicture

_HOT_EDGE = Stroke(OUTLINE, 3.4)
_STALK = Stroke(OUTLINE, 1.3, Pattern.DASHED)
_READOUT_OFFSET = QPointF(18, -18)
_READOUT_ROOM = 150.0


def draw_handles(painter: QPainter, picture: OverlayPicture, bodies: Sequence[Corners]) -> None:
    """Draws handles of the marked body and of the disc that is drawn, and the read-out.

    Args:
        painter: In logical screen pixels, with the font set.
        picture: What is shown.
        bodies: Corners of the picture's vertebrae on screen, in their order.
    """
    look, hot = picture.look, picture.hot
    marked = hot.level if hot is not None and isinstance(hot.level, VertebraLevel) else None
    for shape, corners in zip(picture.shapes.vertebrae, bodies, strict=True):
        if look.is_lent or shape.level not in (marked, look.selected):
            continue
        own = hot if hot is not None and hot.level == shape.level else None
        if shape.level == look.selected:
            _draw_rotation(painter, corners, own)
        _draw_body_handles(painter, corners, own)
    if picture.handles_mm is not None:
        index = hot.index if hot is not None and hot.kind is GripKind.OUTLINE else None
        _draw_outline_handles(painter, picture.framing.to_screen(picture.handles_mm), index)
    if picture.readout is not None:
        _draw_readout(painter, *picture.readout, picture.framing.size)


def _draw_body_handles(painter: QPainter, corners: Corners, hot: Grip | None) -> None:
    if hot is not None and hot.kind is GripKind.EDGE:
        start, end = corners[hot.index], corners[(hot.index + 1) % 4]
        draw_line(painter, _HOT_EDGE, QPointF(*start), QPointF(*end))
    for index, (x, y) in enumerate(corners):
        is_hot = hot is not None and hot.kind is GripKind.CORNER and hot.index == index
        draw_handle(painter, QPointF(x, y), QColor(OUTLINE), hot=is_hot)


def _draw_rotation(painter: QPainter, corners: Corners, hot: Grip | None) -> None:
    start, end = rotation_handle(np.asarray(corners))
    draw_line(painter, _STALK, start, end)
    is_hot = hot is not None and hot.kind is GripKind.ROTATION
    draw_handle(painter, end, QColor(OUTLINE), hot=is_hot)


def _draw_outline_handles(painter: QPainter, places: FloatArray, hot: int | None) -> None:
    for index, (x, y) in enumerate(places.tolist()):
        draw_handle(painter, QPointF(x, y), QColor(VIEWER_ACCENT), hot=index == hot, small=True)


def _draw_readout(painter: QPainter, text: str, at: QPointF, size: tuple[float, float]) -> None:
    """Right of the pointer and above it, or left of it where the view ends."""
    right = at.x() + _READOUT_ROOM < size[0]
    offset = _READOUT_OFFSET if right else QPointF(-_READOUT_OFFSET.x(), _READOUT_OFFSET.y())
    anchor = Anchor.LEFT if right else Anchor.RIGHT
    draw_text(painter, text, at + offset, anchor, colour=VIEWER_TEXT, bold=True)
