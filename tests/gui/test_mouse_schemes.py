"""The hand's habits of other programs; the overlay is edited in each of them."""

import pytest
from PySide6.QtCore import QPointF, Qt

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import as_point
from spinegrader.gui.viewer.mouse_schemes import (
    MOUSE_SCHEMES,
    OHIF_SCHEME,
    PACS_SCHEME,
    SLICER_SCHEME,
)
from spinegrader.gui.viewer.slice_viewer import ViewerMode
from spinegrader.services.settings import MouseStyle

RIGHT, MIDDLE = Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton
BESIDE = QPointF(60, 60)
SCHEMES = list(MOUSE_SCHEMES.values())


def framing_of(viewer, geometry):
    """Where two places of the image stand: tells every pan and zoom."""
    places = (viewer.screen_place(as_point(geometry.to_mm((x, x, 4)))) for x in (20, 120))
    return [(round(place.x(), 6), round(place.y(), 6)) for place in places]


def magnification(viewer, geometry):
    first, second = (viewer.screen_place(as_point(geometry.to_mm((x, 0, 4)))) for x in (0, 100))
    return second.x() - first.x()


@pytest.fixture
def edited(viewer, lumbar_overlay):
    """Vertebrae as they were edited."""
    viewer.set_overlay(lumbar_overlay)
    heard = []
    viewer.vertebra_edited.connect(heard.append)
    return heard


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.name)
def test_in_every_scheme_a_left_drag_edits_and_a_click_selects(
    viewer, hand, edited, lumbar_overlay, oblique_geometry, scheme
):
    viewer.set_mouse_scheme(scheme)
    before, window = framing_of(viewer, oblique_geometry), viewer.window_range
    body = lumbar_overlay.vertebra(VertebraLevel.L4)
    corner, middle = viewer.screen_place(body.corners_mm[2]), as_point(body.centre_mm)
    hand.drag(corner, corner + QPointF(20, 5))
    hand.drag(viewer.screen_place(middle), viewer.screen_place(middle) + QPointF(0, 15))
    moved_corners = [
        [new != old for new, old in zip(vertebra.corners_mm, body.corners_mm, strict=True)]
        for vertebra in edited
    ]
    assert moved_corners == [[False, False, True, False], [True] * 4]
    assert viewer.window_range == window
    assert framing_of(viewer, oblique_geometry) == before

    clicked = []
    viewer.disc_clicked.connect(clicked.append)
    disc = lumbar_overlay.disc(DiscLevel(VertebraLevel.L3, VertebraLevel.L4))
    hand.click(viewer.screen_place(as_point(disc.centre_mm)))
    assert clicked == [disc.level]


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.name)
def test_in_every_scheme_the_wheel_steps_and_zooms_with_ctrl(
    viewer, hand, oblique_geometry, scheme
):
    viewer.set_mouse_scheme(scheme)
    before = magnification(viewer, oblique_geometry)
    hand.wheel(BESIDE, -120)
    assert viewer.current_slice == 5
    hand.wheel(BESIDE, 120, Qt.KeyboardModifier.ControlModifier)
    assert magnification(viewer, oblique_geometry) > before
    assert viewer.current_slice == 5


def test_ohif_left_drag_beside_the_overlay_sets_the_window(viewer, hand, edited, oblique_geometry):
    viewer.set_mouse_scheme(OHIF_SCHEME)
    viewer.set_window(100.0, 300.0)
    before = framing_of(viewer, oblique_geometry)
    hand.drag(BESIDE, BESIDE + QPointF(0, 60))
    assert viewer.window_range == pytest.approx((140.0, 340.0))
    assert edited == []
    assert framing_of(viewer, oblique_geometry) == before


def test_ohif_middle_drag_moves_the_image(viewer, hand, oblique_geometry):
    viewer.set_mouse_scheme(OHIF_SCHEME)
    place = as_point(oblique_geometry.to_mm((100, 90, 4)))
    before = viewer.screen_place(place)
    hand.drag(BESIDE, BESIDE + QPointF(20, 30), MIDDLE)
    assert viewer.screen_place(place) - before == QPointF(20, 30)


@pytest.mark.parametrize(
    ("scheme", "towards"), [(OHIF_SCHEME, QPointF(0, 50)), (SLICER_SCHEME, QPointF(0, -50))]
)
def test_a_right_drag_zooms_about_its_start_each_way(
    viewer, hand, oblique_geometry, scheme, towards
):
    viewer.set_mouse_scheme(scheme)
    window = viewer.window_range
    place = as_point(oblique_geometry.to_mm((80, 90, 4)))
    at = viewer.screen_place(place)
    before = magnification(viewer, oblique_geometry)
    hand.drag(at, at + towards, RIGHT)
    assert magnification(viewer, oblique_geometry) == pytest.approx(before * 1.284, rel=1e-3)
    after = viewer.screen_place(place)
    assert (after.x(), after.y()) == pytest.approx((at.x(), at.y()), abs=1e-6)
    hand.drag(at, at - towards, RIGHT)
    assert magnification(viewer, oblique_geometry) == pytest.approx(before)
    assert viewer.window_range == window


