"""Pages whose plain keys act: letters and digits answer, before the window's shortcuts do."""

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

_DIGITS = tuple(Qt.Key(Qt.Key.Key_0 + digit) for digit in range(10))


class KeyPage(QWidget):
    """Takes the keys that its parts leave to it; all others go on to the window."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keys: dict[Qt.Key, Callable[[], None]] = {}

    def set_keys(
        self, keys: Mapping[Qt.Key, Callable[[], None]], on_digit: Callable[[int], None]
    ) -> None:
        """Says what the keys do.

        Args:
            keys: What letters and other keys do, by key.
            on_digit: Takes the digit of a key from 0 to 9.
        """
        digits = {key: partial(on_digit, digit) for digit, key in enumerate(_DIGITS)}
        self._keys = {**digits, **keys}

    def event(self, event: QEvent) -> bool:
        """Claims this page's keys before the window's shortcuts do."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() is QEvent.Type.ShortcutOverride
            and self._action_of(event) is not None
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Does what the key stands for."""
        action = self._action_of(event)
        if action is None:
            super().keyPressEvent(event)
        else:
            action()

    def _action_of(self, event: QKeyEvent) -> Callable[[], None] | None:
        # Digits of the number pad count too; a key with Ctrl or Alt belongs to the window.
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return None
        return self._keys.get(Qt.Key(event.key()))
