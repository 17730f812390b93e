"""What a grade means, in words and drawn, and who gave the answer when."""

from datetime import UTC, datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from spinegrader.domain.grades import Grade
from spinegrader.domain.scheme import GradeClass, Grading
from spinegrader.gui.examples.example_view import ExampleView
from spinegrader.gui.itemmodels.answer_text import answer_origin
from spinegrader.texts import translate

_GAP = 8


class AnswerNote(QWidget):
    """Keeps its height whatever it says, so that the buttons above never jump."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.meaning = QLabel()
        self.meaning.setWordWrap(True)
        self.meaning.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.meaning.setAccessibleName(translate("What the grade means"))
        self.example = ExampleView()
        self.meaning.setFixedHeight(self.example.height())
        self.origin = QLabel()
        self.origin.setForegroundRole(self.origin.palette().ColorRole.PlaceholderText)
        self.origin.setAccessibleName(translate("Who answered when"))
        self.origin.setFixedHeight(self.fontMetrics().lineSpacing() + 2)
        self._resting_text = ""
        self._resting_class: GradeClass | None = None
        beside = QHBoxLayout()
        beside.setSpacing(_GAP)
        beside.addWidget(self.meaning, 1)
        beside.addWidget(self.example, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(beside)
        layout.addWidget(self.origin)

    def show_item(self, grading: Grading, grade: Grade | None, reader: str) -> None:
        """Tells of the answer to the item in focus, or which keys answer it."""
        value = None if grade is None else grade.value
        self._resting_class = next((c for c in grading.classes if c.value == value), None)
        self._resting_text = _meaning_of_answer(grading, grade, self._resting_class)
        self.show_class(grading, None)
        today = datetime.now(UTC).astimezone().date()
        self.origin.setText("" if grade is None else answer_origin(grade, reader, today))

    def show_class(self, grading: Grading, grade_class: GradeClass | None) -> None:
        """Tells of the class under the pointer; None goes back to the answer."""
        text = self._resting_text if grade_class is None else _meaning(grading, grade_class)
        self.meaning.setText(text)
        self.example.show_class(grading, grade_class or self._resting_class)


def _meaning_of_answer(
    grading: Grading, grade: Grade | None, grade_class: GradeClass | None
) -> str:
    if grade_class is not None:
        return _meaning(grading, grade_class)
    if grade is not None:
        return translate("{grading}: {answer}. Such answers are kept, but teach no model.").format(
            grading=grading.name, answer=translate(str(grade.answer))
        )
    first, last = grading.values[0], grading.values[-1]
    return translate(
        "{grading}: press {first} to {last}, U if unsure, N if not assessable."
    ).format(grading=grading.name, first=first, last=last)


def _meaning(grading: Grading, grade_class: GradeClass) -> str:
    return f"{grading.name} {grade_class.value} {grade_class.label}: {grade_class.meaning}."
