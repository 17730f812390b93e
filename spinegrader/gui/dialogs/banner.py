"""The one presenter of errors: a sentence across the window, details behind a button."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from spinegrader.errors import NotSavedError, SpineGraderError
from spinegrader.services.logs import log_file
from spinegrader.texts import translate


class ErrorBanner(QFrame):
    """Shows one error at a time and blocks nothing."""

    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("errorBanner")
        self.setAccessibleName(translate("Error message"))
        self._error: SpineGraderError | None = None
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._details = QPushButton(translate("Details…"))
        self._close = QPushButton(translate("Close"))
        row = QHBoxLayout(self)
        row.addWidget(self._text, 1)
        row.addWidget(self._details)
        row.addWidget(self._close)
        self._details.clicked.connect(self._show_details)
        self._close.clicked.connect(self.dismiss)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence on show."""
        return self._text.text()

    def present(self, error: SpineGraderError) -> None:
        """Shows an error; one that was there gives way."""
        self._error = error
        self._text.setText(error.message)
        self._details.setVisible(bool(error.context) or error.__cause__ is not None)
        self.show()

    def dismiss_not_saved(self) -> None:
        """Takes the sentence away if it says that a change was not kept: the next one was."""
        if isinstance(self._error, NotSavedError):
            self.dismiss()

    def dismiss(self) -> None:
        """Takes the sentence away."""
        self._error = None
        self.hide()
        self.dismissed.emit()

    def _show_details(self) -> None:
        if self._error is not None:
            DetailsDialog(details_of(self._error), self.window()).exec()


class DetailsDialog(QDialog):
    """A text that is too long for a line, to be read and copied."""

    def __init__(self, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("Details"))
        self.resize(640, 360)
        text = QPlainTextEdit(words)
        text.setReadOnly(True)
        copy = QPushButton(translate("Copy"))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(text.toPlainText()))
        close = QPushButton(translate("Close"))
        close.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(copy)
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.addWidget(text)
        column.addLayout(row)


def details_of(error: SpineGraderError) -> str:
    """Message, context and cause of an error, and where the log is."""
    lines = [error.message, ""]
    lines += [f"{name}: {value}" for name, value in error.context.items()]
    cause = error.__cause__
    while cause is not None:
        lines.append(f"cause: {type(cause).__name__}: {cause}")
        cause = cause.__cause__
    lines += ["", translate("Log: {file}").format(file=log_file())]
    return "\n".join(lines)
