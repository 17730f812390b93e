"""The workspace “Review”: the model's grades beside the reader's, to accept or overrule."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QModelIndex, QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from spinegrader.domain.edits import Changes
from spinegrader.gui.panels.empty_state import EmptyState
from spinegrader.gui.review.agreement_strip import AgreementStrip
from spinegrader.gui.review.case_view import CaseView
from spinegrader.gui.review.filter_bar import FilterBar
from spinegrader.gui.review.rows import (
    Cell,
    RowFilter,
    held_back_words,
    open_rows,
    study_titles,
)
from spinegrader.gui.review.rows_model import ReviewModel
from spinegrader.gui.review.rows_table import ReviewTable
from spinegrader.gui.step_runner import StepRunner
from spinegrader.gui.training.notices import NoticeBox
from spinegrader.gui.training.start_dialog import JobKind, StartDialog
from spinegrader.gui.viewer_settings import ViewerSettings
from spinegrader.gui.workbench import Workbench
from spinegrader.services import review
from spinegrader.services.places import Place
from spinegrader.services.reading import asked_gradings
from spinegrader.services.review_rows import ReviewRow
from spinegrader.services.sight import has_predictions
from spinegrader.texts import for_translation, translate, translate_count

REVIEW_KEYS = (
    ("A", for_translation("Accept the model's grade")),
    ("0 … 9", for_translation("Overrule with this grade")),
    ("X", for_translation("Leave your answer as it is and go on")),
    ("U", for_translation("Unsure")),
    (for_translation("Space"), for_translation("The plain image, or the overlays again")),
    (for_translation("Up, Down"), for_translation("Row before, next row")),
)
"""Keys of this page, for the sheet of keys."""

_EMPTY = for_translation("No model has graded this project yet.")
_COMPARE_PAUSE_MS = 300
_DIGITS = tuple(Qt.Key(Qt.Key.Key_0 + digit) for digit in range(10))


class ReviewPage(QWidget):
    """Table of disc x grading; the focused row's disc is shown large beside it.

    Nothing is computed while the page isn't seen.
    """

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._is_stale = True
        self._answering = False
        self._looking = False
        self._gathering = StepRunner(workbench, self)
        self._gathering.progressed.connect(self._say_how_far)
        self._gathering.failed.connect(lambda: self._show_rows([], self.filter_bar.row_filter))
        self._titles: dict[str, str] = {}
        self._lay_out()
        self._compare_soon = QTimer(self)
        self._compare_soon.setSingleShot(True)
        self._compare_soon.setInterval(_COMPARE_PAUSE_MS)
        self._compare_soon.timeout.connect(self._compare)
        workbench.project_changed.connect(self._on_project)
        workbench.changed.connect(self._on_changes)
        workbench.study_changed.connect(self.filter_bar.set_study)
        workbench.settings_changed.connect(lambda _: self.reload())

    def _lay_out(self) -> None:
        self.empty = EmptyState()
        self.empty.action_requested.connect(self.open_dialog)
        self.strip = AgreementStrip(self._workbench)
        self.strip.cell_chosen.connect(self._show_cell)
        self.filter_bar = FilterBar()
        self.filter_bar.changed.connect(self.reload)
        self.held_back = NoticeBox()
        self.model = ReviewModel(self)
        self.table = ReviewTable(self.model)
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        self.case = CaseView()
        ViewerSettings(self._workbench, self.case.viewer)
        self.case.accepted.connect(self.accept)
        self.case.left_alone.connect(self.leave)
        self.case.unsure.connect(self.answer_unsure)
        self.case.overruled.connect(self.overrule)
        self.case.accept_all.connect(self.accept_all_open)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 8, 0)
        column.addWidget(self.strip)
        column.addSpacing(6)
        column.addWidget(self.filter_bar)
        column.addWidget(self.held_back)
        column.addWidget(self.table, 1)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(left)
        splitter.addWidget(self.case)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 2)
        splitter.setChildrenCollapsible(False)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(splitter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self._pages)

    # -- listing ----------------------------------------------------------------------------

    def reload(self) -> None:
        """Lists the rows anew, worst disagreement first; later, if nobody sees it."""
        if not self.isVisible():
            self._is_stale = True
            return
        self._is_stale = False
        self._gathering.stop()
        self.empty.setEnabled(self._workbench.has_session)
        if not self._workbench.has_session or not has_predictions(self._workbench.session):
            self._show_empty(translate(_EMPTY), translate("Predict…"))
            return
        session = self._workbench.session
        wanted = self.filter_bar.row_filter
        studies = [wanted.study_uid] if wanted.study_uid else None
        self._gathering.run(
            review.gather_rows(session, studies), lambda known: self._show_rows(known, wanted)
        )

    def _show_rows(self, known: Sequence[ReviewRow], wanted: RowFilter) -> None:
        studies = [wanted.study_uid] if wanted.study_uid else None
        held_back = review.rows_held_back(self._workbench.session, studies)
        if not known and held_back and studies is None:
            self._show_empty(held_back_words(held_back))
            return
        self._pages.setCurrentIndex(1)
        self.held_back.set_text(held_back_words(held_back))
        self._list(known, wanted)

    def _say_how_far(self, share: float) -> None:
        """While the rows of thousands of studies are put together."""
        self._show_empty(
            translate("Putting the rows together: {percent:.0f} %").format(percent=100 * share)
        )

    def _show_empty(self, text: str, action: str = "") -> None:
        self.empty.show_message(text, action)
        self._pages.setCurrentIndex(0)
        self.model.show_rows([], {}, None)

    def _look(self, studies: Sequence[str] | None) -> list[ReviewRow]:
        """The rows that may be shown; none where it couldn't be recorded that they are seen."""
        found: list[ReviewRow] = []
        session = self._workbench.session
        self._looking = True
        try:
            self._workbench.attempt(lambda: found.extend(review.review_rows(session, studies)))
        finally:
            self._looking = False
        return found

    def _list(self, known: Sequence[ReviewRow], wanted: RowFilter) -> None:
        session = self._workbench.session
        focused = self.focused_row
        with QSignalBlocker(self.filter_bar):
            self.filter_bar.set_gradings(asked_gradings(session))
        rows = [row for row in known if wanted.takes(row)]
        hidden = self._workbench.settings.identity_hidden
        self._titles = study_titles(session, identity_hidden=hidden)
        self.model.show_rows(rows, self._titles, session.scheme)
        self.table.fit_columns()
        self.filter_bar.show_count(len(rows), len(known))
        self.strip.mark(wanted.cell)
        at = -1 if focused is None else self.model.row_of(focused.study_uid, focused.item)
        self._focus(max(at, 0))

    @property
    def focused_row(self) -> ReviewRow | None:
        """The row in focus."""
        at = self.table.currentIndex().row()
        return self.model.rows[at] if 0 <= at < len(self.model.rows) else None

    def _focus(self, at: int) -> None:
        if not self.model.rows:
            self.case.show_nothing(translate("No row fits these choices"))
            return
        at = min(at, len(self.model.rows) - 1)
        if self.table.currentIndex().row() == at:
            self._show_focused()
        else:
            self.table.selectRow(at)

    def _on_row(self, current: QModelIndex, _: QModelIndex) -> None:
        if current.isValid():
            self._show_focused()

    def _show_focused(self) -> None:
        row = self.focused_row
        if row is None:
            return
        self.case.show_row(self._workbench.session, row, self._titles.get(row.study_uid, ""))
        opens = open_rows(self._look([row.study_uid]))
        self.case.show_open(len(opens))

    def _show_cell(self, cell: Cell) -> None:
        name = self._workbench.session.scheme.grading(cell.grading).name
        text = translate("{grading}: reader {reader}, model {model}").format(
            grading=name, reader=cell.reference, model=cell.predicted
        )
        self.filter_bar.set_cell(cell, text)

    def go_to(self, place: Place) -> None:
        """Puts the focus on the row of a change, if it is among those shown."""
        if place.item is not None:
            at = self.model.row_of(place.study_uid, place.item)
            if at >= 0:
                self._focus(at)

    # -- listening --------------------------------------------------------------------------

    def _on_project(self) -> None:
        self.case.forget()
        with QSignalBlocker(self.filter_bar):
            self.filter_bar.set_cell(None)
        self.filter_bar.set_study(self._workbench.study_uid)
        self.reload()
        self._compare_later()

    def _on_changes(self, changes: Changes) -> None:
        if not self.isVisible():
            self._is_stale = True
            return
        if self._looking or self._gathering.is_stepping:
            return
        if changes.predictions or changes.studies or changes.settings:
            self.reload()
        elif self._gathering.is_running:
            if changes.grades or changes.flow:
                self.reload()
        elif changes.grades:
            self._on_grades(changes.grades)
        elif changes.overlays:
            self._show_focused()
        if changes.predictions or changes.grades or changes.studies:
            self._compare_later()

    def _on_grades(self, studies: frozenset[str]) -> None:
        session = self._workbench.session
        if review.rows_held_back(session, studies):
            # An answer was taken back: the study is to be read blinded again.
            self.reload()
            return
        self.model.update_rows(self._look(list(studies)))
        if not self._answering:
            self._show_focused()

    def _compare(self) -> None:
        """First the rows, then how well they agree."""
        if self._gathering.is_running:
            self._compare_soon.start()
        else:
            self.strip.refresh()

    def _compare_later(self) -> None:
        if self.isVisible():
            self._compare_soon.start()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Catches up with what happened while the page wasn't seen."""
        super().showEvent(event)
        if self._is_stale:
            self.reload()
            self._compare_soon.start()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Nothing is compared that nobody sees; it is caught up with later."""
        if self._compare_soon.isActive() or self._gathering.is_running or self.strip.is_comparing:
            self._compare_soon.stop()
            self._gathering.stop()
            self.strip.stop()
            self._is_stale = True
        super().hideEvent(event)

    # -- answering --------------------------------------------------------------------------

    def accept(self) -> None:
        """Takes the model's grade over as the reader's own and goes on."""
        row = self.focused_row
        if row is not None and row.prediction is not None:
            self._answer(lambda: review.accept(self._workbench.session, row))

    def overrule(self, value: int) -> None:
        """Keeps another grade than the model's and goes on; nothing if there is no such grade."""
        row = self.focused_row
        if row is None:
            return
        session = self._workbench.session
        if value in session.scheme.grading(row.item.grading).values:
            self._answer(lambda: review.overrule(session, row, value))

    def answer_unsure(self) -> None:
        """Says that the reader can't decide and goes on."""
        row = self.focused_row
        if row is not None:
            self._answer(lambda: review.unsure(self._workbench.session, row))

    def leave(self) -> None:
        """Goes on; the answer stays as it is."""
        self._focus(self.table.currentIndex().row() + 1)

    def accept_all_open(self) -> None:
        """Accepts what the reader hasn't answered in the focused row's study, as one change."""
        focused = self.focused_row
        if focused is None:
            return
        session = self._workbench.session
        rows = open_rows(self._look([focused.study_uid]))
        if self._workbench.attempt(lambda: review.accept_all(session, rows)) and rows:
            words = translate_count(
                "{count} grade accepted; undo takes it back.",
                "{count} grades accepted; undo takes them back.",
                len(rows),
            )
            self._workbench.notified.emit(words.format(count=len(rows)))

    def _answer(self, action: Callable[[], object]) -> None:
        self._answering = True
        try:
            is_kept = self._workbench.attempt(action)
        finally:
            self._answering = False
        at = self.table.currentIndex().row()
        self._focus(at + 1 if is_kept else at)

    # -- keys -------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Claims this page's keys before the window's shortcuts do."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() is QEvent.Type.ShortcutOverride
            and self._action_of(event) is not None
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """A accepts, digits overrule, X leaves, U is unsure."""
        action = self._action_of(event)
        if action is None:
            super().keyPressEvent(event)
        else:
            action()

    def _action_of(self, event: QKeyEvent) -> Callable[[], None] | None:
        # Digits of the number pad count too; a key with Ctrl or Alt belongs to the window.
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return None
        key = Qt.Key(event.key())
        if key in _DIGITS:
            digit = _DIGITS.index(key)
            return lambda: self.overrule(digit)
        return {
            Qt.Key.Key_A: self.accept,
            Qt.Key.Key_X: self.leave,
            Qt.Key.Key_U: self.answer_unsure,
            Qt.Key.Key_Space: self.case.toggle_overlays,
        }.get(key)

    # -- predicting -------------------------------------------------------------------------

    def open_dialog(self) -> StartDialog | None:
        """Asks which model shall grade what; None without a project."""
        if not self._workbench.has_session:
            return None
        dialog = StartDialog(self._workbench, JobKind.PREDICT, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        return dialog
