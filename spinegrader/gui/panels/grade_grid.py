"""The grid of all discs by all asked gradings of the study in front."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt
from PySide6.QtGui import QAction, QColor, QPainter, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStackedLayout,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from spinegrader.domain.grades import Grade
from spinegrader.gui.itemmodels.grade_grid_model import GradeGridModel
from spinegrader.gui.open_lists import Menu
from spinegrader.gui.panels.empty_state import EmptyState
from spinegrader.gui.panels.grading_header import GradingHeader
from spinegrader.gui.theme import (
    UNSAVED_SIGN,
    grade_colour,
    tabular_font,
    text_colour_on,
    unsaved_pen,
)
from spinegrader.gui.workbench import Workbench
from spinegrader.services.reading import Item
from spinegrader.texts import translate

_ROW_HEIGHT = 26
_CORNER = 4
_FOCUS_WIDTH = 3
_BORDER = 2
_MOST_ROWS = 8
"""As many rows never need scrolling: the lumbar discs with a transitional one or two."""
_FLAT_HEADERS = (
    "QHeaderView::section, QTableCornerButton::section"
    " { background: palette(window); border: none; padding: 0 6px 0 2px; }"
    " QHeaderView { background: palette(window); }"
)


class GradeGrid(QWidget):
    """Fills as the reader goes; a click in it goes there."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(translate("Grades of this study"))
        self._workbench = workbench
        self.model = GradeGridModel(workbench, self)
        self.table = self._make_table()
        self._actions: list[QAction] = []
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._show_menu)
        self.empty = EmptyState()
        self.setContentsMargins(8, 0, 8, 0)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self.table)
        self._pages.addWidget(self.empty)
        self.model.modelReset.connect(self._on_reset)
        self.table.horizontalHeader().geometriesChanged.connect(self._fit_height)
        self.table.selectionModel().currentChanged.connect(self._on_current_changed)
        workbench.item_changed.connect(self._on_item_changed)
        self._on_reset()

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setAccessibleName(translate("Discs by gradings"))
        table.setModel(self.model)
        table.setHorizontalHeader(GradingHeader(table))
        table.setItemDelegate(GradeDelegate(table))
        table.setFont(tabular_font(table.font()))
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.setCornerButtonEnabled(False)
        table.setObjectName("gradeGrid")
        table.setStyleSheet(_FLAT_HEADERS)
        rows = table.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(max(_ROW_HEIGHT, table.fontMetrics().height() + 8))
        rows.setSectionsClickable(False)
        rows.setHighlightSections(False)
        rows.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return table

    def add_action(self, action: QAction) -> None:
        """Offers an action for the item in focus behind the right button."""
        self._actions.append(action)

    def _show_menu(self, at: QPoint) -> None:
        # The press has brought the cell under the pointer into focus already.
        if self.model.item_at(self.table.indexAt(at)) is not None and self._actions:
            menu = Menu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addActions(self._actions)
            menu.popup(self.table.viewport().mapToGlobal(at))

    def _on_current_changed(self, current: QModelIndex) -> None:
        item = self.model.item_at(current)
        if item is not None:
            self._workbench.select_item(item)

    def _on_item_changed(self, item: Item | None) -> None:
        index = self.model.index_of(item)
        if index.isValid():
            self.table.setCurrentIndex(index)
        else:
            self.table.selectionModel().clear()

    def _fit_height(self) -> None:
        """As high as header and rows, so that a whole study is seen without scrolling."""
        rows = min(self.model.rowCount(), _MOST_ROWS)
        row_height = self.table.verticalHeader().defaultSectionSize()
        header = self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(header + rows * row_height + _FOCUS_WIDTH + 2 * _BORDER)

    def _on_reset(self) -> None:
        if self.model.rowCount() and self.model.columnCount():
            self._pages.setCurrentWidget(self.table)
            self._on_item_changed(self._workbench.item)
            self._fit_height()
            return
        if self._workbench.study_uid:
            text = translate(
                "Nothing is graded on this study: it has no sagittal series with lumbar discs."
            )
        else:
            text = translate("The grades of the study in front are gathered here, one row a disc.")
        self.empty.show_message(text)
        self._pages.setCurrentWidget(self.empty)


class GradeDelegate(QStyledItemDelegate):
    """Draws the sign on the colour of its grade; a frame marks the cell in focus."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draws one cell."""
        rect: QRect = option.rect.adjusted(2, 2, -2, -2)
        palette: QPalette = option.palette
        background = self._background(index, palette)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        view = self.parent()
        is_current = isinstance(view, QTableView) and view.currentIndex() == index
        # A gap to the frame, so that it stands out from any grade's colour.
        gap = _FOCUS_WIDTH if is_current else 0
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(background)
        painter.drawRoundedRect(rect.adjusted(gap, gap, -gap, -gap), _CORNER, _CORNER)
        painter.setPen(text_colour_on(background))
        painter.setFont(option.font)
        # “3?” may be a little wider than the cell of a scheme with many gradings.
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip
        is_saved = bool(index.data(GradeGridModel.SavedRole))
        sign = str(index.data()) if is_saved else f"{index.data()} {UNSAVED_SIGN}"
        painter.drawText(rect, flags, sign)
        if not is_saved:
            inner = gap + 1
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(unsaved_pen())
            painter.drawRoundedRect(rect.adjusted(inner, inner, -inner, -inner), _CORNER, _CORNER)
        if is_current:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(palette.accent().color(), _FOCUS_WIDTH - 1))
            painter.drawRoundedRect(rect, _CORNER, _CORNER)
        painter.restore()

    def _background(self, index: QModelIndex | QPersistentModelIndex, palette: QPalette) -> QColor:
        grade: Grade | None = index.data(GradeGridModel.GradeRole)
        model = index.model()
        if grade is None or not grade.is_label or not isinstance(model, GradeGridModel):
            return palette.alternateBase().color()
        values = model.gradings[index.column()].values
        if grade.value not in values:
            return palette.alternateBase().color()
        return grade_colour(values.index(grade.value), len(values))
