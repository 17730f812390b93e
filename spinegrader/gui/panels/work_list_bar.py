"""Above the work list: searching, which visits are shown, and in which order."""

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from spinegrader.gui.itemmodels.work_list_order import Scope, SortBy

_DIRECTIONS = {
    SortBy.PATIENT: ("from the first to the last", "from the last to the first"),
    SortBy.DATE: ("oldest first", "newest first"),
    SortBy.STATE: ("what is begun first", "what is done first"),
    SortBy.PROGRESS: ("least answered first", "most answered first"),
}


class WorkListBar(QWidget):
    """Three lines: search, show, sort by."""

    order_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = SearchField()
        self.search.setPlaceholderText("Search patients")
        self.search.setAccessibleName("Search patients")
        self.search.setToolTip("Patient, name, date or description; several words narrow it down")
        self.search.setClearButtonEnabled(True)
        self.scope = _choice([item.value for item in Scope])
        self.scope.setAccessibleName("Which visits are shown")
        self.scope.setToolTip("All visits, or those that stand so for you")
        self.sort = _choice([item.value for item in SortBy])
        self.sort.setAccessibleName("Sort by")
        self.sort.setToolTip("By patient, visits stand under their patient; else one below another")
        self.direction = QToolButton()
        self.direction.setCheckable(True)
        self.sort.currentTextChanged.connect(self._on_order)
        self.direction.toggled.connect(self._on_order)
        self._lay_out()
        self._name_direction()

    def _lay_out(self) -> None:
        show, sort = QLabel("Sho&w"), QLabel("Sor&t by")
        show.setBuddy(self.scope)
        sort.setBuddy(self.sort)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(self.search, 0, 0, 1, 3)
        grid.addWidget(show, 1, 0)
        grid.addWidget(self.scope, 1, 1, 1, 2)
        grid.addWidget(sort, 2, 0)
        grid.addWidget(self.sort, 2, 1)
        grid.addWidget(self.direction, 2, 2)
        grid.setColumnStretch(1, 1)

    @property
    def sort_by(self) -> SortBy:
        """The order that is chosen."""
        return SortBy(self.sort.currentText())

    def _on_order(self, _: object) -> None:
        self._name_direction()
        self.order_changed.emit()

    def _name_direction(self) -> None:
        is_reversed = self.direction.isChecked()
        words = _DIRECTIONS[self.sort_by]
        self.direction.setText("↓" if is_reversed else "↑")
        self.direction.setAccessibleName(f"Order: {words[is_reversed]}")
        self.direction.setToolTip(f"Now {words[is_reversed]}; press for {words[not is_reversed]}")


def _choice(entries: list[str]) -> QComboBox:
    box = QComboBox()
    box.addItems(entries)
    # The longest entry mustn't widen the list.
    box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return box


class SearchField(QLineEdit):
    """Takes the keys of undoing for itself only while there is something typed to undo."""

    def event(self, event: QEvent) -> bool:
        """Lets the window's own undo through."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            undoes, redoes = QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo
            if (event.matches(undoes) and not self.isUndoAvailable()) or (
                event.matches(redoes) and not self.isRedoAvailable()
            ):
                event.ignore()
                return True
        return super().event(event)
