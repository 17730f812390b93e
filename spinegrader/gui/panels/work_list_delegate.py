"""Draws a row of the work list in two lines: who or when, and how far."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from spinegrader.gui.itemmodels.work_list_model import WorkListModel

_PADDING = 3


class WorkListDelegate(QStyledItemDelegate):
    """Patients in bold; the second line is quieter."""

    def sizeHint(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Two lines, the same for every row."""
        del index
        return QSize(0, 2 * QFontMetrics(option.font).lineSpacing() + 2 * _PADDING)

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
        rect = option.rect.adjusted(_PADDING, _PADDING, -_PADDING, -_PADDING)
        upper = QRect(rect.left(), rect.top(), rect.width(), rect.height() // 2)
        lower = upper.translated(0, rect.height() // 2)
        bold = QFont(option.font)
        bold.setBold(not index.parent().isValid())
        text, quiet = _colours(option)
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
