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
        self._is_low = False
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

    def set_low(self, low: bool) -> None:
        """Takes no more than three lines, without a drawing: for windows of little height."""
        self._is_low = low
        self._show_or_hide_example()
        lines = 3 * self.fontMetrics().lineSpacing() + 2
        self.meaning.setFixedHeight(lines if low else self.example.height())

    def show_item(
        self, grading: Grading, grade: Grade | None, reader: str, how_to_answer: str
    ) -> None:
        """Tells of the answer to the item in focus, or which keys answer it.

        Args:
            grading: The grading in focus.
            grade: Its answer; None while it is open.
            reader: Whose words are “yours”.
            how_to_answer: Stands where there is no answer yet.
        """
        value = None if grade is None else grade.value
        self._resting_class = next((c for c in grading.classes if c.value == value), None)
        self._resting_text = _meaning_of_answer(grading, grade, self._resting_class, how_to_answer)
        self.show_class(grading, None)
        today = datetime.now(UTC).astimezone().date()
        self.origin.setText("" if grade is None else answer_origin(grade, reader, today))

    def show_class(self, grading: Grading, grade_class: GradeClass | None) -> None:
        """Tells of the class under the pointer; None goes back to the answer."""
        text = self._resting_text if grade_class is None else _meaning(grading, grade_class)
        self.meaning.setText(text)
        self.example.show_class(grading, grade_class or self._resting_class)
        self._show_or_hide_example()

    def _show_or_hide_example(self) -> None:
        self.example.setVisible(self.example.picture is not None and not self._is_low)


def _meaning_of_answer(
    grading: Grading, grade: Grade | None, grade_class: GradeClass | None, how_to_answer: str
) -> str:
    if grade_class is not None:
        return _meaning(grading, grade_class)
    if grade is not None:
        return translate("{grading}: {answer}. Such answers are kept, but teach no model.").format(
            grading=grading.name, answer=translate(str(grade.answer))
        )
    return how_to_answer


def _meaning(grading: Grading, grade_class: GradeClass) -> str:
    return f"{grading.name} {grade_class.value} {grade_class.label}: {grade_class.meaning}."
