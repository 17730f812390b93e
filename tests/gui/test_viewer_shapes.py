"""Which slices show which shapes."""

from dataclasses import replace

import numpy as np
import pytest

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.numbering import Absence
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.gui.viewer.corner_editing import CornerDrag, is_usable_quad
from spinegrader.gui.viewer.name_layout import name_place
from spinegrader.gui.viewer.shapes import BODY_REACH, shapes_on_slice
from spinegrader.gui.viewer.slice_plane import SlicePlane

SLICES = 15
GAP_MM = 4.0


@pytest.fixture
def geometry() -> VolumeGeometry:
    """Sagittal, right to left, anterior to the left of the image."""
    matrix = np.array([[0, 0, GAP_MM, -28.0], [0.8, 0, 0, -60.0], [0, -0.5, 0, 40.0], [0, 0, 0, 1]])
    return VolumeGeometry.from_matrix(matrix, (SLICES, 200, 150))


def body(level: VertebraLevel, top_mm: float, x_mm: float) -> Vertebra:
    """35 mm deep, 28 mm high."""
    corners = ((-20.0, 0.0), (15.0, 0.0), (15.0, -28.0), (-20.0, -28.0))
    placed = tuple((x_mm, y, top_mm + z) for y, z in corners)
    return Vertebra(level, placed)


def test_a_body_is_drawn_on_the_slices_that_cross_it(geometry):
    overlay = Overlay("1.2", (body(VertebraLevel.L4, 20.0, 4.0),))
    shown = [bool(shapes_on_slice(overlay, geometry, k).vertebrae) for k in range(SLICES)]
    distances = [abs(-28.0 + GAP_MM * k - 4.0) for k in range(SLICES)]
    assert shown == [distance <= BODY_REACH * 35.0 for distance in distances]
    assert 0 < sum(shown) < SLICES


def test_only_the_nearest_slice_is_a_bodys_own(geometry):
    scoliotic = Overlay(
        "1.2", (body(VertebraLevel.L3, 30.0, 5.0), body(VertebraLevel.L4, -6.0, -5.0))
    )
    own = {
        shape.level: k
        for k in range(SLICES)
        for shape in shapes_on_slice(scoliotic, geometry, k).vertebrae
        if shape.on_own_slice
    }
    assert own == {VertebraLevel.L3: 8, VertebraLevel.L4: 6}
    discs = [
        k
        for k in range(SLICES)
        for shape in shapes_on_slice(scoliotic, geometry, k).discs
        if shape.on_own_slice
    ]
    assert discs == [7]


def test_shapes_stand_at_their_millimetres(geometry):
    overlay = Overlay("1.2", (body(VertebraLevel.L4, 20.0, 0.0),))
    shape = shapes_on_slice(overlay, geometry, 7).vertebra(VertebraLevel.L4)
    # 40 mm behind the first column, 20 mm below the first row.
    assert shape.points_mm[0] == pytest.approx((40.0, 20.0))
    assert shape.points_mm[2] == pytest.approx((75.0, 48.0))


def test_a_body_that_the_edge_of_the_picture_cuts_is_told(geometry):
    overlay = Overlay("1.2", (body(VertebraLevel.L3, 60.0, 0.0), body(VertebraLevel.L4, 20.0, 0.0)))
    shapes = shapes_on_slice(overlay, geometry, 7)
    assert {shape.level: shape.is_cut for shape in shapes.vertebrae} == {
        VertebraLevel.L3: True,
        VertebraLevel.L4: False,
    }


def test_shapes_seen_from_the_side_are_left_out():
    axial = VolumeGeometry.from_matrix(
        np.diag([0.5, 0.5, 4.0, 1.0]) @ np.eye(4), (SLICES, 200, 200)
    )
    overlay = Overlay("1.2", (body(VertebraLevel.L3, 60.0, 0.0), body(VertebraLevel.L4, 25.0, 0.0)))
    for k in range(SLICES):
        shapes = shapes_on_slice(overlay, axial, k)
        assert not shapes.vertebrae
        assert not shapes.discs


def test_a_moved_body_takes_its_discs_along(geometry):
    upper, lower = body(VertebraLevel.L3, 30.0, 0.0), body(VertebraLevel.L4, -6.0, 0.0)
    level = DiscLevel(VertebraLevel.L3, VertebraLevel.L4)
    before = shapes_on_slice(Overlay("1", (upper, lower)), geometry, 7).disc(level)
    moved = Overlay("1", (upper, lower.moved((0.0, 0.0, -5.0))))
    after = shapes_on_slice(moved, geometry, 7).disc(level)
    assert np.ptp(after.points_mm[:, 1]) == pytest.approx(np.ptp(before.points_mm[:, 1]) + 5.0)


