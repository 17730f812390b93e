"""Edges, rotation and disc outlines, edited in place by the mouse."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import as_point
from spinegrader.gui.viewer.grips import HANDLE_DISTANCE
from spinegrader.gui.viewer.slice_viewer import ViewerMode
from tests.gui.viewer_hands import centre, corners_on_screen, middle, screen_scale, shift_mm
from tests.pictures import look_alike

L3_L4 = DiscLevel(VertebraLevel.L3, VertebraLevel.L4)
L4_L5 = DiscLevel(VertebraLevel.L4, VertebraLevel.L5)
UPPER, BACK, LOWER, FRONT = range(4)


@pytest.fixture
def heard(viewer):
    """Every edit and click, in order."""
    said = []
    for name in ("disc_clicked", "vertebra_clicked", "vertebra_edited", "disc_edited"):
        getattr(viewer, name).connect(lambda value, name=name: said.append((name, value)))
    return said


@pytest.fixture
def shown(viewer, lumbar_overlay):
    """The viewer with the overlay on it."""
    viewer.set_overlay(lumbar_overlay)
    return viewer


def edge_middle(viewer, vertebra, edge):
    corners = corners_on_screen(viewer, vertebra)
    return middle([corners[edge], corners[(edge + 1) % 4]])


# -- edges ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edge", "kept"), [(UPPER, (0, 12)), (LOWER, (0, 12)), (BACK, (9, 0)), (FRONT, (9, 0))]
)
def test_an_edge_moves_square_to_itself(
    shown, hand, heard, lumbar_overlay, oblique_geometry, edge, kept
):
    old = lumbar_overlay.vertebra(VertebraLevel.L4)
    start = edge_middle(shown, old, edge) + QPointF(1, 1)
    hand.drag(start, start + QPointF(9, 12))
    ((name, new),) = heard
    assert name == "vertebra_edited"
    shift = shift_mm(shown, oblique_geometry, *kept)
    for index in range(4):
        moved = index in (edge, (edge + 1) % 4)
        expected = np.asarray(old.corners_mm[index]) + (shift if moved else 0)
        assert new.corners_mm[index] == pytest.approx(tuple(expected), abs=1e-6)


def test_the_inside_of_a_body_still_moves_it_whole(shown, hand, heard, lumbar_overlay):
    old = lumbar_overlay.vertebra(VertebraLevel.L4)
    corners = corners_on_screen(shown, old)
    inside = corners[0] + (corners[2] - corners[0]) * 0.2
    hand.drag(inside, inside + QPointF(5, 5))
    moved = np.asarray(heard[0][1].corners_mm) - np.asarray(old.corners_mm)
    assert np.ptp(moved, axis=0) == pytest.approx((0, 0, 0), abs=1e-9)


@pytest.mark.parametrize("turns", [0, -8])
def test_most_of_a_body_moves_it_whole_at_every_zoom(shown, hand, lumbar_overlay, turns):
    body = lumbar_overlay.vertebra(VertebraLevel.L4)
    hand.wheel(shown.screen_place(centre(body)), 120 * turns, Qt.KeyboardModifier.ControlModifier)
    corners = corners_on_screen(shown, body)
    across, down = corners[1] - corners[0], corners[3] - corners[0]
    moves = []
    for right in np.linspace(0.05, 0.95, 10):
        for low in np.linspace(0.05, 0.95, 10):
            hand.hover(corners[0] + across * right + down * low)
            moves.append(shown.mouse_area.cursor().shape() == Qt.CursorShape.SizeAllCursor)
    assert np.mean(moves) >= 0.5


def test_an_edge_cannot_be_pushed_through_its_body(shown, hand, heard, lumbar_overlay):
    body = lumbar_overlay.vertebra(VertebraLevel.L4)
    start = edge_middle(shown, body, UPPER)
    hand.drag(start, edge_middle(shown, body, LOWER) + QPointF(0, 60))
    for _, vertebra in heard:
        corners = corners_on_screen(shown, vertebra)
        assert corners[0].y() < corners[3].y()


def test_escape_leaves_no_trace_of_an_edge_drag(shown, hand, heard, qtbot, lumbar_overlay):
    before = shown.grab_image()
    start = edge_middle(shown, lumbar_overlay.vertebra(VertebraLevel.L4), UPPER)
    hand.press(start)
    hand.move(start + QPointF(0, -9))
    assert shown.grab_image() != before
    qtbot.keyClick(shown, Qt.Key.Key_Escape)
    hand.release(start + QPointF(0, -9))
    shown.select_vertebra(lumbar_overlay.vertebra(VertebraLevel.L3))
    hand.click(QPointF(30, 30))
    assert heard == []
    assert shown.grab_image() == before


@pytest.mark.parametrize(
    ("edge", "shape"),
    [(UPPER, Qt.CursorShape.SizeVerCursor), (BACK, Qt.CursorShape.SizeHorCursor)],
)
def test_the_pointer_says_which_way_an_edge_goes(shown, hand, lumbar_overlay, edge, shape):
    hand.hover(edge_middle(shown, lumbar_overlay.vertebra(VertebraLevel.L4), edge))
    assert shown.mouse_area.cursor().shape() == shape


# -- rotation -------------------------------------------------------------------------------


def rotation_handle(viewer, vertebra):
    corners = corners_on_screen(viewer, vertebra)
    front, back = middle([corners[0], corners[3]]), middle([corners[1], corners[2]])
    return back + (back - front) / (back.x() - front.x()) * HANDLE_DISTANCE


@pytest.mark.parametrize("degrees", [12.0, -30.0])
def test_a_chosen_body_turns_about_its_centre(
    shown, hand, heard, lumbar_overlay, oblique_geometry, degrees
):
    old = lumbar_overlay.vertebra(VertebraLevel.L4)
    middle_of_body = shown.screen_place(centre(old))
    hand.click(middle_of_body)
    start = rotation_handle(shown, old)
    hand.hover(start)
    assert shown.mouse_area.cursor().shape() == Qt.CursorShape.BitmapCursor
    arm = start - middle_of_body
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    end = middle_of_body + QPointF(c * arm.x() - s * arm.y(), s * arm.x() + c * arm.y())
    hand.drag(start, end)
    name, new = heard[-1]
    assert name == "vertebra_edited"
    assert new.centre_mm == pytest.approx(old.centre_mm, abs=1e-6)
    assert new.depth_mm == pytest.approx(old.depth_mm)
    before, after = (
        np.asarray(item.corners_mm[1]) - np.asarray(item.corners_mm[0]) for item in (old, new)
    )
    across, down = oblique_geometry.directions[:, 0], oblique_geometry.directions[:, 1]
    turned = np.rad2deg(np.arctan2(after @ down, after @ across))
    assert turned - np.rad2deg(np.arctan2(before @ down, before @ across)) == pytest.approx(
        degrees, abs=0.01
    )


def test_without_a_chosen_body_the_place_of_the_handle_moves_the_image(
    shown, hand, heard, lumbar_overlay
):
    body = lumbar_overlay.vertebra(VertebraLevel.L4)
    start = rotation_handle(shown, body)
    before = shown.screen_place(centre(body))
    hand.drag(start, start + QPointF(0, 20))
    assert heard == []
    assert shown.screen_place(centre(body)).y() == pytest.approx(before.y() + 20)


# -- outlines of discs ----------------------------------------------------------------------


def hindmost(viewer, disc):
    """The point of the outline that lies furthest back on screen."""
    return max((viewer.screen_place(point) for point in disc.outline_mm), key=QPointF.x)


def handle_beside(viewer, hand, at):
    """A place within a few pixels of ``at`` where the outline of the disc can be taken hold of."""
    for right in range(-6, 7, 2):
        for down in range(-16, 17, 2):
            place = at + QPointF(right, down)
            hand.hover(place)
            if viewer.mouse_area.cursor().shape() == Qt.CursorShape.OpenHandCursor:
                return place
    raise AssertionError("There is no handle here.")


def test_a_bulge_is_drawn_with_one_drag(shown, hand, heard, lumbar_overlay, oblique_geometry):
    shown.set_focus(L3_L4)
    old = lumbar_overlay.disc(L3_L4)
    start = handle_beside(shown, hand, hindmost(shown, old))
    hand.drag(start, start + QPointF(20, 3))
    ((name, new),) = heard
    assert name == "disc_edited"
    assert new.level == L3_L4
    outline = np.asarray(new.outline_mm)
    reach = outline @ oblique_geometry.directions[:, 0]
    before = np.asarray(old.outline_mm) @ oblique_geometry.directions[:, 0]
    scale = screen_scale(shown, oblique_geometry)
    assert reach.max() - before.max() == pytest.approx(20 / scale, abs=1.0)
    assert reach.min() == pytest.approx(before.min())  # the front stays
    # The points beside the handle follow: no spike.
    assert np.sum(reach > before.max() + 0.3) >= 4
    # On the same plane as before.
    assert oblique_geometry.to_index(outline)[:, 2] == pytest.approx(4.0, abs=1e-6)
    assert lumbar_overlay.with_disc(new).is_edited(L3_L4)


def test_a_drawn_outline_is_shown_and_marked(shown, hand, heard, lumbar_overlay):
    shown.set_focus(L3_L4)
    plain = shown.grab_image()
    start = handle_beside(shown, hand, hindmost(shown, lumbar_overlay.disc(L3_L4)))
    hand.drag(start, start + QPointF(20, 0))
    edited = heard[0][1]
    hand.hover(QPointF(30, 30))
    assert look_alike(shown.grab_image(), plain)  # nothing until the edit is taken
    shown.set_overlay(lumbar_overlay.with_disc(edited))
    assert shown.grab_image() != plain
    tip = hindmost(shown, edited)
    assert tip.x() > hindmost(shown, lumbar_overlay.disc(L3_L4)).x() + 12
    # A disc that isn't changed but drawn bears the mark, too.
    same = lumbar_overlay.with_disc(lumbar_overlay.disc(L3_L4))
    shown.set_overlay(same)
    assert shown.grab_image() != plain
    shown.set_overlay(same.with_derived_disc(L3_L4))
    assert look_alike(shown.grab_image(), plain)


def test_only_the_disc_in_focus_can_be_drawn(shown, hand, heard, lumbar_overlay):
    start = hindmost(shown, lumbar_overlay.disc(L3_L4))
    hand.drag(start, start + QPointF(20, 3))
    assert heard == []


def test_an_outline_never_crosses_itself(shown, hand, heard, lumbar_overlay):
    shown.set_focus(L3_L4)
    disc = lumbar_overlay.disc(L3_L4)
    start = handle_beside(shown, hand, hindmost(shown, disc))
    hand.drag(start, shown.screen_place(centre(disc)) - QPointF(200, 0))
    for _, new in heard:
        points = [shown.screen_place(point) for point in new.outline_mm]
        assert not crosses_itself(points)


def crosses_itself(points):
    """Pair by pair, apart from the program's own way."""
    edges = list(zip(points, [*points[1:], points[0]], strict=True))

    def side(a, b, p):
        return (b.x() - a.x()) * (p.y() - a.y()) - (b.y() - a.y()) * (p.x() - a.x())

    return any(
        side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0
        for i, (a, b) in enumerate(edges)
        for c, d in edges[i + 2 :]
    )


