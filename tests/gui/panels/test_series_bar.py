"""Changing series with one click, and seeing which ones have vertebrae on them."""

import pytest
from PySide6.QtCore import Qt

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.edits import SetOverlay
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.gui.panels.series_bar import SeriesBar
from spinegrader.services import annotating

T2, T1, AXIAL = "1.2.1.1", "1.2.1.2", "1.2.1.3"


@pytest.fixture
def bar(qtbot, workbench) -> SeriesBar:
    made = SeriesBar(workbench)
    qtbot.addWidget(made)
    made.resize(600, 60)
    made.show()
    workbench.select_study("1.2.1")
    return made


def checked(bar: SeriesBar) -> list[str]:
    return [uid for uid, button in bar.buttons.items() if button.isChecked()]


def test_shows_the_series_with_the_one_to_grade_in_front(bar) -> None:
    texts = [button.text() for button in bar.buttons.values()]
    assert texts == ["Sagittal T2 ○", "Sagittal T1 ○", "Axial T2"]
    assert checked(bar) == [T2]
    assert bar.details.text() == "Sagittal T2 · 3 slices · 0.59 mm · no overlay"


def test_a_click_brings_a_series_to_the_front(qtbot, workbench, bar) -> None:
    qtbot.mouseClick(bar.buttons[AXIAL], Qt.MouseButton.LeftButton)
    assert workbench.series_uid == AXIAL
    assert checked(bar) == [AXIAL]
    qtbot.mouseClick(bar.buttons[AXIAL], Qt.MouseButton.LeftButton)
    assert checked(bar) == [AXIAL]
    assert bar.details.text() == "Axial T2 · 3 slices · 0.59 mm"


def test_tells_how_far_the_overlay_is(workbench, bar) -> None:
    vertebra = Vertebra(VertebraLevel.L4, ((0, 0, 0), (0, 30, 0), (0, 30, -20), (0, 0, -20)))
    workbench.session.apply(SetOverlay(T2, None, Overlay(T2, (vertebra,))))
    assert bar.buttons[T2].text() == "Sagittal T2 ◌"
    assert bar.details.text().endswith("overlay proposed")
    annotating.confirm(workbench.session, T2)
    assert bar.buttons[T2].text() == "Sagittal T2 ✓"
    assert bar.buttons[T2].accessibleName().endswith("overlay confirmed")
    workbench.session.undo()
    workbench.session.undo()
    assert bar.buttons[T2].text() == "Sagittal T2 ○"


def test_another_study_brings_its_own_series(workbench, bar) -> None:
    workbench.select_study("1.2.4")
    assert list(bar.buttons) == ["1.2.4.3"]
    workbench.close_session()
    assert bar.buttons == {}
    assert bar.details.text() == ""
