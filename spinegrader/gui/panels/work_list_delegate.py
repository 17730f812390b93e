"""Draws a row of the work list in two lines: who or when, and how far."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from spinegrader.gui.itemmodels.work_list_model import WorkListModel

FOLD_WIDTH = 18
"""Pixels for the sign before a person, and by which visits stand below it."""

_PADDING = 3


class WorkListDelegate(QStyledItemDelegate):
    """Persons in bold, behind a sign of folding; the second line is quieter."""

    @staticmethod
    def row_height(font: QFont) -> int:
        """Two lines, the same for every row."""
        return 2 * QFontMetrics(font).lineSpacing() + 2 * _PADDING

    def sizeHint(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """As high as every row."""
        del index
        return QSize(0, self.row_height(option.font))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draws background and focus as the style does, then both lines."""
        self.initStyleOption(option, index)
        option.text = ""
        style = option.widget.style() if option.widget else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        folded = index.data(WorkListModel.FoldedRole)
        is_person = folded is not None
        indent = FOLD_WIDTH if is_person or index.data(WorkListModel.IndentedRole) else _PADDING
        rect = option.rect.adjusted(indent, _PADDING, -_PADDING, -_PADDING)
        upper = QRect(rect.left(), rect.top(), rect.width(), rect.height() // 2)
        lower = upper.translated(0, rect.height() // 2)
        bold = QFont(option.font)
        bold.setBold(is_person)
        text, quiet = _colours(option)
        if is_person:
            sign = upper.translated(_PADDING - FOLD_WIDTH, 0)
            _draw_line(painter, sign, option.font, quiet, "▸" if folded else "▾")
        _draw_line(painter, upper, bold, text, str(index.data()))
        detail = str(index.data(WorkListModel.DetailRole))
        _draw_line(painter, lower, option.font, quiet, detail)


def _colours(option: QStyleOptionViewItem) -> tuple[QColor, QColor]:
    role = QPalette.ColorRole
    if option.state & QStyle.StateFlag.State_Selected:
        chosen = option.palette.color(role.HighlightedText)
        return chosen, chosen
    return option.palette.color(role.Text), option.palette.color(role.PlaceholderText)


def _draw_line(painter: QPainter, rect: QRect, font: QFont, colour: QColor, text: str) -> None:
    painter.save()
    painter.setFont(font)
    painter.setPen(colour)
    shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
    painter.restore()
