import json
from dataclasses import replace
from importlib.resources import files

import pytest

from spinegrader.simulate.ageing.grades import LOWEST_AND_HIGHEST, grades_of, latent_of
from spinegrader.simulate.ageing.states import EndplateState, Herniation, HerniationKind
from tests.simulate.ageing.cohort import DEPTH_MM, HEIGHT_MM, YOUNG, graded


def grade(grading, state=YOUNG, sac_mm=13.0, height_mm=HEIGHT_MM):
    grades = grades_of(state, sac_depth_mm=sac_mm, disc_height_mm=height_mm, depth_mm=DEPTH_MM)
    return grades[grading]


def test_all_gradings_of_the_scheme_are_given_in_its_order_and_range():
    text = files("spinegrader").parent.joinpath("resources/scheme.json").read_text("utf-8")
    gradings = json.loads(text)["gradings"]
    for _, grades in graded(3).values():
        assert list(grades) == [grading["id"] for grading in gradings]
    ordinal = {
        grading["id"]: (grading["classes"][0]["value"], grading["classes"][-1]["value"])
        for grading in gradings
        if grading["scale"] == "ordinal"
    }
    assert ordinal == LOWEST_AND_HIGHEST


@pytest.mark.parametrize(
    ("hydration", "border", "share", "expected"),
    [
        (1.0, 1.0, 1.0, 1),
        (0.86, 0.93, 1.0, 1),
        (0.70, 0.85, 1.0, 2),
        (0.42, 0.40, 1.0, 3),
        (0.42, 0.40, 0.3, 3),
        (0.10, 0.0, 1.0, 4),
        (0.04, 0.0, 0.51, 4),
        (0.04, 0.0, 0.50, 5),
        (0.18, 0.0, 0.30, 5),
    ],
)
def test_pfirrmann_follows_signal_border_and_height(hydration, border, share, expected):
    state = replace(YOUNG, hydration=hydration, border=border, height_share=share)
    assert grade("pfirrmann", state) == expected


@pytest.mark.parametrize(
    ("share", "expected"), [(0.86, 0), (0.84, 1), (0.66, 1), (0.64, 2), (0.41, 2), (0.39, 3)]
)
def test_narrowing_begins_at_the_stated_shares(share, expected):
    assert grade("narrowing", replace(YOUNG, height_share=share)) == expected


@pytest.mark.parametrize(
    ("sac_mm", "expected"), [(13, 0), (9.1, 0), (8.9, 1), (6.9, 2), (5.6, 2), (5.4, 3), (1, 3)]
)
def test_stenosis_begins_at_the_stated_depths(sac_mm, expected):
    assert grade("central_stenosis", sac_mm=sac_mm) == expected


@pytest.mark.parametrize(
    ("share", "expected"),
    [(-0.2, 0), (0.07, 0), (0.09, 1), (0.24, 1), (0.26, 2), (0.51, 3), (0.76, 4), (1.2, 4)],
)
def test_slips_are_counted_in_quarters(share, expected):
    assert grade("spondylolisthesis", replace(YOUNG, slip_mm=share * DEPTH_MM)) == expected


def test_degeneration_is_severe_only_where_dark_and_narrow():
    dark = replace(YOUNG, hydration=0.04, border=0.0)
    assert grade("degeneration") == 0
    assert grade("degeneration", replace(YOUNG, hydration=0.7)) == 1
    assert grade("degeneration", dark) == 2
    assert grade("degeneration", replace(dark, height_share=0.6)) == 3
    assert grade("degeneration", replace(YOUNG, height_share=0.6)) < 2


def test_each_endplate_has_its_own_grade():
    state = replace(YOUNG, upper=EndplateState(defect_mm=1.6), lower=EndplateState(defect_mm=1.4))
    assert (grade("endplate_upper", state), grade("endplate_lower", state)) == (1, 0)


@pytest.mark.parametrize(
    ("oedema", "fat", "sclerosis", "expected"),
    [
        (0.2, 0.0, 0.0, 0),
        (0.3, 0.2, 0.0, 1),
        (0.2, 0.3, 0.0, 2),
        (0.0, 0.2, 0.3, 3),
        (0.3, 0.3, 0.0, 4),
        (0.0, 0.3, 0.3, 4),
    ],
)
def test_marrow_changes_are_told_by_their_strengths(oedema, fat, sclerosis, expected):
    endplate = EndplateState(oedema=oedema, fat=fat, sclerosis=sclerosis)
    assert grade("modic_upper", replace(YOUNG, upper=endplate)) == expected
    assert grade("modic_lower", replace(YOUNG, upper=endplate)) == 0


def test_a_foramen_closes_by_all_that_reaches_into_it():
    assert grade("foraminal_left") == 0
    worn = replace(YOUNG, facet_mm=4.5, bulge_mm=3.0, osteophyte_mm=3.0)
    assert grade("foraminal_left", worn) == 0
    assert grade("foraminal_left", worn, height_mm=3.0) == 1
    onesided = replace(worn, facet_left_share=0.5)
    assert (grade("foraminal_left", onesided), grade("foraminal_right", onesided)) == (1, 0)
    slipped = replace(worn, slip_mm=8.0)
    assert grade("foraminal_right", slipped) == 1
    lateral = Herniation(HerniationKind.PROTRUSION, reach_mm=4.0, left_mm=-13.0)
    aside = replace(YOUNG, herniation=lateral)
    assert (grade("foraminal_left", aside), grade("foraminal_right", aside)) == (0, 1)


def test_herniation_is_told_by_its_kind():
    for kind in HerniationKind:
        assert grade("herniation", replace(YOUNG, herniation=Herniation(kind))) == kind


def test_continuous_values_round_to_the_grades():
    for number in range(10):
        for latent, grades in graded(number).values():
            for grading, value in latent.items():
                lowest, highest = LOWEST_AND_HIGHEST[grading]
                assert abs(min(max(value, lowest), highest) - grades[grading]) <= 0.5 + 1e-9


def test_a_continuous_value_meets_its_bound_at_the_half():
    latent = latent_of(YOUNG, sac_depth_mm=9.0, disc_height_mm=10.0, depth_mm=35.0)
    assert latent["central_stenosis"] == pytest.approx(0.5)
    assert latent["pfirrmann"] == pytest.approx(1.0)
    assert 0 <= latent["spondylolisthesis"] < 0.1


def test_grades_of_the_disc_itself_never_fall_with_the_years():
    steady = ("pfirrmann", "narrowing", "degeneration", "spondylolisthesis", "endplate_lower")
    for number in range(25):
        young, old = graded(number, 38), graded(number, 50)
        for level, (_, before) in young.items():
            assert all(old[level][1][grading] >= before[grading] for grading in steady)
