"""Against geometry worked out by hand, on slices that are turned and stacked either way."""

import numpy as np
import pytest

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.measures import (
    MeasuringPlane,
    coronal_deviations_mm,
    disc_measures,
    lumbar_lordosis_degrees,
)
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.vertebrae import Disc, Vertebra
from spinegrader.errors import InputError

L = VertebraLevel
L4_L5 = DiscLevel(L.L4, L.L5)
SIN5, COS5 = np.sin(np.radians(5)), np.cos(np.radians(5))


class Slices:
    """Slices in the patient: places on them are (to the back, to the head, to the left)."""

    def __init__(self, yaw, roll, step_mm):
        yaw, roll = np.radians((yaw, roll))
        backward = np.array((-np.sin(yaw), np.cos(yaw), 0.0))
        left = np.cos(roll) * np.array((np.cos(yaw), np.sin(yaw), 0.0))
        left += np.array((0.0, 0.0, np.sin(roll)))
        headward = np.cross(left, backward)
        self.axes = np.stack((backward, headward, left), axis=1)
        matrix = np.eye(4)
        matrix[:3, :3] = np.stack((0.7 * backward, -0.9 * headward, step_mm * left), axis=1)
        matrix[:3, 3] = (-12.0, 30.0, 200.0)
        self.plane = MeasuringPlane.of(VolumeGeometry.from_matrix(matrix, (9, 60, 40)))

    def place(self, back, head, left=0.0):
        x, y, z = self.axes @ (back, head, left) + (3.0, -8.0, 40.0)
        return (float(x), float(y), float(z))

    def body(self, level, upper, lower, left=0.0):
        """From (back, head) of the front and back corner of its upper and lower endplate."""
        corners = [self.place(*corner, left) for corner in (*upper, *reversed(lower))]
        return Vertebra(VertebraLevel(level), tuple(corners))


@pytest.fixture(params=[(0, 0, 4.4), (0, 0, -4.4), (25, 0, 4.0), (-12, 15, -4.0)])
def slices(request):
    return Slices(*request.param)


def slipped(slices, left=0.0):
    """L4 5 mm forward on L5, flat endplates 34 mm long, 10 mm between them; bodies 26 high."""
    upper = slices.body("L4", ((-5, 36), (29, 36)), ((-5, 10), (29, 10)))
    lower = slices.body("L5", ((0, 0), (34, 0)), ((0, -26), (34, -26)), left)
    return Overlay("1.2.3", (upper, lower))


def wedged(slices):
    """Endplates 34 mm long, tilted by 5 degrees each, 10 mm apart in the middle."""
    reach, rise = 17 * COS5, 17 * SIN5
    upper = slices.body("L4", ((-17, 36), (17, 36)), ((-reach, 5 + rise), (reach, 5 - rise)))
    lower = slices.body("L5", ((-reach, -5 - rise), (reach, -5 + rise)), ((-17, -36), (17, -36)))
    return Overlay("1.2.3", (upper, lower))


def test_a_slip_counts_forward_and_not_as_height(slices):
    found = disc_measures(slipped(slices), L4_L5, slices.plane)
    assert found.slip.forward_mm == pytest.approx(5)
    assert found.slip.percent == pytest.approx(100 * 5 / 34)
    assert found.slip.direction == "antero"
    heights = found.height
    assert (heights.anterior_mm, heights.posterior_mm) == pytest.approx((10, 10))
    assert (heights.middle_mm, heights.mean_mm) == pytest.approx((10, 10))
    assert found.height_per_depth == pytest.approx(10 / 34)
    assert found.height_per_body_height == pytest.approx(10 / 26)
    assert found.height_per_neighbours is None


def test_what_lies_on_another_slice_measures_the_same(slices):
    aside = disc_measures(slipped(slices, left=13.0), L4_L5, slices.plane)
    straight = disc_measures(slipped(slices), L4_L5, slices.plane)
    assert aside.slip.forward_mm == pytest.approx(straight.slip.forward_mm)
    assert aside.height.mean_mm == pytest.approx(straight.height.mean_mm)
    assert aside.height.middle_mm == pytest.approx(straight.height.middle_mm)


def test_a_wedge_is_higher_in_front(slices):
    found = disc_measures(wedged(slices), L4_L5, slices.plane)
    assert found.height.anterior_mm == pytest.approx(10 + 34 * SIN5)
    assert found.height.posterior_mm == pytest.approx(10 - 34 * SIN5)
    assert found.height.mean_mm == pytest.approx(10)
    assert found.disc_angle_degrees == pytest.approx(10)
    # The back corners stand above each other, which is backward along the lower endplate.
    assert found.slip.forward_mm == pytest.approx(-(10 - 34 * SIN5) * SIN5)
    assert found.slip.direction == "retro"


