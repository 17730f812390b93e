"""What the reader's hand does, and the millimetres that come of it."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import as_point
from spinegrader.gui.viewer.slice_viewer import ViewerMode

L3_L4 = DiscLevel(VertebraLevel.L3, VertebraLevel.L4)
RIGHT, MIDDLE = Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton


@pytest.fixture
def heard(viewer):
    """Everything that the viewer says, in order."""
    said = []
    for name in ("disc_clicked", "vertebra_clicked", "vertebra_edited", "place_clicked"):
        getattr(viewer, name).connect(lambda value, name=name: said.append((name, value)))
    return said


def screen_scale(viewer, geometry):
    """Logical pixels per millimetre, measured on screen."""
    start = viewer.screen_place(as_point(geometry.to_mm((0, 0, 0))))
    end = viewer.screen_place(as_point(geometry.to_mm((100, 0, 0))))
    return (end.x() - start.x()) / (100 * geometry.spacing_mm[0])


# -- slices, zoom, pan, window --------------------------------------------------------------


def test_wheel_steps_through_the_slices_and_stops_at_the_ends(viewer, hand, qtbot):
    at = QPointF(300, 300)
    with qtbot.waitSignal(viewer.slice_changed) as changed:
        hand.wheel(at, -120)
    assert changed.args == [5]
    hand.wheel(at, 240)
    assert viewer.current_slice == 3
    hand.wheel(at, 120 * 20)
    assert viewer.current_slice == 0
    with qtbot.assertNotEmitted(viewer.slice_changed):
        hand.wheel(at, 120)


def test_a_trackpads_small_turns_add_up(viewer, hand):
    for _ in range(7):
        hand.wheel(QPointF(300, 300), -40)
    assert viewer.current_slice == 6


def test_ctrl_wheel_zooms_at_the_pointer(viewer, hand, oblique_geometry):
    place = as_point(oblique_geometry.to_mm((40, 30, 4)))
    at = viewer.screen_place(place)
    before = screen_scale(viewer, oblique_geometry)
    hand.wheel(at, 240, Qt.KeyboardModifier.ControlModifier)
    assert viewer.current_slice == 4
    assert screen_scale(viewer, oblique_geometry) == pytest.approx(before * 1.44)
    after = viewer.screen_place(place)
    assert (after.x(), after.y()) == pytest.approx((at.x(), at.y()), abs=1e-6)


@pytest.mark.parametrize("button", [Qt.MouseButton.LeftButton, MIDDLE])
def test_dragging_beside_the_spine_moves_the_image(viewer, hand, oblique_geometry, button):
    place = as_point(oblique_geometry.to_mm((100, 90, 4)))
    before = viewer.screen_place(place)
    hand.drag(QPointF(60, 60), QPointF(95, 40), button)
    after = viewer.screen_place(place)
    assert (after.x() - before.x(), after.y() - before.y()) == pytest.approx((35, -20))


def test_the_image_stays_fitted_when_the_window_changes(viewer, qtbot, oblique_geometry):
    viewer.resize(404, 384)
    qtbot.waitUntil(lambda: viewer.mouse_area.width() == 400)
    rows = oblique_geometry.shape[1]
    top = viewer.screen_place(as_point(oblique_geometry.to_mm((0, -0.5, 4))))
    bottom = viewer.screen_place(as_point(oblique_geometry.to_mm((0, rows - 0.5, 4))))
    # 120 x 162 mm in 400 x 380 pixels: the height decides.
    assert (top.y(), bottom.y()) == pytest.approx((0, 380), abs=1e-6)


def test_right_drag_changes_the_window(viewer, hand, qtbot):
    viewer.set_window(100.0, 300.0)
    with qtbot.waitSignal(viewer.window_changed):
        hand.drag(QPointF(300, 300), QPointF(300, 360), RIGHT)
    low, high = viewer.window_range
    # 60 of 300 pixels down: the level rises by a fifth of the width, the image darkens.
    assert (low, high) == pytest.approx((140.0, 340.0))
    hand.drag(QPointF(300, 300), QPointF(600, 300), RIGHT)
    low, high = viewer.window_range
    assert high - low == pytest.approx(200.0 * np.e)
    assert (low + high) / 2 == pytest.approx(240.0)


def test_escape_takes_a_window_drag_back(viewer, hand, qtbot):
    viewer.set_window(100.0, 300.0)
    hand.press(QPointF(300, 300), RIGHT)
    hand.move(QPointF(400, 200), RIGHT)
    assert viewer.window_range != (100.0, 300.0)
    qtbot.keyClick(viewer, Qt.Key.Key_Escape)
    assert viewer.window_range == (100.0, 300.0)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (Qt.Key.Key_Up, 3),
        (Qt.Key.Key_Down, 5),
        (Qt.Key.Key_PageUp, 0),
        (Qt.Key.Key_PageDown, 8),
    ],
)
def test_keys_change_the_slice(viewer, qtbot, key, expected):
    qtbot.keyClick(viewer, key)
    assert viewer.current_slice == expected


def test_a_click_brings_the_keyboard_here(viewer, hand, qtbot):
    viewer.activateWindow()
    viewer.clearFocus()
    hand.click(QPointF(20, 20))
    qtbot.waitUntil(viewer.hasFocus)


# -- pointing -------------------------------------------------------------------------------


def test_pointer_text_tells_value_and_place(viewer, hand, qtbot, oblique_geometry, counting_pixels):
    place = oblique_geometry.to_mm((57, 101, 4))
    with qtbot.waitSignal(viewer.pointer_text) as told:
        hand.hover(viewer.screen_place(as_point(place)))
    text = told.args[0]
    assert text.startswith(f"{counting_pixels[4, 101, 57]} at ")
    assert f"{abs(place[2]):.1f} {'H' if place[2] >= 0 else 'F'} mm" in text
    with qtbot.waitSignal(viewer.pointer_text) as told:
        hand.hover(QPointF(2, 300))
    assert told.args[0] == ""


@pytest.mark.parametrize("index", [0, 4, 8])
def test_placing_gives_patient_millimetres(viewer, hand, heard, oblique_geometry, index):
    viewer.set_mode(ViewerMode.PLACE)
    viewer.go_to_slice(index)
    for column, row in ((3.0, 5.0), (110.25, 77.5), (198.0, 170.0)):
        expected = oblique_geometry.to_mm((column, row, index))
        hand.click(viewer.screen_place(as_point(expected)))
        name, place = heard[-1]
        assert name == "place_clicked"
        assert place == pytest.approx(tuple(expected), abs=1e-6)
    assert len(heard) == 3


def test_placing_beside_the_image_places_nothing(viewer, hand, heard):
    viewer.set_mode(ViewerMode.PLACE)
    hand.click(QPointF(3, 300))
    assert heard == []


def test_placing_never_moves_what_is_there(viewer, hand, heard, lumbar_overlay):
    viewer.set_overlay(lumbar_overlay)
    viewer.set_mode(ViewerMode.PLACE)
    corner = viewer.screen_place(lumbar_overlay.vertebrae[0].corners_mm[0])
    hand.drag(corner, corner + QPointF(30, 10))
    assert heard == []


def test_clicks_choose_discs_and_vertebrae(viewer, hand, heard, lumbar_overlay):
    viewer.set_overlay(lumbar_overlay)
    disc = lumbar_overlay.disc(L3_L4)
    hand.click(viewer.screen_place(as_point(disc.centre_mm)))
    hand.click(viewer.screen_place(as_point(lumbar_overlay.vertebrae[1].centre_mm)))
    hand.click(QPointF(30, 30))
    assert heard == [("disc_clicked", L3_L4), ("vertebra_clicked", VertebraLevel.L4)]


def test_a_thin_disc_is_hit_from_a_few_pixels_off(viewer, hand, heard, lumbar_overlay):
    viewer.set_overlay(lumbar_overlay)
    disc = lumbar_overlay.disc(L3_L4)
    rearmost = max((viewer.screen_place(point) for point in disc.outline_mm), key=QPointF.x)
    hand.click(rearmost + QPointF(8, 0))
    hand.click(rearmost + QPointF(20, 0))
    assert heard == [("disc_clicked", L3_L4)]


def test_hidden_overlays_are_out_of_reach(viewer, hand, heard, lumbar_overlay):
    viewer.set_overlay(lumbar_overlay)
    viewer.set_overlays_visible(False)
    hand.click(viewer.screen_place(as_point(lumbar_overlay.vertebrae[1].centre_mm)))
    corner = viewer.screen_place(lumbar_overlay.vertebrae[1].corners_mm[1])
    hand.drag(corner, corner + QPointF(20, 20))
    assert heard == []


# -- editing --------------------------------------------------------------------------------


@pytest.mark.parametrize("index", [4, 5])
def test_dragging_a_corner_moves_it_by_the_millimetres_on_screen(
    viewer, hand, heard, lumbar_overlay, oblique_geometry, index
):
    viewer.set_overlay(lumbar_overlay)
    viewer.go_to_slice(index)
    old = lumbar_overlay.vertebra(VertebraLevel.L4)
    scale = screen_scale(viewer, oblique_geometry)
    start = viewer.screen_place(old.corners_mm[2]) + QPointF(4, -3)  # taken hold of beside it
    hand.drag(start, start + QPointF(23, -11))
    assert [name for name, _ in heard] == ["vertebra_edited"]
    new = heard[0][1]
    across, down = oblique_geometry.directions[:, 0], oblique_geometry.directions[:, 1]
    expected = np.asarray(old.corners_mm[2]) + across * 23 / scale - down * 11 / scale
    assert new.corners_mm[2] == pytest.approx(tuple(expected), abs=1e-6)
    others = [new.corners_mm[i] for i in (0, 1, 3)]
    assert others == [old.corners_mm[i] for i in (0, 1, 3)]
    assert new.level == VertebraLevel.L4


def test_dragging_a_body_moves_it_whole(viewer, hand, heard, lumbar_overlay, oblique_geometry):
    viewer.set_overlay(lumbar_overlay)
    old = lumbar_overlay.vertebra(VertebraLevel.L3)
    scale = screen_scale(viewer, oblique_geometry)
    start = viewer.screen_place(as_point(old.centre_mm))
    hand.drag(start, start + QPointF(-12, 18))
    ((name, new),) = heard
    assert name == "vertebra_edited"
    shift = oblique_geometry.directions[:, :2] @ (-12 / scale, 18 / scale)
    assert np.asarray(new.corners_mm) == pytest.approx(np.asarray(old.corners_mm) + shift, abs=1e-6)


def test_the_overlay_changes_only_when_it_is_set(viewer, hand, heard, lumbar_overlay):
    viewer.set_overlay(lumbar_overlay)
    plain = viewer.grab_image()
    start = viewer.screen_place(as_point(lumbar_overlay.vertebrae[0].centre_mm))
    hand.press(start)
    hand.move(start + QPointF(40, 0))
    assert viewer.grab_image() != plain  # the preview
    hand.release(start + QPointF(40, 0))
    edited = heard[0][1]
    hand.click(QPointF(30, 30))  # away with the handles
    assert viewer.grab_image() == plain
    viewer.set_overlay(lumbar_overlay.with_vertebra(edited))
    assert viewer.grab_image() != plain


def test_escape_takes_a_corner_drag_back(viewer, hand, heard, qtbot, lumbar_overlay):
    viewer.set_overlay(lumbar_overlay)
    start = viewer.screen_place(lumbar_overlay.vertebrae[0].corners_mm[0])
    hand.press(start)
    hand.move(start + QPointF(30, 10))
    qtbot.keyClick(viewer, Qt.Key.Key_Escape)
    hand.release(start + QPointF(30, 10))
    assert heard == []


def test_a_new_overlay_ends_a_drag_on_the_old_one(viewer, hand, heard, lumbar_overlay):
    viewer.set_overlay(lumbar_overlay)
    start = viewer.screen_place(lumbar_overlay.vertebrae[0].corners_mm[0])
    hand.press(start)
    hand.move(start + QPointF(30, 10))
    viewer.set_overlay(lumbar_overlay.shifted(1))
    hand.release(start + QPointF(30, 10))
    assert heard == []


def test_a_corner_cannot_be_dragged_across_the_body(viewer, hand, heard, lumbar_overlay):
    viewer.set_overlay(lumbar_overlay)
    body = lumbar_overlay.vertebra(VertebraLevel.L4)
    front_top, back_low = (viewer.screen_place(body.corners_mm[i]) for i in (0, 2))
    hand.drag(front_top, back_low + QPointF(60, -30))
    # The last place before the quad would cross itself was kept, or none.
    for _, vertebra in heard:
        corners = [viewer.screen_place(point) for point in vertebra.corners_mm]
        assert corners[0].x() < corners[1].x()


def test_a_click_on_a_corner_edits_nothing(viewer, hand, heard, lumbar_overlay):
    viewer.set_overlay(lumbar_overlay)
    start = viewer.screen_place(lumbar_overlay.vertebrae[0].corners_mm[0])
    hand.press(start)
    hand.move(start + QPointF(1, 1))
    hand.release(start + QPointF(1, 1))
    assert "vertebra_edited" not in [name for name, _ in heard]


def test_a_drag_is_dropped_when_the_release_was_missed(viewer, hand, heard, lumbar_overlay):
    viewer.set_overlay(lumbar_overlay)
    start = viewer.screen_place(lumbar_overlay.vertebrae[0].corners_mm[0])
    hand.press(start)
    hand.move(start + QPointF(30, 10))
    hand.hover(start + QPointF(50, 10))
    assert heard == []


def test_the_pointer_shows_what_a_drag_would_move(viewer, hand, lumbar_overlay):
    viewer.set_overlay(lumbar_overlay)
    body = lumbar_overlay.vertebra(VertebraLevel.L4)
    shapes = []
    for place in (body.corners_mm[0], as_point(body.centre_mm)):
        hand.hover(viewer.screen_place(place))
        shapes.append(viewer.mouse_area.cursor().shape())
    hand.hover(QPointF(30, 30))
    shapes.append(viewer.mouse_area.cursor().shape())
    assert shapes == [
        Qt.CursorShape.CrossCursor,
        Qt.CursorShape.SizeAllCursor,
        Qt.CursorShape.ArrowCursor,
    ]