def test_the_corners_of_bodies_stay_in_reach_beside_a_disc_in_focus(
    shown, hand, heard, lumbar_overlay
):
    shown.set_focus(L3_L4)
    body = lumbar_overlay.vertebra(VertebraLevel.L4)
    start = shown.screen_place(body.corners_mm[0])
    hand.drag(start, start + QPointF(-8, -2))
    ((name, new),) = heard
    assert name == "vertebra_edited"
    assert new.corners_mm[1:] == body.corners_mm[1:]


def test_neighbours_with_a_level_left_out_make_no_disc(shown, hand, heard, lumbar_overlay):
    shown.set_overlay(lumbar_overlay.without(VertebraLevel.L4))
    hand.click(shown.screen_place(centre(lumbar_overlay.disc(L3_L4))))
    hand.click(shown.screen_place(centre(lumbar_overlay.disc(L4_L5))))
    assert heard == []


# -- the menu -------------------------------------------------------------------------------


@pytest.fixture
def asked(viewer):
    """The menus that were asked for."""
    menus = []
    viewer.menu_wanted.connect(lambda level, place: menus.append((level, place)))
    return menus


def test_a_right_click_asks_for_a_menu_a_right_drag_does_not(shown, hand, asked, lumbar_overlay):
    right = Qt.MouseButton.RightButton
    window = shown.window_range
    at = shown.screen_place(centre(lumbar_overlay.disc(L3_L4)))
    hand.click(at, right)
    assert asked == [(L3_L4, shown.mouse_area.mapToGlobal(at.toPoint()))]
    assert shown.window_range == window
    hand.drag(at, at + QPointF(30, 0), right)
    hand.click(QPointF(30, 30), right)
    hand.click(shown.screen_place(centre(lumbar_overlay.vertebra(VertebraLevel.L4))), right)
    assert [level for level, _ in asked] == [L3_L4, VertebraLevel.L4]


