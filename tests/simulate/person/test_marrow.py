from itertools import pairwise

import numpy as np
import pytest

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.simulate.person.marrow import marrow_at

LEVELS = [VertebraLevel(name) for name in ("L1", "L2", "L3", "L4")]


def fat_at(people, sex, age_years):
    return np.array(
        [
            np.mean(
                [
                    marrow_at(body.marrow, sex, age_years).fat_fraction
                    for body in person.bodies
                    if body.level in LEVELS
                ]
            )
            for person in people
            if person.sex == sex
        ]
    )


# Baum et al., Front Endocrinol 9:141 (2018).
@pytest.mark.parametrize(
    ("sex", "age_years", "mean", "spread"),
    [
        ("M", 25, 0.320, 0.080),
        ("M", 35, 0.353, 0.067),
        ("F", 25, 0.272, 0.060),
        ("F", 35, 0.273, 0.062),
    ],
)
def test_fat_of_the_young_is_as_published(people, sex, age_years, mean, spread):
    drawn = fat_at(people, sex, age_years)
    assert drawn.mean() == pytest.approx(mean, abs=0.02)
    assert drawn.std() == pytest.approx(spread, abs=0.02)


def test_old_women_have_more_fat_than_old_men(people):
    assert fat_at(people, "F", 70).mean() > fat_at(people, "M", 70).mean() + 0.04


def test_haemangiomas_come_with_age_in_a_fifth_of_people(people):
    def rate(age_years):
        return np.mean(
            [
                any(
                    spot.fluid > 0
                    for body in person.bodies
                    if not body.is_sacral
                    for spot in marrow_at(body.marrow, person.sex, age_years).spots
                )
                for person in people
            ]
        )

    assert rate(25) < 0.08
    assert 0.10 < rate(55) < 0.27
    assert 0.17 < rate(80) < 0.36


def test_fat_islands_come_and_grow_but_never_go(people):
    counts = []
    for person in people[:40]:
        for body in person.bodies[3:9]:
            ages = (25, 50, 51, 75)
            spots = [marrow_at(body.marrow, person.sex, age).spots for age in ages]
            places = [{spot.place: spot.radius_mm for spot in present} for present in spots]
            for early, late in pairwise(places):
                assert all(late[place] >= radius for place, radius in early.items())
            counts.append([len(present) for present in spots])
    young, _, _, old = np.mean(counts, axis=0)
    assert young < 0.4
    assert 1.2 < old < 4


def test_the_basivertebral_vein_leaves_the_back_wall_of_presacral_bodies(people):
    for person in people[:20]:
        for body in person.bodies:
            marrow = body.marrow
            assert (marrow.vein_width_mm > 0) == (not body.is_sacral)
            if not body.is_sacral:
                assert 4 <= marrow.vein_depth_mm < 0.75 * body.depth_mm
                assert abs(marrow.vein_height) < 0.35
