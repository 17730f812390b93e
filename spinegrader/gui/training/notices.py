"""Small pieces: headings, quiet text, a box with a sentence."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QWidget,
)


def secondary_label(text: str = "") -> QLabel:
    """A label in the quieter text colour that wraps its lines."""
    label = QLabel(text)
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    label.setWordWrap(True)
    return label


def heading(text: str = "", scale: float = 1.3) -> QLabel:
    """A label in larger, heavier letters."""
    label = QLabel(text)
    font = QFont(label.font())
    font.setPointSizeF(font.pointSizeF() * scale)
    font.setWeight(QFont.Weight.DemiBold)
    label.setFont(font)
    return label


class NoticeBox(QFrame):
    """A framed sentence that can't be overlooked; hidden while there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self._sign = heading("!", 1.6)
        self._sign.setForegroundRole(QPalette.ColorRole.Link)
        self._text = QLabel()
        self._text.setWordWrap(True)
        # It may hold words of a model that came as a file: these are words, and no markup.
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        layout = QHBoxLayout(self)
        layout.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._text, 1)
        self.set_text("")

    @property
    def text(self) -> str:
        """What it says; empty while it is hidden."""
        return self._text.text()

    def set_text(self, text: str) -> None:
        """Shows a sentence, or hides the box where there is none."""
        self._text.setText(text)
        self.setAccessibleName(text)
        self.setVisible(bool(text))