def test_escape_takes_a_zoom_back(viewer, hand, qtbot, oblique_geometry):
    viewer.set_mouse_scheme(SLICER_SCHEME)
    before = framing_of(viewer, oblique_geometry)
    hand.press(QPointF(300, 300), RIGHT)
    hand.move(QPointF(300, 150), RIGHT)
    assert framing_of(viewer, oblique_geometry) != before
    qtbot.keyClick(viewer, Qt.Key.Key_Escape)
    assert framing_of(viewer, oblique_geometry) == before


def test_slicer_modifiers_pan_and_window_even_on_a_body(
    viewer, hand, edited, lumbar_overlay, oblique_geometry
):
    viewer.set_mouse_scheme(SLICER_SCHEME)
    viewer.set_window(100.0, 300.0)
    before = framing_of(viewer, oblique_geometry)
    centre = as_point(lumbar_overlay.vertebra(VertebraLevel.L4).centre_mm)
    start = viewer.screen_place(centre)
    hand.held_keys = Qt.KeyboardModifier.ControlModifier
    hand.drag(start, start + QPointF(0, 60))
    assert viewer.window_range == pytest.approx((140.0, 340.0))
    assert framing_of(viewer, oblique_geometry) == before
    hand.held_keys = Qt.KeyboardModifier.ShiftModifier
    hand.drag(start, start + QPointF(11, 7))
    assert viewer.screen_place(centre) - start == QPointF(11, 7)
    assert edited == []


def test_slicer_left_drag_beside_the_overlay_does_nothing(viewer, hand, edited, oblique_geometry):
    viewer.set_mouse_scheme(SLICER_SCHEME)
    before, window = framing_of(viewer, oblique_geometry), viewer.window_range
    hand.drag(BESIDE, BESIDE + QPointF(40, 40))
    assert framing_of(viewer, oblique_geometry) == before
    assert viewer.window_range == window
    assert edited == []


def test_another_scheme_cancels_the_drag_of_the_old_one(viewer, hand, oblique_geometry):
    viewer.set_window(100.0, 300.0)
    hand.press(BESIDE, RIGHT)
    hand.move(BESIDE + QPointF(0, 60), RIGHT)
    assert viewer.window_range != (100.0, 300.0)
    viewer.set_mouse_scheme(OHIF_SCHEME)
    assert viewer.window_range == (100.0, 300.0)
    before = magnification(viewer, oblique_geometry)
    hand.move(BESIDE + QPointF(0, 90), RIGHT)
    hand.release(BESIDE + QPointF(0, 90), RIGHT)
    assert viewer.window_range == (100.0, 300.0)
    assert magnification(viewer, oblique_geometry) == before


def test_a_double_click_asks_to_fill_the_layout_and_leaves_the_image(
    viewer, hand, qtbot, oblique_geometry
):
    hand.drag(BESIDE, BESIDE + QPointF(50, 20), MIDDLE)
    before = framing_of(viewer, oblique_geometry)
    with qtbot.waitSignal(viewer.fill_wanted):
        hand.double_click(BESIDE)
    assert framing_of(viewer, oblique_geometry) == before


def test_while_placing_a_double_click_only_places(viewer, hand, qtbot):
    viewer.set_mode(ViewerMode.PLACE)
    with qtbot.assertNotEmitted(viewer.fill_wanted), qtbot.waitSignal(viewer.place_clicked):
        hand.double_click(QPointF(300, 300))


def test_each_style_has_a_scheme_and_no_hand_means_two_things():
    assert list(MOUSE_SCHEMES) == list(MouseStyle)
    assert len({scheme.name for scheme in SCHEMES}) == len(SCHEMES)
    for scheme in SCHEMES:
        titles = [title for title, _ in scheme.rows]
        assert len(set(titles)) == len(titles) == len(scheme.bindings)


def test_the_help_sheet_is_made_from_the_scheme():
    rows = dict(PACS_SCHEME.rows)
    assert rows["Wheel"] == "Next or previous slice"
    assert rows["Ctrl + wheel"] == "Zoom at the pointer"
    assert "contrast" in rows["Right drag"]
    assert "alone" in rows["Left double click"]
    assert dict(SLICER_SCHEME.rows)["Shift + left drag"] == "Move the image"
