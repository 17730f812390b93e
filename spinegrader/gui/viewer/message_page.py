"""What stands where no image is: a sentence that says what belongs here, and the next step."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from spinegrader.gui.theme import (
    VIEWER_BACKGROUND,
    VIEWER_SECONDARY_TEXT,
    VIEWER_TEXT,
    readable_font,
)

_TITLE_SCALE = 1.4
_TEXT_WIDTH = 420


class MessagePage(QWidget):
    """A title, a sentence and a button, in the middle of a dark page."""

    action = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, QColor(VIEWER_BACKGROUND))
        self.setPalette(palette)
        self.setAutoFillBackground(True)
        self._title = _label(VIEWER_TEXT, _TITLE_SCALE)
        self._text = _label(VIEWER_SECONDARY_TEXT, 1.0)
        self._button = QPushButton(self)
        self._button.clicked.connect(self.action)
        block = QWidget()
        block.setMaximumWidth(_TEXT_WIDTH)
        column = QVBoxLayout(block)
        column.setSpacing(12)
        column.addStretch(2)
        # No alignment for the labels: it would keep them from growing with their lines.
        column.addWidget(self._title)
        column.addWidget(self._text)
        column.addWidget(self._button, alignment=Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        row = QHBoxLayout(self)
        row.addStretch(1)
        row.addWidget(block, 2)
        row.addStretch(1)
        self.set_message("", "", "")

    def set_message(self, title: str, text: str, action_text: str) -> None:
        """Shows other words; a part that is empty is left out."""
        for widget, words in (
            (self._title, title),
            (self._text, text),
            (self._button, action_text),
        ):
            widget.setText(words)
            widget.setVisible(bool(words))


def _label(colour: str, scale: float) -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    font = readable_font()
    font.setPointSizeF(font.pointSizeF() * scale)
    label.setFont(font)
    palette = label.palette()
    palette.setColor(QPalette.ColorRole.WindowText, QColor(colour))
    label.setPalette(palette)
    return label
