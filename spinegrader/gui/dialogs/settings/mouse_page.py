"""Choosing what the mouse does on images."""

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFormLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from spinegrader.gui.viewer.mouse_schemes import MOUSE_SCHEMES
from spinegrader.gui.workbench import Workbench
from spinegrader.services.settings import MouseStyle, Settings
from spinegrader.texts import translate


class MousePage(QWidget):
    """The scheme, and below it all that it means."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self.scheme = QComboBox()
        self.scheme.setToolTip(translate("The program whose habits the mouse takes on"))
        for style, scheme in MOUSE_SCHEMES.items():
            self.scheme.addItem(scheme.name, style)
        self.scheme.currentIndexChanged.connect(self._choose)
        self.table = QTableWidget(0, 2)
        self.table.setAccessibleName(translate("What the mouse does"))
        self.table.setHorizontalHeaderLabels([translate("Hand"), translate("Effect")])
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        # Long effects take two lines.
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        form = QFormLayout()
        form.addRow(translate("The mouse does as in:"), self.scheme)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self.table)
        workbench.settings_changed.connect(self._show)
        self._show(workbench.settings)

    def _show(self, settings: Settings) -> None:
        with QSignalBlocker(self.scheme):
            self.scheme.setCurrentIndex(self.scheme.findData(settings.mouse))
        rows = MOUSE_SCHEMES[settings.mouse].rows
        self.table.setRowCount(len(rows))
        for number, texts in enumerate(rows):
            for column, text in enumerate(texts):
                self.table.setItem(number, column, QTableWidgetItem(text))

    def _choose(self) -> None:
        self._workbench.change_settings(mouse=MouseStyle(self.scheme.currentData()))
