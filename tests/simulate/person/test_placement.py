from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.simulate.ageing.process import disc_state
from spinegrader.simulate.person import placement
from spinegrader.simulate.person.draw import draw_person
from spinegrader.simulate.person.placement import place_spine
from spinegrader.simulate.person.shapes import Variant


def least_gap_mm(spine):
    """Least distance of a body's lower corners above the plane of the upper ones below."""
    gaps = []
    for above, below in pairwise(spine.bodies):
        front, back = below.corners[0], below.corners[1]
        along = (back - front) / np.linalg.norm(back - front)
        normal = np.array([-along[1], along[0]])
        gaps.append(min((above.corners[2:] - front) @ normal))
    return min(gaps)


def test_neighbouring_bodies_never_meet(people):
    for person in people[::4]:
        for age_years in (22, 88):
            assert least_gap_mm(place_spine(person, age_years, posture_deg=6)) > 0.2


def test_l3_lies_at_the_origin_and_everything_is_rounded(spines):
    for spine in spines[:10]:
        assert np.array_equal(spine.body(VertebraLevel.L3).centre, (0, 0))
        for body in spine.bodies:
            assert np.array_equal(np.round(body.corners, 6), body.corners)
            assert round(body.tilt_rad, 9) == body.tilt_rad


def test_posture_bends_the_lumbar_spine(people):
    straight, bent = (place_spine(people[3], 40, posture_deg=deg) for deg in (0, 10))
    angles = [
        np.degrees(s.sacrum.tilt_rad - s.body(VertebraLevel.T12).tilt_rad) for s in (straight, bent)
    ]
    assert 7 < angles[1] - angles[0] <= 10.01


def test_a_slip_takes_all_that_lies_above_forward(monkeypatch):
    person = draw_person(1, np.random.default_rng(4), Variant.USUAL)
    before = place_spine(person, 40)
    slipped = person.courses[person.first_sacral - 2]

    def slipping(course, age_years):
        state = disc_state(course, age_years)
        return replace(state, slip_mm=6.0) if course is slipped else state

    monkeypatch.setattr(placement, "disc_state", slipping)
    after = place_spine(person, 40)

    def forward(spine, level):
        """Of a body's middle against L5's, along L5's upper endplate."""
        last = spine.body(VertebraLevel.L5)
        along = last.corners[0] - last.corners[1]
        away = spine.body(level).centre - last.centre
        return away @ along / np.linalg.norm(along)

    for level in (VertebraLevel.L4, VertebraLevel.L1, VertebraLevel.T10):
        assert forward(after, level) - forward(before, level) == pytest.approx(6.0, abs=0.1)
    same = forward(before, VertebraLevel.S1)
    assert forward(after, VertebraLevel.S1) == pytest.approx(same, abs=1e-4)
    assert least_gap_mm(after) > 0.2


def test_a_worn_disc_is_lower_and_less_wedged():
    person = draw_person(2, np.random.default_rng(9), Variant.USUAL)
    young, old = place_spine(person, 22), place_spine(person, 85)
    for early, late in zip(young.discs[4:10], old.discs[4:10], strict=True):
        if late.state.height_share < 0.8 * early.state.height_share:
            assert late.height_mm < early.height_mm
            assert abs(late.wedge_rad) < abs(early.wedge_rad)
    assert old.discs[8].height_mm <= young.discs[8].height_mm
