"""A sentence with an offer, across the window; nothing waits for the answer."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from spinegrader.texts import translate

_STYLE = """
    QFrame#noticeBar {
        background: palette(base); border: 0; border-left: 5px solid palette(accent);
    }
"""


class NoticeBar(QFrame):
    """Shows one notice at a time: what was found, a button that goes there, a button to close."""

    left = Signal()
    """The notice went away while the keyboard was in it: somebody else must take it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("noticeBar")
        self.setAccessibleName(translate("Notice"))
        self.setStyleSheet(_STYLE)
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self.offer = QPushButton()
        close = QPushButton(translate("Close"))
        for button in (self.offer, close):
            # A click leaves the keyboard where the reader works.
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        close.clicked.connect(self.dismiss)
        self._follow: Callable[[], object] = lambda: None
        self.offer.clicked.connect(self._on_offer)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 4, 8, 4)
        row.addWidget(self._text, 1)
        row.addWidget(self.offer)
        row.addWidget(close)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence on show."""
        return self._text.text()

    def present(self, text: str, offer: str, follow: Callable[[], object]) -> None:
        """Shows a notice; one that was there gives way.

        Args:
            text: What was found.
            offer: What the button says.
            follow: What it does.
        """
        self._text.setText(text)
        self.offer.setText(offer)
        self._follow = follow
        self.show()

    def dismiss(self) -> None:
        """Takes the notice away."""
        focused = self.window().focusWidget()
        had_keyboard = focused is not None and self.isAncestorOf(focused)
        self.hide()
        if had_keyboard:
            self.left.emit()

    def _on_offer(self) -> None:
        self.dismiss()
        self._follow()
