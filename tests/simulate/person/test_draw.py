from dataclasses import asdict
from itertools import pairwise

import numpy as np

from spinegrader.domain.anatomy import TRAINING_LEVELS
from spinegrader.simulate.person.draw import draw_person
from spinegrader.simulate.person.placement import place_spine
from spinegrader.simulate.person.shapes import Variant


def shape_ratios(number, age_years):
    """Height and waist of the bodies T12 to S1 against their depth: what makes a person."""
    someone = draw_person(number, np.random.default_rng([2, number]), Variant.USUAL)
    spine = place_spine(someone, age_years, posture_deg=age_years / 10)
    ratios = []
    for level in TRAINING_LEVELS:
        top_front, top_back, low_back, low_front = spine.body(level).corners
        depth = np.linalg.norm(top_back - top_front)
        ratios += [
            np.linalg.norm(top_front - low_front) / depth,
            np.linalg.norm(top_back - low_back) / depth,
            np.linalg.norm(low_back - low_front) / depth,
        ]
    return np.array(ratios)


def test_bodies_keep_their_shape_over_ten_years_and_differ_between_people():
    people = range(1, 13)
    early = [shape_ratios(number, 38) for number in people]
    late = [shape_ratios(number, 49) for number in people]
    own = [np.abs(b / a - 1).max() for a, b in zip(early, late, strict=True)]
    others = [
        np.abs(early[i] / early[j] - 1).mean() for i in range(12) for j in range(12) if i != j
    ]
    assert max(own) < 0.02
    assert min(others) > max(own)
    # But not by so much that one body would tell two people apart.
    assert np.median(others) < 0.12


def test_the_same_numbers_draw_the_same_person():
    first, second, other = (draw_person(3, np.random.default_rng([5, n])) for n in (3, 3, 4))
    assert first.disc_heights_mm == second.disc_heights_mm
    assert asdict(first.soft) == asdict(second.soft)
    for a, b in zip(first.bodies, second.bodies, strict=True):
        assert a.height_anterior == b.height_anterior
        assert a.marrow.spots == b.marrow.spots
        assert np.array_equal(a.marrow.textures, b.marrow.textures)
    assert asdict(first.soft) != asdict(other.soft)


def test_small_cohorts_hold_young_and_old():
    ages = [draw_person(n, np.random.default_rng([6, n])).age_years for n in range(1, 7)]
    assert min(ages) < 35
    assert max(ages) > 65


def test_ages_and_sexes_are_spread_over_adult_life(people):
    ages = np.array([person.age_years for person in people])
    assert ages.min() >= 22
    assert ages.max() <= 78
    assert np.histogram(ages, bins=7, range=(22, 78))[0].min() > 10
    assert 0.4 < np.mean([person.sex == "F" for person in people]) < 0.6


def test_men_are_taller_and_their_vertebrae_larger(people):
    men, women = ([p for p in people if p.sex == sex] for sex in ("M", "F"))
    assert np.mean([p.stature_m for p in men]) > np.mean([p.stature_m for p in women]) + 0.1
    sizes = [
        np.mean([p.bodies[p.first_lumbar + 2].width_mm for p in group]) for group in (men, women)
    ]
    assert sizes[0] > 1.07 * sizes[1]


def test_textures_have_spread_one_and_part_of_them_is_the_persons_own_pattern(people):
    likeness = []
    for person in people[:20]:
        fields = np.array([body.marrow.textures for body in person.bodies])
        assert np.allclose(fields.mean(axis=(2, 3, 4)), 0, atol=1e-3)
        assert np.allclose(fields.std(axis=(2, 3, 4)), 1, atol=1e-3)
        likeness.append(np.mean(fields[6, 0] * fields[9, 0]))
    strangers = [
        np.mean(a.bodies[6].marrow.textures[0] * b.bodies[6].marrow.textures[0])
        for a, b in pairwise(people[:21])
    ]
    assert np.mean(likeness) > np.mean(strangers) + 0.2


def test_the_sacrum_leads_backward(spines):
    for spine in spines[:20]:
        backs = [body.centre[0] for body in spine.bodies]
        assert backs[-2] > backs[-5] + 10
