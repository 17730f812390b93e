"""The rows of a page whose keys act: chosen one at a time, other keys left to the page."""

from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from spinegrader.gui.training.tables import show_as_rows

_MOVING = (
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
)


class KeyRows(QTableView):
    """A table of many rows of one height; its last column takes the width that is left.

    Args:
        model: The rows.
        name: For those who hear the table.
        air: Pixels that a row is higher than its text.
        parent: Of the widget.
    """

    def __init__(
        self, model: QAbstractItemModel, name: str, *, air: int = 10, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setAccessibleName(name)
        show_as_rows(self)
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(self.fontMetrics().height() + air)
        header = self.horizontalHeader()
        # Looking at all of many thousand rows for the widths would take seconds.
        header.setResizeContentsPrecision(50)
        header.setStretchLastSection(True)

    def fit_columns(self) -> None:
        """Makes all columns but the last as wide as what they hold."""
        for column in range(self.model().columnCount() - 1):
            self.resizeColumnToContents(column)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Moves about; what isn't movement is the page's business."""
        key, last = event.key(), self.model().rowCount() - 1
        if key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            # Of the rows: a table takes them for the first and the last column.
            self.selectRow(0 if key == Qt.Key.Key_Home else last)
        elif key in _MOVING:
            super().keyPressEvent(event)
        else:
            event.ignore()
