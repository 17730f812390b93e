"""The workspace “Review”: the model's grades beside the reader's, to accept or overrule."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from spinegrader.domain.edits import Changes
from spinegrader.gui.key_page import KeyPage
from spinegrader.gui.panels.empty_state import EmptyState
from spinegrader.gui.review.bulk_dialog import BulkDialog
from spinegrader.gui.review.case_view import CaseView, series_of
from spinegrader.gui.review.row_answers import RowAnswers
from spinegrader.gui.review.row_source import RowSource
from spinegrader.gui.review.rows import (
    Cell,
    RowFilter,
    held_back_words,
    open_rows,
    study_titles,
)
from spinegrader.gui.review.rows_side import RowsSide
from spinegrader.gui.review.two_sides import TwoSides
from spinegrader.gui.training.start_dialog import JobKind, StartDialog
from spinegrader.gui.workbench import Workbench
from spinegrader.services.places import Place
from spinegrader.services.reading import Item, asked_gradings
from spinegrader.services.review_rows import ReviewRow, rows_held_back
from spinegrader.services.sight import has_predictions
from spinegrader.texts import for_translation, translate

_EMPTY = for_translation(
    "No model has graded this project yet.\n\nOnce one has, its grades stand here beside yours, "
    "disc by disc, to be accepted or overruled."
)
_COMPARE_PAUSE_MS = 300
_MOST_AT_ONCE = 20
"""Studies whose rows are renewed in one go."""


class ReviewPage(KeyPage):
    """Table of disc x grading; the focused row's disc is shown large beside it.

    Nothing is computed while the page isn't seen.
    """

    jump_wanted = Signal(object)
    """A disc should be shown in Read: its ``Place``."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._is_stale = True
        self._source = RowSource(workbench, self)
        self._source.progressed.connect(self._say_how_far)
        self._source.gathered.connect(self._show_rows)
        self._titles: dict[str, str] = {}
        self._last_place: tuple[str, Item] | None = None
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
        side = RowsSide(self._workbench)
        self.strip, self.filter_bar, self.held_back = side.strip, side.filter_bar, side.held_back
        self.model, self.table, self.bulk_button = side.model, side.table, side.bulk_button
        self.strip.cell_chosen.connect(self._show_cell)
        self.filter_bar.changed.connect(self.reload)
        self.bulk_button.clicked.connect(self.open_bulk_dialog)
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        self.case = CaseView(self._workbench)
        self.answers = RowAnswers(self._workbench, lambda: self.focused_row, self)
        self.answers.answered.connect(self._go_on)
        self._connect_case()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(TwoSides(side, self.case))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self._pages)

    def _connect_case(self) -> None:
        case, answers = self.case, self.answers
        case.accepted.connect(answers.accept)
        case.left_alone.connect(self.leave)
        case.unsure.connect(answers.answer_unsure)
        case.overruled.connect(answers.overrule)
        case.commented.connect(self._comment)
        case.comment_left.connect(lambda: self.table.setFocus(Qt.FocusReason.OtherFocusReason))
        case.jump_wanted.connect(self.jump)
        case.accept_all.connect(self._accept_study)
        keys = {
            Qt.Key.Key_A: answers.accept,
            Qt.Key.Key_X: self.leave,
            Qt.Key.Key_U: answers.answer_unsure,
            Qt.Key.Key_C: self._begin_comment,
            Qt.Key.Key_E: case.evidence_button.click,
            Qt.Key.Key_S: self.filter_bar.switch_study,
            Qt.Key.Key_J: self.jump,
            Qt.Key.Key_Return: self.jump,
            Qt.Key.Key_Enter: self.jump,
            Qt.Key.Key_Space: case.toggle_overlays,
        }
        self.set_keys(keys, answers.overrule)

    # -- listing ----------------------------------------------------------------------------

    def reload(self) -> None:
        """Lists the rows anew, worst disagreement first; later, if nobody sees it."""
        if not self.isVisible():
            self._is_stale = True
            return
        self._is_stale = False
        self._source.stop()
        self.empty.setEnabled(self._workbench.has_session)
        if not self._workbench.has_session or not has_predictions(self._workbench.session):
            self._show_empty(translate(_EMPTY), translate("Predict…"))
            return
        self._source.gather(self.filter_bar.row_filter)

    def _show_rows(self, known: Sequence[ReviewRow], wanted: RowFilter) -> None:
        studies = [wanted.study_uid] if wanted.study_uid else None
        words = held_back_words(rows_held_back(self._workbench.session, studies))
        if not known and words and studies is None:
            self._show_empty(words)
            return
        self._pages.setCurrentIndex(1)
        self.held_back.set_text(words)
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

    def _list(self, known: Sequence[ReviewRow], wanted: RowFilter) -> None:
        session = self._workbench.session
        with QSignalBlocker(self.filter_bar):
            self.filter_bar.set_gradings(asked_gradings(session))
        rows = [row for row in known if wanted.takes(row)]
        hidden = self._workbench.settings.identity_hidden
        self._titles = study_titles(session, identity_hidden=hidden)
        self.model.show_rows(rows, self._titles, session.scheme)
        self.table.fit_columns()
        self.filter_bar.show_count(len(rows), len(known))
        self.strip.mark(wanted.cell)
        # While rows are put together there are none, and so no focus to ask for.
        at = -1 if self._last_place is None else self.model.row_of(*self._last_place)
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
        self._last_place = (row.study_uid, row.item)
        self.case.show_row(self._workbench.session, row, self._titles.get(row.study_uid, ""))
        opens = open_rows(self._source.look([row.study_uid]))
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
        self._last_place = None
        with QSignalBlocker(self.filter_bar):
            self.filter_bar.set_cell(None)
        self.filter_bar.set_study(self._workbench.study_uid)
        self.reload()
        self._compare_later()

    def _on_changes(self, changes: Changes) -> None:
        if not self.isVisible():
            self._is_stale = True
            return
        if self._source.is_recording:
            return
        if changes.predictions or changes.studies or changes.settings:
            self.reload()
        elif self._source.is_gathering:
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
        if len(studies) > _MOST_AT_ONCE or rows_held_back(session, studies):
            # Many are put together in steps; or an answer was taken back, and the study is to
            # be read blinded again.
            self.reload()
            return
        self.model.update_rows(self._source.look(list(studies)))
        if not self.answers.is_answering:
            self._show_focused()

    def _compare(self) -> None:
        """First the rows, then how well they agree."""
        if self._source.is_gathering:
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
        if self._compare_soon.isActive() or self._source.is_gathering or self.strip.is_comparing:
            self._compare_soon.stop()
            self._source.stop()
            self.strip.stop()
            self._is_stale = True
        self.case.evidence.stop()
        super().hideEvent(event)

    # -- answering --------------------------------------------------------------------------

    def leave(self) -> None:
        """Goes on; the answer stays as it is."""
        self._focus(self.table.currentIndex().row() + 1)

    def _go_on(self, is_kept: bool) -> None:
        at = self.table.currentIndex().row()
        self._focus(at + 1 if is_kept else at)

    def _accept_study(self) -> None:
        focused = self.focused_row
        if focused is not None:
            self.answers.accept_rows(open_rows(self._source.look([focused.study_uid])))

    def _begin_comment(self) -> None:
        if not self.case.write_comment():
            self._workbench.notified.emit(translate("Answer this item first, then comment on it."))

    def _comment(self, row: ReviewRow, text: str) -> None:
        self.answers.comment(row, text)

    def open_bulk_dialog(self) -> BulkDialog:
        """Asks how sure the model must be for its grades to be accepted at once."""
        dialog = BulkDialog(self._workbench.session, self.model.rows, self)
        dialog.accepted.connect(lambda: self.answers.accept_rows(dialog.choice.rows))
        dialog.open()
        return dialog

    def jump(self) -> None:
        """Shows the focused row's disc in Read; this page stays as it is meanwhile."""
        row = self.focused_row
        if row is not None:
            series = series_of(self._workbench.session, row)
            uid = "" if series is None else series.uid
            self.jump_wanted.emit(Place(row.study_uid, uid, item=row.item))

    # -- predicting -------------------------------------------------------------------------

    def open_dialog(self) -> StartDialog | None:
        """Asks which model shall grade what; None without a project."""
        if not self._workbench.has_session:
            return None
        dialog = StartDialog(self._workbench, JobKind.PREDICT, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        return dialog
