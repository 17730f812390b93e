from itertools import pairwise

import numpy as np
import pytest
from scipy import ndimage

from spinegrader.domain.anatomy import TRAINING_LEVELS
from spinegrader.domain.geometry import as_point
from spinegrader.domain.vertebrae import vertebra_axes
from spinegrader.errors import InputError
from spinegrader.simulate.scanner.acquisition import AcquisitionConfig, draw_setup, render
from spinegrader.simulate.person.draw import draw_person
from spinegrader.simulate.person.placement import place_spine
from spinegrader.simulate.scanner.tissues import draw_protocol


@pytest.fixture(scope="module")
def scans(small_config):
    """Spine, setup, T1 and T2 of three people of different ages."""
    found = []
    for number, age in ((1, 25.0), (2, 50.0), (3, 75.0)):
        someone = draw_person(number, np.random.default_rng([4, number]))
        rng = np.random.default_rng(number)
        spine = place_spine(someone, age)
        setup = draw_setup(spine, small_config, rng)
        t1, t2 = render(spine, setup, draw_protocol(rng), small_config, rng)
        found.append((spine, setup, t1, t2))
    return found


def sampled(pixels, setup, points_mm):
    column, row, level = np.moveaxis(setup.geometry.to_index(points_mm), -1, 0)
    return ndimage.map_coordinates(pixels.astype(float), [level, row, column], order=1)


def within(corners, across, down):
    """Places in a quad: shares from front to back and from head to feet."""
    a, b, c, d = (np.asarray(corner) for corner in corners)
    u, v = (grid.ravel()[:, None] for grid in np.meshgrid(across, down))
    return (1 - v) * ((1 - u) * a + u * b) + v * ((1 - u) * d + u * c)


def beside_corners(vertebra):
    """Four places 4.5 mm below or above a body's endplates near its corners, four 1.5 mm beyond."""
    corners = np.asarray(vertebra.corners_mm)
    backward, footward = vertebra_axes(vertebra)
    inward = corners + np.outer([3.0, -3.0, -3.0, 3.0], backward)
    within_mm = inward + np.outer([4.5, 4.5, -4.5, -4.5], footward)
    beyond_mm = inward + np.outer([-1.5, -1.5, 1.5, 1.5], footward)
    return within_mm, beyond_mm


def test_corners_part_marrow_from_the_rim_of_the_discs_to_two_millimetres(scans):
    for spine, setup, _, t2 in scans:
        vertebrae = setup.vertebrae(spine)
        assert {item.level for item in vertebrae} >= set(TRAINING_LEVELS)
        right, wrong = [], []
        for item in vertebrae[:-1]:
            within_mm, beyond_mm = beside_corners(item)
            right += list(sampled(t2, setup, beyond_mm) / sampled(t2, setup, within_mm))
            shifted = item.moved(as_point(4 * vertebra_axes(item)[1]))
            within_mm, beyond_mm = beside_corners(shifted)
            wrong += list(sampled(t2, setup, beyond_mm) / sampled(t2, setup, within_mm))
        assert np.mean(np.array(right) < 0.75) > 0.9
        # The same test would notice corners that are 4 mm too low.
        assert np.mean(np.array(wrong) < 0.75) < 0.7


def test_marrow_is_brighter_than_the_annulus_and_fluid_brighter_than_both_on_t2(scans):
    for spine, setup, t1, t2 in scans:
        vertebrae = setup.vertebrae(spine)
        for upper, lower in pairwise(vertebrae):
            gap = (*upper.corners_mm[3:1:-1], lower.corners_mm[1], lower.corners_mm[0])
            annulus = sampled(t2, setup, within(gap, (0.03, 0.97), (0.5,)))
            body = within(upper.corners_mm, (0.3, 0.5, 0.6), (0.3, 0.7))
            marrow = np.median(sampled(t2, setup, body))
            assert annulus.mean() < 0.75 * marrow
            # The sac lies behind the back wall at mid-height, one millimetre after the other.
            back = np.asarray(upper.corners_mm[1:3]).mean(axis=0)
            depth = np.asarray(upper.corners_mm[1]) - np.asarray(upper.corners_mm[0])
            line = back + np.arange(2, 16)[:, None] * depth / np.linalg.norm(depth)
            assert sampled(t2, setup, line).max() > 1.5 * marrow
            assert np.median(sampled(t1, setup, line)) < np.median(sampled(t1, setup, body))


def test_young_nuclei_are_bright_and_old_ones_are_not(scans):
    contrast = []
    for spine, setup, _, t2 in scans:
        lumbar = [v for v in setup.vertebrae(spine) if v.level in TRAINING_LEVELS]
        ratios = []
        for upper, lower in pairwise(lumbar):
            gap = (*upper.corners_mm[3:1:-1], lower.corners_mm[1], lower.corners_mm[0])
            nucleus = sampled(t2, setup, within(gap, (0.4, 0.5, 0.6), (0.3, 0.7)))
            body = within(upper.corners_mm, (0.3, 0.5, 0.6), (0.3, 0.7))
            ratios.append(np.median(nucleus) / np.median(sampled(t2, setup, body)))
        contrast.append(np.median(ratios))
    assert contrast[0] > 1.2 * contrast[1] > 1.2 * contrast[2]


def test_middle_slices_show_the_canal_and_outer_ones_do_not(scans):
    spine, setup, _, t2 = scans[0]
    lumbar = setup.vertebrae(spine)[3]
    back = np.asarray(lumbar.corners_mm[1:3]).mean(axis=0)
    depth = np.asarray(lumbar.corners_mm[1]) - np.asarray(lumbar.corners_mm[0])
    line = back + np.arange(4, 12)[:, None] * depth / np.linalg.norm(depth)
    side = setup.geometry.directions[:, 2] * 3 * setup.geometry.spacing_mm[2]
    centre = sampled(t2, setup, line).mean()
    assert sampled(t2, setup, line + side).mean() < 0.9 * centre
    assert sampled(t2, setup, line - side).mean() < 0.9 * centre


def test_every_visit_is_another_image_of_the_same_bones(small_config):
    someone = draw_person(6, np.random.default_rng(6))
    spine = place_spine(someone, 40.0)
    setups, images = [], []
    for visit in (1, 2):
        rng = np.random.default_rng(visit)
        setups.append(draw_setup(spine, small_config, rng))
        images.append(render(spine, setups[-1], draw_protocol(rng), small_config, rng)[1])
    assert setups[0].geometry != setups[1].geometry
    assert not np.array_equal(images[0], images[1])
    sizes = [[v.depth_mm for v in setup.vertebrae(spine)][-7:] for setup in setups]
    assert sizes[0] == pytest.approx(sizes[1])


def test_air_holds_noise_as_a_magnitude_image_does(scans):
    _, _, _, t2 = scans[1]
    air = t2[:, 20:60, -8:].astype(float)
    assert air.min() >= 0
    # Rayleigh: the mean is 1.91 times the standard deviation.
    assert air.mean() / air.std() == pytest.approx(1.91, rel=0.08)


@pytest.mark.parametrize(
    "wrong", [{"slices": 0}, {"rows": 10}, {"slice_thickness_mm": 9.0}, {"samples_per_slice": 0}]
)
def test_impossible_sizes_are_refused(wrong):
    with pytest.raises(InputError):
        AcquisitionConfig(**wrong)
