"""The answers that every grading has: unsure, not assessable, take back."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from spinegrader.gui.keys import key_in_force
from spinegrader.gui.panels.flow_layout import FlowLayout
from spinegrader.services.settings import Settings
from spinegrader.texts import translate

_SHORT = {"Backspace": "⌫", "Del": "⌦", "Return": "⏎"}
"""Signs for keys whose names would take too much room."""


class AnswerButtons(QWidget):
    """Three buttons that act on the item in focus."""

    unsure_requested = Signal()
    not_assessable_requested = Signal()
    take_back_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        unsure = AnswerButton(translate("Unsure"), translate("You looked, but can't decide"))
        not_assessable = AnswerButton(
            translate("Not assessable"), translate("These images don't show it")
        )
        self._take_back = AnswerButton(
            translate("Take back"), translate("Opens the item, or the one answered last, again")
        )
        unsure.clicked.connect(self.unsure_requested)
        not_assessable.clicked.connect(self.not_assessable_requested)
        self._take_back.clicked.connect(self.take_back_requested)
        self.by_action = {
            "unsure": unsure,
            "not_assessable": not_assessable,
            "take_back": self._take_back,
        }
        flow = FlowLayout(self, justified=True)
        for button in self.by_action.values():
            flow.addWidget(button)

    def show_keys(self, settings: Settings) -> None:
        """Writes the keys in force on the buttons."""
        for action_id, button in self.by_action.items():
            button.show_key(key_in_force(action_id, settings))

    def set_take_back_enabled(self, enabled: bool) -> None:
        """Off while there is nothing to take back."""
        self._take_back.setEnabled(enabled)


class AnswerButton(QPushButton):
    """Names an answer and its key.

    Args:
        words: The answer.
        tip: What it says.
    """

    def __init__(self, words: str, tip: str) -> None:
        super().__init__(words)
        self._words = words
        self._tip = tip
        # Narrower than usual, so that all three share a line in the narrowest panel.
        self.setStyleSheet("padding: 4px 5px")
        self.setAccessibleName(words)
        self.setToolTip(tip)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def show_key(self, key: str) -> None:
        """Writes the key beside the answer; empty for none."""
        self.setText(f"{self._words}  {_SHORT.get(key, key)}".rstrip())
        with_key = translate("{tip} (key {key})").format(tip=self._tip, key=key)
        self.setToolTip(with_key if key else self._tip)
