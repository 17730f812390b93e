"""Crops of analytic volumes: what each crop pixel must show is known in patient millimetres.

Slices are turned about the vertical, tilted, stacked in either order or askew, their pixels
oblong; bodies are turned about their long axis, tilted sideways, and lie in different slices.
"""

from dataclasses import dataclass

import numpy as np
import pytest

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import VolumeGeometry, as_point, unit
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.imaging.crops import disc_volume, vertebra_volume
from spinegrader.imaging.volume import Volume
from tests.imaging.conftest import positions_mm

SEEDS = range(12)
SHAPE = (5, 30, 40)
_DISC = DiscLevel(VertebraLevel.L3, VertebraLevel.L4)


def turn(axis, degrees):
    """Rotation matrix about a patient axis (0: x, 1: y, 2: z)."""
    angle = np.radians(degrees)
    one, other = [item for item in range(3) if item != axis]
    matrix = np.eye(3)
    matrix[[one, other], [one, other]] = np.cos(angle)
    matrix[one, other], matrix[other, one] = -np.sin(angle), np.sin(angle)
    return matrix


@dataclass
class Scene:
    """A stack around the origin, and bodies L2 to L5 in it."""

    geometry: VolumeGeometry
    overlay: Overlay

    def volume(self, of_millimetres) -> Volume:
        pixels = of_millimetres(positions_mm(self.geometry))
        return Volume(np.asarray(pixels, np.float64), self.geometry)

    def places(self, centre_mm, right, down, pixel_mm, shape=SHAPE):
        """Patient millimetres of every crop pixel, (slices, rows, columns, 3).

        The crop lies straight across the slices, round the place of its centre.
        """
        slices, rows, columns = shape
        normal = self.geometry.slice_normal
        middle = self.geometry.nearest_slice(centre_mm)
        wanted = np.arange(middle - slices // 2, middle - slices // 2 + slices)
        heights = self.geometry.to_mm([(0, 0, k) for k in wanted]) @ normal
        ahead = heights - np.asarray(centre_mm) @ normal
        x = (np.arange(columns) - (columns - 1) / 2) * pixel_mm
        y = (np.arange(rows) - (rows - 1) / 2) * pixel_mm
        return (
            np.asarray(centre_mm)
            + ahead[:, None, None, None] * normal
            + y[None, :, None, None] * down
            + x[None, None, :, None] * right
        )


def scene(seed, *, slices=13, tilt=12.0, askew=True) -> Scene:
    rng = np.random.default_rng(seed)
    rotation = (
        turn(2, rng.uniform(-25, 25)) @ turn(1, rng.uniform(-15, 15)) @ turn(0, rng.uniform(-9, 9))
    )
    column_mm, row_mm = rng.uniform(0.5, 1.3, 2)
    matrix = np.eye(4)
    matrix[:3, 0] = rotation @ (0, column_mm, 0)
    matrix[:3, 1] = rotation @ (0, 0, -row_mm)
    step = rng.choice([-1, 1]) * rng.uniform(3.5, 5)
    sheared = rng.uniform(-1, 1, 2) if askew and seed % 3 == 0 else (0, 0)
    matrix[:3, 2] = rotation @ (step, *sheared)
    shape = (slices, 200, 150)
    middle = matrix[:3, :3] @ [(shape[2] - 1) / 2, (shape[1] - 1) / 2, (slices - 1) / 2]
    matrix[:3, 3] = -middle
    geometry = VolumeGeometry.from_matrix(matrix, shape)
    bodies = []
    spread = 0.8 * (slices - 1) / 2 * 3.5
    for index, name in enumerate(("L2", "L3", "L4", "L5")):
        depth, height = rng.uniform(28, 36), rng.uniform(22, 27)
        own = rotation @ turn(2, rng.uniform(-20, 20)) @ turn(1, rng.uniform(-tilt, tilt))
        own = own @ turn(0, rng.uniform(-12, 12))
        sideways = rng.uniform(-1, 1) * min(spread / 2, 8)
        centre = (
            rotation @ (sideways, 0, 48 - 32 * index) if slices > 1 else (0, 0, 48 - 32 * index)
        )
        if slices == 1:
            own = rotation @ turn(0, rng.uniform(-12, 12))
            centre = rotation @ (0, 0, 48 - 32 * index)
        flat = ((-depth, height), (depth, height), (depth, -height), (-depth, -height))
        corners = [as_point(centre + own @ (0, y / 2, z / 2)) for y, z in flat]
        bodies.append(Vertebra(VertebraLevel(name), tuple(corners)))
    return Scene(geometry, Overlay("1.2.3.4", tuple(bodies)))


def linear(places):
    """Bilinear interpolation gives it exactly."""
    return 1000 + places @ (3.1, -2.3, 1.7)


def shows(crop, places, function, geometry, tolerance=1e-6):
    """Whether a crop shows a function of the patient's millimetres, up to its gain."""
    index = geometry.to_index(places)
    limits = np.asarray(geometry.shape)[::-1] - 1
    # A crop pixel may reach over the border of the images by half its side.
    margin = np.array((2.0, 2.0, -1e-6))
    inside = ((index > margin) & (index < limits - margin)).all(axis=-1)
    assert inside.mean() > 0.15
    ratio = crop[inside] / function(places[inside])
    gain = np.median(ratio)
    assert gain > 0
    assert np.abs(ratio / gain - 1).max() < tolerance
    outside = (index[..., 2] < -0.1) | (index[..., 2] > limits[2] + 0.1)
    assert not crop[outside].any()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("level", ["L2", "L4"])
def test_every_pixel_of_a_vertebra_is_that_of_its_place(seed, level):
    given = scene(seed)
    body = given.overlay.vertebra(VertebraLevel(level))
    crop = vertebra_volume(given.volume(linear), given.overlay, body, SHAPE)
    right, down = given.geometry.directions[:, 0], given.geometry.directions[:, 1]
    places = given.places(body.centre_mm, right, down, 2 * body.depth_mm / SHAPE[2])
    shows(crop, places, linear, given.geometry, 1e-5)


def disc_axes(given):
    """The line in which the slice cuts the upper endplate, and what is straight below it."""
    upper = np.asarray(given.overlay.vertebra(VertebraLevel.L3).corners_mm)
    lower = np.asarray(given.overlay.vertebra(VertebraLevel.L4).corners_mm)
    backward = upper[2] - upper[3]
    endplate_normal = np.cross(backward, np.cross(backward, upper[0] - upper[3]))
    normal = given.geometry.slice_normal
    right = unit(np.cross(endplate_normal, normal))
    right *= np.sign(right @ backward)
    down = unit(np.cross(right, normal))
    down *= np.sign(down @ given.geometry.directions[:, 1])
    width = (np.linalg.norm(backward) + np.linalg.norm(lower[1] - lower[0])) / 2
    return right, down, float(width)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_pixel_of_a_disc_is_that_of_its_place(seed):
    given = scene(seed, tilt=25)
    crop = disc_volume(given.volume(linear), given.overlay, _DISC, SHAPE)
    right, down, width_mm = disc_axes(given)
    centre = given.overlay.disc(_DISC).centre_mm
    places = given.places(centre, right, down, 2 * width_mm / SHAPE[2])
    shows(crop, places, linear, given.geometry, 1e-5)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_upper_endplate_is_horizontal_however_the_body_is_turned(seed):
    given = scene(seed, tilt=25)
    upper = np.asarray(given.overlay.vertebra(VertebraLevel.L3).corners_mm)
    backward = upper[2] - upper[3]
    upward = unit(np.cross(np.cross(backward, upper[0] - upper[3]), backward))
    upward *= np.sign(upward @ (upper[0] - upper[3]))
    depth_mm = 100.0

    def bright_above(places):
        return 500 + 5 * np.clip((places - upper[3]) @ upward, -depth_mm, depth_mm)

    crop = disc_volume(given.volume(bright_above), given.overlay, _DISC, (1, 112, 224))[0]
    row = crop[56]
    assert (crop[20] > row).all()
    assert np.ptp(row) < 0.05 * abs(float(crop[20].mean() - crop[90].mean()))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_bright_ball_is_seen_where_it_is(seed):
    given = scene(seed, askew=False)
    rng = np.random.default_rng(100 + seed)
    body = given.overlay.vertebrae[1 + seed % 2]
    right, down = given.geometry.directions[:, 0], given.geometry.directions[:, 1]
    shape = (5, 64, 64)
    places = given.places(body.centre_mm, right, down, 2 * body.depth_mm / 64, shape)
    spot = int(rng.integers(1, 4)), int(rng.integers(8, 56)), int(rng.integers(8, 56))
    ball_mm = places[spot]

    def with_ball(here):
        away = np.sum((here - ball_mm) ** 2, axis=-1)
        return 300 + 500 * np.exp(-away / (2 * 4.0**2))

    crop = vertebra_volume(given.volume(with_ball), given.overlay, body, shape)
    found = np.unravel_index(np.argmax(crop), shape)
    assert found[0] == spot[0]
    assert np.abs(np.subtract(found, spot)).max() <= 1


@pytest.mark.parametrize("seed", SEEDS)
def test_a_circle_stays_round_though_pixels_are_oblong(seed):
    given = scene(seed, askew=False)
    body = given.overlay.vertebrae[1]
    middle = given.places(
        body.centre_mm,
        given.geometry.directions[:, 0],
        given.geometry.directions[:, 1],
        1.0,
        (1, 1, 1),
    )[0, 0, 0]

    def disc_of_light(here):
        away = np.linalg.norm(here - middle, axis=-1)
        return 200 + 600 / (1 + np.exp((away - 12) / 0.8))

    crop = vertebra_volume(given.volume(disc_of_light), given.overlay, body, (1, 96, 96))[0]
    bright = crop > (crop.max() + crop.min()) / 2
    wide, high = bright.any(axis=0).sum(), bright.any(axis=1).sum()
    expected = 24 / (2 * body.depth_mm / 96)
    assert abs(int(wide) - int(high)) <= 2
    assert wide == pytest.approx(expected, abs=2.5)


@pytest.mark.parametrize("seed", SEEDS)
def test_slices_in_the_other_order_give_the_other_order(seed):
    given = scene(seed)
    matrix = given.geometry.matrix.copy()
    count = given.geometry.shape[0]
    matrix[:3, 3] += (count - 1) * matrix[:3, 2]
    matrix[:3, 2] *= -1
    volume = given.volume(linear)
    other = Volume(volume.pixels[::-1], VolumeGeometry.from_matrix(matrix, given.geometry.shape))
    for cut in (
        lambda v: vertebra_volume(v, given.overlay, given.overlay.vertebrae[1], SHAPE),
        lambda v: disc_volume(v, given.overlay, _DISC, SHAPE),
    ):
        assert cut(other) == pytest.approx(cut(volume)[::-1], abs=1e-5)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_body_between_two_slices_is_cut_on_the_nearer_one(seed):
    given = scene(seed)
    body = given.overlay.vertebrae[2]
    place = given.geometry.to_index(body.centre_mm)[2]
    normal = given.geometry.slice_normal
    apart_mm = float(given.geometry.matrix[:3, 2] @ normal)
    for beyond in (-0.45, 0.45):
        offset = (round(place) + beyond - place) * apart_mm
        moved = body.moved(as_point(offset * normal))
        overlay = given.overlay.with_vertebra(moved)
        crop = vertebra_volume(given.volume(linear), overlay, moved, SHAPE)
        places = given.places(
            moved.centre_mm,
            given.geometry.directions[:, 0],
            given.geometry.directions[:, 1],
            2 * body.depth_mm / SHAPE[2],
        )
        nearest = given.geometry.to_index(places[SHAPE[0] // 2, 0, 0])[2]
        assert nearest == pytest.approx(round(place), abs=1e-6)
        shows(crop, places, linear, given.geometry, 1e-5)


def test_a_turned_body_keeps_its_size_and_the_slice_its_place():
    given = scene(1, askew=False)
    body = given.overlay.vertebrae[1]
    head = unit(np.asarray(body.corners_mm[0]) - np.asarray(body.corners_mm[3]))
    for angle in (-20, -8, 0, 13, 20):
        turned = body.rotated(angle, head)
        overlay = given.overlay.with_vertebra(turned)
        crop = vertebra_volume(given.volume(linear), overlay, turned, SHAPE)
        places = given.places(
            body.centre_mm,
            given.geometry.directions[:, 0],
            given.geometry.directions[:, 1],
            2 * body.depth_mm / SHAPE[2],
        )
        shows(crop, places, linear, given.geometry, 1e-5)


@pytest.mark.parametrize("shape", [(1, 30, 40), (9, 30, 40)])
@pytest.mark.parametrize("seed", [1, 2, 4])
def test_one_slice_is_enough_to_cut_from_and_to_cut(seed, shape):
    for slices in (1, 13):
        given = scene(seed, slices=slices)
        body = given.overlay.vertebrae[1]
        crop = vertebra_volume(given.volume(linear), given.overlay, body, shape)
        disc = disc_volume(given.volume(linear), given.overlay, _DISC, shape)
        filled = min(shape[0], slices) if slices == 1 else shape[0]
        for cut in (crop, disc):
            assert cut.shape == shape
            there = [bool(item.any()) for item in cut]
            assert there[shape[0] // 2]
            assert sum(there) <= filled
        places = given.places(
            body.centre_mm,
            given.geometry.directions[:, 0],
            given.geometry.directions[:, 1],
            2 * body.depth_mm / shape[2],
            shape,
        )
        if shape[0] == 1 or slices > 1:
            shows(crop, places, linear, given.geometry, 1e-5)


def test_marrow_of_bodies_in_other_slices_sets_the_intensity():
    given = scene(5)
    volume = given.volume(lambda places: np.full(places.shape[:-1], 300.0))
    for body in given.overlay.vertebrae:
        crop = vertebra_volume(volume, given.overlay, body, SHAPE)
        assert crop[SHAPE[0] // 2].max() == pytest.approx(0.25, abs=1e-6)
