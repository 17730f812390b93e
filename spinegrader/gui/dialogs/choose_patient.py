"""Choosing the patient whom another is merged with."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from spinegrader.texts import translate

_PATIENT_ID = Qt.ItemDataRole.UserRole


class ChoosePatientDialog(QDialog):
    """A list to search and to choose from."""

    chosen = Signal(str)
    """The PatientID that was chosen."""

    def __init__(
        self, title: str, people: Sequence[tuple[str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("Merge with"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(420, 460)
        words = QLabel(
            translate(
                "Who is the same person as {title}? Their visits will stand under one heading; "
                "this can be undone and split at any time."
            ).format(title=title)
        )
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setWordWrap(True)
        self.search = QLineEdit()
        self.search.setPlaceholderText(translate("Search patients"))
        self.search.setAccessibleName(translate("Search patients"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._on_search)
        self.list = QListWidget()
        self.list.setAccessibleName(translate("Patients"))
        self.list.setWordWrap(True)
        for patient_id, shown in people:
            item = QListWidgetItem(shown)
            item.setData(_PATIENT_ID, patient_id)
            self.list.addItem(item)
        self.list.itemDoubleClicked.connect(lambda _: self.accept())
        self.list.currentRowChanged.connect(self._refresh)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.merge_button = buttons.addButton(
            translate("&Merge"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (words, self.search, self.list, buttons):
            column.addWidget(widget)
        self._refresh()

    def accept(self) -> None:
        """Tells who was chosen; without a choice the dialog stays."""
        item = self._current()
        if item is not None:
            self.chosen.emit(str(item.data(_PATIENT_ID)))
            super().accept()

    def _current(self) -> QListWidgetItem | None:
        item = self.list.currentItem()
        return None if item is None or item.isHidden() else item

    def _on_search(self, text: str) -> None:
        words = text.casefold().split()
        for row in range(self.list.count()):
            item = self.list.item(row)
            shown = item.text().casefold()
            item.setHidden(not all(word in shown for word in words))
        self._refresh()

    def _refresh(self) -> None:
        self.merge_button.setEnabled(self._current() is not None)
