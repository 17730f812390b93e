"""Undo and redo go where the change was, and say whose it is."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.services import annotating, reading
from spinegrader.services.reading import Item
from tests.gui.cohort_project import project, reading_window

__all__ = ["project"]


@pytest.fixture
def window(qtbot, project):
    return reading_window(qtbot, project)


def press(window, *codes):
    for code in codes:
        QTest.keyClick(window.read_page.viewer.mouse_area, code)


def other_study(window):
    here = window.workbench.study_uid
    order = reading.work_list(window.workbench.session)
    return next(uid for uid in order if uid != here)


def test_undo_goes_back_to_the_study_slice_and_item_of_the_grade(window):
    bench = window.workbench
    item = Item(DiscLevel.parse("L4/L5"), "pfirrmann")
    bench.select_item(item)
    here, slice_there = bench.study_uid, window.read_page.viewer.current_slice
    press(window, Qt.Key.Key_2)
    bench.select_study(other_study(window))
    window.read_page.viewer.go_to_slice(0)
    window.show_page("page_models")
    window.window_actions["undo"].trigger()
    assert window.pages.currentWidget() is window.read_page
    assert (bench.study_uid, bench.item) == (here, item)
    assert window.read_page.viewer.current_slice == slice_there
    bench.select_study(other_study(window))
    window.window_actions["redo"].trigger()
    assert (bench.study_uid, bench.item) == (here, item)
    assert reading.own_grade(bench.session, here, item).value == 2


def test_undo_on_the_same_disc_goes_back_to_its_slice(window):
    viewer = window.read_page.viewer
    press(window, Qt.Key.Key_2)
    there = viewer.current_slice
    viewer.go_to_slice(0 if there else 4)
    window.window_actions["undo"].trigger()
    assert viewer.current_slice == there


def test_undo_of_a_moved_vertebra_goes_to_its_series_and_slice(window):
    bench, viewer = window.workbench, window.read_page.viewer
    series = bench.series_uid
    vertebra = bench.session.state.overlay(series).vertebrae[3]
    annotating.replace_vertebra(bench.session, series, vertebra.moved((0.0, 2.0, 0.0)))
    bench.select_study(other_study(window))
    viewer.go_to_slice(0)
    window.window_actions["undo"].trigger()
    assert bench.series_uid == series
    geometry = bench.session.state.series[series].geometry
    assert viewer.current_slice == geometry.nearest_slice(vertebra.centre_mm)


def test_undo_in_review_stays_there_and_shows_the_row(window):
    press(window, Qt.Key.Key_2)
    window.show_page("page_review")
    window.window_actions["undo"].trigger()
    assert window.pages.currentWidget() is window.review_page


def test_undo_names_whose_change_it_takes_back_unless_that_is_hidden(window):
    bench, undo = window.workbench, window.window_actions["undo"]
    study = bench.session.state.studies[bench.study_uid]
    press(window, Qt.Key.Key_2)
    assert undo.text() == "&Undo: Grade T12/L1"
    bench.select_study(other_study(window))
    assert str(study.date) in undo.text()
    bench.change_settings(identity_hidden=True)
    assert undo.text() == "&Undo: Grade T12/L1"
    bench.change_settings(identity_hidden=False)
    assert str(study.date) in undo.text()