def test_a_drawn_outline_counts_in_the_middle_only(slices):
    corners = [(-16, 3), (16, 3), (16, -4), (-16, -4)]
    drawn = Disc(L4_L5, tuple(slices.place(*corner) for corner in corners))
    found = disc_measures(wedged(slices).with_disc(drawn), L4_L5, slices.plane)
    assert found.height.middle_mm == pytest.approx(7)
    assert found.height.mean_mm == pytest.approx(10)
    aside = Disc(L4_L5, tuple(slices.place(back + 60, head) for back, head in corners))
    beside = disc_measures(wedged(slices).with_disc(aside), L4_L5, slices.plane)
    assert beside.height.middle_mm == 0


def tilted(slices, level, tilt, head):
    """A box whose front is turned ``tilt`` degrees to the feet."""
    angle = np.radians(tilt)
    along, down = (np.cos(angle), np.sin(angle)), (np.sin(angle), -np.cos(angle))

    def corner(side, drop):
        return (side * along[0] + drop * down[0], head + side * along[1] + drop * down[1])

    edges = [(corner(-17, drop), corner(17, drop)) for drop in (-12, 12)]
    return slices.body(level, *edges)


def test_lumbar_lordosis_is_the_sum_of_its_segments(slices):
    tilts = {"T12": -14, "L1": -11, "L2": -9, "L3": -2, "L4": 7, "L5": 20, "S1": 43}
    bodies = [tilted(slices, name, tilt, -36 * i) for i, (name, tilt) in enumerate(tilts.items())]
    overlay = Overlay("1.2.3", tuple(bodies))
    assert lumbar_lordosis_degrees(overlay, slices.plane) == pytest.approx(54)
    rows = [disc_measures(overlay, disc.level, slices.plane) for disc in overlay.discs]
    assert [row.segment_lordosis_degrees for row in rows] == pytest.approx([3, 2, 7, 9, 13, 23])
    assert lumbar_lordosis_degrees(overlay.without(L.S1), slices.plane) is None


def test_a_disc_is_compared_with_those_above_and_below(slices):
    tops = {"L3": 100, "L4": 62, "L5": 28, "S1": 0}  # 26 high: discs of 12, 8 and 2 mm
    bodies = [
        slices.body(name, ((0, top), (30, top)), ((0, top - 26), (30, top - 26)))
        for name, top in tops.items()
    ]
    overlay = Overlay("1.2.3", tuple(bodies))
    shares = [
        disc_measures(overlay, disc.level, slices.plane).height_per_neighbours
        for disc in overlay.discs
    ]
    assert shares == pytest.approx([12 / 8, 8 / 7, 2 / 8])
    assert disc_measures(overlay, DiscLevel(L.L3, L.L5), slices.plane) is None


def test_the_sacrum_is_no_body_to_compare_a_disc_with(slices):
    upper = slices.body("L5", ((0, 34), (30, 34)), ((0, 10), (30, 10)))
    sacrum = slices.body("S1", ((0, 0), (30, 0)), ((0, -60), (30, -60)))
    overlay = Overlay("1.2.3", (upper, sacrum))
    found = disc_measures(overlay, DiscLevel(L.L5, L.S1), slices.plane)
    assert found.height_per_body_height == pytest.approx(10 / 24)


def test_a_side_bend_is_measured_from_the_line_between_the_ends(slices):
    places = {"L2": (0, 0), "L3": (-36, 9), "L4": (-72, 12), "L5": (-108, 6)}
    bodies = [
        slices.body(name, ((0, head), (30, head)), ((0, head - 26), (30, head - 26)), left)
        for name, (head, left) in places.items()
    ]
    found = coronal_deviations_mm(Overlay("1.2.3", tuple(bodies)), slices.plane)
    expected = {L.L2: 0, L.L3: 9 - 2, L.L4: 12 - 4, L.L5: 0}
    assert found == pytest.approx(expected)
    assert coronal_deviations_mm(Overlay("1.2.3", tuple(bodies[:1])), slices.plane) == {}


def test_a_body_without_depth_gives_no_measures(slices):
    flat = slices.body("L5", ((0, 0), (0, 0)), ((0, -26), (0, -26)))
    overlay = Overlay("1.2.3", (slipped(slices).vertebrae[0], flat))
    with pytest.raises(InputError):
        disc_measures(overlay, L4_L5, slices.plane)
