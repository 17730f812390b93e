"""Distances and angles, drawn by the mouse on an oblique volume."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from spinegrader.domain.geometry import as_point
from spinegrader.gui.viewer.measuring import Measurement, MeasurementKind, cobb_angle_deg
from spinegrader.gui.viewer.slice_viewer import ViewerMode


@pytest.fixture
def place(oblique_geometry):
    """A place of a slice in the patient, by column and row."""
    return lambda column, row, index=4: as_point(oblique_geometry.to_mm((column, row, index)))


@pytest.fixture
def at(viewer, place):
    """The same on screen."""
    return lambda column, row: viewer.screen_place(place(column, row))


@pytest.fixture
def changes(viewer):
    """What was measured after each change."""
    seen = []
    viewer.measurements_changed.connect(lambda: seen.append(viewer.measurements))
    return seen


@pytest.mark.parametrize("by_drag", [True, False])
def test_a_distance_is_in_patient_millimetres(viewer, hand, at, place, changes, by_drag):
    viewer.set_mode(ViewerMode.DISTANCE)
    if by_drag:
        hand.drag(at(40, 50), at(140, 90))
    else:
        hand.click(at(40, 50))
        hand.hover(at(100, 70))
        hand.click(at(140, 90))
    ((found,),) = changes
    assert found.slice_index == 4
    for got, expected in zip(found.points_mm, (place(40, 50), place(140, 90)), strict=True):
        assert got == pytest.approx(expected, abs=1e-6)
    # 100 columns of 0.6 mm, 40 rows of 0.9 mm.
    assert found.value == pytest.approx(np.hypot(60, 36))
    assert found.text == "70.0 mm"


@pytest.mark.parametrize("turned_back", [False, True])
def test_an_angle_is_that_of_its_two_lines(viewer, hand, at, changes, turned_back):
    viewer.set_mode(ViewerMode.ANGLE)
    # 30 mm across, then 30 mm across and 30 mm down: 45 degrees.
    hand.drag(at(60, 40), at(110, 40))
    ends = [at(60, 100), at(110, 100 + 30 / 0.9)]
    for end in reversed(ends) if turned_back else ends:
        hand.click(end)
    ((found,),) = changes
    assert found.kind is MeasurementKind.ANGLE
    assert found.value == pytest.approx(45.0)
    assert found.text == "45.0°"


@pytest.mark.parametrize("tilt", [5.0, 30.0, 44.0, 55.0, 70.0])
def test_the_angle_of_two_endplates_grows_beyond_a_right_angle(tilt):
    """Two lines, each tilted towards the other, above each other."""
    c, s = np.cos(np.deg2rad(tilt)), np.sin(np.deg2rad(tilt))
    upper = np.array([(-15 * c, 15 * s - 60), (15 * c, -15 * s - 60)])
    lower = np.array([(-15 * c, 60 - 15 * s), (15 * c, 60 + 15 * s)])
    for first in (upper, upper[::-1]):
        for second in (lower, lower[::-1]):
            both = np.concatenate([first, second])
            assert cobb_angle_deg(both) == pytest.approx(2 * tilt)
            # Turned by a right angle as well, as on an image that lies on its side.
            assert cobb_angle_deg(both[:, ::-1]) == pytest.approx(2 * tilt)


def test_the_value_is_read_while_drawing(viewer, hand, at):
    viewer.set_mode(ViewerMode.DISTANCE)
    hand.press(at(40, 50))
    hand.move(at(80, 50))
    short = viewer.grab_image()
    hand.move(at(120, 50))
    assert viewer.grab_image() != short
    hand.release(at(120, 50))
    assert viewer.measurements[0].text == "48.0 mm"


def test_measurements_stay_on_their_slice(viewer, hand, at):
    plain = viewer.grab_image()
    viewer.set_mode(ViewerMode.DISTANCE)
    hand.drag(at(40, 50), at(140, 90))
    viewer.set_mode(ViewerMode.BROWSE)
    drawn = viewer.grab_image()
    assert drawn != plain
    viewer.go_to_slice(5)
    other = viewer.grab_image()
    viewer.clear_measurements()
    assert viewer.grab_image() == other
    viewer.go_to_slice(4)
    assert viewer.grab_image() == plain


def test_an_end_can_be_dragged(viewer, hand, at, place, changes):
    viewer.measurements = (
        Measurement(MeasurementKind.DISTANCE, 4, (place(40, 50), place(90, 50))),
    )
    hand.drag(at(90, 50) + QPointF(2, 2), at(120, 80))
    ((found,),) = changes
    assert found.points_mm[0] == place(40, 50)
    assert found.points_mm[1] == pytest.approx(place(120, 80), abs=1e-6)


def test_escape_puts_a_dragged_end_back(viewer, hand, qtbot, at, place, changes):
    viewer.measurements = (
        Measurement(MeasurementKind.DISTANCE, 4, (place(40, 50), place(90, 50))),
    )
    before = viewer.measurements
    hand.press(at(90, 50))
    hand.move(at(120, 80))
    assert viewer.measurements != before
    qtbot.keyClick(viewer, Qt.Key.Key_Escape)
    hand.release(at(120, 80))
    assert viewer.measurements == before
    assert changes == []


def test_delete_removes_the_chosen_one(viewer, hand, qtbot, at, place, changes):
    kept = Measurement(MeasurementKind.DISTANCE, 4, (place(40, 50), place(90, 50)))
    gone = Measurement(MeasurementKind.DISTANCE, 4, (place(40, 120), place(90, 120)))
    viewer.measurements = (kept, gone)
    qtbot.keyClick(viewer, Qt.Key.Key_Delete)
    assert viewer.measurements == (kept, gone)
    hand.click(at(65, 120))
    qtbot.keyClick(viewer, Qt.Key.Key_Delete)
    assert changes == [(kept,)]


def test_what_is_not_seen_is_not_deleted(viewer, hand, qtbot, at, changes):
    viewer.set_mode(ViewerMode.DISTANCE)
    hand.drag(at(40, 50), at(140, 90))
    viewer.step_slice(1)
    qtbot.keyClick(viewer, Qt.Key.Key_Delete)
    assert len(viewer.measurements) == 1
    assert len(changes) == 1


def test_escape_drops_the_line_that_was_begun_then_leaves(viewer, hand, qtbot, at, changes):
    modes = []
    viewer.mode_changed.connect(modes.append)
    plain = viewer.grab_image()
    viewer.set_mode(ViewerMode.ANGLE)
    hand.drag(at(60, 40), at(110, 40))
    assert viewer.grab_image() != plain
    qtbot.keyClick(viewer, Qt.Key.Key_Escape)
    assert viewer.grab_image() == plain
    assert viewer.mode is ViewerMode.ANGLE
    qtbot.keyClick(viewer, Qt.Key.Key_Escape)
    assert viewer.mode is ViewerMode.BROWSE
    assert modes == [ViewerMode.ANGLE, ViewerMode.BROWSE]
    assert changes == []


def test_a_cancelled_drag_sets_no_point(viewer, hand, qtbot, at, changes):
    viewer.set_mode(ViewerMode.DISTANCE)
    plain = viewer.grab_image()
    hand.press(at(40, 50))
    hand.move(at(90, 50))
    qtbot.keyClick(viewer, Qt.Key.Key_Escape)
    hand.release(at(90, 50))
    assert viewer.grab_image() == plain
    hand.click(at(40, 50))
    assert changes == []


def test_another_slice_drops_the_line_that_was_begun(viewer, hand, at, changes):
    viewer.set_mode(ViewerMode.DISTANCE)
    hand.click(at(40, 50))
    viewer.step_slice(1)
    hand.click(at(90, 50))
    assert changes == []


def test_nothing_is_measured_beside_the_image(viewer, hand, at, changes):
    viewer.set_mode(ViewerMode.DISTANCE)
    hand.click(QPointF(3, 300))
    hand.click(at(40, 50))
    hand.click(QPointF(3, 300))
    assert changes == []
    hand.click(at(90, 50))
    assert len(changes) == 1


def test_measuring_edits_and_chooses_nothing(viewer, hand, qtbot, lumbar_overlay):
    viewer.set_overlay(lumbar_overlay)
    viewer.set_mode(ViewerMode.DISTANCE)
    corner = viewer.screen_place(lumbar_overlay.vertebrae[0].corners_mm[0])
    with (
        qtbot.assertNotEmitted(viewer.vertebra_edited),
        qtbot.assertNotEmitted(viewer.disc_clicked),
    ):
        hand.drag(corner, corner + QPointF(30, 30))
        hand.click(viewer.screen_place(as_point(lumbar_overlay.discs[0].centre_mm)))
    assert len(viewer.measurements) == 1


def test_another_volume_starts_without_measurements(
    viewer, hand, at, oblique_geometry, counting_pixels
):
    viewer.set_mode(ViewerMode.DISTANCE)
    hand.drag(at(40, 50), at(140, 90))
    kept = viewer.measurements
    viewer.show_volume(counting_pixels, oblique_geometry, (0.0, 1.0))
    assert viewer.measurements == ()
    viewer.measurements = kept
    assert viewer.measurements == kept


def test_hidden_overlays_hide_measurements(viewer, hand, at):
    plain = viewer.grab_image()
    viewer.set_mode(ViewerMode.DISTANCE)
    hand.drag(at(40, 50), at(140, 90))
    viewer.set_overlays_visible(False)
    assert viewer.grab_image() == plain


def test_a_distance_has_two_points(place):
    with pytest.raises(ValueError, match="2 points"):
        Measurement(MeasurementKind.DISTANCE, 4, (place(40, 50),))
