"""The settings, by hand: each counts at once, is kept, and is there after a restart."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox

from spinegrader.gui.dialogs.key_sheet import KeySheet
from spinegrader.gui.dialogs.settings.dialog import SettingsDialog
from spinegrader.gui.main_window import MainWindow
from spinegrader.services import reading
from spinegrader.services.settings import MouseStyle, Settings, Theme, load_settings
from tests.gui.cohort_project import project
from tests.test_main_job import until

__all__ = ["project"]
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def start(qtbot, monkeypatch, tmp_path):
    """Starts the window with what was kept before."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    started = []

    def begin():
        window = MainWindow(load_settings())
        qtbot.addWidget(window)
        with qtbot.waitExposed(window):
            window.show()
        window.activateWindow()
        started.append(window)
        until(window.isActiveWindow)
        return window

    yield begin
    for window in started:
        window.workbench.change_settings(theme=Theme.SYSTEM)
        window.close()


@pytest.fixture
def window(start):
    return start()


@pytest.fixture
def dialog(window):
    QTest.keyClick(window, Qt.Key.Key_Comma, CTRL)
    opened = window.findChild(SettingsDialog)
    until(opened.isVisible)
    opened.activateWindow()
    until(opened.isActiveWindow)
    return opened


def read(window, project):
    assert window.projects.open(project)
    window.activateWindow()
    until(window.read_page.viewer.hasFocus)
    return window.read_page.viewer


