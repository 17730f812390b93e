"""Published means and spreads come back from drawn people."""

import numpy as np
import pytest

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.simulate.person.shapes import Variant

LUMBAR = ("L1", "L2", "L3", "L4", "L5")


def bodies(people, sex, name):
    return [
        body
        for person in people
        if person.sex == sex and person.variant is Variant.USUAL
        for body in person.bodies
        if body.level == name
    ]


def values(people, sex, name, field):
    return np.array([getattr(body, field) for body in bodies(people, sex, name)])


# Cook and Baker, Int J Spine Surg 15:1072 (2021), table 6.
@pytest.mark.parametrize(
    ("field", "women", "men"),
    [
        ("depth_upper", (33.3, 2.6), (37.1, 3.2)),
        ("depth_lower", (32.8, 3.0), (36.7, 3.1)),
        ("height_anterior", (29.6, 1.8), (30.7, 1.9)),
        ("height_posterior", (25.5, 1.6), (26.8, 1.9)),
        ("canal_width", (27.6, 2.9), (28.5, 3.2)),
    ],
)
def test_l5_has_published_sizes_in_women_and_men(people, field, women, men):
    for sex, (mean, spread) in (("F", women), ("M", men)):
        drawn = values(people, sex, "L5", field)
        assert abs(drawn.mean() - mean) < spread
        assert 0.6 * spread < drawn.std() < 1.3 * spread


def test_wedges_of_bodies_are_those_of_women_and_men(people):
    # Masharawi et al., Eur Spine J 19:768 (2010).
    for sex, wedge_deg in (("F", -7.8), ("M", -4.6)):
        drawn = [
            np.degrees((body.height_posterior - body.height_anterior) / body.depth_mm)
            for body in bodies(people, sex, "L5")
        ]
        assert np.mean(drawn) == pytest.approx(wedge_deg, abs=0.6)


def test_canal_is_narrowest_at_l3_and_varies_by_a_tenth(people):
    depths = {name: values(people, "M", name, "canal_depth") for name in LUMBAR}
    means = {name: depth.mean() for name, depth in depths.items()}
    assert min(means, key=lambda name: means[name]) == "L3"
    assert 0.08 < depths["L3"].std() / means["L3"] < 0.14


def test_endplates_are_more_hollow_above_a_disc_than_below(people):
    upper, lower = (
        np.mean([values(people, "M", name, f"concavity_{side}").mean() for name in LUMBAR])
        for side in ("upper", "lower")
    )
    assert 0.7 <= upper <= 1.2
    assert 1.4 <= lower <= 2.0


def test_depth_against_height_varies_more_between_people_than_between_levels(people):
    for sex in ("F", "M"):
        ratios = np.array(
            [
                [body.depth_mm / body.height_mm for body in bodies(people, sex, name)]
                for name in LUMBAR
            ]
        )
        off = np.log(ratios) - np.log(ratios).mean(axis=1, keepdims=True)
        assert 0.05 < off.mean(axis=0).std() < 0.08
        assert 0.018 < (off - off.mean(axis=0)).std() < 0.033


def test_bodies_of_one_person_are_alike_in_form(people):
    for field in ("depth_upper", "height_posterior", "waist_front", "concavity_lower"):
        drawn = [values(people, "F", name, field) for name in ("L2", "L4")]
        assert 0.2 < np.corrcoef(*drawn)[0, 1] < 0.98


def test_lordosis_and_sacral_slope_are_those_of_people_lying_down(people, spines):
    angles = []
    for person, spine in zip(people, spines, strict=True):
        top, sacrum = (spine.body(level).corners for level in (VertebraLevel.L1, VertebraLevel.S1))
        slopes = [np.degrees(np.arctan2(*(c[1] - c[0])[::-1])) for c in (top, sacrum)]
        angles.append((slopes[1] - slopes[0], slopes[1], person.sex == "F"))
    lordosis, slope, is_woman = np.array(angles).T
    # 37 ± 13 degrees in 627 people lying down; more in women.
    assert lordosis.mean() == pytest.approx(38, abs=4)
    assert 9 < lordosis.std() < 15
    assert lordosis[is_woman == 1].mean() > lordosis[is_woman == 0].mean() + 2
    assert slope.mean() == pytest.approx(37, abs=2)
    assert np.corrcoef(lordosis, slope)[0, 1] > 0.5


def test_disc_heights_grow_down_to_l4(people):
    usual = [person for person in people if person.variant is Variant.USUAL]
    first = usual[0].first_lumbar
    heights = np.mean([person.disc_heights_mm[first - 1 : first + 5] for person in usual], axis=0)
    assert (np.diff(heights[:5]) > 0).all()
    assert heights[5] < heights[4]
    assert 10 < heights[4] < 12
