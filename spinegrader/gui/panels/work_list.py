"""The work list: who waits to be read, who is begun, who is done."""

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QStackedLayout,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from spinegrader.gui.itemmodels.work_list_filter import Scope, WorkListFilter
from spinegrader.gui.itemmodels.work_list_model import WorkListModel
from spinegrader.gui.panels.empty_state import EmptyState
from spinegrader.gui.panels.work_list_delegate import WorkListDelegate
from spinegrader.gui.panels.work_list_menu import WorkListMenu
from spinegrader.gui.theme import tabular_font
from spinegrader.gui.workbench import Workbench


class WorkList(QWidget):
    """Search, filter and the tree of patients and visits; choosing a visit opens it."""

    import_requested = Signal()

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Work list")
        self._workbench = workbench
        self._collapsed: set[str] = set()
        self._chosen = ""
        self._is_following = False
        # A study is opened after the view has dealt with the key or click: opening may take the
        # row of a finished study away, and only the last of several quick keys counts.
        self._opening = QTimer(self)
        self._opening.setSingleShot(True)
        self._opening.setInterval(0)
        self._opening.timeout.connect(self._open_chosen)
        self.model = WorkListModel(workbench, self)
        self.filter = WorkListFilter(self.model, self)
        self.search = self._make_search()
        self.scope = self._make_scope()
        self.tree = self._make_tree()
        self.empty = EmptyState()
        self.empty.action_requested.connect(self._on_empty_action)
        self._build()
        self.model.modelReset.connect(self._restore)
        self.filter.rowsInserted.connect(self._on_rows_inserted)
        self.filter.rowsRemoved.connect(self._choose_page)
        workbench.study_changed.connect(self._on_study_changed)
        workbench.project_changed.connect(self._on_project_changed)
        workbench.changed.connect(self._leave_duplicate)
        self._restore()

    # -- building ---------------------------------------------------------------------------

    def _build(self) -> None:
        self._pages = QStackedLayout()
        self._pages.addWidget(self.tree)
        self._pages.addWidget(self.empty)
        top = QHBoxLayout()
        top.addWidget(self.search, 1)
        top.addWidget(self.scope)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addLayout(top)
        layout.addLayout(self._pages, 1)
        self.setMinimumWidth(240)

    def _make_search(self) -> QLineEdit:
        search = SearchField()
        search.setPlaceholderText("Search patients")
        search.setAccessibleName("Search patients")
        search.setToolTip("Patient, name, date or description; several words narrow it down")
        search.setClearButtonEnabled(True)
        search.textChanged.connect(self._on_search)
        return search

    def _make_scope(self) -> QComboBox:
        scope = QComboBox()
        scope.addItems([item.value for item in Scope])
        scope.setAccessibleName("Which visits are shown")
        scope.setToolTip("All visits, those still to be read, or those done")
        scope.currentTextChanged.connect(self._on_scope)
        return scope

    def _make_tree(self) -> QTreeView:
        tree = QTreeView()
        tree.setModel(self.filter)
        tree.setAccessibleName("Patients and visits")
        tree.setUniformRowHeights(True)
        tree.setHeaderHidden(True)
        tree.setIndentation(14)
        tree.setFont(tabular_font(tree.font()))
        tree.setItemDelegate(WorkListDelegate(tree))
        tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        tree.customContextMenuRequested.connect(self._show_menu)
        tree.selectionModel().currentChanged.connect(self._on_current_changed)
        tree.collapsed.connect(lambda index: self._note_expansion(index, collapsed=True))
        tree.expanded.connect(lambda index: self._note_expansion(index, collapsed=False))
        return tree

    # -- what the reader does ---------------------------------------------------------------

    def focus_search(self) -> None:
        """Puts the cursor in the search field."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _on_search(self, text: str) -> None:
        self.filter.set_words(text)
        self._restore()

    def _on_scope(self, text: str) -> None:
        self.filter.set_scope(Scope(text))
        self._restore()

    def _on_current_changed(self, current: QModelIndex) -> None:
        study_uid = current.data(WorkListModel.StudyUidRole)
        if study_uid and not self._is_following:
            self._chosen = study_uid
            self._opening.start()

    def _open_chosen(self) -> None:
        if self._workbench.has_session:
            self._workbench.attempt(lambda: self._workbench.select_study(self._chosen))

    def _note_expansion(self, index: QModelIndex, *, collapsed: bool) -> None:
        patient_id = index.data(WorkListModel.PatientIdRole)
        if collapsed:
            self._collapsed.add(patient_id)
        else:
            self._collapsed.discard(patient_id)

    def _show_menu(self, place: QPoint) -> None:
        menu = self.menu_at(self.tree.indexAt(place))
        if menu is not None:
            menu.popup(self.tree.viewport().mapToGlobal(place))

    def menu_at(self, index: QModelIndex) -> WorkListMenu | None:
        """What can be done with a row: merge, split; None where there is no row."""
        source = self.filter.mapToSource(index)
        if not source.isValid():
            return None
        row = self.model.row_at(source.row(), source.parent())
        return WorkListMenu(self._workbench, row, self.model.people, self)

    def _on_empty_action(self) -> None:
        if self.model.study_count == 0:
            self.import_requested.emit()
            return
        self.search.clear()
        self.scope.setCurrentText(Scope.ALL.value)

    # -- following the project --------------------------------------------------------------

    def _on_project_changed(self) -> None:
        self._collapsed.clear()
        self.search.clear()
        self._restore()

    def _on_study_changed(self, study_uid: str) -> None:
        self.filter.keep(study_uid)
        self._restore()

    def _leave_duplicate(self, *_: object) -> None:
        """The study in front gave way to its twin: that one comes to the front."""
        study_uid = self._workbench.study_uid
        if study_uid:
            self._workbench.select_study(self._workbench.session.state.original_of(study_uid))

    def _on_rows_inserted(self, parent: QModelIndex, first: int, last: int) -> None:
        if not parent.isValid():
            for row in range(first, last + 1):
                index = self.filter.index(row, 0)
                if index.data(WorkListModel.PatientIdRole) not in self._collapsed:
                    self.tree.expand(index)
        self._choose_page()

    def _restore(self) -> None:
        """Brings expansion and selection back after rows came or went."""
        scrolled_to = self.tree.verticalScrollBar().value()
        with QSignalBlocker(self.tree):
            self.tree.expandAll()
            # A search shows what it finds, whatever was folded away before.
            if self._collapsed and not self.search.text().strip():
                for row in range(self.filter.rowCount()):
                    index = self.filter.index(row, 0)
                    if index.data(WorkListModel.PatientIdRole) in self._collapsed:
                        self.tree.collapse(index)
        self.tree.verticalScrollBar().setValue(scrolled_to)
        self._show_current()
        self._choose_page()

    def _show_current(self) -> None:
        index = self.filter.mapFromSource(self.model.index_of(self._workbench.study_uid))
        if not index.isValid():
            self.tree.selectionModel().clear()
        elif index != self.tree.currentIndex():
            self._is_following = True
            self.tree.setCurrentIndex(index)
            self.tree.scrollTo(index)
            self._is_following = False

    def _choose_page(self) -> None:
        if self.filter.rowCount():
            self._pages.setCurrentWidget(self.tree)
            return
        if not self._workbench.has_session:
            self.empty.show_message("The patients of a project are listed here.")
        elif self.model.study_count == 0:
            self.empty.show_message("No images yet.", "Import a folder…")
        else:
            self.empty.show_message("No visit fits the search and filter.", "Show all")
        self._pages.setCurrentWidget(self.empty)


class SearchField(QLineEdit):
    """Takes the keys of undoing for itself only while there is something typed to undo."""

    def event(self, event: QEvent) -> bool:
        """Lets the window's own undo through."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            undoes, redoes = QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo
            if (event.matches(undoes) and not self.isUndoAvailable()) or (
                event.matches(redoes) and not self.isRedoAvailable()
            ):
                event.ignore()
                return True
        return super().event(event)
