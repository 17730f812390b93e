"""What the tables of runs, figures and grades have in common."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from spinegrader.gui.theme import tabular_font
from spinegrader.texts import translate

Index = QModelIndex | QPersistentModelIndex
NO_INDEX = QModelIndex()
_AIR = 14


class NamedColumnsModel(QAbstractTableModel):
    """A flat table whose columns have names.

    Args:
        names: Of the columns, in English.
        tips: What the columns mean, in English; none, or one a column.
        parent: Of the model.
    """

    def __init__(
        self, names: Sequence[str], tips: Sequence[str] = (), parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._column_texts: dict[int, tuple[str, ...]] = {
            Qt.ItemDataRole.DisplayRole: tuple(translate(name) for name in names),
            Qt.ItemDataRole.ToolTipRole: tuple(translate(tip) for tip in tips),
        }

    def columnCount(self, parent: Index = NO_INDEX) -> int:  # noqa: N802
        """Number of columns."""
        return 0 if parent.isValid() else len(self._column_texts[Qt.ItemDataRole.DisplayRole])

    def headerData(  # noqa: N802
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:  # noqa: ANN401 (Qt's signature)
        """Names of the columns, and what they mean."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        texts = self._column_texts.get(role)
        return texts[section] if texts else None


class RoomyDelegate(QStyledItemDelegate):
    """Cells of a table with some air behind the text."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        """A little more than the text needs."""
        return super().sizeHint(option, index) + QSize(_AIR, _AIR // 2)


def show_as_rows(table: QTableView) -> None:
    """Lets a table be read and chosen from by whole rows, one at a time."""
    table.setFont(tabular_font())
    table.setItemDelegate(RoomyDelegate(table))
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
