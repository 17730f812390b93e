import time

import numpy as np
import pytest

from spinegrader.simulate.ageing.courses import (
    DiscCourse,
    EndplateCourse,
    HerniationCourse,
    MarrowCourse,
)
from spinegrader.simulate.ageing.process import disc_state
from spinegrader.simulate.ageing.states import HerniationKind
from spinegrader.simulate.ageing.wear import Wear
from tests.simulate.ageing.cohort import courses

AGES = range(15, 91, 3)
RISING = (
    "stage",
    "fissure",
    "vacuum",
    "bulge_mm",
    "flavum_mm",
    "facet_mm",
    "osteophyte_mm",
)
FALLING = ("hydration", "border", "height_share")


@pytest.mark.parametrize("number", range(1, 9))
def test_nothing_heals_but_what_is_said_to(number):
    for course in courses(number):
        states = [disc_state(course, age) for age in AGES]
        for name in RISING:
            assert np.all(np.diff([getattr(state, name) for state in states]) >= 0), name
        for name in FALLING:
            assert np.all(np.diff([getattr(state, name) for state in states]) <= 0), name
        assert np.all(np.diff([abs(state.slip_mm) for state in states]) >= 0)
        for side in ("upper", "lower"):
            endplates = [getattr(state, side) for state in states]
            assert np.all(np.diff([endplate.defect_mm for endplate in endplates]) >= 0)
            assert np.all(np.diff([endplate.extent_mm for endplate in endplates]) >= 0)
            strengths = [state.oedema + state.fat + state.sclerosis for state in endplates]
            assert np.all(np.diff(strengths) >= -1e-9)


def test_signal_border_and_height_are_no_copies_of_each_other():
    states = [disc_state(course, 50) for number in range(150) for course in courses(number)[2:7]]
    looks = np.array([(state.hydration, state.border, state.height_share) for state in states])
    between = np.corrcoef(looks.T)
    assert np.all(between > 0.5)
    assert np.all(between[np.triu_indices(3, 1)] < 0.98)


def test_an_extrusion_shrinks_until_it_is_a_protrusion():
    course = DiscCourse(
        wear=Wear(0.4),
        herniation=HerniationCourse(
            HerniationKind.EXTRUSION, 40.0, reach_mm=6.0, half_height_mm=8.0, remaining=0.3
        ),
    )
    before, fresh, late = (disc_state(course, age).herniation for age in (39.9, 40.5, 45.0))
    assert before.kind is HerniationKind.NONE
    assert (fresh.kind, fresh.reach_mm) == (HerniationKind.EXTRUSION, 6.0)
    assert late.kind is HerniationKind.PROTRUSION
    assert late.reach_mm == pytest.approx(1.8, abs=0.1)
    assert late.half_height_mm < fresh.half_height_mm


def test_a_sequester_may_go_wholly_and_leaves_the_bulge():
    sequester = HerniationCourse(HerniationKind.SEQUESTRATION, 40.0, reach_mm=7.0, remaining=0.0)
    course = DiscCourse(wear=Wear(1.5), bulge_mm=4.0, herniation=sequester)
    assert disc_state(course, 41).herniation.kind is HerniationKind.SEQUESTRATION
    assert disc_state(course, 50).herniation.kind is HerniationKind.BULGE


def test_oedema_turns_into_fat_and_fat_into_sclerosis():
    marrow = MarrowCourse(
        strength=0.8,
        onset_age_years=40.0,
        oedema_years=2.0,
        conversion_years=2.0,
        sclerosis_after_years=10.0,
    )
    course = DiscCourse(upper=EndplateCourse(marrow=marrow))
    strengths = [
        (endplate.oedema, endplate.fat, endplate.sclerosis)
        for endplate in (disc_state(course, age).upper for age in (39, 41.5, 43, 47, 60))
    ]
    wanted = [(0, 0, 0), (0.8, 0, 0), (0.4, 0.4, 0), (0, 0.8, 0), (0, 0, 0.8)]
    for found, expected in zip(strengths, wanted, strict=True):
        assert found == pytest.approx(expected)
    assert disc_state(course, 60).lower.fat == 0


def test_an_injury_hastens_a_disc_within_a_few_years():
    sound = DiscCourse(wear=Wear(0.4))
    hurt = DiscCourse(wear=Wear(0.4, injury_age_years=30.0, injury_step=0.5))
    assert disc_state(hurt, 29.9) == disc_state(sound, 29.9)
    assert disc_state(hurt, 38).stage > disc_state(sound, 38).stage + 0.5


def test_the_age_of_a_stage_is_found_again():
    wear = Wear(0.6, injury_age_years=35.0, injury_step=0.2)
    age = wear.age_at(3.0)
    assert wear.stage(age - 0.2) < 3.0 <= wear.stage(age)
    assert Wear(0.01).age_at(3.0) == float("inf")


def test_the_discs_of_a_person_take_less_than_a_millisecond():
    everybody = [courses(number) for number in range(40)]
    start = time.perf_counter()
    for discs in everybody:
        for course in discs:
            disc_state(course, 60)
    assert (time.perf_counter() - start) / len(everybody) < 0.001
