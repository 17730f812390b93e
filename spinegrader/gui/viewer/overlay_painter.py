"""Draws bodies, discs, level names and corner handles over the image."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.gui.theme import (
    OUTLINE,
    VIEWER_ACCENT,
    VIEWER_ALERT,
    readable_font,
)
from spinegrader.gui.viewer.drawing import (
    Anchor,
    Corners,
    Stroke,
    draw_handle,
    draw_text,
)
from spinegrader.gui.viewer.framing import Framing
from spinegrader.gui.viewer.kept_outlines import KeptOutlines
from spinegrader.gui.viewer.shapes import DiscShape, OverlayShapes, VertebraShape

BODY_WIDTH = 1.3
DISC_WIDTH = 1.3
GRADED_WIDTH = 2.0
FOCUS_WIDTH = 2.6
UNSAVED_WIDTH = 2.6
FAINT = 0.55
"""Opacity away from a shape's own mid-slice."""

NAME_FAINT = 0.8

_NAME_GAP = 10.0
_NAME_REACH = 8.0


@dataclass(frozen=True, eq=False)
class OverlayPicture:
    """All that the painter needs; replaced as a whole.

    Args:
        shapes: What the slice shows.
        framing: Where it is on screen.
        focus: The disc that is being read.
        colours: Of discs by grade.
        marked: The body whose corners are shown as handles.
        hot_corner: The one of them under the pointer.
        unsaved: Bodies whose place is not on the disk.
    """

    shapes: OverlayShapes
    framing: Framing
    focus: DiscLevel | None = None
    colours: Mapping[DiscLevel, QColor] = field(default_factory=dict)
    marked: VertebraLevel | None = None
    hot_corner: int | None = None
    unsaved: frozenset[VertebraLevel] = frozenset()


class OverlayPainter(QGraphicsItem):
    """Paints in logical screen pixels: lines keep their width at every zoom."""

    def __init__(self) -> None:
        super().__init__()
        self._picture: OverlayPicture | None = None
        self._bounds = QRectF()
        self._outlines = KeptOutlines()

    def show_picture(self, picture: OverlayPicture | None) -> None:
        """Replaces what is drawn; None draws nothing."""
        if picture is not None and self._bounds.size().toTuple() != picture.framing.size:
            self.prepareGeometryChange()
            self._bounds = QRectF(0, 0, *picture.framing.size)
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
        """Draws bodies, then discs, the focus on top, then names and handles."""
        del option, widget
        picture = self._picture
        if picture is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(readable_font())
        bodies = [_on_screen(shape, picture.framing) for shape in picture.shapes.vertebrae]
        discs = [_on_screen(shape, picture.framing) for shape in picture.shapes.discs]
        outlines = [
            (_body_stroke(shape, picture), corners)
            for shape, corners in zip(picture.shapes.vertebrae, bodies, strict=True)
        ]
        outlines += sorted(
            (
                (_disc_stroke(shape, picture), corners)
                for shape, corners in zip(picture.shapes.discs, discs, strict=True)
            ),
            key=lambda outline: outline[0].width,
        )
        self._outlines.draw(painter, outlines)
        for shape, corners in zip(picture.shapes.vertebrae, bodies, strict=True):
            _draw_name(painter, shape, corners, is_saved=shape.level not in picture.unsaved)
            if shape.level == picture.marked:
                for index, (x, y) in enumerate(corners):
                    hot = index == picture.hot_corner
                    draw_handle(painter, QPointF(x, y), QColor(OUTLINE), hot=hot)


def _on_screen(shape: VertebraShape | DiscShape, framing: Framing) -> Corners:
    corners: Corners = [(x, y) for x, y in framing.to_screen(shape.points_mm).tolist()]
    return corners


def _opacity(shape: VertebraShape | DiscShape) -> float:
    return 1.0 if shape.on_own_slice else FAINT


def _body_stroke(shape: VertebraShape, picture: OverlayPicture) -> Stroke:
    """Dashed while it is only proposed; dashed and red while it isn't saved."""
    if shape.level in picture.unsaved:
        return Stroke(VIEWER_ALERT, UNSAVED_WIDTH, dashed=True)
    return Stroke(OUTLINE, BODY_WIDTH, not picture.shapes.confirmed, _opacity(shape))


def _disc_stroke(shape: DiscShape, picture: OverlayPicture) -> Stroke:
    """The focus in the accent, a graded disc in its grade's colour, others plain."""
    colour, width = OUTLINE, DISC_WIDTH
    grade_colour = picture.colours.get(shape.level)
    if shape.level == picture.focus:
        colour, width = VIEWER_ACCENT, FOCUS_WIDTH
    elif grade_colour is not None:
        colour, width = grade_colour.name(), GRADED_WIDTH
    return Stroke(colour, width, not picture.shapes.confirmed, _opacity(shape))


def _draw_name(
    painter: QPainter, shape: VertebraShape, corners: Corners, *, is_saved: bool
) -> None:
    place, anchor = name_place(corners)
    draw_text(
        painter,
        str(shape.level) if is_saved else f"{shape.level} not saved",
        place,
        anchor,
        colour=OUTLINE if is_saved else VIEWER_ALERT,
        bold=shape.on_own_slice,
        opacity=1.0 if shape.on_own_slice else NAME_FAINT,
    )


def name_place(corners: Corners) -> tuple[QPointF, Anchor]:
    """Where a level's name stands: before the front edge, clear of the body.

    Args:
        corners: In the order of `Vertebra.corners_mm`, logical screen pixels.
    """
    (front_x, front_y), (back_x, back_y) = (
        ((corners[a][0] + corners[b][0]) / 2, (corners[a][1] + corners[b][1]) / 2)
        for a, b in ((0, 3), (1, 2))
    )
    backward = back_x - front_x, back_y - front_y
    y = front_y - backward[1] / max(math.hypot(*backward), 1e-6) * _NAME_GAP
    # A tilted front edge must not run into the name's upper or lower corner.
    edge = [_edge_x(corners[0], corners[3], at) for at in (y - _NAME_REACH, y + _NAME_REACH)]
    if backward[0] >= 0:
        return QPointF(min(edge) - _NAME_GAP, y), Anchor.RIGHT
    return QPointF(max(edge) + _NAME_GAP, y), Anchor.LEFT


def _edge_x(start: tuple[float, float], end: tuple[float, float], y: float) -> float:
    """Where the line between two corners is at a height; beyond them, the nearer corner."""
    rise = end[1] - start[1]
    share = 0.5 if rise == 0 else min(max((y - start[1]) / rise, 0.0), 1.0)
    return start[0] + (end[0] - start[0]) * share
