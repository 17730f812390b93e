"""What a grade means, and who gave the answer when."""

from datetime import UTC, datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from spinegrader.domain.grades import Grade
from spinegrader.domain.scheme import GradeClass, Grading
from spinegrader.gui.itemmodels.answer_text import answer_origin

_MEANING_LINES = 3


class AnswerNote(QWidget):
    """Keeps its height whatever it says, so that the buttons above never jump."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.meaning = QLabel()
        self.meaning.setWordWrap(True)
        self.meaning.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.meaning.setFixedHeight(self.fontMetrics().lineSpacing() * _MEANING_LINES + 2)
        self.meaning.setAccessibleName("What the grade means")
        self.origin = QLabel()
        self.origin.setForegroundRole(self.origin.palette().ColorRole.PlaceholderText)
        self.origin.setAccessibleName("Who answered when")
        self.origin.setFixedHeight(self.fontMetrics().lineSpacing() + 2)
        self._resting_text = ""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.meaning)
        layout.addWidget(self.origin)

    def show_item(self, grading: Grading, grade: Grade | None, reader: str) -> None:
        """Tells of the answer to the item in focus, or which keys answer it."""
        self._resting_text = self._meaning_of_answer(grading, grade)
        self.meaning.setText(self._resting_text)
        today = datetime.now(UTC).astimezone().date()
        self.origin.setText("" if grade is None else answer_origin(grade, reader, today))

    def show_class(self, grading: Grading, grade_class: GradeClass | None) -> None:
        """Tells of the class under the pointer; None goes back to the answer."""
        text = self._resting_text if grade_class is None else _meaning(grading, grade_class)
        self.meaning.setText(text)

    def _meaning_of_answer(self, grading: Grading, grade: Grade | None) -> str:
        value = None if grade is None else grade.value
        for item in grading.classes:
            if item.value == value:
                return _meaning(grading, item)
        if grade is not None:
            return f"{grading.name}: {grade.answer}. Such answers are kept, but teach no model."
        first, last = grading.values[0], grading.values[-1]
        return f"{grading.name}: press {first} to {last}, U if unsure, N if not assessable."


def _meaning(grading: Grading, grade_class: GradeClass) -> str:
    return f"{grading.name} {grade_class.value} {grade_class.label}: {grade_class.meaning}."
