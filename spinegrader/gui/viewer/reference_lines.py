"""Lines that show where the slices of other images cut the one on screen."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from spinegrader.domain.geometry import Point
from spinegrader.gui.theme import HALO, REFERENCE_LINE
from spinegrader.gui.viewer.drawing import Anchor, draw_text
from spinegrader.gui.viewer.framing import Framing
from spinegrader.gui.viewer.slice_plane import SlicePlane
from spinegrader.gui.viewer.view_painter import ViewPainter

_WIDTH = 1.5
_HALO_WIDTH = 3.5
_HALO_OPACITY = 0.5
_GAP = 4.0
_LETTER_ROOM = 32.0


@dataclass(frozen=True)
class ReferenceLine:
    """Where another slice cuts this one.

    Args:
        start_mm, end_mm: Both ends, LPS millimetres.
        label: Which slice it is, such as “axial 12”; empty for a neighbour of that one, which is
            drawn fainter.
    """

    start_mm: Point
    end_mm: Point
    label: str = ""


class ReferenceLinePainter(ViewPainter):
    """Named lines solid, the others faint; below the overlay."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[tuple[QLineF, str]] = []

    def show_lines(
        self, lines: Sequence[ReferenceLine], plane: SlicePlane | None, framing: Framing
    ) -> None:
        """Replaces what is drawn; without a plane there is nothing to draw on."""
        if not lines and not self._lines:
            return
        self.cover(framing.size)
        self._lines = [] if plane is None else [_on_screen(line, plane, framing) for line in lines]
        self.update()

    def draw(self, painter: QPainter) -> None:
        """Draws all lines, then the names over them."""
        for line, label in self._lines:
            _draw(painter, line, is_named=bool(label))
        for line, label in self._lines:
            if label:
                self._draw_label(painter, line, label)

    def _draw_label(self, painter: QPainter, line: QLineF, label: str) -> None:
        at = self._label_place(line)
        draw_text(painter, label, at, Anchor.LEFT | Anchor.BOTTOM, colour=REFERENCE_LINE)

    def _label_place(self, line: QLineF) -> QPointF:
        """At the left end of a line, the upper end of a steep one.

        Where the view cuts the line off, the label leaves room for the orientation letter.
        """
        if abs(line.dy()) > abs(line.dx()):
            y = max(min(line.y1(), line.y2()), self._bounds.top()) + _LETTER_ROOM
            return QPointF(line.x1() + (y - line.y1()) / line.dy() * line.dx() + 3 * _GAP, y)
        x = max(min(line.x1(), line.x2()) + _GAP, self._bounds.left() + _LETTER_ROOM)
        return QPointF(x, line.y1() + (x - line.x1()) / (line.dx() or 1.0) * line.dy() - _GAP)


def _on_screen(line: ReferenceLine, plane: SlicePlane, framing: Framing) -> tuple[QLineF, str]:
    (x1, y1), (x2, y2) = framing.to_screen(plane.to_plane([line.start_mm, line.end_mm]))
    return QLineF(float(x1), float(y1), float(x2), float(y2)), line.label


def _draw(painter: QPainter, line: QLineF, *, is_named: bool) -> None:
    for name, width, opacity in (
        (HALO, _HALO_WIDTH, _HALO_OPACITY),
        (REFERENCE_LINE, _WIDTH, 1.0),
    ):
        colour = QColor(name)
        colour.setAlphaF(opacity if is_named else opacity * 0.35)
        pen = QPen(colour, width if is_named else 1.0)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.drawLine(line)