def press(viewer, code, held=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(viewer.mouse_area, code, held)


def bind(dialog, action, button, code, held=Qt.KeyboardModifier.NoModifier):
    """What a reader does on the page Keys."""
    dialog.pages.setCurrentWidget(dialog.keys)
    dialog.keys.choose(action)
    dialog.keys.editor.setFocus()
    QTest.keyClick(dialog.keys.editor, code, held)
    QTest.mouseClick(getattr(dialog.keys, f"{button}_button"), Qt.MouseButton.LeftButton)


# -- pages ----------------------------------------------------------------------------------


def test_there_is_one_dialog_and_it_goes_when_it_is_closed(window, dialog):
    window.window_actions["settings"].trigger()
    assert len(window.findChildren(SettingsDialog)) == 1
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    until(lambda: not window.findChildren(SettingsDialog))
    window.window_actions["settings"].trigger()
    (again,) = window.findChildren(SettingsDialog)
    box = again.findChild(QDialogButtonBox)
    button = box.button(QDialogButtonBox.StandardButton.Close)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    until(lambda: not window.findChildren(SettingsDialog))


def test_the_name_counts_for_the_next_grade(window, dialog, project):
    viewer = read(window, project)
    dialog.activateWindow()
    name = dialog.general.name
    name.setFocus()
    until(name.hasFocus)
    name.selectAll()
    QTest.keyClicks(name, "Dr B")
    QTest.keyClick(name, Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert window.workbench.session.reader == "Dr B"
    name.clear()
    QTest.keyClick(name, Qt.Key.Key_Return)
    assert name.text() == "Dr B"
    window.activateWindow()
    until(viewer.hasFocus)
    bench = window.workbench
    item = bench.item
    press(viewer, Qt.Key.Key_2)
    # Of the session's reader alone.
    assert reading.own_grade(bench.session, bench.study_uid, item).value == 2
    assert load_settings().reader == "Dr B"


def test_the_theme_changes_at_once_in_dialog_and_menu(window, dialog, qapp):
    box = dialog.general.theme
    box.setFocus()
    box.setCurrentIndex(box.findText("Light"))
    light = qapp.palette().window().color().lightness()
    box.setCurrentIndex(box.findText("Dark"))
    assert qapp.palette().window().color().lightness() + 100 < light
    assert window._theme_actions[Theme.DARK].isChecked()
    window._theme_actions[Theme.LIGHT].trigger()
    assert box.currentText() == "Light"
    assert load_settings().theme is Theme.LIGHT


def test_the_mouse_page_shows_what_is_chosen_and_images_obey(window, dialog, project):
    viewer = read(window, project)
    page = dialog.mouse
    page.scheme.setCurrentIndex(page.scheme.findText("3D Slicer"))
    rows = {
        page.table.item(row, 0).text(): page.table.item(row, 1).text()
        for row in range(page.table.rowCount())
    }
    assert rows["Shift + left drag"] == "Move the image"
    assert viewer.mouse_scheme.name == "3D Slicer"
    assert window.review_page.case.viewer.mouse_scheme.name == "3D Slicer"
    assert load_settings().mouse is MouseStyle.SLICER


def test_the_image_page_keeps_its_choices(window, dialog):
    page = dialog.image
    dialog.pages.setCurrentWidget(page)
    for name in ("smooths_images", "shows_corner_text", "centres_focus"):
        before = getattr(window.workbench.settings, name)
        box = page.box(name)
        QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
        assert getattr(load_settings(), name) is not before
    page.opacity.setFocus()
    QTest.keyClick(page.opacity, Qt.Key.Key_Left)
    assert load_settings().overlay_opacity == pytest.approx(0.95)
    QTest.keyClick(page.opacity, Qt.Key.Key_Home)
    assert load_settings().overlay_opacity == pytest.approx(0.2)


# -- keys -----------------------------------------------------------------------------------


def test_a_new_key_works_at_once_and_after_a_restart(window, dialog, project, start):
    viewer = read(window, project)
    bind(dialog, "corner_text", "replace", Qt.Key.Key_J)
    dialog.close()
    window.activateWindow()
    viewer.setFocus()
    press(viewer, Qt.Key.Key_J)
    assert not viewer.corner_text_visible
    press(viewer, Qt.Key.Key_T)
    assert not viewer.corner_text_visible
    tip = window.read_page.actions_by_id["corner_text"].toolTip()
    assert tip.endswith("(J)")
    window.close()

    again = start()
    viewer = read(again, project)
    press(viewer, Qt.Key.Key_T)
    assert viewer.corner_text_visible
    press(viewer, Qt.Key.Key_J)
    assert not viewer.corner_text_visible


def test_a_further_key_joins_and_none_takes_all_away(window, dialog):
    bind(dialog, "page_review", "add", Qt.Key.Key_F8)
    action = window.window_actions["page_review"]
    assert [key.toString() for key in action.shortcuts()] == ["Ctrl+2", "F8"]
    QTest.mouseClick(dialog.keys.clear_button, Qt.MouseButton.LeftButton)
    assert action.shortcuts() == []
    assert load_settings().keys == {"page_review": ()}
    QTest.mouseClick(dialog.keys.reset_button, Qt.MouseButton.LeftButton)
    assert [key.toString() for key in action.shortcuts()] == ["Ctrl+2"]
    assert load_settings().keys == {}


@pytest.mark.parametrize(
    ("code", "held", "words"),
    [
        (Qt.Key.Key_Z, CTRL, "Ctrl+Z belongs to “Undo”"),
        (Qt.Key.Key_5, Qt.KeyboardModifier.NoModifier, "5 gives a grade"),
        (Qt.Key.Key_5, Qt.KeyboardModifier.KeypadModifier, "5 gives a grade"),
    ],
)
def test_a_key_that_is_taken_is_refused_in_a_sentence(window, dialog, code, held, words):
    bind(dialog, "fit", "replace", code, held)
    assert words in dialog.keys.problem.text()
    assert not dialog.keys.replace_button.isEnabled()
    assert not dialog.keys.add_button.isEnabled()
    assert window.workbench.settings.keys == {}


def test_an_action_cannot_take_back_a_key_that_another_has_now(window, dialog):
    bind(dialog, "invert", "replace", Qt.Key.Key_F8)
    bind(dialog, "fit", "replace", Qt.Key.Key_I)
    dialog.keys.choose("invert")
    QTest.mouseClick(dialog.keys.reset_button, Qt.MouseButton.LeftButton)
    assert "I belongs to “Fit”" in dialog.keys.problem.text()
    assert load_settings().keys == {"invert": ("F8",), "fit": ("I",)}
    QTest.mouseClick(dialog.keys.reset_all_button, Qt.MouseButton.LeftButton)
    assert load_settings().keys == {}


def test_tab_leaves_the_field_for_keys(dialog, qtbot):
    dialog.pages.setCurrentWidget(dialog.keys)
    dialog.keys.choose("fit")
    dialog.keys.editor.setFocus()
    qtbot.waitUntil(dialog.keys.editor.hasFocus)
    QTest.keyClick(dialog.keys.editor, Qt.Key.Key_F8)
    QTest.keyClick(dialog.keys.editor, Qt.Key.Key_Tab)
    assert dialog.keys.replace_button.hasFocus()
    QTest.keyClick(dialog.keys.replace_button, Qt.Key.Key_Space)
    assert load_settings().keys == {"fit": ("F8",)}


def test_the_sheet_shows_keys_and_mouse_in_force(window, monkeypatch):
    texts = []
    monkeypatch.setattr(KeySheet, "exec", lambda sheet: texts.append(sheet.text.toPlainText()))
    window.workbench.set_settings(
        Settings(keys={"fit": ("Ctrl+F",)}, mouse=MouseStyle.OHIF, theme=Theme.SYSTEM)
    )
    QTest.keyClick(window, Qt.Key.Key_F1)
    (text,) = texts
    assert "Ctrl+F\nFit" in text
    assert "Mouse, as in OHIF Viewer" in text
    assert "down magnifies" in text
