"""The history of an item: what stands in it, and how a reason is given."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.grades import Answer
from spinegrader.gui.dialogs.grade_history import GradeHistoryDialog
from spinegrader.services import reading
from spinegrader.services.reading import Item
from spinegrader.services.session import Session
from tests.gui.cohort_project import project, reading_window
from tests.test_main_job import until

__all__ = ["project"]

ITEM = Item(DiscLevel.parse("L4/L5"), "pfirrmann")


@pytest.fixture
def window(qtbot, project):
    opened = reading_window(qtbot, project)
    opened.workbench.select_item(ITEM)
    return opened


def press(window, *codes):
    for code in codes:
        QTest.keyClick(window.read_page.viewer.mouse_area, code)


def open_history(window):
    press(window, Qt.Key.Key_H)
    dialog = window.findChildren(GradeHistoryDialog)[-1]
    dialog.activateWindow()
    until(dialog.isActiveWindow)
    return dialog


def lines(dialog):
    table = dialog.table
    return [
        [table.item(row, column).text() for column in range(table.columnCount())]
        for row in range(table.rowCount())
    ]


def test_every_answer_is_told_newest_first_and_no_other_readers(window):
    bench = window.workbench
    other = Session.open(bench.session.store.folder, "Dr B")
    reading.answer(other, bench.study_uid, ITEM, Answer.GRADED, 5)
    other.store.close(compact=False)
    bench.session.refresh()
    press(window, Qt.Key.Key_3)
    bench.select_item(ITEM)
    press(window, Qt.Key.Key_4)
    bench.select_item(ITEM)
    reading.comment(bench.session, bench.study_uid, ITEM, "worse than in the prior")
    dialog = open_history(window)
    told = lines(dialog)
    assert [line[1] for line in told] == ["4 IV", "4 IV", "3 III"]
    assert [line[4] for line in told] == ["comment changed", "corrected", "–"]
    assert {line[2] for line in told} == {"blinded"}
    assert {line[3] for line in told} == {"not shown"}
    assert told[0][7] == "worse than in the prior"
    assert not any("5" in line[1] for line in told)
    dialog.close()


def test_a_reason_is_written_with_the_keyboard_alone(window):
    press(window, Qt.Key.Key_3)
    window.workbench.select_item(ITEM)
    press(window, Qt.Key.Key_4)
    window.workbench.select_item(ITEM)
    dialog = open_history(window)
    assert dialog.reason.currentText() == "corrected"
    assert not dialog.keep.isEnabled()
    dialog.reason.setFocus()
    dialog.reason.lineEdit().selectAll()
    QTest.keyClicks(dialog.reason.lineEdit(), "seen with Dr. Hahn")
    QTest.keyClick(dialog.reason, Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert [line[4] for line in lines(dialog)] == ["seen with Dr. Hahn", "corrected", "–"]
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    until(lambda: not window.findChildren(GradeHistoryDialog))
    grade = reading.own_grade(window.workbench.session, window.workbench.study_uid, ITEM)
    assert (grade.value, grade.reason) == (4, "seen with Dr. Hahn")


def test_a_first_answer_has_no_reason_to_give(window):
    press(window, Qt.Key.Key_3)
    window.workbench.select_item(ITEM)
    dialog = open_history(window)
    assert not dialog.reason.isEnabled()
    assert "this one is the first" in dialog.note.text()
    window.window_actions["undo"].trigger()
    assert [line[1] for line in lines(dialog)] == ["taken back", "3 III"]
    assert "open" in dialog.note.text()
    dialog.close()


def test_the_right_button_in_the_grid_offers_it(window):
    table = window.read_page.grade_grid.table
    at = table.visualRect(window.read_page.grade_grid.model.index_of(ITEM)).center()
    table.customContextMenuRequested.emit(at)
    menu = window.read_page.grade_grid.findChildren(QMenu)[-1]
    (action,) = menu.actions()
    action.trigger()
    menu.close()
    dialog = window.findChildren(GradeHistoryDialog)[-1]
    assert dialog.windowTitle() == "History of L4/L5 Pfirrmann"
    dialog.close()
    table.customContextMenuRequested.emit(QPoint(-5, -5))


def test_it_closes_with_its_project(window):
    press(window, Qt.Key.Key_3)
    window.workbench.select_item(ITEM)
    open_history(window)
    window.window_actions["close_project"].trigger()
    until(lambda: not window.findChildren(GradeHistoryDialog))


def test_it_stands_in_the_edit_menu(window):
    titles = {menu.title(): menu for menu in window.menuBar().findChildren(QMenu)}
    names = [action.objectName() for action in titles["&Edit"].actions()]
    assert "history" in names
    assert "history" not in [action.objectName() for action in titles["I&mages"].actions()]