def test_the_menu_key_asks_for_the_disc_in_focus(shown, asked, lumbar_overlay):
    shown.set_focus(L3_L4)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(1, 1), QPoint(9, 9))
    QApplication.sendEvent(shown, event)
    place = shown.screen_place(centre(lumbar_overlay.disc(L3_L4))).toPoint()
    assert asked == [(L3_L4, shown.mouse_area.mapToGlobal(place))]


# -- adding ---------------------------------------------------------------------------------


def test_two_clicks_place_a_vertebra(shown, hand, oblique_geometry):
    placed = []
    shown.vertebra_placed.connect(lambda upper, lower: placed.append((upper, lower)))
    shown.set_mode(ViewerMode.ADD)
    shown.go_to_slice(2)
    upper, lower = (as_point(oblique_geometry.to_mm((90, row, 2))) for row in (20, 48))
    plain = shown.grab_image()
    hand.click(shown.screen_place(upper))
    hand.hover(shown.screen_place(lower))
    assert shown.grab_image() != plain  # the line between them
    hand.click(shown.screen_place(lower))
    ((got_upper, got_lower),) = placed
    assert got_upper == pytest.approx(upper, abs=1e-6)
    assert got_lower == pytest.approx(lower, abs=1e-6)
    assert shown.measurements == ()
    assert look_alike(shown.grab_image(), plain)


