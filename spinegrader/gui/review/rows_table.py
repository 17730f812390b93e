"""The table's view: whole rows, small bars of probabilities, keys left to the page."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QBrush, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QHeaderView,
    QStyle,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from spinegrader.gui.review.row_cells import ReviewColumn
from spinegrader.gui.review.rows_model import (
    ConfidenceRole,
    Probabilities,
    ProbabilitiesRole,
    ReviewModel,
)
from spinegrader.gui.training.tables import Index, RoomyDelegate, show_as_rows
from spinegrader.texts import translate

_BAR_HEIGHT = 3
_SMALL_BAR, _GAP, _DOT, _AIR = 9, 3, 3, 8
_OWN_KEYS = (
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
)


class ConfidenceDelegate(RoomyDelegate):
    """The number, and below it a bar as long as the probability."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draws the cell."""
        super().paint(painter, option, index)
        probability = index.data(ConfidenceRole)
        if probability is None:
            return
        rect: QRect = option.rect
        palette: QPalette = option.palette
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if is_selected else QPalette.ColorRole.Accent
        bar = rect.adjusted(4, rect.height() - _BAR_HEIGHT - 2, -6, -2)
        bar.setWidth(max(1, round(bar.width() * float(probability))))
        painter.fillRect(bar, palette.color(role))


class ProbabilitiesDelegate(RoomyDelegate):
    """A bar for each grade, the model's in the accent, and a dot below the reader's."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        """Wide enough for the header; the bars take what they need."""
        found: Probabilities | None = index.data(ProbabilitiesRole)
        bars = 0 if found is None else len(found.shares)
        height = super().sizeHint(option, index).height()
        return QSize(2 * _AIR + bars * (_SMALL_BAR + _GAP), height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draws the cell."""
        super().paint(painter, option, index)
        found: Probabilities | None = index.data(ProbabilitiesRole)
        if found is None:
            return
        rect: QRect = option.rect
        palette: QPalette = option.palette
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        text = QPalette.ColorRole.HighlightedText if is_selected else QPalette.ColorRole.Text
        quiet = palette.color(QPalette.ColorRole.PlaceholderText)
        strong = palette.color(QPalette.ColorRole.Accent)
        if is_selected:
            strong = quiet = palette.color(text)
        bottom, tallest = rect.bottom() - _DOT - 3, rect.height() - _DOT - 7
        for at, share in enumerate(found.shares):
            left = rect.left() + 4 + at * (_SMALL_BAR + _GAP)
            height = max(1, round(tallest * share))
            bar = QRect(left, bottom - height, _SMALL_BAR, height)
            if at == found.model:
                painter.fillRect(bar, strong)
            else:
                painter.fillRect(bar, QBrush(quiet, Qt.BrushStyle.Dense4Pattern))
                painter.fillRect(QRect(left, bottom - 1, _SMALL_BAR, 1), quiet)
            if at == found.reader:
                dot = QRect(left + (_SMALL_BAR - _DOT) // 2, bottom + 2, _DOT, _DOT)
                painter.fillRect(dot, palette.color(text))


class ReviewTable(QTableView):
    """Shows :class:`ReviewModel`; letters and digits go on to the page."""

    def __init__(self, model: ReviewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setAccessibleName(translate("Your grades beside the model's"))
        show_as_rows(self)
        self.setItemDelegateForColumn(ReviewColumn.CONFIDENCE, ConfidenceDelegate(self))
        self.setItemDelegateForColumn(ReviewColumn.PROBABILITIES, ProbabilitiesDelegate(self))
        self.setAlternatingRowColors(True)
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(self.fontMetrics().height() + 12)
        header = self.horizontalHeader()
        # Looking at all of many thousand rows for the widths would take seconds.
        header.setResizeContentsPrecision(50)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        # Disagreement first, until a click on another header.
        self.sortByColumn(ReviewColumn.STATE, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)

    def fit_columns(self) -> None:
        """Makes the columns as wide as what they hold."""
        for column in ReviewColumn:
            if column is not ReviewColumn.PRIOR:
                self.resizeColumnToContents(column)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Moves about; what isn't movement is the page's business."""
        if event.key() in _OWN_KEYS:
            super().keyPressEvent(event)
        else:
            event.ignore()
