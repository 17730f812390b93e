"""What an empty area says: what belongs there, and the step that fills it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

_WIDEST = 720
"""A longer line is hard to read."""


class EmptyState(QWidget):
    """A sentence in the middle, and a button below it if there is something to do."""

    action_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = QLabel()
        self.label.setWordWrap(True)
        self.label.setMaximumWidth(_WIDEST)
        self.label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.button = QPushButton()
        self.button.clicked.connect(self.action_requested)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.label, 100)  # as wide as it may be before the sides take anything
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.addStretch(1)
        layout.addLayout(row)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        self._further = QVBoxLayout()
        layout.addLayout(self._further)
        layout.addStretch(2)

    def add_below(self, button: QPushButton) -> None:
        """Puts another step below the first one."""
        self._further.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)

    def show_message(self, text: str, action_text: str = "") -> None:
        """Says something; without ``action_text`` there is no button."""
        self.label.setText(text)
        self.button.setText(action_text)
        self.button.setAccessibleName(action_text)
        self.button.setVisible(bool(action_text))

    @property
    def text(self) -> str:
        """What is said."""
        return self.label.text()
