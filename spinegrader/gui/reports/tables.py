"""Tables and lists of facts on a page."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt

from spinegrader.gui.reports.canvas import BODY, BOLD, QUIET, SHADE, Canvas, Face

_PAD_MM = 1.0
_LINE_GAP_MM = 0.4
_CLOSE_MM = 0.2
_CENTRED = Qt.AlignmentFlag.AlignHCenter


@dataclass(frozen=True)
class Facts:
    """Names and what they are, in two columns of pairs.

    Args:
        pairs: Read down the first column, then the second.
        name_mm: Width of the names.
    """

    pairs: Sequence[tuple[str, str]]
    name_mm: float = 27.0

    def height_mm(self, canvas: Canvas) -> float:
        """Of the higher column."""
        return max(sum(self._heights(canvas, column)) for column in self._columns)

    def draw(self, canvas: Canvas, top_mm: float) -> None:
        """Writes both columns."""
        for place, column in enumerate(self._columns):
            left, top = place * canvas.width_mm / 2, top_mm
            for (name, what), height in zip(column, self._heights(canvas, column), strict=True):
                canvas.text(QRectF(left, top, self.name_mm, height), name, QUIET)
                box = QRectF(left + self.name_mm, top, self._what_mm(canvas), height)
                canvas.text(box, what, BODY)
                top += height

    @property
    def _columns(self) -> tuple[Sequence[tuple[str, str]], ...]:
        half = (len(self.pairs) + 1) // 2
        return self.pairs[:half], self.pairs[half:]

    def _what_mm(self, canvas: Canvas) -> float:
        return canvas.width_mm / 2 - self.name_mm - 3.0

    def _heights(self, canvas: Canvas, column: Sequence[tuple[str, str]]) -> list[float]:
        width = self._what_mm(canvas)
        return [
            max(
                canvas.text_height_mm(what, width, BODY),
                canvas.text_height_mm(name, self.name_mm, QUIET),
            )
            + _LINE_GAP_MM
            for name, what in column
        ]


@dataclass(frozen=True)
class Cell:
    """One cell of a table."""

    text: str
    face: Face = BODY


@dataclass(frozen=True)
class Columns:
    """Widths of a table's columns, the first ones for names, the others alike.

    Args:
        names_mm: Of the first columns.
        others: How many there are beside them.
    """

    names_mm: tuple[float, ...]
    others: int

    def boxes(self, canvas: Canvas, top_mm: float) -> list[QRectF]:
        """Where the cells of a row begin, as wide as they are, without height."""
        each = (canvas.width_mm - sum(self.names_mm)) / max(self.others, 1)
        left, found = 0.0, []
        for width in (*self.names_mm, *[each] * self.others):
            found.append(QRectF(left, top_mm, width, 0.0))
            left += width
        return found


@dataclass(frozen=True)
class Row:
    """A row of a table; what stands in the columns of names begins at their left edge.

    Args:
        columns: Of the table.
        cells: One a column.
        is_shaded: Whether it has a ground, as heads have.
        has_line: Whether a line is drawn above it.
        pad_mm: Left free above and below the text.
    """

    columns: Columns
    cells: Sequence[Cell]
    is_shaded: bool = False
    has_line: bool = True
    pad_mm: float = _PAD_MM

    def height_mm(self, canvas: Canvas) -> float:
        """Of the highest cell."""
        boxes = self.columns.boxes(canvas, 0.0)
        heights = [
            canvas.text_height_mm(cell.text, box.width() - 2 * _PAD_MM, _face(canvas, cell, box))
            for cell, box in zip(self.cells, boxes, strict=True)
        ]
        return max(heights) + 2 * self.pad_mm

    def draw(self, canvas: Canvas, top_mm: float) -> None:
        """Writes the cells."""
        height = self.height_mm(canvas)
        if self.is_shaded:
            canvas.fill(QRectF(0, top_mm, canvas.width_mm, height), SHADE)
        if self.has_line:
            canvas.line(QPointF(0, top_mm), QPointF(canvas.width_mm, top_mm))
        boxes = self.columns.boxes(canvas, top_mm)
        for place, (cell, box) in enumerate(zip(self.cells, boxes, strict=True)):
            is_name = place < len(self.columns.names_mm)
            align = Qt.AlignmentFlag.AlignLeft if is_name else _CENTRED
            inner = QRectF(box.x() + _PAD_MM, top_mm + self.pad_mm, box.width() - 2 * _PAD_MM, 0)
            canvas.text(inner, cell.text, _face(canvas, cell, box), align)


def _face(canvas: Canvas, cell: Cell, box: QRectF) -> Face:
    return canvas.fitted(cell.text, box.width() - 2 * _PAD_MM, cell.face)


@dataclass(frozen=True)
class Group:
    """Rows under one name, which stands in the first column beside all of them.

    Args:
        columns: Of the table.
        name: Of the group.
        rows: Their cells from the second column on.
    """

    columns: Columns
    name: str
    rows: Sequence[Sequence[Cell]]

    def height_mm(self, canvas: Canvas) -> float:
        """Of its rows or its name, whichever is higher."""
        name_mm = canvas.text_height_mm(self.name, self.columns.names_mm[0] - 2 * _PAD_MM, BOLD)
        rows_mm = sum(row.height_mm(canvas) for row in self._rows)
        return max(name_mm, rows_mm) + 2 * _PAD_MM

    def draw(self, canvas: Canvas, top_mm: float) -> None:
        """Writes the name, and the rows below each other."""
        canvas.line(QPointF(0, top_mm), QPointF(canvas.width_mm, top_mm))
        width = self.columns.names_mm[0] - 2 * _PAD_MM
        box = QRectF(_PAD_MM, top_mm + _PAD_MM, width, 0.0)
        canvas.text(box, self.name, BOLD)
        rows_top_mm = top_mm + _PAD_MM
        for row in self._rows:
            row.draw(canvas, rows_top_mm)
            rows_top_mm += row.height_mm(canvas)

    @property
    def _rows(self) -> list[Row]:
        return [
            Row(self.columns, (Cell(""), *cells), has_line=False, pad_mm=_CLOSE_MM)
            for cells in self.rows
        ]
