"""Keys belong to the menu or list that is open, not to what lies behind it."""

import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from spinegrader.gui.menus import menu_titles
from spinegrader.gui.training.start_dialog import StartDialog
from spinegrader.gui.viewer.mouse import ViewerMode
from spinegrader.services import reading
from tests.gui.cohort_project import project, reading_window
from tests.test_main_job import until

__all__ = ["project"]


@pytest.fixture
def opened(qtbot, project):
    window = reading_window(qtbot, project)
    yield window
    window.close()


def press(window, code):
    """As the screen sends it: to the window, which passes it on to what is open."""
    QTest.keyClick(window.windowHandle(), code)


def answered(window):
    bench = window.workbench
    return reading.study_progress(bench.session, bench.study_uid).answered


def open_menu(window, title):
    bar = window.menuBar()
    action = next(item for item in bar.actions() if item.text().replace("&", "") == title)
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.actionGeometry(action).center())
    until(lambda: QApplication.activePopupWidget() is not None)


def test_a_letter_chooses_in_an_open_menu(opened):
    open_menu(opened, "Training")
    press(opened, Qt.Key.Key_D)
    until(lambda: opened.findChild(StartDialog) is not None)
    opened.findChild(StartDialog).close()
    assert opened.read_page.viewer.mode is ViewerMode.BROWSE


def test_a_letter_behind_an_open_list_answers_nothing(opened):
    box = opened.read_page.work_list.bar.sort
    QTest.mouseClick(box, Qt.MouseButton.LeftButton)
    until(lambda: QApplication.activePopupWidget() is not None)
    press(opened, Qt.Key.Key_N)
    press(opened, Qt.Key.Key_2)
    assert answered(opened) == 0
    press(opened, Qt.Key.Key_Escape)
    until(lambda: QApplication.activePopupWidget() is None)
    opened.read_page.viewer.setFocus()
    press(opened, Qt.Key.Key_2)
    assert answered(opened) == 1


@pytest.mark.parametrize("name", ["page_read", "page_review", "page_models"])
def test_no_control_takes_the_key_of_a_menu(opened, name):
    opened.show_page(name)
    menus = {letter.upper() for title in menu_titles() for letter in re.findall("&(.)", title)}
    controls = [*opened.findChildren(QLabel), *opened.findChildren(QPushButton)]
    taken = {
        item.text(): letter
        for item in controls
        if item.isVisibleTo(opened) and not (isinstance(item, QLabel) and item.buddy() is None)
        for letter in re.findall("&(\\w)", item.text())
    }
    assert not {text for text, letter in taken.items() if letter.upper() in menus}
