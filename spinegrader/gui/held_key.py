"""Something that lasts as long as a key is held."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication


class HeldKey(QObject):
    """Begins with the shortcut that was pressed, ends when a key is released.

    Args:
        begin: Called once.
        end: Called once for each beginning, also when the window loses the keyboard meanwhile.
    """

    def __init__(
        self, begin: Callable[[], object], end: Callable[[], object], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._begin = begin
        self._end = end
        self._is_held = False

    def press(self) -> None:
        """The shortcut was pressed; further ones while it is held change nothing."""
        application = QApplication.instance()
        if self._is_held or application is None:
            return
        self._is_held = True
        self._begin()
        application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Waits for the release, wherever it goes."""
        del watched
        released = (
            event.type() is QEvent.Type.KeyRelease
            and isinstance(event, QKeyEvent)
            and not event.isAutoRepeat()
        )
        if released or event.type() is QEvent.Type.ApplicationDeactivate:
            self._release()
        return False

    def _release(self) -> None:
        application = QApplication.instance()
        if self._is_held and application is not None:
            self._is_held = False
            application.removeEventFilter(self)
            self._end()
