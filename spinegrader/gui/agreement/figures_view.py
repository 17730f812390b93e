"""A table of agreement: a row for each grading, or for each level of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QModelIndex, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QFrame, QHeaderView, QSizePolicy, QTableView, QWidget

from spinegrader.gui.training.agreement_table import kappa_text
from spinegrader.gui.training.tables import NO_INDEX, Index, NamedColumnsModel, show_as_rows
from spinegrader.model.metrics import Agreement, Interval
from spinegrader.texts import for_translation, translate

WAITING = "…"
"""In the place of a figure that is still computed."""

_NONE = "–"


class FigureColumn(IntEnum):
    """Columns of the table."""

    NAME = 0
    DISCS = 1
    KAPPA = 2
    EXACT = 3
    WITHIN_ONE = 4


_TIPS = (
    "",
    for_translation("Discs that both sides graded"),
    for_translation(
        "Chance-corrected; quadratic weights for ordered grades, none for others. The interval is "
        "taken over people, by bootstrap."
    ),
    for_translation("Discs with the same grade twice; the interval is taken over people"),
    for_translation("Discs at most one grade apart; the interval is taken over people"),
)


@dataclass(frozen=True)
class FigureRow:
    """One row.

    Args:
        key: What is chosen with it.
        name: What it is called.
        discs: How many discs both sides graded.
        found: The figures; None while they are computed.
    """

    key: object
    name: str
    discs: int
    found: Agreement | None


class FiguresModel(NamedColumnsModel):
    """Rows in the order in which they are shown."""

    def __init__(self, first: str) -> None:
        names = (
            first,
            for_translation("Discs"),
            for_translation("Kappa (95 %)"),
            for_translation("Same grade (95 %)"),
            for_translation("Within one (95 %)"),
        )
        super().__init__(names, _TIPS)
        self.rows: tuple[FigureRow, ...] = ()

    def show_rows(self, rows: Sequence[FigureRow]) -> None:
        """Shows other figures."""
        if [row.key for row in rows] == [row.key for row in self.rows]:
            self.rows = tuple(rows)
            last = self.index(max(len(rows) - 1, 0), FigureColumn.WITHIN_ONE)
            self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = NO_INDEX) -> int:  # noqa: N802
        """Number of rows."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Text of a cell."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        row, column = self.rows[index.row()], FigureColumn(index.column())
        if column is FigureColumn.NAME:
            return row.name
        if column is FigureColumn.DISCS:
            return str(row.discs)
        if row.found is None:
            return WAITING
        return {
            FigureColumn.KAPPA: kappa_text(row.found),
            FigureColumn.EXACT: share_text(row.found.exact, row.found.exact_interval),
            FigureColumn.WITHIN_ONE: share_text(
                row.found.within_one, row.found.within_one_interval
            ),
        }[column]


class FiguresView(QTableView):
    """The table, read by whole rows; the row in focus is what is looked at closer.

    Args:
        name: For those who hear the table.
        first: Name of the first column, in English.
        parent: Of the widget.
        has_focus_row: Whether a row is always in focus.
    """

    row_chosen = Signal(object)
    """The key of the row in focus; not told where other figures are shown."""

    def __init__(
        self, name: str, first: str, parent: QWidget | None = None, *, has_focus_row: bool = True
    ) -> None:
        super().__init__(parent)
        self._has_focus_row = has_focus_row
        self.figures = FiguresModel(first)
        self.setModel(self.figures)
        self.setAccessibleName(name)
        show_as_rows(self)
        self.setFrameShape(QFrame.Shape.NoFrame)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        # As high as its rows where there is room for them.
        self.setSizeAdjustPolicy(QTableView.SizeAdjustPolicy.AdjustToContents)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.selectionModel().currentRowChanged.connect(self._on_row)

    def show_rows(self, rows: Sequence[FigureRow]) -> None:
        """Shows other figures; the row in focus stays where it is still there."""
        before = self.chosen
        self.figures.show_rows(rows)
        self.resizeRowsToContents()
        keys = [row.key for row in rows]
        if keys and self._has_focus_row:
            with QSignalBlocker(self):
                self.selectRow(keys.index(before) if before in keys else 0)

    @property
    def chosen(self) -> object:
        """The key of the row in focus; None where there is none."""
        at = self.currentIndex().row()
        return self.figures.rows[at].key if 0 <= at < len(self.figures.rows) else None

    def _on_row(self, current: QModelIndex) -> None:
        if current.isValid():
            self.row_chosen.emit(self.figures.rows[current.row()].key)


def share_text(share: float | None, interval: Interval | None) -> str:
    """A share in per cent, with its interval in brackets; a dash where there is none."""
    if share is None:
        return _NONE
    text = f"{100 * share:.0f} %"
    if interval is not None:
        low, high = interval
        text += " " + translate("({low:.0f} to {high:.0f})").format(low=100 * low, high=100 * high)
    return text
