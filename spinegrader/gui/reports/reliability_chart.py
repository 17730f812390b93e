"""Reliability diagrams drawn on a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, Qt

from spinegrader.gui.reports.canvas import ACCENT, BOLD, QUIET, RULE, Canvas
from spinegrader.model.calibration import ReliabilityBin
from spinegrader.services.reliability_words import FEW_DISCS
from spinegrader.texts import translate

_GAP_MM = 6.0
_AXIS_MM = 11.0
_SIDE_MM = 42.0
_COUNTS_MM = 7.0
_AIR_MM = 1.5
_TICKS = (0.0, 0.5, 1.0)
_CENTRED, _RIGHT = Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight


@dataclass(frozen=True)
class Reliability:
    """One diagram.

    Args:
        title: Of the grading.
        words: What it says on the whole.
        bins: Its points.
    """

    title: str
    words: str
    bins: Sequence[ReliabilityBin]


@dataclass(frozen=True)
class Reliabilities:
    """Two diagrams at most, beside each other."""

    charts: Sequence[Reliability]

    def height_mm(self, canvas: Canvas) -> float:
        """Of the one with the longest words."""
        return self._head_mm(canvas) + _SIDE_MM + _AIR_MM + _COUNTS_MM + 2 * self._line_mm(canvas)

    def draw(self, canvas: Canvas, top_mm: float) -> None:
        """Draws titles, words and diagrams."""
        for place, chart in enumerate(self.charts):
            left = place * (canvas.width_mm + _GAP_MM) / 2
            width = self._width_mm(canvas)
            canvas.text(QRectF(left, top_mm, width, 0), chart.title, BOLD)
            below = top_mm + canvas.text_height_mm(chart.title, width, BOLD)
            canvas.text(QRectF(left, below, width, 0), chart.words, QUIET)
            top = top_mm + self._head_mm(canvas)
            self._draw_axes(canvas, left, top)
            self._draw_points(canvas, chart.bins, left + _AXIS_MM, top)

    def _width_mm(self, canvas: Canvas) -> float:
        return (canvas.width_mm - _GAP_MM) / 2

    def _line_mm(self, canvas: Canvas) -> float:
        return canvas.text_height_mm("X", canvas.width_mm, QUIET)

    def _head_mm(self, canvas: Canvas) -> float:
        width = self._width_mm(canvas)
        heights = (
            canvas.text_height_mm(chart.title, width, BOLD)
            + canvas.text_height_mm(chart.words, width, QUIET)
            for chart in self.charts
        )
        return max(heights) + 2.5

    def _draw_axes(self, canvas: Canvas, left: float, top: float) -> None:
        square = QRectF(left + _AXIS_MM, top, _SIDE_MM, _SIDE_MM)
        canvas.frame(square)
        line, below = self._line_mm(canvas), square.bottom() + _AIR_MM + _COUNTS_MM
        for tick in _TICKS:
            x, y = square.left() + tick * _SIDE_MM, square.bottom() - tick * _SIDE_MM
            canvas.text(
                QRectF(left, y - line / 2, _AXIS_MM - 1, 0), f"{100 * tick:.0f}", QUIET, _RIGHT
            )
            canvas.text(QRectF(x - 8, below, 16, 0), f"{100 * tick:.0f}", QUIET, _CENTRED)
        name = QRectF(square.left(), below + line, _SIDE_MM, 0)
        canvas.text(name, translate("how sure, %"), QUIET, _CENTRED)
        beside = QRectF(
            square.right() + 2, top, self._width_mm(canvas) - _AXIS_MM - _SIDE_MM - 2, 0
        )
        canvas.text(beside, translate("up: right, %"), QUIET)
        canvas.line(square.bottomLeft(), square.topRight(), RULE, 0.3)

    def _draw_points(
        self, canvas: Canvas, bins: Sequence[ReliabilityBin], left: float, top: float
    ) -> None:
        bottom = top + _SIDE_MM
        points = [
            QPointF(left + item.mean_confidence * _SIDE_MM, bottom - item.share_right * _SIDE_MM)
            for item in bins
        ]
        # A line to a point of few discs would show a rise or fall that isn't there.
        sound = [point for item, point in zip(bins, points, strict=True) if item.discs >= FEW_DISCS]
        for here, there in pairwise(sound):
            canvas.line(here, there, ACCENT, 0.4)
        for item, point in zip(bins, points, strict=True):
            canvas.dot(point, 1.0, ACCENT, is_hollow=item.discs < FEW_DISCS)
        most = max(item.discs for item in bins)
        for item in bins:
            height = max(0.2, _COUNTS_MM * item.discs / most)
            width = (item.high - item.low) * _SIDE_MM
            box = QRectF(
                left + item.low * _SIDE_MM, bottom + _AIR_MM + _COUNTS_MM - height, width, height
            )
            canvas.fill(box.adjusted(0.2, 0, -0.2, 0), QUIET.colour)
