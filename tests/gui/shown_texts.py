"""Reads what a window shows, and a language that marks every text that was looked up."""

import gettext
import re
from collections.abc import Iterator

from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, Qt
from PySide6.QtGui import QAction, QTextDocumentFragment
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QSpinBox,
    QTabWidget,
    QTextEdit,
    QWidget,
)

from spinegrader.gui.viewer.annotations import AnnotationPainter
from spinegrader.gui.viewer.image_canvas import ImageCanvas

MARK, END = "⟦", "⟧"
_FIELD = re.compile(r"(\{[^{}]*\})")
_LETTER = re.compile(r"[^\W\d_]")
_MARKED = re.compile(f"{MARK}[^{MARK}{END}]*{END}")
_TAG = re.compile(r"<(b|p|h3|ul|li|table|tr)\b")
_TIP = Qt.ItemDataRole.ToolTipRole


class MarkedLanguage(gettext.NullTranslations):
    """Every word stands in brackets; values that go into a text stay outside of them."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def gettext(self, message: str) -> str:
        """The marked text."""
        self.asked.add(str(message))
        parts = _FIELD.split(str(message))
        return "".join(
            f"{MARK}{part}{END}" if place % 2 == 0 and _LETTER.search(part) else part
            for place, part in enumerate(parts)
        )

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The marked form that fits in English."""
        self.asked |= {msgid1, msgid2}
        return self.gettext(msgid1 if n == 1 else msgid2)


def unmarked(text: str) -> str:
    """What of a text was not looked up; empty where no letters are left."""
    plain = text
    if _TAG.search(text):
        plain = QTextDocumentFragment.fromHtml(text).toPlainText()
    left = plain
    # Values may be marked themselves, inside of a marked text.
    while (fewer := _MARKED.sub(" ", left)) != left:
        left = fewer
    return left.strip() if _LETTER.search(left) else ""


def shown_texts(whole: QWidget) -> Iterator[tuple[str, str]]:
    """Every text of a widget and what is in it, with the place where it stands."""
    for widget in (whole, *whole.findChildren(QWidget)):
        place = f"{type(widget).__name__} “{widget.objectName()}”"
        for text in (
            widget.windowTitle(),
            widget.toolTip(),
            widget.statusTip(),
            widget.accessibleName(),
            widget.accessibleDescription(),
            *_own_texts(widget),
        ):
            yield place, text
        for action in widget.actions():
            yield from _action_texts(action)
    for action in whole.findChildren(QAction):
        yield from _action_texts(action)


def _action_texts(action: QAction) -> Iterator[tuple[str, str]]:
    for text in (action.text(), action.toolTip(), action.statusTip()):
        yield f"action “{action.objectName()}”", text


def _own_texts(widget: QWidget) -> Iterator[str]:
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text()
    elif isinstance(widget, QGroupBox | QMenu):
        yield widget.title()
    elif isinstance(widget, QLineEdit):
        yield from (widget.placeholderText(), *([widget.text()] if widget.isReadOnly() else []))
    elif isinstance(widget, QComboBox):
        yield from (widget.itemText(index) for index in range(widget.count()))
    elif isinstance(widget, QTabWidget):
        yield from (widget.tabText(index) for index in range(widget.count()))
    elif isinstance(widget, QSpinBox):
        yield from (widget.prefix(), widget.suffix(), widget.specialValueText())
    elif isinstance(widget, QPlainTextEdit | QTextEdit):
        yield from (widget.placeholderText(), widget.toPlainText())
    elif isinstance(widget, QAbstractItemView) and not isinstance(widget, QHeaderView):
        yield from _table_texts(widget)
    elif isinstance(widget, ImageCanvas):
        yield from _corner_texts(widget.annotations)


def _table_texts(view: QAbstractItemView) -> Iterator[str]:
    model = view.model()
    if model is None:
        return
    for orientation, count in (
        (Qt.Orientation.Horizontal, _columns(model, QModelIndex())),
        (Qt.Orientation.Vertical, model.rowCount(QModelIndex())),
    ):
        for section in range(count):
            for role in (Qt.ItemDataRole.DisplayRole, _TIP):
                yield str(model.headerData(section, orientation, role) or "")
    yield from _cell_texts(view, QModelIndex())


def _columns(model: QAbstractItemModel, parent: QModelIndex) -> int:
    """Lists keep theirs to themselves."""
    return 1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)


def _cell_texts(view: QAbstractItemView, parent: QModelIndex) -> Iterator[str]:
    model = view.model()
    for row in range(model.rowCount(parent)):
        for column in range(_columns(model, parent)):
            index = model.index(row, column, parent)
            for role in (Qt.ItemDataRole.DisplayRole, _TIP, Qt.ItemDataRole.AccessibleTextRole):
                yield str(model.data(index, role) or "")
        yield from _cell_texts(view, model.index(row, 0, parent))


def _corner_texts(annotations: AnnotationPainter) -> Iterator[str]:
    picture = annotations._picture
    if picture is not None:
        yield from (picture.top_left, picture.top_right, picture.bottom_left)
