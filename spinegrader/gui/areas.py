"""Going around the parts of a window by key, as F6 does on most desktops."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

Area = tuple[QWidget, QWidget]
"""A part, and the widget in it that the keyboard comes to first."""


def go_to_area(areas: Sequence[Area], step: int) -> None:
    """Moves the keyboard to the next part (1) or the one before (-1).

    Parts that aren't there are passed over, and behind the last one comes the first.
    """
    there = [area for area in areas if area[1].isVisible() and area[1].isEnabled()]
    if not there:
        return
    focused = QApplication.focusWidget()
    inside = [_holds(whole, focused) for whole, _ in there]
    at = inside.index(True) + step if True in inside else 0
    there[at % len(there)][1].setFocus(Qt.FocusReason.ShortcutFocusReason)


def _holds(whole: QWidget, focused: QWidget | None) -> bool:
    return focused is not None and (whole is focused or whole.isAncestorOf(focused))
