"""Grey windows by key and menu."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from spinegrader.gui.main_window import MainWindow
from spinegrader.gui.menus import IMAGES
from spinegrader.imaging.display import PresetKind, window_presets
from spinegrader.services.images import load_volume
from spinegrader.services.settings import Settings
from tests.gui.cohort_project import project
from tests.test_main_job import until

__all__ = ["project"]
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def window(qtbot, project):
    opened = MainWindow(Settings(reader="Dr A"))
    qtbot.addWidget(opened)
    with qtbot.waitExposed(opened):
        opened.show()
    assert opened.projects.open(project)
    opened.activateWindow()
    until(opened.read_page.viewer.hasFocus)
    yield opened
    opened.close()


@pytest.fixture
def presets(window):
    """The grey windows of the series in front, by kind."""
    session = window.workbench.session
    series = session.state.series[window.workbench.series_uid]
    volume = load_volume(session.store, series)
    found = window_presets(volume.pixels, series.window)
    return {preset.kind: (preset.low, preset.high) for preset in found}


def test_keys_choose_a_window(window, presets):
    viewer = window.read_page.viewer
    shown = []
    for code in (Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4):
        QTest.keyClick(viewer.mouse_area, code, ALT)
        shown.append(viewer.window_range)
    kinds = (PresetKind.TISSUE, PresetKind.EVERYTHING, PresetKind.NARROW)
    assert shown == [pytest.approx(presets[kind]) for kind in kinds]
    assert len(set(shown)) == 3
    # They are no grades.
    assert window.workbench.session.next_undo is None


def test_the_scanners_window_is_shown_or_said_to_be_missing(window, presets):
    viewer = window.read_page.viewer
    notices = []
    window.workbench.notified.connect(notices.append)
    QTest.keyClick(viewer.mouse_area, Qt.Key.Key_3, ALT)
    QTest.keyClick(viewer.mouse_area, Qt.Key.Key_1, ALT)
    if PresetKind.PROPOSED in presets:
        assert viewer.window_range == pytest.approx(presets[PresetKind.PROPOSED])
    else:
        assert viewer.window_range == pytest.approx(presets[PresetKind.EVERYTHING])
        assert "no brightness of their own" in notices[-1]


def test_they_stand_together_in_the_images_menu(window, presets):
    (menu,) = [action.menu() for action in window._menus[IMAGES].actions() if action.menu()]
    assert menu.title() == "Wi&ndow"
    names = [action.objectName() for action in menu.actions()]
    assert names == ["preset_proposed", "preset_tissue", "preset_everything", "preset_narrow"]
    menu.actions()[2].trigger()
    viewer = window.read_page.viewer
    assert viewer.window_range == pytest.approx(presets[PresetKind.EVERYTHING])