# -- lent overlays --------------------------------------------------------------------------


def test_a_lent_overlay_is_clicked_but_not_edited(viewer, hand, heard, asked, lumbar_overlay):
    viewer.set_overlay(lumbar_overlay)
    own = viewer.grab_image()
    viewer.set_overlay(lumbar_overlay, editable=False)
    assert viewer.grab_image() != own
    body = lumbar_overlay.vertebra(VertebraLevel.L4)
    viewer.set_focus(L3_L4)
    for start in (viewer.screen_place(body.corners_mm[1]), edge_middle(viewer, body, BACK)):
        hand.drag(start, start + QPointF(20, 0))
    hand.drag(hindmost(viewer, lumbar_overlay.disc(L3_L4)), QPointF(600, 300))
    assert heard == []
    viewer.fit()
    hand.click(viewer.screen_place(centre(body)))
    hand.click(viewer.screen_place(centre(lumbar_overlay.disc(L3_L4))))
    hand.click(viewer.screen_place(centre(body)), Qt.MouseButton.RightButton)
    assert heard == [("disc_clicked", L3_L4)]
    assert asked == []


def test_hiding_ends_a_drag_without_an_edit(shown, hand, heard, lumbar_overlay):
    start = edge_middle(shown, lumbar_overlay.vertebra(VertebraLevel.L4), UPPER)
    hand.press(start)
    hand.move(start + QPointF(0, -9))
    shown.set_overlays_visible(False)
    hand.release(start + QPointF(0, -9))
    shown.set_overlays_visible(True)
    assert heard == []


def test_an_outline_can_be_drawn_again(shown, hand, heard, lumbar_overlay):
    """Its points grow no further once they are close enough."""
    shown.set_focus(L3_L4)
    overlay = lumbar_overlay
    counts = []
    for _ in range(4):
        start = handle_beside(shown, hand, hindmost(shown, overlay.disc(L3_L4)))
        hand.drag(start, start + QPointF(5, 0))
        overlay = overlay.with_disc(heard[-1][1])
        counts.append(len(heard[-1][1].outline_mm))
        shown.set_overlay(replace(overlay))
    assert len(heard) == 4
    assert counts[-1] <= counts[0] + 12
