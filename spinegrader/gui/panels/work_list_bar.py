"""Above the work list: searching, which visits are shown, and in which order."""

from collections.abc import Iterable
from enum import StrEnum

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from spinegrader.gui.itemmodels.work_list_order import Scope, SortBy
from spinegrader.gui.open_lists import ChoiceBox
from spinegrader.texts import for_translation, translate

_DIRECTIONS = {
    SortBy.PATIENT: (
        for_translation("from the first to the last"),
        for_translation("from the last to the first"),
    ),
    SortBy.DATE: (for_translation("oldest first"), for_translation("newest first")),
    SortBy.STATE: (for_translation("what is begun first"), for_translation("what is done first")),
    SortBy.PROGRESS: (
        for_translation("least answered first"),
        for_translation("most answered first"),
    ),
}
"""The model's own order has no other direction: it can be asked anew."""


class WorkListBar(QWidget):
    """Three lines: search, show, sort by."""

    order_changed = Signal()
    refresh_requested = Signal()
    """The model shall suggest anew."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = SearchField()
        self.search.setPlaceholderText(translate("Search patients"))
        self.search.setAccessibleName(translate("Search patients"))
        self.search.setToolTip(
            translate("Patient, name, date or description; several words narrow it down")
        )
        self.search.setClearButtonEnabled(True)
        self.scope = _choice(Scope)
        self.scope.setAccessibleName(translate("Which visits are shown"))
        self.scope.setToolTip(translate("All visits, or those that stand so for you"))
        self.sort = _choice(SortBy)
        self.sort.setAccessibleName(translate("Sort by"))
        self.sort.setToolTip(
            translate(
                "By patient, visits stand under their patient; else one below another. Suggested "
                "next: what a model would learn most from"
            )
        )
        self.direction = QToolButton()
        self.direction.setCheckable(True)
        self.refresh = QToolButton()
        self.refresh.setText("↻")
        self.refresh.setAccessibleName(translate("Suggest anew"))
        self.explain_suggestion(())
        self.refresh.clicked.connect(self.refresh_requested)
        self.sort.currentIndexChanged.connect(self._on_order)
        self.direction.toggled.connect(self._on_order)
        self._lay_out()
        self._name_direction()

    def _lay_out(self) -> None:
        show, sort = QLabel(translate("Sho&w")), QLabel(translate("S&ort by"))
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
        grid.addWidget(self.refresh, 2, 2)
        grid.setColumnStretch(1, 1)

    @property
    def sort_by(self) -> SortBy:
        """The order that is chosen."""
        return SortBy(self.sort.currentData())

    def explain_suggestion(self, notices: Iterable[str]) -> None:
        """Says in a tool tip what the model learnt from, and what it left out."""
        again = translate("Ask the model again: what is graded since then counts")
        self.refresh.setToolTip("\n".join([again, *notices]))

    def choose(self, sort_by: SortBy) -> None:
        """Shows another order as the chosen one."""
        self.sort.setCurrentIndex(self.sort.findData(sort_by))

    def _on_order(self, _: object) -> None:
        self._name_direction()
        self.order_changed.emit()

    def _name_direction(self) -> None:
        is_suggested = self.sort_by is SortBy.SUGGESTED
        self.refresh.setVisible(is_suggested)
        self.direction.setVisible(not is_suggested)
        if is_suggested:
            return
        is_reversed = self.direction.isChecked()
        now, then = (translate(words) for words in _DIRECTIONS[self.sort_by])
        if is_reversed:
            now, then = then, now
        self.direction.setText("↓" if is_reversed else "↑")
        self.direction.setAccessibleName(translate("Order: {words}").format(words=now))
        self.direction.setToolTip(
            translate("Now {now}; press for {then}").format(now=now, then=then)
        )


def _choice(entries: Iterable[StrEnum]) -> ChoiceBox:
    """Shows the words of the entries; the entries themselves are its data."""
    box = ChoiceBox()
    for entry in entries:
        box.addItem(translate(str(entry)), entry)
    # The longest entry mustn't widen the list.
    box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return box


class SearchField(QLineEdit):
    """Takes the keys of undoing for itself only while there is something typed to undo."""

    list_wanted = Signal()
    """Down or Return: on to what was found."""

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Leads on to the list."""
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.list_wanted.emit()
        else:
            super().keyPressEvent(event)

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
