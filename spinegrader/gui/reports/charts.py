"""Figures with their intervals, and confusion matrices, drawn on a page."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor

from spinegrader.gui.reports.canvas import ACCENT, BODY, BOLD, INK, QUIET, RULE, Canvas, Face
from spinegrader.texts import translate

_ROW_MM = 6.5
_AXIS_MM = 6.0
_NAME_MM = 48.0
_NUMBERS_MM = 40.0
_TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)

_LABEL_MM = 22.0
_CELL_MM = 13.0
_CELL_HEIGHT_MM = 7.0
_MATRIX_GAP_MM = 6.0
_DEEPEST = 0.45
"""Of the accent on white: letters on it still read."""

_SMALL = Face(9.0)


@dataclass(frozen=True)
class IntervalLine:
    """One figure with its interval on the scale from 0 to 1.

    Args:
        name: Of what.
        value: None where it isn't defined.
        interval: 95 %; None likewise.
    """

    name: str
    value: float | None
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Intervals:
    """Figures below each other on one scale; a negative one stands at its left edge."""

    lines: Sequence[IntervalLine]

    def height_mm(self, canvas: Canvas) -> float:
        """A row each, and the axis."""
        del canvas
        return _ROW_MM * len(self.lines) + _AXIS_MM

    def draw(self, canvas: Canvas, top_mm: float) -> None:
        """Draws the scale, then dots on their lines, with the numbers beside."""
        bottom = top_mm + _ROW_MM * len(self.lines)
        for tick in _TICKS:
            x = self._x(canvas, tick)
            canvas.line(QPointF(x, top_mm), QPointF(x, bottom), RULE, 0.1)
            box = QRectF(x - 8, bottom + 0.8, 16, 0)
            canvas.text(box, f"{tick:.1f}", QUIET, Qt.AlignmentFlag.AlignHCenter)
        for place, line in enumerate(self.lines):
            self._draw_line(canvas, line, top_mm + _ROW_MM * place)

    def _draw_line(self, canvas: Canvas, line: IntervalLine, top: float) -> None:
        canvas.text(QRectF(1, top + 1, _NAME_MM - 2, 0), line.name, BODY)
        numbers = QRectF(canvas.width_mm - _NUMBERS_MM, top + 1, _NUMBERS_MM, 0)
        canvas.text(numbers, figure_text(line.value, line.interval), BODY)
        middle = top + _ROW_MM / 2
        if line.interval is not None:
            low, high = (self._x(canvas, end) for end in line.interval)
            canvas.line(QPointF(low, middle), QPointF(high, middle), ACCENT, 0.7)
        if line.value is not None:
            canvas.dot(QPointF(self._x(canvas, line.value), middle), 1.1, INK)

    def _x(self, canvas: Canvas, value: float) -> float:
        width = canvas.width_mm - _NAME_MM - _NUMBERS_MM - 8
        return _NAME_MM + min(max(value, 0.0), 1.0) * width


@dataclass(frozen=True)
class Matrix:
    """A confusion matrix.

    Args:
        title: Of the grading.
        labels: Of the classes.
        counts: Rows are the reader's classes, columns the model's.
    """

    title: str
    labels: Sequence[str]
    counts: Sequence[Sequence[int]]


@dataclass(frozen=True)
class Matrices:
    """Two confusion matrices at most, beside each other."""

    matrices: Sequence[Matrix]

    def height_mm(self, canvas: Canvas) -> float:
        """Of the one with most classes."""
        return max(
            _title_mm(canvas) + self._head_mm(canvas, matrix) + _CELL_HEIGHT_MM * len(matrix.labels)
            for matrix in self.matrices
        )

    def draw(self, canvas: Canvas, top_mm: float) -> None:
        """Draws titles, names of classes and cells, deeper where a larger part of the row is."""
        for place, matrix in enumerate(self.matrices):
            left = place * (canvas.width_mm + _MATRIX_GAP_MM) / 2
            width = (canvas.width_mm - _MATRIX_GAP_MM) / 2
            canvas.text(QRectF(left, top_mm, width, 0), matrix.title, BOLD)
            self._draw_names(canvas, matrix, left, top_mm + _title_mm(canvas))
            cells_top = top_mm + _title_mm(canvas) + self._head_mm(canvas, matrix)
            self._draw_cells(canvas, matrix, left + _LABEL_MM, cells_top)

    def _head_mm(self, canvas: Canvas, matrix: Matrix) -> float:
        heights = [
            canvas.text_height_mm(label, _CELL_MM, canvas.fitted(label, _CELL_MM, _SMALL))
            for label in matrix.labels
        ]
        return max(heights) + 1.0

    def _draw_names(self, canvas: Canvas, matrix: Matrix, left: float, top: float) -> None:
        cells_top = top + self._head_mm(canvas, matrix)
        for at, label in enumerate(matrix.labels):
            head = QRectF(left + _LABEL_MM + at * _CELL_MM, top, _CELL_MM, 0)
            face = canvas.fitted(label, _CELL_MM, _SMALL)
            canvas.text(head, label, face, Qt.AlignmentFlag.AlignHCenter)
            row = QRectF(left, cells_top + at * _CELL_HEIGHT_MM + 1.4, _LABEL_MM - 1.5, 0)
            face = canvas.fitted(label, _LABEL_MM - 1.5, _SMALL)
            canvas.text(row, label, face, Qt.AlignmentFlag.AlignRight)

    def _draw_cells(self, canvas: Canvas, matrix: Matrix, left: float, top: float) -> None:
        for at, counts in enumerate(matrix.counts):
            whole = max(sum(counts), 1)
            for column, count in enumerate(counts):
                box = QRectF(
                    left + column * _CELL_MM,
                    top + at * _CELL_HEIGHT_MM,
                    _CELL_MM,
                    _CELL_HEIGHT_MM,
                )
                canvas.fill(box, _shade(count / whole))
                canvas.frame(box)
                face = Face(9.0, is_bold=at == column)
                inner = box.adjusted(0, 1.4, 0, 0)
                canvas.text(inner, str(count), face, Qt.AlignmentFlag.AlignHCenter)


def figure_text(value: float | None, interval: tuple[float, float] | None) -> str:
    """Two digits, with the ends of the interval; “not defined” where there is no figure."""
    if value is None:
        return translate("not defined")
    if interval is None:
        return f"{value:.2f}"
    return f"{value:.2f} ({interval[0]:.2f}–{interval[1]:.2f})"


def _title_mm(canvas: Canvas) -> float:
    return canvas.text_height_mm("X", canvas.width_mm, BOLD) + 1.5


def _shade(share: float) -> str:
    """The accent on white, deeper for a larger share."""
    accent = QColor(ACCENT)
    depth = _DEEPEST * share
    channels = (accent.red(), accent.green(), accent.blue())
    return QColor(*(round(255 + (value - 255) * depth) for value in channels)).name()
