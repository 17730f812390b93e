"""The table's view: small bars of probabilities in whole rows."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QBrush, QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem, QWidget

from spinegrader.gui.key_rows import KeyRows
from spinegrader.gui.review.row_cells import ReviewColumn
from spinegrader.gui.review.rows_model import (
    ConfidenceRole,
    Probabilities,
    ProbabilitiesRole,
    ReviewModel,
)
from spinegrader.gui.training.tables import Index, RoomyDelegate
from spinegrader.texts import translate

_BAR_HEIGHT = 3
_SMALL_BAR, _GAP, _DOT, _AIR = 9, 3, 3, 8


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


class ReviewTable(KeyRows):
    """Shows :class:`ReviewModel`."""

    def __init__(self, model: ReviewModel, parent: QWidget | None = None) -> None:
        super().__init__(model, translate("Your grades beside the model's"), air=12, parent=parent)
        self.setItemDelegateForColumn(ReviewColumn.CONFIDENCE, ConfidenceDelegate(self))
        self.setItemDelegateForColumn(ReviewColumn.PROBABILITIES, ProbabilitiesDelegate(self))
        self.setAlternatingRowColors(True)
        # Disagreement first, until a click on another header.
        self.sortByColumn(ReviewColumn.STATE, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
