"""Orientation letters, scale bar and corner texts: fixed to the view, not to the image."""

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from spinegrader.gui.theme import HALO, VIEWER_SECONDARY_TEXT, VIEWER_TEXT, readable_font
from spinegrader.gui.viewer.drawing import Anchor, draw_text
from spinegrader.gui.viewer.view_painter import ViewPainter
from spinegrader.imaging.display import OrientationLetters
from spinegrader.texts import translate

RULER_LENGTHS_MM = (50, 20, 10)
_RULER_SHARE = 0.3
"""The scale bar takes up no more of the view's width than this."""

_MARGIN = 10.0
_LETTER_ROOM = 16.0
_TICK_MM = 10
_TICK_PIXELS = 5.0


@dataclass(frozen=True)
class AnnotationPicture:
    """All that is written around an image; replaced as a whole.

    Args:
        size: Width and height of the view, logical pixels.
        pixels_per_mm: Magnification, for the scale bar.
        letters: The patient's sides at the four edges.
        top_left: May name the patient; empty while identity is hidden.
        top_right: Likewise.
        bottom_left: Slice, window and zoom.
    """

    size: tuple[float, float]
    pixels_per_mm: float
    letters: OrientationLetters
    top_left: str = ""
    top_right: str = ""
    bottom_left: str = ""


def window_text(low: float, high: float) -> str:
    """Width and level of a grey window."""
    words = translate("W {width}  L {level}")
    return words.format(width=_short(high - low), level=_short((low + high) / 2))


def _short(value: float) -> str:
    """Whole numbers where they say enough, three digits otherwise."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def ruler_length_mm(pixels_per_mm: float, view_width: float) -> int | None:
    """The longest scale bar that fits; None if even the shortest would be too long."""
    room = view_width * _RULER_SHARE
    return next((mm for mm in RULER_LENGTHS_MM if mm * pixels_per_mm <= room), None)


def _outermost(anchor: Anchor) -> int:
    """Which line of a text stands at the edge, beside the orientation letter in its middle."""
    return 0 if Anchor.TOP in anchor else -1


def text_areas(picture: AnnotationPicture) -> tuple[QRectF, ...]:
    """Where the corner texts stand, a rectangle for each line, logical pixels of the view."""
    metrics = QFontMetricsF(readable_font())
    height = metrics.height()
    areas = []
    for text, at, anchor in _corner_texts(picture, metrics):
        lines = text.split("\n")
        top = at.y() if Anchor.TOP in anchor else at.y() - height * len(lines)
        for row, line in enumerate(lines):
            width = metrics.horizontalAdvance(line)
            left = at.x() if Anchor.LEFT in anchor else at.x() - width
            areas.append(QRectF(left, top + row * height, width, height))
    return tuple(areas)


def _corner_texts(
    picture: AnnotationPicture, metrics: QFontMetricsF
) -> Iterator[tuple[str, QPointF, Anchor]]:
    width, height = picture.size
    left, right = _MARGIN, width - _MARGIN
    for text, x, y, anchor in (
        (picture.top_left, left, _MARGIN, Anchor.LEFT | Anchor.TOP),
        (picture.top_right, right, _MARGIN, Anchor.RIGHT | Anchor.TOP),
        (picture.bottom_left, left, height - _MARGIN, Anchor.LEFT | Anchor.BOTTOM),
    ):
        if text:
            shown = _elided(metrics, text.split("\n"), width, beside_letter=_outermost(anchor))
            yield shown, QPointF(x, y), anchor


def _elided(metrics: QFontMetricsF, lines: list[str], width: float, *, beside_letter: int) -> str:
    """No line wider than the view, and that beside the letter no wider than up to it."""
    right = Qt.TextElideMode.ElideRight
    shown = [metrics.elidedText(line, right, width - 2 * _MARGIN) for line in lines]
    room = width / 2 - _MARGIN - _LETTER_ROOM
    shown[beside_letter] = metrics.elidedText(lines[beside_letter], right, room)
    return "\n".join(shown)


class AnnotationPainter(ViewPainter):
    """Letters, texts and the scale bar."""

    def __init__(self) -> None:
        super().__init__()
        self._picture: AnnotationPicture | None = None

    def show_picture(self, picture: AnnotationPicture | None) -> None:
        """Replaces what is drawn; None draws nothing."""
        if picture == self._picture:
            return
        if picture is not None:
            self.cover(picture.size)
        self._picture = picture
        self.update()

    def draw(self, painter: QPainter) -> None:
        """Draws letters, texts and the scale bar."""
        if self._picture is not None:
            self._draw_letters(painter, self._picture)
            self._draw_texts(painter, self._picture)
            self._draw_ruler(painter, self._picture)

    @staticmethod
    def _draw_letters(painter: QPainter, picture: AnnotationPicture) -> None:
        width, height = picture.size
        letters = picture.letters
        for text, x, y, anchor in (
            (letters.left, _MARGIN, height / 2, Anchor.LEFT),
            (letters.right, width - _MARGIN, height / 2, Anchor.RIGHT),
            (letters.top, width / 2, _MARGIN, Anchor.TOP),
            (letters.bottom, width / 2, height - _MARGIN, Anchor.BOTTOM),
        ):
            draw_text(painter, text, QPointF(x, y), anchor, colour=VIEWER_TEXT, bold=True)

    @staticmethod
    def _draw_texts(painter: QPainter, picture: AnnotationPicture) -> None:
        for text, at, anchor in _corner_texts(picture, QFontMetricsF(painter.font())):
            draw_text(painter, text, at, anchor, colour=VIEWER_TEXT)

    @staticmethod
    def _draw_ruler(painter: QPainter, picture: AnnotationPicture) -> None:
        width, height = picture.size
        length_mm = ruler_length_mm(picture.pixels_per_mm, width)
        if length_mm is None:
            return
        length = length_mm * picture.pixels_per_mm
        right = width - _MARGIN
        text = draw_text(
            painter,
            f"{length_mm} mm",
            QPointF(right, height - _MARGIN),
            Anchor.RIGHT | Anchor.BOTTOM,
            colour=VIEWER_TEXT,
        )
        base = text.top() - 4.0
        lines = [QLineF(right - length, base, right, base)]
        for mark_mm in range(0, length_mm + 1, _TICK_MM):
            x = right - mark_mm * picture.pixels_per_mm
            lines.append(QLineF(x, base, x, base - _TICK_PIXELS))
        for pen_colour, pen_width in ((QColor(HALO), 3.5), (QColor(VIEWER_SECONDARY_TEXT), 1.5)):
            pen = QPen(pen_colour, pen_width)
            pen.setCapStyle(Qt.PenCapStyle.SquareCap)
            painter.setPen(pen)
            painter.drawLines(lines)
