"""All grades of one grading side by side: drawn, and in words."""

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QWidget

from spinegrader.domain.scheme import GradeClass, Grading
from spinegrader.gui.examples.example_view import PICTURE_SIZE, ExampleView
from spinegrader.gui.workbench import Workbench
from spinegrader.texts import translate

_SCALE = 1.6
_GAP = 14


class GradeExamplesDialog(QDialog):
    """Follows the item in focus, so that it can stay open while grading; non-modal.

    Args:
        workbench: The window's.
        parent: The window.
    """

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._grading: Grading | None = None
        self.examples: list[ExampleView] = []
        self.words: list[QLabel] = []
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(_GAP, _GAP, _GAP, _GAP)
        self._grid.setHorizontalSpacing(_GAP)
        self._grid.setSizeConstraint(QGridLayout.SizeConstraint.SetFixedSize)
        QShortcut(QKeySequence("E"), self, self.reject)
        workbench.item_changed.connect(self._refresh)
        workbench.project_changed.connect(self.close)
        self._refresh()

    def _refresh(self) -> None:
        item = self._workbench.item
        if item is None:
            return
        grading = self._workbench.session.scheme.grading(item.grading)
        if grading == self._grading:
            return
        self._grading = grading
        self.setWindowTitle(translate("What the grades mean: {name}").format(name=grading.name))
        for widget in (*self.examples, *self.words):
            self._grid.removeWidget(widget)
            widget.deleteLater()
        self.examples, self.words = [], []
        for column, grade_class in enumerate(grading.classes):
            self._add(grading, grade_class, column)

    def _add(self, grading: Grading, grade_class: GradeClass, column: int) -> None:
        example = ExampleView(_SCALE, self)
        example.show_class(grading, grade_class)
        title = f"{grade_class.value} {grade_class.label}"
        words = QLabel(f"<b>{escape(title)}</b><br>{escape(grade_class.meaning)}", self)
        words.setWordWrap(True)
        words.setFixedWidth(round(PICTURE_SIZE.width() * _SCALE))
        words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        words.setAccessibleName(f"{grading.name} {title}: {grade_class.meaning}")
        self._grid.addWidget(example, 0, column)
        self._grid.addWidget(words, 1, column)
        words.show()
        self.examples.append(example)
        self.words.append(words)
