"""Rows with files under them, as an import's report lists them."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from spinegrader.texts import translate

_ROW = Qt.ItemDataRole.UserRole
_WIDEST_COLUMN = 240
_COLUMN_GAP = 12
_INDICATOR = QTreeWidgetItem.ChildIndicatorPolicy


@dataclass(frozen=True)
class ReportRow:
    """One row, a text a column, and its files, as the report calls them."""

    texts: tuple[str, ...]
    files: Sequence[str]


class ReportTree(QTreeWidget):
    """Opens at once with tens of thousands of files: they are listed as a row is opened.

    Args:
        name: What is listed.
        headings: Of the columns, in English.
        rows: With a text for each of them.
        identifying: Columns that may tell who a patient is.
        parent: Where it lies.
    """

    whole_text = Signal(str)
    """All of what the row in focus says, however long."""

    def __init__(
        self,
        name: str,
        headings: Sequence[str],
        rows: Sequence[ReportRow],
        identifying: Sequence[int] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._rows = rows
        self._identifying = identifying
        self.setAccessibleName(name)
        self.setHeaderLabels([translate(heading) for heading in headings])
        self.setUniformRowHeights(True)
        self.setAlternatingRowColors(True)
        # The end of a long path tells more than its middle.
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.itemExpanded.connect(self._list_files)
        self.currentItemChanged.connect(lambda item: self.whole_text.emit(_text_of(item)))
        self.hide_identity(False)
        self._size_columns()

    def hide_identity(self, hidden: bool) -> None:
        """Takes identifying columns and all file names out of the list, or brings them back."""
        for column in self._identifying:
            self.setColumnHidden(column, hidden)
        policy = _INDICATOR.DontShowIndicator if hidden else _INDICATOR.ShowIndicator
        items = []
        for number, row in enumerate(self._rows):
            item = QTreeWidgetItem(row.texts)
            item.setData(0, _ROW, number)
            item.setChildIndicatorPolicy(policy)
            items.append(item)
        self.clear()
        self.addTopLevelItems(items)
        self.setItemsExpandable(not hidden)

    def _list_files(self, item: QTreeWidgetItem) -> None:
        if item.childCount() == 0 and self.itemsExpandable():
            files = [QTreeWidgetItem([file]) for file in self._rows[item.data(0, _ROW)].files]
            item.addChildren(files)
            for file in files if self._identifying else ():
                # Beside narrow columns a name needs the whole width.
                file.setFirstColumnSpanned(True)

    def _size_columns(self) -> None:
        header = self.header()
        header.setStretchLastSection(False)
        for column in range(1, self.columnCount()):
            self.resizeColumnToContents(column)
            width = header.sectionSize(column) + _COLUMN_GAP
            header.resizeSection(column, min(width, _WIDEST_COLUMN))
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)


def _text_of(item: QTreeWidgetItem | None) -> str:
    return "" if item is None else item.text(0)
