"""Where things stand on screen, without a window."""

import numpy as np
import pytest

from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.gui.viewer.annotations import ruler_length_mm, window_text
from spinegrader.gui.viewer.framing import Extent, Framing
from spinegrader.gui.viewer.slice_plane import SlicePlane, describe_place

SIZE = (800.0, 600.0)
IMAGE = Extent(-0.5, -0.5, 200.0, 300.0)


def test_fitting_shows_all_of_the_image_and_touches_two_edges():
    framing = Framing.fitting(IMAGE, SIZE)
    top_left, bottom_right = framing.to_screen(
        [(IMAGE.left, IMAGE.top), (IMAGE.right, IMAGE.bottom)]
    )
    assert top_left == pytest.approx((200.0, 0.0))
    assert bottom_right == pytest.approx((600.0, 600.0))


def test_screen_and_plane_are_inverse():
    framing = Framing((31.0, 77.0), 2.7, SIZE)
    places = np.random.default_rng(3).uniform(0, 600, (50, 2))
    assert framing.to_screen(framing.to_plane(places)) == pytest.approx(places)


def test_zooming_keeps_what_lies_under_the_pointer():
    framing = Framing((31.0, 77.0), 2.0, SIZE)
    pointer = (123.0, 456.0)
    zoomed = framing.scaled_to(6.5, pointer)
    assert zoomed.pixels_per_mm == 6.5
    assert zoomed.to_plane(pointer) == pytest.approx(framing.to_plane(pointer))


def test_panning_moves_the_image_with_the_pointer():
    framing = Framing((31.0, 77.0), 2.0, SIZE)
    place = framing.to_plane((100.0, 100.0))
    assert framing.panned(30.0, -12.0).to_screen(place) == pytest.approx((130.0, 88.0))


def test_the_image_cannot_be_lost():
    lost = Framing((5000.0, -900.0), 2.0, SIZE).kept_within(IMAGE)
    assert lost.centre_mm == (IMAGE.right, IMAGE.top)


def test_showing_moves_no_further_than_needed():
    framing = Framing((100.0, 150.0), 10.0, SIZE)  # 80 x 60 mm, from (60, 120) to (140, 180)
    inside = Extent(70.0, 130.0, 20.0, 20.0)
    assert framing.showing(inside) == framing
    below = framing.showing(Extent(70.0, 175.0, 20.0, 15.0))
    assert below.centre_mm == pytest.approx((100.0, 160.0))
    too_large = framing.showing(Extent(0.0, 130.0, 200.0, 10.0))
    assert too_large.centre_mm == pytest.approx((100.0, 150.0))


def test_close_up_zooms_in_only_until_the_target_can_be_read():
    disc, bodies = Extent(90.0, 145.0, 40.0, 10.0), Extent(85.0, 115.0, 50.0, 70.0)
    small = Framing((0.0, 0.0), 1.0, SIZE).close_up(disc, bodies, 140.0)
    assert small.centre_mm == disc.centre
    assert small.pixels_per_mm == pytest.approx(140.0 / 40.0)
    already_large = Framing((0.0, 0.0), 5.0, SIZE).close_up(disc, bodies, 140.0)
    assert already_large.pixels_per_mm == 5.0
    too_large = Framing((0.0, 0.0), 30.0, SIZE).close_up(disc, bodies, 140.0)
    seen = too_large.visible
    assert seen.top <= bodies.top + 1e-9
    assert seen.bottom >= bodies.bottom - 1e-9
    assert too_large.pixels_per_mm == pytest.approx(600.0 / 70.0)


@pytest.mark.parametrize(
    ("pixels_per_mm", "width", "expected"),
    [(1.0, 800.0, 50), (8.0, 800.0, 20), (16.0, 800.0, 10), (40.0, 800.0, None)],
)
def test_the_scale_bar_is_the_longest_that_fits(pixels_per_mm, width, expected):
    assert ruler_length_mm(pixels_per_mm, width) == expected


def test_window_text_names_width_and_level():
    assert window_text(43.0, 979.0) == "W 936  L 511"
    assert window_text(0.0, 0.25) == "W 0.25  L 0.125"


def test_places_are_told_by_the_patients_sides():
    text = describe_place(np.int16(812), (-12.34, 40.06, -88.0))
    assert text == "812 at 12.3 R, 40.1 P, 88.0 F mm"
    assert describe_place(np.float32(0.12345), (1.0, -2.0, 3.0)).startswith(
        "0.1235 at 1.0 L, 2.0 A"
    )


def test_pixel_lookup_ends_at_the_outer_edges_of_the_pixels():
    matrix = np.diag([0.5, 2.0, 4.0, 1.0])
    plane = SlicePlane(VolumeGeometry.from_matrix(matrix, (3, 10, 20)), 1)
    assert plane.pixel_at((-0.24, -0.99)) == (0, 0)
    assert plane.pixel_at((9.74, 18.99)) == (9, 19)
    assert plane.pixel_at((-0.26, 0.0)) is None
    assert plane.pixel_at((0.0, 19.01)) is None
