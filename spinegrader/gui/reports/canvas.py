"""A4 pages that are drawn on in millimetres."""

from dataclasses import dataclass, replace

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QIODevice,
    QLineF,
    QMarginsF,
    QPointF,
    QRectF,
    QSizeF,
    Qt,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPen,
    QTextOption,
)

from spinegrader import __version__
from spinegrader.gui.theme import LIGHT_COLOURS, readable_font

_DOTS_PER_INCH = 600
_MM_PER_INCH = 25.4
_MARGINS_MM = QMarginsF(15, 14, 15, 12)

_LEAST_POINTS = 7.0

INK = LIGHT_COLOURS.text
QUIET_INK = LIGHT_COLOURS.secondary_text
RULE = LIGHT_COLOURS.border
SHADE = LIGHT_COLOURS.window
ACCENT = LIGHT_COLOURS.accent


@dataclass(frozen=True)
class Face:
    """How letters look: size in points, weight, colour as #rrggbb."""

    points: float = 9.5
    is_bold: bool = False
    colour: str = INK


BODY = Face()
BOLD = Face(is_bold=True)
QUIET = Face(9.0, colour=QUIET_INK)
HEADING = Face(12.0, is_bold=True)
TITLE = Face(16.0, is_bold=True)


class Canvas:
    """The pages of one PDF; lengths and places are millimetres within the margins.

    Args:
        title: What programs that show the file call it; never a patient's name.
    """

    def __init__(self, title: str) -> None:
        self._content = QByteArray()
        self._buffer = QBuffer(self._content)
        self._buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        self._writer = QPdfWriter(self._buffer)
        self._writer.setResolution(_DOTS_PER_INCH)
        self._writer.setTitle(title)
        self._writer.setCreator(f"SpineGrader {__version__}")
        layout = QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4),
            QPageLayout.Orientation.Portrait,
            _MARGINS_MM,
            QPageLayout.Unit.Millimeter,
        )
        self._writer.setPageLayout(layout)
        size = layout.paintRect(QPageLayout.Unit.Millimeter).size()
        self.width_mm, self.height_mm = size.width(), size.height()
        self._family = readable_font().families()
        self.painter = QPainter(self._writer)
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)

    def finish(self) -> bytes:
        """Ends drawing and gives the file's content."""
        self.painter.end()
        self._buffer.close()
        return bytes(self._content.data())

    def new_page(self) -> None:
        """What is drawn from now on stands on another page."""
        self._writer.newPage()

    # -- text -------------------------------------------------------------------------------

    def text_height_mm(self, text: str, width_mm: float, face: Face = BODY) -> float:
        """How high a text is that is broken into lines of some width."""
        self.painter.setFont(self._font(face))
        box = QRectF(0, 0, self._dots(width_mm), 1e6)
        # A text without letters still takes a line.
        height = self.painter.boundingRect(box, text or " ", _broken_into_lines()).height()
        return height / _DOTS_PER_INCH * _MM_PER_INCH

    def fitted(self, text: str, width_mm: float, face: Face) -> Face:
        """The face, smaller where a word would be broken by the width."""
        while face.points > _LEAST_POINTS and any(
            self._word_mm(word, face) > width_mm for word in text.split()
        ):
            face = replace(face, points=face.points - 0.5)
        return face

    def _word_mm(self, word: str, face: Face) -> float:
        metrics = QFontMetricsF(self._font(face), self._writer)
        return metrics.horizontalAdvance(word) / _DOTS_PER_INCH * _MM_PER_INCH

    def text(
        self,
        box_mm: QRectF,
        text: str,
        face: Face = BODY,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> None:
        """Writes a text from the top of a box down, broken into lines of its width."""
        self.painter.setFont(self._font(face))
        self.painter.setPen(QColor(face.colour))
        # As high as it comes: Qt cuts off what its box doesn't hold.
        box = self._box(QRectF(box_mm.x(), box_mm.y(), box_mm.width(), self.height_mm))
        self.painter.drawText(box, text, _broken_into_lines(align))

    def _font(self, face: Face) -> QFont:
        font = QFont()
        font.setFamilies(self._family)
        font.setPointSizeF(face.points)
        font.setBold(face.is_bold)
        # Else who searches the file for a word with “fi” doesn't find it.
        font.setFeature(QFont.Tag("liga"), 0)
        return font

    # -- shapes -----------------------------------------------------------------------------

    def fill(self, box_mm: QRectF, colour: str) -> None:
        """Fills a box."""
        self.painter.fillRect(self._box(box_mm), QColor(colour))

    def line(
        self, start_mm: QPointF, end_mm: QPointF, colour: str = RULE, width_mm: float = 0.2
    ) -> None:
        """Draws a straight line."""
        self.painter.setPen(QPen(QColor(colour), self._dots(width_mm)))
        self.painter.drawLine(QLineF(self._dots_of(start_mm), self._dots_of(end_mm)))

    def dot(
        self, centre_mm: QPointF, radius_mm: float, colour: str = INK, *, is_hollow: bool = False
    ) -> None:
        """Draws a circle, filled with its colour or with white."""
        self.painter.setPen(
            QPen(QColor(colour), self._dots(0.3)) if is_hollow else Qt.PenStyle.NoPen
        )
        self.painter.setBrush(QColor("white" if is_hollow else colour))
        radius = self._dots(radius_mm)
        self.painter.drawEllipse(self._dots_of(centre_mm), radius, radius)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)

    def frame(self, box_mm: QRectF, colour: str = RULE) -> None:
        """Draws the edge of a box."""
        self.painter.setPen(QPen(QColor(colour), self._dots(0.2)))
        self.painter.drawRect(self._box(box_mm))

    def image(self, box_mm: QRectF, image: QImage) -> None:
        """Draws a picture that fills a box."""
        self.painter.drawImage(self._box(box_mm), image)

    def _box(self, box_mm: QRectF) -> QRectF:
        corner, size = box_mm.topLeft(), box_mm.size()
        return QRectF(
            self._dots_of(corner), QSizeF(self._dots(size.width()), self._dots(size.height()))
        )

    def _dots_of(self, place_mm: QPointF) -> QPointF:
        return QPointF(self._dots(place_mm.x()), self._dots(place_mm.y()))

    def _dots(self, length_mm: float) -> float:
        return length_mm / _MM_PER_INCH * _DOTS_PER_INCH


def _broken_into_lines(align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft) -> QTextOption:
    """Between words; within one that is longer than the line."""
    option = QTextOption(align | Qt.AlignmentFlag.AlignTop)
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    return option
