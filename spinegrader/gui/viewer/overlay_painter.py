"""Draws bodies, discs, level names and handles over the image."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

from spinegrader.gui.theme import OUTLINE, VIEWER_ACCENT, VIEWER_ALERT, VIEWER_TEXT
from spinegrader.gui.viewer.colouring import ColouringKind
from spinegrader.gui.viewer.drawing import Corners, Pattern, Stroke, draw_dot
from spinegrader.gui.viewer.framing import Framing
from spinegrader.gui.viewer.handles import draw_handles
from spinegrader.gui.viewer.kept_outlines import KeptOutlines
from spinegrader.gui.viewer.legend import draw_legend
from spinegrader.gui.viewer.name_layout import Name, disc_name_place, draw_names, name_place
from spinegrader.gui.viewer.overlay_picture import OverlayPicture
from spinegrader.gui.viewer.shapes import DiscShape, VertebraShape
from spinegrader.gui.viewer.view_painter import ViewPainter
from spinegrader.texts import translate

BODY_WIDTH = 1.3
DISC_WIDTH = 1.3
COLOURED_WIDTH = 2.0
FOCUS_WIDTH = 2.6
UNSAVED_WIDTH = 2.6
LENT_WIDTH = 1.1
FAINT = 0.55
"""Opacity away from a shape's own mid-slice."""

NAME_FAINT = 0.8

_DOT_SHARE = 0.945
"""The front of an outline that begins at the upper front corner and runs backward."""


class OverlayPainter(ViewPainter):
    """Bodies, discs, their names, handles and the legend."""

    def __init__(self) -> None:
        super().__init__()
        self._picture: OverlayPicture | None = None
        self._outlines = KeptOutlines()

    def show_picture(self, picture: OverlayPicture | None) -> None:
        """Replaces what is drawn; None draws nothing."""
        if picture is not None:
            self.cover(picture.framing.size)
        self._picture = picture
        self.update()

    def draw(self, painter: QPainter) -> None:
        """Draws bodies and discs, the focus on top, then names, handles and the legend."""
        picture = self._picture
        if picture is None:
            return
        bodies = [_on_screen(shape, picture.framing) for shape in picture.shapes.vertebrae]
        discs = [_on_screen(shape, picture.framing) for shape in picture.shapes.discs]
        self._outlines.draw(painter, _outlines(picture, bodies, discs))
        for shape, corners in zip(picture.shapes.discs, discs, strict=True):
            if shape.is_edited:
                stroke = _disc_stroke(shape, picture)
                x, y = corners[round(_DOT_SHARE * len(corners)) % len(corners)]
                draw_dot(painter, QPointF(x, y), stroke)
        draw_names(painter, _names(picture, bodies, discs), discs, picture.look.kept_free)
        draw_handles(painter, picture, bodies)
        if picture.look.shows_legend:
            edited = any(shape.is_edited for shape in picture.shapes.discs)
            draw_legend(painter, picture.look.colouring, picture.framing.size, names_dot=edited)


def _on_screen(shape: VertebraShape | DiscShape, framing: Framing) -> Corners:
    corners: Corners = [(x, y) for x, y in framing.to_screen(shape.points_mm).tolist()]
    return corners


def _outlines(
    picture: OverlayPicture, bodies: Sequence[Corners], discs: Sequence[Corners]
) -> list[tuple[Stroke, Corners]]:
    """Thin lines first: a body and its disc share an endplate, and the more telling one stays."""
    outlines = [
        (_body_stroke(shape, picture), corners)
        for shape, corners in zip(picture.shapes.vertebrae, bodies, strict=True)
    ]
    outlines += [
        (_disc_stroke(shape, picture), corners)
        for shape, corners in zip(picture.shapes.discs, discs, strict=True)
    ]
    return sorted(outlines, key=lambda outline: outline[0].width)


def _opacity(shape: VertebraShape | DiscShape, picture: OverlayPicture) -> float:
    return picture.look.opacity * (1.0 if shape.on_own_slice else FAINT)


def _name_opacity(shape: VertebraShape | DiscShape, picture: OverlayPicture) -> float:
    return min(picture.look.opacity, 1.0 if shape.on_own_slice else NAME_FAINT)


def _pattern(picture: OverlayPicture) -> Pattern:
    """Dashed while it is only proposed, dotted where it belongs to another series."""
    if picture.look.is_lent:
        return Pattern.DOTTED
    return Pattern.SOLID if picture.shapes.confirmed else Pattern.DASHED


def _body_stroke(shape: VertebraShape, picture: OverlayPicture) -> Stroke:
    """Red and dashed while it isn't saved; in its level's colour, where it has one."""
    if shape.level in picture.look.unsaved:
        return Stroke(VIEWER_ALERT, UNSAVED_WIDTH, Pattern.DASHED)
    colour = picture.look.colouring.vertebrae.get(shape.level)
    width = BODY_WIDTH if colour is None else COLOURED_WIDTH
    if picture.look.is_lent:
        width = LENT_WIDTH
    return Stroke(colour or OUTLINE, width, _pattern(picture), _opacity(shape, picture))


def _disc_stroke(shape: DiscShape, picture: OverlayPicture) -> Stroke:
    """The focus in the accent, a graded disc in its grade's colour, others plain."""
    grade = picture.look.colouring.discs.get(shape.level)
    pattern, opacity = _pattern(picture), _opacity(shape, picture)
    if shape.level == picture.look.focus:
        opacity = 1.0 if shape.on_own_slice else FAINT
        return Stroke(VIEWER_ACCENT, FOCUS_WIDTH, pattern, opacity)
    if grade is not None:
        return Stroke(grade.colour, COLOURED_WIDTH, pattern, opacity)
    width = LENT_WIDTH if picture.look.is_lent else DISC_WIDTH
    return Stroke(OUTLINE, width, pattern, opacity)


def _names(
    picture: OverlayPicture, bodies: Sequence[Corners], discs: Sequence[Corners]
) -> list[Name]:
    names = [
        _body_name(shape, corners, picture)
        for shape, corners in zip(picture.shapes.vertebrae, bodies, strict=True)
    ]
    above = dict(zip((shape.level for shape in picture.shapes.vertebrae), bodies, strict=True))
    for shape, corners in zip(picture.shapes.discs, discs, strict=True):
        grade = picture.look.colouring.discs.get(shape.level)
        body = above.get(shape.level.upper)
        if grade is not None and grade.label and body is not None:
            at, anchor = disc_name_place(corners, body)
            opacity = _name_opacity(shape, picture)
            # Dark grades' colours are too dark for letters: the outline has them.
            names.append(Name(grade.label, at, anchor, VIEWER_TEXT, bold=True, opacity=opacity))
    return names


def _body_name(shape: VertebraShape, corners: Corners, picture: OverlayPicture) -> Name:
    look = picture.look
    is_saved = shape.level not in look.unsaved
    colour = OUTLINE
    if not is_saved:
        colour = VIEWER_ALERT
    elif look.colouring.kind is ColouringKind.LEVEL:
        colour = look.colouring.vertebrae.get(shape.level, OUTLINE)
    opacity = _name_opacity(shape, picture)
    marked = picture.hot is not None and picture.hot.level == shape.level
    at, anchor = name_place(corners)
    words = [str(shape.level)]
    if shape.is_cut:
        words.append(translate("cut"))
    if not is_saved:
        words.append(translate("not saved"))
    return Name(
        " ".join(words),
        at,
        anchor,
        colour,
        bold=shape.on_own_slice,
        opacity=opacity if is_saved else 1.0,
        rank=3 if not is_saved else 2 if marked else 1,
    )
