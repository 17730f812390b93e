"""The rows of the work list: moved through by keys, persons folded and opened."""

from PySide6.QtCore import QEvent, QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from spinegrader.gui.itemmodels.work_list_model import WorkListModel
from spinegrader.gui.panels.work_list_delegate import FOLD_WIDTH, WorkListDelegate
from spinegrader.gui.theme import tabular_font
from spinegrader.texts import translate

_RETURN = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class WorkListView(QTableView):
    """A table of one column, whose rows all have the same height: quick with any number of them.

    Left folds a person's visits away, right opens them; so does a click on the sign before the
    name, and a double click. Return goes to the image.
    """

    image_requested = Signal()
    """The focus shall go to the image of the visit that is open."""

    fold_requested = Signal(str, bool)
    """A PatientID, and whether the visits are to be folded away."""

    def __init__(self, model: WorkListModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setModel(model)
        self.setAccessibleName(translate("Patients and visits"))
        self.setFont(tabular_font(self.font()))
        self.setItemDelegate(WorkListDelegate(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(WorkListDelegate.row_height(self.font()))
        columns.hide()
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        columns.setMinimumSectionSize(40)

    def event(self, event: QEvent) -> bool:
        """Claims Return before the window does: it must not confirm what nobody looks at."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() is QEvent.Type.ShortcutOverride
            and event.key() in _RETURN
            and _is_plain(event)
        ):
            event.accept()
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Keeps the visit that is open in sight, as where a notice above takes some of the room."""
        place = self.visualRect(self.currentIndex())
        was_in_sight = place.top() >= 0 and place.bottom() < event.oldSize().height()
        super().resizeEvent(event)
        if place.isValid() and was_in_sight:
            self.scrollTo(self.currentIndex())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Folds, opens, goes to the first or last row, or to the image."""
        last = self._model.rowCount() - 1
        key = event.key()
        plain = _is_plain(event)
        if plain and key in _RETURN:
            self.image_requested.emit()
        elif plain and key in (Qt.Key.Key_Home, Qt.Key.Key_End) and last >= 0:
            self.setCurrentIndex(self._model.index(0 if key == Qt.Key.Key_Home else last, 0))
        elif plain and key == Qt.Key.Key_Left:
            self._fold_or_go_up(self.currentIndex())
        elif plain and key == Qt.Key.Key_Right:
            self._ask_fold(self.currentIndex(), folded=False)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """The sign before a name folds and opens."""
        super().mousePressEvent(event)
        index = self.indexAt(event.position().toPoint())
        is_left = event.button() is Qt.MouseButton.LeftButton
        if is_left and event.position().x() < FOLD_WIDTH:
            self._toggle(index)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Folds and opens, wherever on the row of a person."""
        super().mouseDoubleClickEvent(event)
        if event.button() is Qt.MouseButton.LeftButton:
            self._toggle(self.indexAt(event.position().toPoint()))

    def _toggle(self, index: QModelIndex) -> None:
        folded = index.data(WorkListModel.FoldedRole)
        if folded is not None:
            self._ask_fold(index, folded=not folded)

    def _ask_fold(self, index: QModelIndex, *, folded: bool) -> None:
        patient_id = index.data(WorkListModel.PatientIdRole)
        if patient_id is not None:
            self.fold_requested.emit(patient_id, folded)

    def _fold_or_go_up(self, index: QModelIndex) -> None:
        """A person is folded; a visit hands the focus to its person, where it stands below one."""
        if not index.data(WorkListModel.IndentedRole):
            self._ask_fold(index, folded=True)
            return
        for row in range(index.row() - 1, -1, -1):
            above = self._model.index(row, 0)
            if above.data(WorkListModel.PatientIdRole) is not None:
                self.setCurrentIndex(above)
                return


def _is_plain(event: QKeyEvent) -> bool:
    return not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
