import numpy as np
import pytest

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.numbering import Transition
from spinegrader.simulate.person.draw import draw_person
from spinegrader.simulate.person.placement import place_spine
from spinegrader.simulate.person.shapes import SpineRegion, Variant
from spinegrader.simulate.person.variants import draw_variant


def person_with(variant, seed=1):
    return draw_person(1, np.random.default_rng([8, seed]), variant)


def names(person):
    return [body.level.value for body in person.bodies if body.level]


def test_variants_come_at_their_published_rates():
    rng = np.random.default_rng(1)
    drawn = {sex: [draw_variant(sex, rng) for _ in range(8000)] for sex in ("F", "M")}

    def rate(sex, *variants):
        return np.mean([variant in variants for variant in drawn[sex]])

    for sex in ("F", "M"):
        assert rate(sex, Variant.LUMBARISED) == pytest.approx(0.058, abs=0.01)
        assert rate(sex, Variant.SACRALISED) == pytest.approx(0.041, abs=0.009)
    # One vertebra more in men, one less in women (Tins and Balain 2016).
    assert rate("M", Variant.T13, Variant.L6) == pytest.approx(12 / 209, abs=0.01)
    assert rate("F", Variant.T13, Variant.L6) == pytest.approx(6 / 211, abs=0.008)
    assert rate("M", Variant.FOUR_LUMBAR) == pytest.approx(4 / 209, abs=0.006)
    assert rate("F", Variant.FOUR_LUMBAR) == pytest.approx(10 / 211, abs=0.009)


@pytest.mark.parametrize(
    ("variant", "between"),
    [
        (Variant.USUAL, "L1 L2 L3 L4 L5"),
        (Variant.T13, "T13 L1 L2 L3 L4 L5"),
        (Variant.L6, "L1 L2 L3 L4 L5 L6"),
        (Variant.FOUR_LUMBAR, "L1 L2 L3 L4"),
        (Variant.SACRALISED, "L1 L2 L3 L4 L5"),
    ],
)
def test_vertebrae_are_named_in_order(variant, between):
    person = person_with(variant)
    assert names(person) == ["T9", "T10", "T11", "T12", *between.split(), "S1", "S2"]
    assert person.bodies[0].level is None
    assert person.bodies[0].is_thoracic
    assert person.bodies[-1].is_sacral
    assert len(person.disc_heights_mm) == len(person.bodies) - 1
    assert len(person.courses) == len(person.disc_wedges_deg) == len(person.bodies) - 1
    assert person.bodies[person.first_lumbar].level is VertebraLevel.L1
    assert person.bodies[person.first_sacral].level is VertebraLevel.S1


def test_ribs_are_borne_by_t13_alone():
    person = person_with(Variant.T13)
    regions = {body.level: body.region for body in person.bodies}
    assert regions[VertebraLevel.T13] is SpineRegion.THORACIC
    assert regions[VertebraLevel.L1] is SpineRegion.LUMBAR


def test_a_lumbarised_s1_is_square_on_a_well_formed_disc_or_called_l6():
    called_l6 = 0
    usual = person_with(Variant.USUAL)
    usual_s1 = usual.bodies[usual.first_sacral]
    assert usual_s1.depth_upper / usual_s1.depth_lower > 1.4
    for seed in range(40):
        person = person_with(Variant.LUMBARISED, seed)
        assert person.transition is Transition.LUMBARISED
        if person.has(VertebraLevel.L6):
            called_l6 += 1
            assert person.fusion == 0
            assert person.last_mobile_disc == person.first_sacral - 1
            continue
        first = person.bodies[person.first_sacral]
        # Wigh's limit of a square S1.
        assert first.depth_upper / first.depth_lower <= 1.37
        assert person.disc_heights_mm[person.first_sacral] > 3.5
        assert 0 < person.fusion < 0.7
        assert person.last_mobile_disc == person.first_sacral
    assert 8 <= called_l6 <= 25


def test_a_sacralised_l5_tapers_on_a_rudimentary_disc():
    for seed in range(10):
        person = person_with(Variant.SACRALISED, seed)
        last = person.bodies[person.first_sacral - 1]
        assert person.transition is Transition.SACRALISED
        assert last.depth_lower < 0.93 * last.depth_upper
        assert person.disc_heights_mm[person.first_sacral - 1] < 6.5
        assert person.last_mobile_disc == person.first_sacral - 2
        assert person.fusion >= 0.4


def test_counts_alone_are_no_transition():
    for variant in (Variant.L6, Variant.T13, Variant.FOUR_LUMBAR, Variant.USUAL):
        assert person_with(variant).transition is Transition.NONE


@pytest.mark.parametrize("variant", list(Variant))
def test_everyone_can_be_placed(variant):
    person = person_with(variant)
    spine = place_spine(person, 60, posture_deg=3)
    assert len(spine.discs) == len(spine.bodies) - 1
    assert spine.sacrum.shape.level is VertebraLevel.S1
    assert spine.last_presacral.shape.region is SpineRegion.LUMBAR
    assert (spine.find(VertebraLevel.L5) is None) == (variant is Variant.FOUR_LUMBAR)
    heads = [body.centre[1] for body in spine.bodies]
    assert (np.diff(heads) < -3).all()
