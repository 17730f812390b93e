"""The view of the discs on which two readers differ: whole rows, keys left to the page."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from spinegrader.gui.agreement.cases_model import CaseColumn, CasesModel
from spinegrader.gui.training.tables import show_as_rows
from spinegrader.texts import translate

_OWN_KEYS = (
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
)


class CasesTable(QTableView):
    """Shows :class:`CasesModel`; letters and digits go on to the page."""

    def __init__(self, model: CasesModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setAccessibleName(translate("Discs on which two readers differ"))
        show_as_rows(self)
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(self.fontMetrics().height() + 10)
        header = self.horizontalHeader()
        # Looking at all of many thousand rows for the widths would take seconds.
        header.setResizeContentsPrecision(50)
        header.setStretchLastSection(True)

    def fit_columns(self) -> None:
        """Makes the columns as wide as what they hold."""
        for column in CaseColumn:
            if column is not CaseColumn.FINAL:
                self.resizeColumnToContents(column)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Moves about; what isn't movement is the page's business."""
        if event.key() in _OWN_KEYS:
            super().keyPressEvent(event)
        else:
            event.ignore()
