"""The answers that every grading has: unsure, not assessable, take back."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from spinegrader.gui.panels.flow_layout import FlowLayout
from spinegrader.texts import translate


class AnswerButtons(QWidget):
    """Three buttons that act on the item in focus."""

    unsure_requested = Signal()
    not_assessable_requested = Signal()
    take_back_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        unsure = _button(translate("Unsure"), "U", translate("You looked, but can't decide"))
        not_assessable = _button(
            translate("Not assessable"), "N", translate("These images don't show it")
        )
        self._take_back = _button(
            translate("Take back"),
            "⌫",
            translate("Opens the item, or the one answered last, again"),
        )
        unsure.clicked.connect(self.unsure_requested)
        not_assessable.clicked.connect(self.not_assessable_requested)
        self._take_back.clicked.connect(self.take_back_requested)
        flow = FlowLayout(self, justified=True)
        for button in (unsure, not_assessable, self._take_back):
            flow.addWidget(button)

    def set_take_back_enabled(self, enabled: bool) -> None:
        """Off while there is nothing to take back."""
        self._take_back.setEnabled(enabled)


def _button(text: str, key: str, tip: str) -> QPushButton:
    button = QPushButton()
    button.setText(f"{text}  {key}")
    # Narrower than usual, so that all three share a line in the narrowest panel.
    button.setStyleSheet("padding: 4px 5px")
    button.setAccessibleName(text)
    button.setToolTip(
        translate("{tip} (key {key})").format(tip=tip, key="Backspace" if key == "⌫" else key)
    )
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
