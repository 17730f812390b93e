"""The work list: who waits to be read, who is begun, who is done."""

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from spinegrader.gui.itemmodels.work_list_model import WorkListModel
from spinegrader.gui.itemmodels.work_list_order import Scope, SortBy
from spinegrader.gui.keys import how_to
from spinegrader.gui.panels.empty_state import EmptyState
from spinegrader.gui.panels.suggested_order import SuggestedOrder
from spinegrader.gui.panels.work_list_bar import WorkListBar
from spinegrader.gui.panels.work_list_menu import WorkListMenu
from spinegrader.gui.panels.work_list_view import WorkListView
from spinegrader.gui.workbench import Workbench
from spinegrader.services import reading
from spinegrader.services.suggested_reading import SuggestedReading
from spinegrader.texts import translate, translate_count

_OPEN_AFTER_MS = 10
_COUNT_EVERY_MS = 20
_COUNT_FOR_S = 0.006


class WorkList(QWidget):
    """Search, filter, order and the rows of patients and visits; choosing a visit opens it."""

    import_requested = Signal()
    image_requested = Signal()
    """The focus shall go to the image."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(translate("Work list"))
        self._workbench = workbench
        self._chosen = ""
        self._is_following = False
        self._scrolled_to = 0
        # A study is opened after the view has dealt with the key or click, and shown it: opening
        # may take the row of a finished study away, and only the last of several quick keys counts.
        self._opening = QTimer(self)
        self._opening.setSingleShot(True)
        self._opening.setInterval(_OPEN_AFTER_MS)
        self._opening.timeout.connect(self._open_chosen)
        # Counting thousands of visits takes seconds: a little at a time, while the list is seen.
        self._counting = QTimer(self)
        self._counting.setInterval(_COUNT_EVERY_MS)
        self._counting.timeout.connect(self._count_ahead)
        self.model = WorkListModel(workbench, self)
        self.bar = WorkListBar()
        self.suggesting = SuggestedOrder(workbench, self)
        self._walk_begins = False
        self.search, self.scope, self.sort = self.bar.search, self.bar.scope, self.bar.sort
        self.view = WorkListView(self.model)
        self.empty = EmptyState()
        self._build()
        self._connect()
        self._restore()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.bar)
        # Pages are shown as they are added: without a parent they would be windows of their own.
        self._pages = QStackedLayout()
        layout.addLayout(self._pages, 1)
        self._pages.addWidget(self.view)
        self._pages.addWidget(self.empty)
        self.setMinimumWidth(240)

    def _connect(self) -> None:
        bench = self._workbench
        self.search.textChanged.connect(self.model.set_words)
        self.scope.currentIndexChanged.connect(self._on_scope)
        self.bar.order_changed.connect(self._on_order)
        self.bar.refresh_requested.connect(self.suggesting.ask)
        self.suggesting.found.connect(self._on_suggested)
        self.suggesting.given_up.connect(self._leave_suggested)
        self.view.customContextMenuRequested.connect(self._show_menu)
        self.view.selectionModel().currentChanged.connect(self._on_current_changed)
        self.view.fold_requested.connect(self._fold)
        self.view.image_requested.connect(self.image_requested)
        self.search.list_wanted.connect(self._go_to_found)
        self.empty.action_requested.connect(self._on_empty_action)
        self.model.modelAboutToBeReset.connect(self._note_scrolling)
        self.model.modelReset.connect(self._restore)
        bench.study_changed.connect(self._on_study_changed)
        bench.project_changed.connect(self._on_project_changed)
        bench.changed.connect(self._leave_duplicate)

    # -- what the reader does ---------------------------------------------------------------

    def next_undone(self) -> str | None:
        """The visit that isn't done behind the one in front, in the order that is shown.

        Behind the last one comes the first; where the list shows none, one that it doesn't show.
        """
        bench = self._workbench
        front = bench.study_uid or None
        arrangement = self.model.arrangement
        if arrangement.is_grouped and not arrangement.words and arrangement.scope is Scope.ALL:
            return reading.next_undone_study(bench.session, front)
        order = self.model.shown_studies()
        if self._walk_begins:
            # What is suggested is walked through from its first one, wherever one stands.
            first = reading.next_undone_of(bench.session, order)
            if first != front:
                return first
        shown = reading.next_undone_of(bench.session, order, front)
        return shown or reading.next_undone_study(bench.session, front)

    def focus_search(self) -> None:
        """Puts the cursor in the search field."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _go_to_found(self) -> None:
        """Moves the keyboard to the list; opens its first visit if the one in front isn't there."""
        self.view.setFocus(Qt.FocusReason.ShortcutFocusReason)
        shown = self.model.shown_studies()
        if shown and self._workbench.study_uid not in shown:
            self.view.setCurrentIndex(self.model.index_of(shown[0]))

    def _on_scope(self) -> None:
        self.model.set_scope(Scope(self.scope.currentData()))

    def _on_order(self) -> None:
        if self.bar.sort_by is not SortBy.SUGGESTED:
            self._walk_begins = False
            self.suggesting.stop()
        elif not self.model.arrangement.suggested:
            # The list stays as it is until the model has answered.
            self.suggesting.ask()
            return
        self.model.sort_rows(self.bar.sort_by, is_reversed=self.bar.direction.isChecked())
        self.view.scrollTo(self.view.currentIndex())

    def _on_suggested(self, found: SuggestedReading) -> None:
        """The model has answered: what it suggests stands first."""
        if self.bar.sort_by is not SortBy.SUGGESTED:
            return
        self.model.set_suggested(found.studies)
        self._walk_begins = True
        self._on_order()
        self.view.scrollToTop()
        self.bar.explain_suggestion(found.notices)
        key = how_to("next_study", self._workbench.settings)
        words = translate_count(
            "{model} suggests {count} study: {key} to open it.",
            "{model} suggests {count} studies: {key} to open the first.",
            len(found.studies),
        )
        self._workbench.notified.emit(
            words.format(count=len(found.studies), model=found.model_title, key=key)
        )

    def _leave_suggested(self) -> None:
        """Without an answer the list keeps its order, and the bar says so."""
        if self.bar.sort_by is SortBy.SUGGESTED:
            self.bar.choose(self.model.arrangement.sort_by)

    def _on_current_changed(self, current: QModelIndex) -> None:
        study_uid = current.data(WorkListModel.StudyUidRole)
        if study_uid and not self._is_following:
            self._chosen = study_uid
            self._opening.start()

    def _open_chosen(self) -> None:
        if self._workbench.has_session:
            self._workbench.attempt(lambda: self._workbench.select_study(self._chosen))

    def _fold(self, patient_id: str, folded: bool) -> None:
        self.model.set_folded(patient_id, folded=folded)
        self.view.setCurrentIndex(self.model.index_of_patient(patient_id))

    def _show_menu(self, place: QPoint) -> None:
        menu = self.menu_at(self.view.indexAt(place))
        if menu is not None:
            menu.popup(self.view.viewport().mapToGlobal(place))

    def menu_at(self, index: QModelIndex) -> WorkListMenu | None:
        """What can be done with a row: merge, split, flag; None where there is no row."""
        if not index.isValid():
            return None
        return WorkListMenu(self._workbench, self.model.row_at(index), self.model.people, self)

    def _on_empty_action(self) -> None:
        if self.model.study_count == 0:
            self.import_requested.emit()
            return
        self.search.clear()
        self.scope.setCurrentIndex(self.scope.findData(Scope.ALL))

    # -- following the project --------------------------------------------------------------

    def _on_project_changed(self) -> None:
        self.search.clear()
        self.suggesting.stop()
        if self.bar.sort_by is SortBy.SUGGESTED:
            self.bar.choose(SortBy.PATIENT)
        self.model.set_suggested(())
        self.model.unfold_all()
        self._restore()

    def _on_study_changed(self, study_uid: str) -> None:
        self._walk_begins = False
        self.model.keep(study_uid)
        self._show_current()

    def _leave_duplicate(self, *_: object) -> None:
        """The study in front gave way to its twin: that one comes to the front."""
        study_uid = self._workbench.study_uid
        if study_uid:
            self._workbench.select_study(self._workbench.session.state.original_of(study_uid))

    def _note_scrolling(self) -> None:
        self._scrolled_to = self.view.verticalScrollBar().value()

    def _restore(self) -> None:
        """Brings scrolling and selection back after rows came or went."""
        self._choose_page()
        if self.isVisible():
            self._counting.start()
        self.view.verticalScrollBar().setValue(self._scrolled_to)
        self._show_current()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Goes on counting."""
        super().showEvent(event)
        self._counting.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Counts nothing that nobody sees."""
        self._counting.stop()
        super().hideEvent(event)

    def _count_ahead(self) -> None:
        if not self._workbench.has_session or not self.model.count_ahead(_COUNT_FOR_S):
            self._counting.stop()

    def _show_current(self) -> None:
        index = self.model.index_of(self._workbench.study_uid)
        if not index.isValid():
            self.view.selectionModel().clear()
        elif index != self.view.currentIndex():
            self._is_following = True
            self.view.setCurrentIndex(index)
            self.view.scrollTo(index)
            self._is_following = False

    def _choose_page(self) -> None:
        if self.model.rowCount():
            self._pages.setCurrentWidget(self.view)
            return
        if not self._workbench.has_session:
            self.empty.show_message(translate("The patients of a project are listed here."))
        elif self.model.study_count == 0:
            self.empty.show_message(translate("No images yet."), translate("Import a folder…"))
        else:
            self.empty.show_message(
                translate("No visit fits the search and filter."), translate("Show all")
            )
        self._pages.setCurrentWidget(self.empty)
