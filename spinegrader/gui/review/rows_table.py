"""The table's view: whole rows, a small bar behind each probability, keys left to the page."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QHeaderView,
    QStyle,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from spinegrader.gui.review.rows_model import ProbabilityRole, ReviewColumn, ReviewModel
from spinegrader.gui.training.tables import RoomyDelegate, show_as_rows
from spinegrader.texts import translate

_BAR_HEIGHT = 3
_OWN_KEYS = (
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
)


class ProbabilityDelegate(RoomyDelegate):
    """The number, and below it a bar as long as the probability."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draws the cell."""
        super().paint(painter, option, index)
        probability = index.data(ProbabilityRole)
        if probability is None:
            return
        rect: QRect = option.rect
        palette: QPalette = option.palette
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if is_selected else QPalette.ColorRole.Accent
        bar = rect.adjusted(4, rect.height() - _BAR_HEIGHT - 2, -6, -2)
        bar.setWidth(max(1, round(bar.width() * float(probability))))
        painter.fillRect(bar, palette.color(role))


class ReviewTable(QTableView):
    """Shows :class:`ReviewModel`; letters and digits go on to the page."""

    def __init__(self, model: ReviewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setAccessibleName(translate("Your grades beside the model's"))
        show_as_rows(self)
        self.setItemDelegateForColumn(ReviewColumn.PROBABILITY, ProbabilityDelegate(self))
        self.setAlternatingRowColors(True)
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(self.fontMetrics().height() + 12)
        header = self.horizontalHeader()
        # Looking at all of many thousand rows for the widths would take seconds.
        header.setResizeContentsPrecision(50)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)

    def fit_columns(self) -> None:
        """Makes the columns as wide as what they hold."""
        for column in ReviewColumn:
            if column is not ReviewColumn.STATE:
                self.resizeColumnToContents(column)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Moves about; what isn't movement is the page's business."""
        if event.key() in _OWN_KEYS:
            super().keyPressEvent(event)
        else:
            event.ignore()
