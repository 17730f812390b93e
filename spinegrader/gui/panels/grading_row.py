"""One grading of the disc in focus: its name, its answer, a button for each class."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from spinegrader.domain.grades import Answer, Grade
from spinegrader.domain.scheme import GradeClass, Grading
from spinegrader.gui.itemmodels.answer_text import answer_words
from spinegrader.gui.panels.class_button import ClassButton
from spinegrader.gui.panels.flow_layout import FlowLayout
from spinegrader.gui.theme import UNSAVED_SIGN, alert_colour
from spinegrader.texts import translate

_MARK_WIDTH = 4


class GradingRow(QWidget):
    """Shows an answer and reports clicks; it knows no project."""

    chosen = Signal(int)
    """A class was clicked: its digit."""
    entered = Signal()
    """The row was clicked beside its buttons."""
    class_hovered = Signal(object)
    """The ``GradeClass`` under the pointer or keyboard, or None."""

    def __init__(self, grading: Grading, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.grading = grading
        self.is_in_focus = False
        self._is_saved = True
        self._name = QLabel(grading.name)
        # Rather two lines than a panel that scrolls sideways.
        self._name.setWordWrap(True)
        self._answer = QLabel()
        self._answer.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.buttons = {item.value: self._make_button(item) for item in grading.classes}
        self._build()

    def _build(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self._name, 1)
        top.addWidget(self._answer)
        holder = QWidget()
        flow = FlowLayout(holder, justified=True)
        for button in self.buttons.values():
            flow.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_MARK_WIDTH + 6, 2, 2, 3)
        layout.setSpacing(2)
        layout.addLayout(top)
        layout.addWidget(holder)

    def _make_button(self, grade_class: GradeClass) -> ClassButton:
        button = ClassButton(self.grading, grade_class)
        button.clicked.connect(lambda: self.chosen.emit(grade_class.value))
        button.hovered.connect(lambda on: self.class_hovered.emit(grade_class if on else None))
        return button

    def show_answer(self, grade: Grade | None, *, is_saved: bool = True) -> None:
        """Fills the button of the answer and writes it out; says so where it isn't saved."""
        is_label = grade is not None and grade.answer is Answer.GRADED
        for value, button in self.buttons.items():
            button.setChecked(grade is not None and is_label and grade.value == value)
            button.set_saved(is_saved)
        # A filled button says it already; only what has no button is written out.
        words = answer_words(grade, self.grading)
        not_saved = translate("not saved")
        unsaved = f"{UNSAVED_SIGN} {not_saved}" if is_label else UNSAVED_SIGN
        shown = ["" if is_label else words, "" if is_saved else unsaved]
        self._answer.setText(" ".join(filter(None, shown)))
        self._answer.setToolTip("" if is_saved else translate("Not saved yet"))
        self._is_saved = is_saved
        self._paint_answer_in_its_colour()
        told = words if is_saved else f"{words}, {not_saved}"
        self.setAccessibleName(f"{self.grading.name}: {told}")

    def _paint_answer_in_its_colour(self) -> None:
        wanted = "" if self._is_saved else f"color: {alert_colour().name()}; font-weight: bold"
        if wanted != self._answer.styleSheet():
            self._answer.setStyleSheet(wanted)

    def set_in_focus(self, in_focus: bool) -> None:
        """Marks the row that digits answer."""
        self.is_in_focus = in_focus
        font = self._name.font()
        font.setBold(in_focus)
        self._name.setFont(font)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """A click beside the buttons puts the focus here."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.entered.emit()
        super().mousePressEvent(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """The colours of a new theme reach what is painted here."""
        if event.type() is QEvent.Type.PaletteChange:
            self._paint_answer_in_its_colour()
            self.update()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """A bar of the accent colour at the left of the row in focus."""
        super().paintEvent(event)
        if not self.is_in_focus:
            return
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().alternateBase())
        painter.fillRect(0, 0, _MARK_WIDTH, self.height(), self.palette().accent())
