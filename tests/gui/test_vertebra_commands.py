"""Vertebrae and discs corrected in the real window; what is asserted is in the project."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import as_point
from spinegrader.domain.numbering import Absence, CountingBasis, Transition
from spinegrader.gui.dialogs.measures import MeasuresDialog
from spinegrader.gui.dialogs.numbering import NumberingDialog
from spinegrader.gui.hanging.overlay_menu import OverlayMenu
from spinegrader.gui.viewer.slice_viewer import ViewerMode
from spinegrader.services.hanging import Role
from spinegrader.services.session import Session
from tests.gui.hanging_project import EARLIER_T2, L4_L5, T1, T2, opened_window
from tests.hands import Hand


@pytest.fixture
def window(qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with opened_window(qtbot, tmp_path / "project") as window:
        window.read_page.viewer.fit()
        yield window


@pytest.fixture
def viewer(window):
    return window.read_page.viewer


@pytest.fixture
def hand(viewer):
    return Hand(viewer.mouse_area)


def kept(window, series_uid=T2):
    return window.workbench.session.state.overlay(series_uid)


def levels(window, series_uid=T2):
    return [str(item.level) for item in kept(window, series_uid).vertebrae]


def press(viewer, key, modifier=Qt.KeyboardModifier.NoModifier):
    viewer.setFocus()
    QTest.keyClick(viewer.mouse_area, key, modifier)


def click_on(viewer, hand, level):
    vertebra = kept_vertebra(viewer, level)
    viewer.go_to_slice(viewer.volume_geometry.nearest_slice(vertebra.centre_mm))
    hand.click(viewer.screen_place(as_point(vertebra.centre_mm)))


def kept_vertebra(viewer, level):
    return viewer.window().workbench.session.state.overlay(T2).vertebra(level)


def menu_of(window, viewer, level):
    viewer.menu_wanted.emit(level, QPoint(300, 300))
    return window.findChildren(OverlayMenu)[-1]


def choose(menu, *words):
    """Opens submenus by the first words of their entries and triggers the last one."""
    for word in words[:-1]:
        menu = next(a.menu() for a in menu.actions() if plain(a).startswith(word))
    action = next(a for a in menu.actions() if plain(a).startswith(words[-1]))
    assert action.isEnabled()
    action.trigger()


def plain(action):
    return action.text().replace("&", "")


def test_one_vertebra_is_renamed_and_those_above_counted_on(window, viewer):
    menu = menu_of(window, viewer, VertebraLevel.L5)
    choose(menu, "Rename, with those above", "L6")
    menu.close()
    assert levels(window) == ["L4", "L5", "L6", "S1"]
    window.window_actions["undo"].trigger()
    assert levels(window) == ["L3", "L4", "L5", "S1"]


def test_names_that_would_break_the_order_cannot_be_chosen(window, viewer):
    menu = menu_of(window, viewer, VertebraLevel.L4)
    only = next(a.menu() for a in menu.actions() if plain(a).startswith("Rename only"))
    offered = [plain(action) for action in only.actions() if action.isEnabled()]
    assert offered == []
    every = next(a.menu() for a in menu.actions() if plain(a).startswith("Rename, and count"))
    assert "L3" in [plain(action) for action in every.actions() if action.isEnabled()]
    menu.close()


def test_a_vertebra_out_of_view_is_taken_off_with_the_reason_and_no_disc_spans_the_gap(
    window, viewer
):
    menu = menu_of(window, viewer, VertebraLevel.L4)
    choose(menu, "L4 is not")
    menu.close()
    assert kept(window).absence_of(VertebraLevel.L4) is Absence.OUT_OF_VIEW
    assert [str(disc.level) for disc in kept(window).discs] == ["L5/S1"]


def test_an_absent_vertebra_makes_its_neighbours_neighbours(window, viewer):
    menu = menu_of(window, viewer, VertebraLevel.L5)
    choose(menu, "The patient has no")
    menu.close()
    assert [str(disc.level) for disc in kept(window).discs] == ["L3/L4", "L4/S1"]


def test_numbering_is_kept_with_its_basis(window, viewer, tmp_path):
    def answer():
        dialog = window.findChild(NumberingDialog)
        dialog.basis.setCurrentText(str(CountingBasis.C2))
        dialog.transition.setCurrentText(str(Transition.SACRALISED))
        dialog.levels[VertebraLevel.T12].setCurrentText("out of view")
        dialog.accept()

    QTimer.singleShot(0, window, answer)
    press(viewer, Qt.Key.Key_B)
    window.workbench.session.store.close(compact=False)
    session = Session.open(tmp_path / "project", "Dr A")
    overlay = session.state.overlay(T2)
    session.store.close(compact=False)
    assert overlay.numbering.basis is CountingBasis.C2
    assert overlay.numbering.transition is Transition.SACRALISED
    assert overlay.absence_of(VertebraLevel.T12) is Absence.OUT_OF_VIEW


def test_a_vertebra_is_added_by_two_clicks_and_named_by_its_place(window, viewer, hand):
    press(viewer, Qt.Key.Key_V)
    assert viewer.mode is ViewerMode.ADD
    press(viewer, Qt.Key.Key_Escape)
    assert viewer.mode is ViewerMode.BROWSE
    click_on(viewer, hand, VertebraLevel.L4)
    before = kept_vertebra(viewer, VertebraLevel.L4)
    press(viewer, Qt.Key.Key_Delete)
    assert levels(window) == ["L3", "L5", "S1"]
    press(viewer, Qt.Key.Key_V)
    upper = np.mean(before.corners_mm[:2], axis=0)
    lower = np.mean(before.corners_mm[2:], axis=0)
    hand.click(viewer.screen_place(as_point(upper)))
    hand.click(viewer.screen_place(as_point(lower)))
    assert levels(window) == ["L3", "L4", "L5", "S1"]
    added = kept_vertebra(viewer, VertebraLevel.L4)
    assert added.centre_mm[1:] == pytest.approx(before.centre_mm[1:], abs=0.5)
    assert viewer.volume_geometry.nearest_slice(added.centre_mm) == viewer.current_slice
    assert added.depth_mm == pytest.approx(30.0, rel=0.15)
    assert viewer.mode is ViewerMode.BROWSE


def test_the_first_vertebra_of_a_series_is_asked_for_its_name(window, hand, viewer):
    window.workbench.select_series(T1)

    def answer():
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QInputDialog)
        dialog.setTextValue("L2")
        dialog.accept()

    press(viewer, Qt.Key.Key_V)
    QTimer.singleShot(0, window, answer)
    hand.click(QPointF(200, 200))
    hand.click(QPointF(200, 290))
    assert levels(window, T1) == ["L2"]
    assert levels(window, T2) == ["L3", "L4", "L5", "S1"]


def test_the_slice_on_screen_becomes_a_vertebras_own(window, viewer, hand):
    click_on(viewer, hand, VertebraLevel.L4)
    press(viewer, Qt.Key.Key_Down)
    press(viewer, Qt.Key.Key_Down)
    wanted = viewer.current_slice
    press(viewer, Qt.Key.Key_S)
    centre = kept(window).vertebra(VertebraLevel.L4).centre_mm
    assert viewer.volume_geometry.nearest_slice(centre) == wanted
    other = kept(window).vertebra(VertebraLevel.L5).centre_mm
    assert viewer.volume_geometry.nearest_slice(other) != wanted


def test_commands_without_a_chosen_vertebra_say_what_is_missing(window, viewer):
    notices = []
    window.workbench.notified.connect(notices.append)
    press(viewer, Qt.Key.Key_S)
    press(viewer, Qt.Key.Key_Delete)
    assert [text.split(",")[0] for text in notices] == ["Click a vertebra first"] * 2


def test_a_drawn_outline_is_kept_and_follows_again_from_the_menu(window, viewer):
    disc = kept(window).disc(L4_L5)
    outline = [as_point(np.add(point, (0, 2.0, 0))) for point in disc.outline_mm]
    viewer.disc_edited.emit(type(disc)(L4_L5, tuple(outline)))
    assert kept(window).is_edited(L4_L5)
    menu = menu_of(window, viewer, L4_L5)
    choose(menu, "Let the outline follow")
    menu.close()
    assert not kept(window).is_edited(L4_L5)
    assert kept(window).disc(L4_L5) == disc


def test_undo_names_what_was_done_with_a_body(window, viewer):
    vertebra = kept(window).vertebra(VertebraLevel.L4)
    session = window.workbench.session
    viewer.vertebra_edited.emit(vertebra.moved((0.0, 1.0, 0.0)))
    assert session.undo_title == "Move L4"
    turned = kept(window).vertebra(VertebraLevel.L4).rotated(0.2, np.array([1.0, 0, 0]))
    viewer.vertebra_edited.emit(turned)
    assert session.undo_title == "Rotate L4"
    viewer.vertebra_edited.emit(turned.with_corner(0, as_point(np.add(turned.corners_mm[0], 2))))
    assert session.undo_title == "Reshape L4"


def test_commands_act_on_the_image_that_has_the_keyboard(window, viewer):
    prior = window.read_page.images_area.panes[Role.PRIOR].viewer
    prior.setFocus()
    vertebra = kept(window, EARLIER_T2).vertebra(VertebraLevel.L5)
    prior.go_to_slice(prior.volume_geometry.nearest_slice(vertebra.centre_mm))
    Hand(prior.mouse_area).click(prior.screen_place(as_point(vertebra.centre_mm)))
    QTest.keyClick(prior.mouse_area, Qt.Key.Key_Delete)
    assert levels(window, EARLIER_T2) == ["L3", "L4", "S1"]
    assert levels(window) == ["L3", "L4", "L5", "S1"]


def test_the_table_of_measures_follows_what_is_drawn(window, viewer):
    press(viewer, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    dialog = window.findChild(MeasuresDialog)
    titles = [dialog.table.verticalHeaderItem(row).text() for row in range(dialog.table.rowCount())]
    row = titles.index("Mean height (mm)")
    column = [
        dialog.table.horizontalHeaderItem(place).text()
        for place in range(dialog.table.columnCount())
    ].index("L4/L5")
    assert dialog.table.item(row, column).text() == "8.0"
    body = kept(window).vertebra(VertebraLevel.L5)
    viewer.vertebra_edited.emit(body.moved((0.0, 0.0, -2.0)))
    assert dialog.table.item(row, column).text() == "10.0"
    dialog.close()


def test_colours_step_by_key_and_are_remembered(window, viewer):
    plain_picture = viewer.grab_image()
    press(viewer, Qt.Key.Key_G)
    assert window.workbench.settings.overlay_colouring == "level"
    assert viewer.grab_image() != plain_picture
    press(viewer, Qt.Key.Key_G)
    press(viewer, Qt.Key.Key_G)
    assert window.workbench.settings.overlay_colouring == ""


def test_overlays_fade_by_key_down_to_what_can_still_be_seen(window, viewer):
    before = viewer.grab_image()
    press(viewer, Qt.Key.Key_Comma)
    assert window.workbench.settings.overlay_opacity == pytest.approx(0.8)
    assert viewer.grab_image() != before
    for _ in range(6):
        press(viewer, Qt.Key.Key_Comma)
    assert window.workbench.settings.overlay_opacity == pytest.approx(0.2)


def test_a_key_goes_around_the_parts_of_the_window(window, viewer):
    page = window.read_page
    visited = []
    for _ in range(12):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_F6)
        visited.append(QApplication.focusWidget())
        if visited[-1] is viewer:
            break
    assert page.work_list.view in visited
    assert page.grade_grid.table in visited
    assert page.images_area.panes[Role.PRIOR].viewer in visited
    assert any(page.grading_panel.isAncestorOf(widget) for widget in visited)
    QTest.keyClick(viewer, Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert page.series_bar.isAncestorOf(QApplication.focusWidget())


def test_series_are_stepped_through_by_key(window, viewer):
    press(viewer, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert window.workbench.series_uid == T1
    press(viewer, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert window.workbench.series_uid == T2
