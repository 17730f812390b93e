"""The reliability diagram of one grading: how often a model is right where it is how sure."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from spinegrader.gui.theme import tabular_font
from spinegrader.model.calibration import ReliabilityBin
from spinegrader.services.reliability_words import FEW_DISCS, bin_words
from spinegrader.texts import translate

_SIDE = 176
_LEFT, _TOP, _RIGHT = 52, 8, 14
_COUNTS_HEIGHT, _COUNTS_GAP = 26, 5
_AXIS_HEIGHT = 38
_DOT = 4.5
_TICKS = (0, 50, 100)


class ReliabilityView(QWidget):
    """A point for each bin over how sure the model was, and below how many discs it stands for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bins: tuple[ReliabilityBin, ...] = ()
        self.setFont(tabular_font())
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(translate("How often the model is right where it is how sure"))

    def show_bins(self, bins: Sequence[ReliabilityBin]) -> None:
        """Shows other points."""
        self._bins = tuple(bins)
        self.setAccessibleDescription("; ".join(map(bin_words, self._bins)))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Room for diagram, counts and axis."""
        height = _TOP + _SIDE + _COUNTS_GAP + _COUNTS_HEIGHT + _AXIS_HEIGHT
        return QSize(_LEFT + _SIDE + _RIGHT, height)

    def place_of(self, item: ReliabilityBin) -> QPointF:
        """Where a bin's point lies in the widget."""
        return self._place(item.mean_confidence, item.share_right)

    def _place(self, sure: float, right: float) -> QPointF:
        return QPointF(_LEFT + _SIDE * sure, _TOP + _SIDE * (1 - right))

    def event(self, event: object) -> bool:
        """Tells in words what a bin says, wherever the mouse rests above or below its point."""
        if isinstance(event, QHelpEvent):
            sure = (event.pos().x() - _LEFT) / _SIDE
            found = next((item for item in self._bins if item.low <= sure < item.high), None)
            QToolTip.showText(event.globalPos(), "" if found is None else bin_words(found), self)
            return True
        return super().event(event)  # type: ignore[arg-type]

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draws line, points, counts and axes."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_axes(painter)
        palette = self.palette()
        painter.setPen(
            QPen(palette.color(QPalette.ColorRole.PlaceholderText), 1.2, Qt.PenStyle.DashLine)
        )
        painter.drawLine(self._place(0, 0), self._place(1, 1))
        accent = palette.color(QPalette.ColorRole.Accent)
        painter.setPen(QPen(accent, 1.6))
        # A line to a point of few discs would show a rise or fall that isn't there.
        sound = [self.place_of(item) for item in self._bins if item.discs >= FEW_DISCS]
        painter.drawPolyline(sound)
        ground = palette.color(QPalette.ColorRole.Base)
        for item in self._bins:
            painter.setBrush(accent if item.discs >= FEW_DISCS else ground)
            painter.drawEllipse(self.place_of(item), _DOT, _DOT)
        self._draw_counts(painter)

    def _draw_axes(self, painter: QPainter) -> None:
        palette = self.palette()
        square = QRectF(_LEFT, _TOP, _SIDE, _SIDE)
        painter.fillRect(square, palette.color(QPalette.ColorRole.Base))
        painter.setPen(palette.color(QPalette.ColorRole.Mid))
        painter.drawRect(square)
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        line = self.fontMetrics().height()
        below = _TOP + _SIDE + _COUNTS_GAP + _COUNTS_HEIGHT
        for percent in _TICKS:
            place = self._place(percent / 100, percent / 100)
            beside = QRectF(0, place.y() - line / 2, _LEFT - 4, line)
            painter.drawText(beside, Qt.AlignmentFlag.AlignRight, f"{percent}")
            under = QRectF(place.x() - 20, below, 40, line)
            painter.drawText(under, Qt.AlignmentFlag.AlignHCenter, f"{percent}")
        centre = Qt.AlignmentFlag.AlignHCenter
        name = QRectF(_LEFT, below + line, _SIDE, line)
        painter.drawText(name, centre, translate("how sure, %"))
        painter.save()
        painter.translate(line, _TOP + _SIDE)
        painter.rotate(-90)
        painter.drawText(QRectF(0, -line, _SIDE, line), centre, translate("right, %"))
        painter.restore()

    def _draw_counts(self, painter: QPainter) -> None:
        """A bar for each bin, as high as its share of the discs in the fullest one."""
        most = max((item.discs for item in self._bins), default=1)
        bottom = _TOP + _SIDE + _COUNTS_GAP + _COUNTS_HEIGHT
        quiet = self.palette().color(QPalette.ColorRole.PlaceholderText)
        for item in self._bins:
            height = max(1.0, (_COUNTS_HEIGHT - 2) * item.discs / most)
            left, width = _LEFT + _SIDE * item.low, _SIDE * (item.high - item.low)
            painter.fillRect(QRectF(left + 1, bottom - height, width - 2, height), quiet)
