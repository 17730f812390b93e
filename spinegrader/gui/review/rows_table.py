"""The table's view: small bars of probabilities in whole rows."""

import re

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QBrush, QPainter, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QHeaderView,
    QStyle,
    QStyleOptionViewItem,
    QWidget,
)

from spinegrader.gui.key_rows import KeyRows
from spinegrader.gui.review.column_widths import shared_widths
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
_MOST_PIXELS = 10_000
_CELL_AIR = 8
"""Beside the text of a cell, which Qt keeps free."""
_HEADER_AIR = 14
"""On both sides of a column's name."""
_DAY = re.compile(r"(\d{4}-\d{2})-\d{2}$")
_YEAR = 4
_SPARING = {
    ReviewColumn.STUDY: 110,
    ReviewColumn.GRADING: 74,
    ReviewColumn.READER: 58,
    ReviewColumn.MODEL: 58,
    ReviewColumn.OTHERS: 58,
}
"""Columns that are cut short where room lacks, and how far; the tool tip tells the whole."""


class StudyDelegate(RoomyDelegate):
    """Where room lacks, whose it is and which visit stay in sight."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: N802
        """As any cell, but a date loses its day first, then its month; then the middle goes."""
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideMiddle
        room = option.rect.width() - _CELL_AIR
        option.text = next(
            (
                text
                for text in shorter_titles(option.text)
                if option.fontMetrics.horizontalAdvance(text) <= room
            ),
            shorter_titles(option.text)[-1],
        )

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        """What the whole title needs."""
        roomy = QStyleOptionViewItem(option)
        roomy.rect = QRect(0, 0, _MOST_PIXELS, option.rect.height())
        return super().sizeHint(roomy, index)


def shorter_titles(title: str) -> tuple[str, ...]:
    """A study's title with its whole date, without the day, and with its year alone."""
    return tuple(
        dict.fromkeys(
            (title, _DAY.sub(r"\1", title), _DAY.sub(lambda found: found[1][:_YEAR], title))
        )
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


class ReviewTable(KeyRows):
    """Shows :class:`ReviewModel`."""

    def __init__(self, model: ReviewModel, parent: QWidget | None = None) -> None:
        super().__init__(model, translate("Your grades beside the model's"), air=12, parent=parent)
        self.setItemDelegateForColumn(ReviewColumn.STUDY, StudyDelegate(self))
        self.setItemDelegateForColumn(ReviewColumn.CONFIDENCE, ConfidenceDelegate(self))
        self.setItemDelegateForColumn(ReviewColumn.PROBABILITIES, ProbabilitiesDelegate(self))
        self.setAlternatingRowColors(True)
        # Disagreement first, until a click on another header.
        self.sortByColumn(ReviewColumn.STATE, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self._is_fitting = False
        self._was_dragged = False
        header.sectionResized.connect(self._on_section_resized)
        header.sortIndicatorChanged.connect(lambda *_: self.fit_columns())

    def fit_columns(self) -> None:
        """Makes the columns as wide as what they hold, or narrower so that all are in sight.

        Whoever has dragged one is not disturbed.
        """
        if self._was_dragged:
            return
        wanted = [max(self.sizeHintForColumn(at), self._name_width(at)) for at in ReviewColumn]
        least = [min(wanted[at], _SPARING.get(at, wanted[at])) for at in ReviewColumn]
        self._is_fitting = True
        for at, width in enumerate(shared_widths(wanted, least, self.viewport().width())):
            self.setColumnWidth(at, width)
        self._is_fitting = False

    def _name_width(self, column: int) -> int:
        """Of a column's name, with room for the arrow where the rows are sorted by it."""
        header = self.horizontalHeader()
        name = str(self.model().headerData(column, Qt.Orientation.Horizontal))
        arrow = 0
        if header.sortIndicatorSection() == column:
            arrow = self.style().pixelMetric(QStyle.PixelMetric.PM_HeaderMarkSize) + 4
        return header.fontMetrics().horizontalAdvance(name) + _HEADER_AIR + arrow

    def _on_section_resized(self, column: int) -> None:
        """The last column follows the window by itself; all else is a hand."""
        if not self._is_fitting and column != ReviewColumn.PRIOR:
            self._was_dragged = True

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Shares the room anew."""
        super().resizeEvent(event)
        self.fit_columns()