def test_a_drawn_disc_keeps_its_outline_when_a_body_moves(geometry):
    upper, lower = body(VertebraLevel.L3, 30.0, 0.0), body(VertebraLevel.L4, -6.0, 0.0)
    level = DiscLevel(VertebraLevel.L3, VertebraLevel.L4)
    derived = Overlay("1", (upper, lower)).disc(level)
    drawn = replace(derived, outline_mm=tuple((x, y + 4.0, z) for x, y, z in derived.outline_mm))
    overlay = Overlay("1", (upper, lower)).with_disc(drawn)
    for shown in (overlay, overlay.with_vertebra(lower.moved((0.0, 0.0, -5.0)))):
        shape = shapes_on_slice(shown, geometry, 7).disc(level)
        assert shape.is_edited
        assert shape.points_mm[:, 0] == pytest.approx([y + 60 for _, y, _ in drawn.outline_mm])
    again = shapes_on_slice(overlay.with_derived_disc(level), geometry, 7).disc(level)
    assert not again.is_edited
    assert again.points_mm[:, 0] == pytest.approx([y + 60 for _, y, _ in derived.outline_mm])


def test_only_neighbours_make_a_disc(geometry):
    upper, lower = body(VertebraLevel.L3, 30.0, 0.0), body(VertebraLevel.L5, -6.0, 0.0)
    overlay = Overlay("1", (upper, lower))
    assert shapes_on_slice(overlay, geometry, 7).discs == ()
    absent = overlay.with_missing(VertebraLevel.L4, Absence.ABSENT)
    (disc,) = shapes_on_slice(absent, geometry, 7).discs
    assert disc.level == DiscLevel(VertebraLevel.L3, VertebraLevel.L5)


def test_an_unchanged_outline_is_not_computed_again(geometry):
    overlay = Overlay("1", (body(VertebraLevel.L3, 30.0, 0.0), body(VertebraLevel.L4, -6.0, 0.0)))
    overlay = overlay.with_disc(overlay.discs[0])
    first, second = (shapes_on_slice(overlay, geometry, k) for k in (7, 6))
    assert first.discs[0].points_mm is second.discs[0].points_mm


def test_a_drag_keeps_the_place_across_the_slices(geometry):
    tilted = replace(
        body(VertebraLevel.L4, 20.0, 0.0),
        corners_mm=((3.0, -20.0, 20.0), (0.0, 15.0, 20.0), (0.0, 15.0, -8.0), (0.0, -20.0, -8.0)),
    )
    moved = CornerDrag(tilted, 0, SlicePlane(geometry, 9)).after(np.zeros(2), np.array([2.0, -1.5]))
    assert moved.corners_mm[0] == pytest.approx((3.0, -18.0, 21.5))
    assert moved.corners_mm[1:] == tilted.corners_mm[1:]


@pytest.mark.parametrize(
    ("corners", "usable"),
    [
        ([(0, 0), (30, 0), (30, 25), (0, 25)], True),
        ([(0, 0), (30, 0), (12, 10), (0, 25)], True),
        ([(-10, -8), (30, 0), (30, 25), (0, 25)], True),
        ([(40, 0), (30, 0), (30, 25), (0, 25)], False),
        ([(40, 12), (30, 0), (30, 25), (0, 25)], False),
        ([(0, 40), (30, 0), (30, 25), (0, 25)], False),
        ([(29, 1), (30, 0), (30, 25), (0, 25)], False),
    ],
)
def test_quads_that_cross_themselves_are_refused(corners, usable):
    assert is_usable_quad(np.asarray(corners, dtype=float)) is usable


def test_level_names_stand_clear_of_tilted_bodies():
    for degrees in range(-60, 61, 10):
        angle = np.deg2rad(degrees)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        corners = np.array([(-40, -30), (40, -30), (40, 30), (-40, 30)]) @ turn.T + 200
        place, _ = name_place([tuple(corner) for corner in corners.tolist()])
        # The name's right end, some 16 pixels high, lies in front of the front edge.
        front, along = corners[0], corners[3] - corners[0]
        for y in (place.y() - 8, place.y() + 8):
            share = np.clip((y - front[1]) / along[1], 0, 1)
            assert place.x() < front[0] + share * along[0]
