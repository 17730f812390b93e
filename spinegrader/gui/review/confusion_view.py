"""The confusion matrix of one grading; a click or Enter on a cell asks for its discs."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from spinegrader.domain.scheme import Grading
from spinegrader.gui.theme import tabular_font, text_colour_on
from spinegrader.services.wording import counted
from spinegrader.texts import translate

_CELL = QSize(40, 24)
_MARGIN_LEFT = 58
_MARGIN_TOP = 40
_STEPS = {
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}


class ConfusionView(QWidget):
    """Rows are one side's grades, columns the other's; agreements lie on the diagonal.

    The arrow keys go from cell to cell, and Enter asks for the discs of the one in focus.
    """

    cell_clicked = Signal(int, int)
    """The digits of a cell that isn't empty: that of its row, that of its column."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grading: Grading | None = None
        self._counts: list[list[int]] = []
        self._marked: tuple[int, int] | None = None
        self._current = (0, 0)
        self._sides = (translate("reader"), translate("model"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFont(tabular_font())
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(translate("Confusion matrix"))

    def set_sides(self, rows: str, columns: str) -> None:
        """Whose grades the rows and the columns are; reader and model at first."""
        self._sides = (rows, columns)
        self.setAccessibleDescription(self._words())
        self.update()

    def show_matrix(self, grading: Grading | None, counts: Sequence[Sequence[int]]) -> None:
        """Shows another matrix; None for no grading."""
        self._grading = grading
        self._counts = [list(row) for row in counts]
        self._marked = None
        if max(self._current) >= len(self._counts):
            self._current = (0, 0)
        self.setAccessibleDescription(self._words())
        self.updateGeometry()
        self.update()

    def mark(self, cell: tuple[int, int] | None) -> None:
        """Frames the cell of a reader's and a model's digit."""
        self._marked = cell
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Room for all cells and their names."""
        count = len(self._counts)
        return QSize(
            _MARGIN_LEFT + count * _CELL.width() + 8, _MARGIN_TOP + count * _CELL.height() + 4
        )

    def cell_area(self, reference: int, predicted: int) -> QRectF:
        """Where a cell lies in the widget."""
        values = () if self._grading is None else self._grading.values
        row, column = values.index(reference), values.index(predicted)
        return self._area(row, column)

    def _area(self, row: int, column: int) -> QRectF:
        left = _MARGIN_LEFT + column * _CELL.width()
        top = _MARGIN_TOP + row * _CELL.height()
        return QRectF(left, top, _CELL.width(), _CELL.height())

    def _cell_at(self, place: QPoint) -> tuple[int, int] | None:
        row = (place.y() - _MARGIN_TOP) // _CELL.height()
        column = (place.x() - _MARGIN_LEFT) // _CELL.width()
        count = len(self._counts)
        return (row, column) if 0 <= row < count and 0 <= column < count else None

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Asks for the discs of the cell."""
        cell = self._cell_at(event.position().toPoint())
        if cell is not None:
            self._current = cell
            self.update()
            self._ask(cell)

    def _ask(self, cell: tuple[int, int]) -> None:
        if self._grading is not None and self._counts[cell[0]][cell[1]]:
            values = self._grading.values
            self.cell_clicked.emit(values[cell[0]], values[cell[1]])

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Arrows go from cell to cell; Enter asks for the discs."""
        step = _STEPS.get(Qt.Key(event.key()))
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._counts:
            self._ask(self._current)
        elif step is not None and self._counts:
            last = len(self._counts) - 1
            row, column = (self._current[0] + step[0], self._current[1] + step[1])
            self._current = (min(max(row, 0), last), min(max(column, 0), last))
            self.setAccessibleDescription(f"{self._cell_words(*self._current)}; {self._words()}")
            self.update()
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """A hand where there is something to click."""
        cell = self._cell_at(event.position().toPoint())
        can_click = cell is not None and self._counts[cell[0]][cell[1]] > 0
        shape = Qt.CursorShape.PointingHandCursor if can_click else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)

    def event(self, event: object) -> bool:
        """Says in words what a cell counts."""
        if isinstance(event, QHelpEvent) and self._grading is not None:
            cell = self._cell_at(event.pos())
            if cell is not None:
                QToolTip.showText(event.globalPos(), self._cell_words(*cell), self)
                return True
        return super().event(event)  # type: ignore[arg-type]

    def _cell_words(self, row: int, column: int) -> str:
        if self._grading is None:
            return ""
        labels = [f"{item.value} {item.label}" for item in self._grading.classes]
        discs = counted(self._counts[row][column], "disc", "discs")
        rows, columns = self._sides
        return translate("{discs}: {rows} {row}, {columns} {column}").format(
            discs=discs, rows=rows, row=labels[row], columns=columns, column=labels[column]
        )

    def _words(self) -> str:
        count = range(len(self._counts))
        return "; ".join(
            self._cell_words(row, column)
            for row in count
            for column in count
            if self._counts[row][column]
        )

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draws names, counts, and the strength of each cell within its row."""
        del event
        if self._grading is None:
            return
        painter = QPainter(self)
        self._draw_names(painter)
        for row, counts in enumerate(self._counts):
            total = sum(counts)
            for column, count in enumerate(counts):
                self._draw_cell(painter, row, column, count / total if total else 0.0, count)

    def _draw_names(self, painter: QPainter) -> None:
        grading = self._grading
        if grading is None:
            return
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        width = len(self._counts) * _CELL.width()
        centre = Qt.AlignmentFlag.AlignCenter
        metrics, cut = QFontMetrics(self.font()), Qt.TextElideMode.ElideRight
        rows, columns = self._sides
        columns = metrics.elidedText(columns, cut, width)
        painter.drawText(QRectF(_MARGIN_LEFT, 0, width, 20), centre, columns)
        painter.save()
        painter.translate(0, _MARGIN_TOP + len(self._counts) * _CELL.height())
        painter.rotate(-90)
        area = QRectF(0, 0, len(self._counts) * _CELL.height(), 20)
        painter.drawText(area, centre, metrics.elidedText(rows, cut, round(area.width())))
        painter.restore()
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        for index, item in enumerate(grading.classes):
            column = self._area(0, index)
            painter.drawText(QRectF(column.left(), 20, column.width(), 20), centre, str(item.value))
            row = self._area(index, 0)
            painter.drawText(QRectF(24, row.top(), 28, row.height()), centre, str(item.value))

    def _draw_cell(
        self, painter: QPainter, row: int, column: int, share: float, count: int
    ) -> None:
        area = self._area(row, column).adjusted(1, 1, -1, -1)
        palette = self.palette()
        empty = palette.color(QPalette.ColorRole.Base)
        fill = _between(empty, palette.color(QPalette.ColorRole.Accent), 0.75 * share)
        painter.fillRect(area, fill if count else empty)
        values = () if self._grading is None else self._grading.values
        is_marked = self._marked == (values[row], values[column])
        if row == column or is_marked:
            role = QPalette.ColorRole.Accent if is_marked else QPalette.ColorRole.PlaceholderText
            painter.setPen(palette.color(role))
            painter.drawRect(area.adjusted(0, 0, -1, -1))
        if count:
            font = QFont(self.font())
            font.setBold(is_marked)
            painter.setFont(font)
            painter.setPen(text_colour_on(fill))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, str(count))
        if self.hasFocus() and (row, column) == self._current:
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Accent), 2))
            painter.drawRect(area.adjusted(0, 0, -1, -1))


def _between(first: QColor, second: QColor, share: float) -> QColor:
    mixed = [
        round(a + (b - a) * share)
        for a, b in zip(first.getRgb()[:3], second.getRgb()[:3], strict=True)  # type: ignore[index]
    ]
    return QColor(*mixed)
