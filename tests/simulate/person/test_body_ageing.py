import numpy as np
import pytest

from spinegrader.simulate.person.body_ageing import body_at, draw_fracture
from spinegrader.simulate.person.morphometry import LEVELS, SACRAL
from spinegrader.simulate.person.placement import place_spine


def fractured(people, age_years):
    return [
        (person, body)
        for person in people
        for body in person.bodies
        if body.fracture_age_years <= age_years
    ]


def test_fractures_are_rare_before_sixty_and_strike_a_tenth_of_the_old():
    names = [mean.name for mean in LEVELS]
    rng = np.random.default_rng(41)
    places, ages, shares = np.array([draw_fracture(names, rng) for _ in range(4000)]).T
    assert ages.min() >= 45
    assert 0.02 < np.mean(ages < 58) < 0.05
    assert 0.07 < np.mean(ages < 75) < 0.12
    struck = places[ages < 90].astype(int)
    assert 0.4 < np.mean([names[place] in ("T12", "L1") for place in struck]) < 0.6
    assert not any(names[place] in SACRAL for place in struck)
    assert shares[ages < 90].min() >= 0.2


def test_a_fracture_wedges_one_body_for_good(people):
    person, body = fractured(people, 85)[0]
    age_years = body.fracture_age_years
    before, after, later = (
        body_at(body, person, age) for age in (age_years - 0.1, age_years, age_years + 5)
    )
    assert after.height_anterior < 0.82 * before.height_anterior
    assert after.height_posterior > 0.94 * before.height_posterior
    assert later.height_anterior == pytest.approx(after.height_anterior, rel=0.02)
    assert after.concavity_upper > before.concavity_upper
    assert len(place_spine(person, 85).bodies) == len(person.bodies)


def test_other_bodies_lose_a_few_per_cent_in_a_lifetime(people):
    for person in people[:30]:
        for body in person.bodies:
            if body.fracture_age_years < 85:
                continue
            young, old = body_at(body, person, 30), body_at(body, person, 80)
            assert 0.92 < old.height_anterior / young.height_anterior <= 1
            assert old.depth_upper == young.depth_upper
