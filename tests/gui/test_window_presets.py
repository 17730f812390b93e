"""Grey windows by key and menu."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from spinegrader.domain.edits import ImportStudies
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.study import Patient, Plane, Series, Study, Weighting
from spinegrader.gui.menus import IMAGES
from spinegrader.imaging.display import PresetKind, window_presets
from spinegrader.services.images import load_volume
from spinegrader.services.session import Session
from tests.gui.cohort_project import project, reading_window

__all__ = ["project"]
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def window(qtbot, project):
    opened = reading_window(qtbot, project)
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


def test_the_scanners_own_window_comes_back(window, presets):
    viewer = window.read_page.viewer
    QTest.keyClick(viewer.mouse_area, Qt.Key.Key_3, ALT)
    QTest.keyClick(viewer.mouse_area, Qt.Key.Key_1, ALT)
    assert viewer.window_range == pytest.approx(presets[PresetKind.PROPOSED])
    assert viewer.window_range != pytest.approx(presets[PresetKind.EVERYTHING])


def test_images_without_a_window_of_their_own_say_so(window, tmp_path):
    session = Session.open_or_create(tmp_path / "plain", "Dr A")
    geometry = VolumeGeometry.from_matrix(np.diag([1.0, 1.0, 4.0, 1.0]), (3, 20, 24))
    pixels = np.arange(np.prod(geometry.shape), dtype=np.uint16).reshape(geometry.shape)
    reference = session.store.write_pixels(pixels, geometry)
    series = Series("1.2.1.1", "1.2.1", reference, geometry, Plane.SAGITTAL, Weighting.T2)
    session.apply(ImportStudies((Patient("P"),), (Study("1.2.1", "P"),), (series,)))
    session.close()
    assert window.projects.open(tmp_path / "plain")
    notices = []
    window.workbench.notified.connect(notices.append)
    before = window.read_page.viewer.window_range
    window.read_page.actions_by_id["preset_proposed"].trigger()
    assert window.read_page.viewer.window_range == before
    assert "no brightness of their own" in notices[-1]


def test_they_stand_together_in_the_images_menu(window, presets):
    menus = [action.menu() for action in window._menus[IMAGES].actions() if action.menu()]
    menu = next(menu for menu in menus if menu.title() == "Wi&ndow")
    assert menu.title() == "Wi&ndow"
    names = [action.objectName() for action in menu.actions()]
    assert names == ["preset_proposed", "preset_tissue", "preset_everything", "preset_narrow"]
    menu.actions()[2].trigger()
    viewer = window.read_page.viewer
    assert viewer.window_range == pytest.approx(presets[PresetKind.EVERYTHING])
