"""Every answer that the reader has given to one item: what, when, how and why."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from spinegrader.domain.edits import Changes
from spinegrader.domain.grades import Grade
from spinegrader.domain.scheme import Grading
from spinegrader.gui.itemmodels.answer_text import answer_words
from spinegrader.gui.theme import UNSAVED_SIGN, tabular_font
from spinegrader.gui.workbench import Workbench
from spinegrader.services import reading
from spinegrader.services.reading import Item
from spinegrader.texts import for_translation, translate

_COLUMNS = (
    for_translation("When"),
    for_translation("Answer"),
    for_translation("Reading"),
    for_translation("Model's grade"),
    for_translation("Reason"),
    for_translation("Seconds"),
    for_translation("Version"),
    for_translation("Comment"),
)
_COMMENT = len(_COLUMNS) - 1
_NOTHING = "–"
_ROOMY = "QTableView::item { padding: 4px 8px; } QHeaderView::section { padding: 4px 8px; }"
_ONLY_ONE = for_translation("An answer that replaces another has a reason: this one is the first.")
_NO_ANSWER = for_translation("The item is open: an answer has a reason, once it replaces another.")
_WHY = for_translation(
    "Why the answer in force replaced the one before. It is kept as a further line."
)


class GradeHistoryDialog(QDialog):
    """A table, newest first, and the reason of the answer in force; non-modal.

    Other readers' answers are not in it: the reading stays blinded.

    Args:
        workbench: The window's.
        study_uid: The study.
        item: Disc and grading.
        parent: The window.
    """

    def __init__(
        self, workbench: Workbench, study_uid: str, item: Item, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._study_uid = study_uid
        self._item = item
        self._grading = workbench.session.scheme.grading(item.grading)
        self.setWindowTitle(
            translate("History of {disc} {name}").format(disc=item.disc, name=self._grading.name)
        )
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(1120, 380)
        self.table = self._make_table()
        self.reason = QComboBox()
        self.note = QLabel()
        self.keep = QPushButton(translate("&Keep reason"))
        self._lay_out()
        self.keep.clicked.connect(self._keep_reason)
        self.reason.currentTextChanged.connect(self._refresh_keep)
        workbench.changed.connect(self._on_changed)
        workbench.project_changed.connect(self.close)
        self._refresh()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(0, len(_COLUMNS))
        table.setAccessibleName(translate("Answers, newest first"))
        table.setHorizontalHeaderLabels([translate(name) for name in _COLUMNS])
        table.setFont(tabular_font(table.font()))
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.setAlternatingRowColors(True)
        table.setStyleSheet(_ROOMY)
        rows = table.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        rows.hide()
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_COMMENT, QHeaderView.ResizeMode.Stretch)
        return table

    def _lay_out(self) -> None:
        line = QLineEdit()
        line.returnPressed.connect(self._keep_reason)
        self.reason.setLineEdit(line)
        self.reason.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.reason.addItems([translate(reason) for reason in reading.OFFERED_REASONS])
        self.reason.setAccessibleName(translate("Reason"))
        self.reason.setMinimumWidth(300)
        self.note.setForegroundRole(self.note.palette().ColorRole.PlaceholderText)
        label = QLabel(translate("&Reason"))
        label.setBuddy(self.reason)
        close = QPushButton(translate("&Close"))
        close.clicked.connect(self.reject)
        for button in (self.keep, close):
            # Return belongs to the reason.
            button.setAutoDefault(False)
        row = QHBoxLayout()
        row.addWidget(label)
        row.addWidget(self.reason)
        row.addWidget(self.keep)
        row.addStretch(1)
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.addWidget(self.table, 1)
        column.addLayout(row)
        column.addWidget(self.note)
        again = QShortcut(QKeySequence("H"), self.table, self.reject)
        again.setContext(Qt.ShortcutContext.WidgetShortcut)

    # -- showing ----------------------------------------------------------------------------

    def _on_changed(self, changes: Changes) -> None:
        if self._study_uid in changes.grades or changes.studies:
            self._refresh()

    def _refresh(self) -> None:
        session = self._workbench.session
        grades = reading.history_of(session, self._study_uid, self._item)
        waiting = reading.waiting_answers(session, self._study_uid, self._item)
        self.table.setRowCount(len(grades))
        for row, grade in enumerate(grades):
            is_saved = grade not in waiting
            for column, text in enumerate(_texts(grade, self._grading, is_saved=is_saved)):
                cell = QTableWidgetItem(text)
                cell.setToolTip(text)
                self.table.setItem(row, column, cell)
        if grades:
            self.table.selectRow(0)
        takes_reason = reading.takes_reason(session, self._study_uid, self._item)
        self.reason.setEnabled(takes_reason)
        own = reading.own_grade(session, self._study_uid, self._item)
        self.reason.setCurrentText(translate(own.reason) if takes_reason and own else "")
        note = _WHY if takes_reason else _NO_ANSWER if own is None else _ONLY_ONE
        self.note.setText(translate(note))
        self._refresh_keep()

    @property
    def _chosen_reason(self) -> str:
        """As it is kept: the offered ones in English, the reader's own words as they are."""
        shown = self.reason.currentText().strip()
        offered = {translate(reason): reason for reason in reading.OFFERED_REASONS}
        return offered.get(shown, shown)

    def _refresh_keep(self) -> None:
        own = reading.own_grade(self._workbench.session, self._study_uid, self._item)
        text = self._chosen_reason
        is_new = own is not None and bool(text) and text != own.reason
        self.keep.setEnabled(self.reason.isEnabled() and is_new)

    def _keep_reason(self) -> None:
        if not self.keep.isEnabled():
            return
        text = self._chosen_reason
        self._workbench.attempt(
            lambda: reading.give_reason(self._workbench.session, self._study_uid, self._item, text)
        )


def _texts(grade: Grade, grading: Grading, *, is_saved: bool) -> tuple[str, ...]:
    when = f"{grade.graded_at.astimezone():%Y-%m-%d %H:%M:%S}"
    if not is_saved:
        when = " ".join((when, UNSAVED_SIGN, translate("not saved")))
    return (
        when,
        translate("taken back") if grade.is_open else answer_words(grade, grading),
        translate(str(grade.mode)),
        _model_words(grade),
        translate(grade.reason) or _NOTHING,
        f"{grade.seconds:.1f}" if grade.seconds else _NOTHING,
        grade.program_version or _NOTHING,
        grade.comment,
    )


def _model_words(grade: Grade) -> str:
    if grade.accepted_prediction:
        return translate("shown, accepted")
    return translate("shown") if grade.prediction_visible else translate("not shown")
