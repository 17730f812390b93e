"""The keys of the page Review: what they do, and how one is told from the window's own."""

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from spinegrader.texts import for_translation

REVIEW_KEYS = (
    ("A", for_translation("Accept the model's grade")),
    ("0 … 9", for_translation("Overrule with this grade")),
    ("X", for_translation("Leave your answer as it is and go on")),
    ("U", for_translation("Unsure")),
    ("C", for_translation("Comment on your answer")),
    ("E", for_translation("Where the model's grade came from, or not")),
    (for_translation("Enter, J"), for_translation("Go to the disc in Read")),
    (for_translation("Space"), for_translation("The plain image, or the overlays again")),
    (for_translation("Up, Down"), for_translation("Row before, next row")),
)
"""For the sheet of keys."""

_DIGITS = tuple(Qt.Key(Qt.Key.Key_0 + digit) for digit in range(10))
_SAME = {Qt.Key.Key_Return: Qt.Key.Key_J, Qt.Key.Key_Enter: Qt.Key.Key_J}


def action_of(
    event: QKeyEvent,
    actions: Mapping[Qt.Key, Callable[[], None]],
    overrule: Callable[[int], None],
) -> Callable[[], None] | None:
    """What a key does on this page; None where it means nothing here.

    Args:
        event: The key.
        actions: What letters and the space bar do.
        overrule: Takes a digit.
    """
    # Digits of the number pad count too; a key with Ctrl or Alt belongs to the window.
    if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
        return None
    key = Qt.Key(event.key())
    if key in _DIGITS:
        return partial(overrule, _DIGITS.index(key))
    return actions.get(_SAME.get(key, key))
