"""One line for the comment on the focused row's answer."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from spinegrader.domain.grades import Grade
from spinegrader.texts import translate


class CommentLine(QLineEdit):
    """Keeps with Enter, or as soon as the keyboard goes elsewhere; Escape gives up."""

    written = Signal(str)
    """Other words than those that are kept."""
    left = Signal()
    """The keyboard may go back to the rows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kept = ""
        self.setAccessibleName(translate("Comment on your answer"))
        self.setToolTip(translate("Enter keeps it, Escape leaves it as it was"))

    def show_answer(self, grade: Grade | None) -> None:
        """Shows the comment of an answer; one that is still open takes none."""
        if self.isEnabled():
            self.keep()
        self._kept = "" if grade is None else grade.comment
        self.setText(self._kept)
        self.setEnabled(grade is not None)
        self.setPlaceholderText(
            translate("Comment (C)")
            if grade is not None
            else translate("Answer first, then comment (C)")
        )

    def keep(self) -> None:
        """Hands over what was written, if it is something else."""
        words = " ".join(self.text().split())
        if words != self._kept:
            self._kept = words
            self.written.emit(words)

    def event(self, event: QEvent) -> bool:
        """Keeps Enter and Escape from the shortcuts of the page while it is written in."""
        is_key = isinstance(event, QKeyEvent) and event.type() is QEvent.Type.ShortcutOverride
        if is_key and isinstance(event, QKeyEvent) and event.key() in _ENDS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Enter keeps, Escape gives up; both go back to the rows."""
        if event.key() not in _ENDS:
            super().keyPressEvent(event)
            return
        if event.key() == Qt.Key.Key_Escape:
            self.setText(self._kept)
        self.keep()
        self.left.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """What was written isn't lost by a click elsewhere."""
        super().focusOutEvent(event)
        self.keep()


_ENDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
