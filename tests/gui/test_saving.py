"""A real window on a disk that is full: nothing is lost, nothing is claimed."""

import sys
import time

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import as_point
from spinegrader.gui.main_window import MainWindow
from spinegrader.gui.theme import VIEWER_ALERT
from spinegrader.services import annotating, reading
from spinegrader.services.reading import Item
from spinegrader.services.session import Session
from spinegrader.services.settings import Settings
from tests.hands import Hand
from tests.services.conftest import column
from tests.services.conftest import fill as fill_project
from tests.store.test_durability import fill, small_disk
from tests.test_main_job import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="mounts a small disk")

__all__ = ["small_disk"]

STUDY, OTHER = "1.2.11", "1.2.12"
SERIES = f"{STUDY}.1"
FIRST = Item(DiscLevel.parse("T12/L1"), "pfirrmann")


@pytest.fixture
def window(qtbot, small_disk, tmp_path, monkeypatch):
    """The window on a project whose disk takes nothing more."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    made = Session.open_or_create(small_disk / "p", "A")
    fill_project(made)
    annotating.change(made, column(SERIES), "Place vertebrae")
    made.store.close(compact=False)
    opened = MainWindow(Settings(reader="A"))
    qtbot.addWidget(opened, before_close_func=leave)
    with qtbot.waitExposed(opened):
        opened.show()
    assert opened.projects.open(small_disk / "p")
    opened.ballast = fill(small_disk)
    opened.workbench.select_study(STUDY)
    opened.activateWindow()
    until(opened.read_page.viewer.hasFocus)
    return opened


def leave(window):
    """Before the window is closed, which would ask."""
    if window.workbench.has_session:
        window.workbench.session.discard_unsaved()
        window.workbench.session.store.close(compact=False)


def press(window, code, modifier=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(window.read_page.viewer.mouse_area, code, modifier)


def on_the_disk(window):
    again = Session.open(window.workbench.session.store.folder, "A")
    again.store.close(compact=False)
    return again


def grid_signs(window):
    model = window.read_page.grade_grid.model
    return [str(model.index(row, 0).data()) for row in range(2)]


def answering(button_text, seen):
    """Presses a button of the question that will be asked, by its words."""

    def press_button():
        box = QApplication.activeModalWidget()
        if not isinstance(box, QMessageBox):
            return
        seen.append(f"{box.text()} {box.informativeText()}")
        (button,) = [item for item in box.buttons() if item.text().replace("&", "") == button_text]
        button.click()

    QTimer.singleShot(50, press_button)


def test_a_reader_who_grades_on_with_a_full_disk_loses_nothing(window):
    press(window, Qt.Key.Key_3)
    assert window.unsaved_bar.text.startswith("T12/L1 Pfirrmann 3 was not saved. The disk is full.")
    assert window.status_line.save_state.text() == "✕ 1 change not saved"
    assert (
        window.read_page.grade_grid.model.data(
            window.read_page.grade_grid.model.index_of(FIRST),
            window.read_page.grade_grid.model.SavedRole,
        )
        is False
    )
    assert window.workbench.item != FIRST
    for digit in (Qt.Key.Key_1, Qt.Key.Key_0):
        press(window, digit)
    assert window.status_line.save_state.text() == "✕ 3 changes not saved"
    assert window.unsaved_bar.text.startswith("3 changes (T12/L1 Pfirrmann 3, ")
    assert grid_signs(window)[0] == "3"
    work_list = window.read_page.work_list
    details = work_list.model.index_of(STUDY).data(work_list.model.DetailRole)
    assert "✕ 3 not saved" in details
    assert not window.banner.isVisible()
    assert on_the_disk(window).state.grades == {}
    window.ballast.unlink()
    window.unsaved_bar.try_again.click()
    assert not window.unsaved_bar.isVisible()
    assert window.status_line.save_state.text().startswith("Saved ")
    assert "not saved" not in work_list.model.index_of(STUDY).data(work_list.model.DetailRole)
    told = [grade.value for grade in on_the_disk(window).state.grades_of_study(STUDY)]
    assert sorted(told) == [0, 1, 3]


def test_trying_in_vain_says_so_and_changes_nothing(window):
    notices = []
    window.workbench.notified.connect(notices.append)
    press(window, Qt.Key.Key_3)
    window.unsaved_bar.try_again.click()
    assert notices[-1].startswith("Still not saved. The disk is full.")
    assert window.unsaved_bar.isVisible()


def test_it_is_tried_again_by_itself(window):
    window.saving.retry.setInterval(30)
    press(window, Qt.Key.Key_3)
    time.sleep(0.1)
    QApplication.processEvents()
    assert window.unsaved_bar.isVisible()
    window.ballast.unlink()
    until(lambda: not window.unsaved_bar.isVisible(), 5)
    assert not window.saving.retry.isActive()
    assert on_the_disk(window).state.grades


def test_the_next_change_takes_those_before_it_along(window):
    press(window, Qt.Key.Key_3)
    window.ballast.unlink()
    press(window, Qt.Key.Key_1)
    assert not window.unsaved_bar.isVisible()
    assert len(on_the_disk(window).state.grades) == 2


def test_discarding_shows_what_the_disk_has_and_redo_makes_it_again(window):
    press(window, Qt.Key.Key_3)
    window.unsaved_bar.discard.click()
    assert not window.unsaved_bar.isVisible()
    assert window.status_line.save_state.text() == "Nothing changed yet"
    assert grid_signs(window)[0] == "·"
    window.window_actions["redo"].trigger()
    assert grid_signs(window)[0] == "3"
    assert window.unsaved_bar.isVisible()
    window.window_actions["undo"].trigger()
    assert not window.unsaved_bar.isVisible()


def test_a_dragged_vertebra_stays_where_it_was_dropped_and_is_marked(window):
    viewer = window.read_page.viewer
    before = window.workbench.session.state.overlay(SERIES).vertebra(VertebraLevel.L4)
    viewer.go_to_slice(window.read_page.images.series.geometry.nearest_slice(before.centre_mm))
    start = viewer.screen_place(as_point(before.centre_mm))
    hand = Hand(viewer.mouse_area)
    hand.hover(start)
    corner = viewer.screen_place(before.corners_mm[0])
    hand.drag(corner, corner + (corner - start) * 0.4)
    seen = window.workbench.session.seen.overlay(SERIES).vertebra(VertebraLevel.L4)
    assert seen != before
    assert window.workbench.session.state.overlay(SERIES).vertebra(VertebraLevel.L4) == before
    assert window.unsaved_bar.text.startswith("Reshape L4 was not saved.")
    assert reds(viewer) > 20
    assert window.read_page.overlay_bar.isVisible()
    window.ballast.unlink()
    window.unsaved_bar.try_again.click()
    assert reds(viewer) == 0
    assert on_the_disk(window).state.overlay(SERIES).vertebra(VertebraLevel.L4) == seen


def reds(viewer):
    image = viewer.grab_image()
    red = QColor(VIEWER_ALERT).rgb()
    return sum(
        image.pixel(x, y) == red for x in range(image.width()) for y in range(image.height())
    )


def test_closing_with_unsaved_changes_asks_in_full_words(window):
    press(window, Qt.Key.Key_3)
    seen = []
    answering("Cancel", seen)
    assert not window.close()
    assert seen[0].startswith("1 change not saved. T12/L1 Pfirrmann 3: this is only in this window")
    answering("Close without them", seen)
    window.window_actions["close_project"].trigger()
    assert not window.workbench.has_session
    assert len(seen) == 2


def test_trying_again_at_closing_keeps_everything(window):
    press(window, Qt.Key.Key_3)
    folder = window.workbench.session.store.folder
    seen = []

    def free_and_try():
        window.ballast.unlink()
        answering("Try again", seen)

    QTimer.singleShot(20, free_and_try)
    window.window_actions["close_project"].trigger()
    assert len(seen) == 1
    assert not window.workbench.has_session
    again = Session.open(folder, "A")
    assert reading.own_grade(again, STUDY, FIRST).value == 3
    again.store.close(compact=False)


def test_opening_another_project_asks_too(window, tmp_path):
    press(window, Qt.Key.Key_3)
    seen = []
    answering("Cancel", seen)
    assert not window.projects.make(tmp_path / "other")
    assert len(seen) == 1
    assert window.workbench.session.unsaved
    assert not (tmp_path / "other").exists()


def test_an_export_says_that_it_is_without_what_is_not_saved(window, tmp_path):
    notices = []
    press(window, Qt.Key.Key_3)
    window.workbench.notified.connect(notices.append)
    job = window.projects.export(tmp_path / "grades.csv")
    until(lambda: job.is_over and notices)
    assert "0 rows of grades written to grades.csv." in notices[-1]
    assert "Without 1 change that is not saved yet." in notices[-1]
    assert "project.h5 was not renewed" in notices[-1]


def test_others_changes_do_not_hide_that_something_is_not_saved(window):
    press(window, Qt.Key.Key_3)
    window.ballast.unlink()
    other = Session.open(window.workbench.session.store.folder, "B")
    reading.answer(other, OTHER, FIRST, reading.Answer.GRADED, 2)
    other.store.close(compact=False)
    window.workbench.session.refresh()
    assert window.status_line.save_state.text() == "✕ 1 change not saved"
    assert window.unsaved_bar.isVisible()


def test_project_h5_is_renewed_while_the_reader_rests(window):
    window.ballast.unlink()
    press(window, Qt.Key.Key_3)
    session = window.workbench.session
    session.renewal._clock = lambda: time.monotonic() + 21.0
    window.saving.quiet.setInterval(20)
    file = session.store.folder / "project.h5"
    until(file.exists)
    assert window.read_page.isVisible()
