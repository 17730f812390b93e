"""The window “Change over time” of the patient of the study in front."""

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from spinegrader.domain.edits import Changes
from spinegrader.gui.agreement.course_plots import CoursePlots
from spinegrader.gui.agreement.course_words import visit_words, words_at_visit
from spinegrader.gui.agreement.side_window import SideWindow
from spinegrader.gui.agreement.source_marks import MarkKey
from spinegrader.gui.theme import tabular_font
from spinegrader.gui.training.notices import heading, secondary_label
from spinegrader.gui.workbench import Workbench
from spinegrader.services.changes_over_time import Course, course_of
from spinegrader.services.reading import Item
from spinegrader.texts import for_translation, translate, translate_count

_NO_STUDY = for_translation("No study is in front: choose one in Read.")
_NO_DATE = for_translation("Visits without a date are in the table alone.")


class ChangeWindow(SideWindow):
    """Plots and the same as a table; follows the study in front until another is asked for."""

    def __init__(
        self, workbench: Workbench, parent: QWidget | None = None, study_uid: str = ""
    ) -> None:
        super().__init__(translate("Change over time"), parent)
        self.resize(920, 620)
        self._workbench = workbench
        self._study_uid = study_uid or workbench.study_uid
        self._course: Course | None = None
        self._is_looking = False
        self.title = heading()
        self.grading = QComboBox()
        self.grading.setAccessibleName(translate("Grading"))
        self.grading.setToolTip(translate("Which grades are shown"))
        self.grading.currentIndexChanged.connect(lambda _: self._show())
        self.note = secondary_label()
        self.plots = CoursePlots(workbench)
        self.table = self._make_table()
        self._lay_out()
        workbench.study_changed.connect(self.show_study)
        workbench.settings_changed.connect(self.refresh)
        workbench.changed.connect(self._on_changes)
        workbench.item_changed.connect(self._on_item)
        workbench.project_changed.connect(self.close)
        self.refresh()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.title)
        top.addStretch(1)
        top.addWidget(QLabel(translate("Grading")))
        top.addWidget(self.grading)
        self.tabs = QTabWidget()
        plots = QWidget()
        drawn = QVBoxLayout(plots)
        drawn.addWidget(MarkKey())
        drawn.addWidget(self.plots, 1)
        self.tabs.addTab(plots, translate("Plots"))
        self.tabs.addTab(self.table, translate("Table"))
        column = QVBoxLayout(self)
        column.addLayout(top)
        column.addWidget(self.tabs, 1)
        column.addWidget(self.note)

    def _make_table(self) -> QTableWidget:
        table = QTableWidget()
        table.setAccessibleName(translate("Grades by disc and visit"))
        table.setFont(tabular_font(table.font()))
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        return table

    def show_study(self, study_uid: str) -> None:
        """Shows the patient of a study."""
        if study_uid != self._study_uid:
            self._study_uid = study_uid
            self.refresh()

    def refresh(self, *_: object) -> None:
        """Looks anew at the grades of the patient; that others' are seen is recorded."""
        bench = self._workbench
        self._course = None
        if bench.has_session and self._study_uid in bench.session.state.studies:
            self._is_looking = True
            try:
                bench.attempt(self._look)
            finally:
                self._is_looking = False
        self._fill_gradings()
        self._show()

    def _look(self) -> None:
        self._course = course_of(self._workbench.session, self._study_uid)

    def _fill_gradings(self) -> None:
        course, item = self._course, self._workbench.item
        before = self.grading.currentData() or (None if item is None else item.grading)
        with QSignalBlocker(self.grading):
            self.grading.clear()
            for name in () if course is None else course.gradings:
                self.grading.addItem(self._workbench.session.scheme.grading(name).name, name)
            self.grading.setCurrentIndex(max(self.grading.findData(before), 0))

    def _show(self) -> None:
        course = self._course
        if course is None or self.grading.currentData() is None:
            self.title.setText("")
            self.note.setText(translate(_NO_STUDY))
            self.tabs.hide()
            return
        self.tabs.show()
        hidden = self._workbench.settings.identity_hidden
        visits = translate_count("{number} visit", "{number} visits", len(course.visits))
        person = translate("Patient") if hidden else course.person
        self.title.setText(f"{person}, {visits.format(number=len(course.visits))}")
        grading = self._workbench.session.scheme.grading(self.grading.currentData())
        self.plots.show_course(course, grading, identity_hidden=hidden)
        self._show_table(course, grading.id, identity_hidden=hidden)
        self.note.setText(_note(course, grading.id))
        self.note.setVisible(bool(self.note.text()))

    def _show_table(self, course: Course, grading: str, *, identity_hidden: bool) -> None:
        table = self.table
        table.setRowCount(len(course.discs))
        table.setColumnCount(len(course.visits))
        table.setVerticalHeaderLabels([str(disc) for disc in course.discs])
        table.setHorizontalHeaderLabels(
            [
                visit_words(course, at, identity_hidden=identity_hidden)
                for at in range(len(course.visits))
            ]
        )
        for row, disc in enumerate(course.discs):
            for column, visit in enumerate(course.visits):
                cell = QTableWidgetItem(words_at_visit(course, visit, Item(disc, grading)))
                cell.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
                table.setItem(row, column, cell)

    def _on_item(self, item: Item | None) -> None:
        at = -1 if item is None else self.grading.findData(item.grading)
        if at >= 0:
            self.grading.setCurrentIndex(at)

    def _on_changes(self, changes: Changes) -> None:
        if self._is_looking:
            return
        shown = set() if self._course is None else {v.study_uid for v in self._course.visits}
        touched = changes.grades | changes.predictions
        if changes.studies or changes.settings or not shown.isdisjoint(touched):
            self.refresh()


def _note(course: Course, grading: str) -> str:
    told = []
    if course.undated:
        told.append(translate(_NO_DATE))
    if number := course.no_grades(grading):
        told.append(
            translate_count(
                "{number} answer that is no grade (unsure or not assessable) is in the table "
                "alone.",
                "{number} answers that are no grades (unsure or not assessable) are in the table "
                "alone.",
                number,
            ).format(number=number)
        )
    if course.held_back:
        told.append(
            translate_count(
                "{number} visit shows your own grades alone, as you still read it blinded.",
                "{number} visits show your own grades alone, as you still read them blinded.",
                course.held_back,
            ).format(number=course.held_back)
        )
    return " ".join(told)
