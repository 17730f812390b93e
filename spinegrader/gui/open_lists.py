"""Menus and lists of choices whose keys are their own while they are open.

Qt offers every key to the shortcuts of the window first, also while a menu or a list is open.
Letters and digits alone are shortcuts here: behind an open menu “D” would measure a distance, and
behind an open list “N” would answer “not assessable”.
"""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QComboBox, QMenu


class Menu(QMenu):
    """A menu in which a letter chooses the entry that it is underlined in."""

    def event(self, event: QEvent) -> bool:
        """Keeps all keys from shortcuts of the window."""
        return _keep_key(event) or super().event(event)

    def add_submenu(self, title: str) -> "Menu":
        """A menu of the same kind in this one."""
        menu = Menu(title, self)
        self.addMenu(menu)
        return menu


class ChoiceBox(QComboBox):
    """A list of choices in which a letter goes to the entry that begins with it."""

    def showPopup(self) -> None:  # noqa: N802
        """Opens the list; only now, as many are never opened, Qt makes its window."""
        self.view().installEventFilter(self)
        super().showPopup()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Keeps all keys from shortcuts of the window while the list is open."""
        return _keep_key(event) or super().eventFilter(watched, event)


def _keep_key(event: QEvent) -> bool:
    if event.type() != QEvent.Type.ShortcutOverride:
        return False
    event.accept()
    return True
