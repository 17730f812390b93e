"""Whether images show what their truth says, from the person to the stored pixels."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import ndimage

from spinegrader.domain.anatomy import TRAINING_LEVELS
from spinegrader.domain.geometry import as_point
from spinegrader.domain.vertebrae import vertebra_axes
from spinegrader.simulate.person.draw import draw_person
from spinegrader.simulate.visit import simulate_visit


def scanned(person, age_years, config, visit):
    """A visit, and its stacks."""
    made = simulate_visit(person, age_years, np.random.default_rng([8, visit]), config)
    return made, [series.pixels for series in made.stacks]


@pytest.fixture(scope="module")
def scans(small_config):
    """Spine, setup, T2 and T1 of three people of different ages."""
    found = []
    for number, age in ((1, 25.0), (2, 50.0), (3, 75.0)):
        person = draw_person(number, np.random.default_rng([4, number]))
        made, (t2, t1) = scanned(person, age, small_config, number)
        found.append((made.spine, made.setup, t2, t1))
    return found


def sampled(pixels, setup, points_mm):
    column, row, level = np.moveaxis(setup.geometry.to_index(points_mm), -1, 0)
    return ndimage.map_coordinates(pixels.astype(float), [level, row, column], order=1)


def within(corners, across, down):
    """Places in a quad: shares from front to back and from head to feet."""
    a, b, c, d = (np.asarray(corner) for corner in corners)
    u, v = (grid.ravel()[:, None] for grid in np.meshgrid(across, down))
    return (1 - v) * ((1 - u) * a + u * b) + v * ((1 - u) * d + u * c)


def darker_beyond(pixels, setup, vertebrae):
    """Share of front corners at which the disc's rim is darker than the marrow.

    Compared are places 3 mm behind the corner: 4.5 mm within the body and 3 mm beyond it, where
    the fat of the marrow, displaced by up to 2 mm, doesn't reach.
    """
    ratios = []
    for vertebra in vertebrae:
        backward, footward = vertebra_axes(vertebra)
        front = np.asarray(vertebra.corners_mm)[[0, 3]] + 3 * backward
        marrow = sampled(pixels, setup, front + np.outer([4.5, -4.5], footward))
        rim = sampled(pixels, setup, front + np.outer([-3, 3], footward))
        ratios += list(rim / marrow)
    return np.mean(np.array(ratios) < 0.6)


def test_corners_part_marrow_from_the_rim_of_the_discs(scans):
    right, wrong = [], []
    for spine, setup, t2, _ in scans:
        vertebrae = setup.vertebrae(spine)
        named = {body.shape.level for body in spine.bodies} & set(TRAINING_LEVELS)
        assert {item.level for item in vertebrae} >= named
        lumbar = vertebrae[:-1]
        right.append(darker_beyond(t2, setup, lumbar))
        # The same test would notice corners that are 4 mm too low.
        low = [item.moved(as_point(4 * vertebra_axes(item)[1])) for item in lumbar]
        wrong.append(darker_beyond(t2, setup, low))
    assert np.mean(right) > 0.95
    assert np.mean(wrong) < 0.7


def test_the_sac_is_brighter_than_marrow_on_t2_and_darker_on_t1(scans):
    for spine, setup, t2, t1 in scans:
        brighter, darker = [], []
        for upper, _ in pairwise(setup.vertebrae(spine)):
            body = within(upper.corners_mm, (0.3, 0.5, 0.6), (0.3, 0.7))
            back = np.asarray(upper.corners_mm[1:3]).mean(axis=0)
            line = back + np.arange(2, 16)[:, None] * vertebra_axes(upper)[0]
            marrow = np.median(sampled(t2, setup, body))
            brighter.append(sampled(t2, setup, line).max() / marrow)
            marrow = np.median(sampled(t1, setup, body))
            darker.append(np.median(sampled(t1, setup, line)) / marrow)
        assert np.median(brighter) > 1.3
        assert np.median(darker) < 0.9


def test_middle_slices_show_the_canal_and_outer_ones_do_not(scans):
    spine, setup, t2, _ = scans[0]
    lumbar = setup.vertebrae(spine)[3]
    back = np.asarray(lumbar.corners_mm[1:3]).mean(axis=0)
    line = back + np.arange(4, 12)[:, None] * vertebra_axes(lumbar)[0]
    side = setup.geometry.directions[:, 2] * 3 * setup.geometry.spacing_mm[2]
    centre = sampled(t2, setup, line).mean()
    assert sampled(t2, setup, line + side).mean() < 0.9 * centre
    assert sampled(t2, setup, line - side).mean() < 0.9 * centre


def test_every_visit_is_another_image(small_config):
    person = draw_person(6, np.random.default_rng(6))
    first, second = (scanned(person, 40.0, small_config, visit) for visit in (1, 2))
    assert first[0].geometry != second[0].geometry
    assert not np.array_equal(first[1][0], second[1][0])
