"""A page whose plain keys act, with a table of rows in it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QVBoxLayout, QWidget

from spinegrader.gui.key_page import KeyPage
from spinegrader.gui.key_rows import KeyRows


@pytest.fixture
def done():
    return []


@pytest.fixture
def table(qtbot, done):
    """A window with the shortcuts U, K and Ctrl+U, and in it the page with its rows."""
    window = QWidget()
    qtbot.addWidget(window)
    for key in ("U", "K", "Ctrl+U"):
        QShortcut(QKeySequence(key), window, lambda key=key: done.append(f"window {key}"))
    page = KeyPage()
    page.set_keys({Qt.Key.Key_U: lambda: done.append("unsure")}, done.append)
    model = QStandardItemModel(20, 3, page)
    model.setItem(0, 1, QStandardItem("a cell with a great many words, far wider than the others"))
    rows = KeyRows(model, "Rows")
    QVBoxLayout(page).addWidget(rows)
    QVBoxLayout(window).addWidget(page)
    window.show()
    qtbot.waitActive(window)
    rows.setFocus()
    rows.selectRow(0)
    yield rows  # noqa: PT022 (the window lives as long as the test)


def test_letters_and_digits_act_before_the_windows_shortcuts(qtbot, table, done):
    qtbot.keyClick(table, Qt.Key.Key_U)
    qtbot.keyClick(table, "7")
    qtbot.keyClick(table, Qt.Key.Key_3, Qt.KeyboardModifier.KeypadModifier)
    assert done == ["unsure", 7, 3]


def test_other_keys_are_the_windows(qtbot, table, done):
    qtbot.keyClick(table, Qt.Key.Key_U, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(table, Qt.Key.Key_K)
    assert done == ["window Ctrl+U", "window K"]


def test_rows_are_gone_through_by_keys(qtbot, table, done):
    qtbot.keyClick(table, Qt.Key.Key_Down)
    assert table.currentIndex().row() == 1
    qtbot.keyClick(table, Qt.Key.Key_End)
    assert table.currentIndex().row() == 19
    qtbot.keyClick(table, Qt.Key.Key_Home)
    assert table.currentIndex().row() == 0
    assert not done


def test_columns_are_as_wide_as_what_they_hold_and_the_last_takes_the_rest(table):
    table.fit_columns()
    first, second, last = (table.columnWidth(column) for column in range(3))
    assert second > 2 * first
    assert first + second + last >= table.viewport().width()
