"""One case: the disc, both answers without names, and the final answer."""

from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from spinegrader.domain.scheme import Grading
from spinegrader.gui.agreement.disc_image import DiscImage
from spinegrader.gui.itemmodels.answer_text import answer_origin, answer_words
from spinegrader.gui.panels.class_button import ClassButton
from spinegrader.gui.panels.flow_layout import FlowLayout
from spinegrader.gui.training.notices import heading, secondary_label
from spinegrader.gui.workbench import Workbench
from spinegrader.services.differing import Case
from spinegrader.texts import translate

_LETTERS = ("A", "B")


class VerdictView(QWidget):
    """Shows one case; its buttons do what the keys do."""

    graded = Signal(int)
    unsure = Signal()
    not_assessable = Signal()
    taken_back = Signal()

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._case: Case | None = None
        self._title = heading(scale=1.25)
        self._study = secondary_label()
        self.image = DiscImage(workbench)
        self._names = tuple(QLabel() for _ in _LETTERS)
        self._answers = tuple(heading(scale=1.1) for _ in _LETTERS)
        self.names_button = QPushButton(translate("Show names (R)"))
        self.names_button.setCheckable(True)
        self.names_button.setToolTip(
            translate("Whose answer is whose; that you knew it is kept with your answer")
        )
        self.names_button.toggled.connect(lambda _: self._show_answers())
        self.final = secondary_label()
        self._class_row = QWidget()
        self._buttons = FlowLayout(self._class_row)
        self.classes: list[ClassButton] = []
        self._lay_out()
        self.show_nothing(translate("Choose a row"))

    def _lay_out(self) -> None:
        answers = QGridLayout()
        answers.setHorizontalSpacing(16)
        for row, (name, answer) in enumerate(zip(self._names, self._answers, strict=True)):
            answers.addWidget(name, row, 0)
            answers.addWidget(answer, row, 1)
        answers.setColumnStretch(2, 1)
        answers.addWidget(self.names_button, 0, 3, 2, 1, Qt.AlignmentFlag.AlignTop)
        further = QHBoxLayout()
        self.further = tuple(
            _button(words, tip, signal)
            for words, tip, signal in (
                (translate("Unsure (U)"), translate("Say that you can't decide"), self.unsure),
                (
                    translate("Not assessable (N)"),
                    translate("Say that the images don't show it"),
                    self.not_assessable,
                ),
                (
                    translate("Take back (Backspace)"),
                    translate("Open the disc again"),
                    self.taken_back,
                ),
            )
        )
        for button in self.further:
            further.addWidget(button)
        further.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._title)
        column.addWidget(self._study)
        column.addWidget(self.image, 1)
        column.addLayout(answers)
        column.addWidget(self._class_row)
        column.addLayout(further)
        column.addWidget(self.final)
        self.setMinimumWidth(420)

    @property
    def case(self) -> Case | None:
        """The case on show."""
        return self._case

    @property
    def names_shown(self) -> bool:
        """Whether the adjudicator sees whose answer is whose."""
        return self.names_button.isChecked()

    def show_nothing(self, why: str) -> None:
        """Says why there is no case."""
        self._case = None
        for label in (self._title, self._study, self.final, *self._names, *self._answers):
            label.setText("")
        self._show_classes(None)
        self.image.show_nothing(why)
        self._enable()

    def show_case(self, case: Case, title: str) -> None:
        """Shows a case; whose answer is whose is hidden again with each new disc.

        Args:
            case: The disc.
            title: What the study is called.
        """
        is_same = self._case is not None and (self._case.study_uid, self._case.item) == (
            case.study_uid,
            case.item,
        )
        grading = self._workbench.session.scheme.grading(case.item.grading)
        self._case = case
        if not is_same:
            self.names_button.setChecked(False)
            self._show_classes(grading)
            self.image.show_disc(case.study_uid, case.item)
        self._title.setText(f"{case.item.disc}   {grading.name}")
        self._study.setText(title)
        self._show_answers()
        settled = case.settled
        for button in self.classes:
            button.setChecked(settled is not None and settled.value == button.grade_class.value)
        self.final.setText(
            translate("No final answer yet: give it by a digit.")
            if settled is None
            else translate("Final answer: {answer} ({origin})").format(
                answer=answer_words(settled, grading),
                origin=answer_origin(settled, self._workbench.session.reader, date.today()),
            )
        )
        self._enable()

    def _show_answers(self) -> None:
        if self._case is None:
            return
        grading = self._workbench.session.scheme.grading(self._case.item.grading)
        for at, answer in enumerate(self._case.answers):
            name = translate("Reader {letter}").format(letter=_LETTERS[at])
            if self.names_shown:
                name += f" ({answer.key.reader})"
            words = answer_words(answer, grading)
            if answer.comment:
                words += f"  “{answer.comment}”"
            self._names[at].setText(name)
            self._answers[at].setText(words)
            self._answers[at].setWordWrap(bool(answer.comment))

    def _show_classes(self, grading: Grading | None) -> None:
        for button in self.classes:
            self._buttons.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.classes = []
        if grading is None:
            return
        for grade_class in grading.classes:
            button = ClassButton(grading, grade_class)
            button.clicked.connect(lambda _=False, value=grade_class.value: self.graded.emit(value))
            self._buttons.addWidget(button)
            self.classes.append(button)

    def _enable(self) -> None:
        has_case = self._case is not None
        self.names_button.setEnabled(has_case)
        unsure, not_assessable, back = self.further
        unsure.setEnabled(has_case)
        not_assessable.setEnabled(has_case)
        back.setEnabled(self._case is not None and self._case.settled is not None)


def _button(words: str, tip: str, signal: object) -> QPushButton:
    button = QPushButton(words)
    button.setToolTip(tip)
    button.clicked.connect(lambda _=False: signal.emit())  # type: ignore[attr-defined]
    return button
