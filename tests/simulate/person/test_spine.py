import numpy as np
import pytest

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.simulate.person.curves import bow_mm, cobb_deg
from spinegrader.simulate.person.draw import draw_person
from spinegrader.simulate.person.placement import place_spine
from spinegrader.simulate.person.shapes import Variant


def test_a_profile_of_a_spine_gives_back_what_it_was_made_from(spines):
    spine = spines[0]
    heads = spine.heights_mm.astype(np.float32)
    assert np.allclose(spine.profile(spine.back_wall)(heads), spine.back_wall, atol=1e-4)


def test_walls_pass_through_the_middles_of_the_bodies_walls(spines):
    for spine in spines[:10]:
        for body in spine.bodies[1:10]:
            back, front = body.corners[1:3].mean(axis=0), body.corners[[0, 3]].mean(axis=0)
            assert spine.profile(spine.back_wall).at(back[1]) == pytest.approx(back[0], abs=0.1)
            assert spine.profile(spine.front_wall).at(front[1]) == pytest.approx(front[0], abs=0.1)


def test_own_and_common_places_are_inverse(spines):
    body = spines[1].bodies[7]
    local = np.array([[-12.0, 5.0], [3.0, -9.0]])
    placed = body.place(local).astype(np.float32)
    assert np.allclose(np.column_stack(body.local(placed[:, 0], placed[:, 1])), local, atol=1e-3)


def test_absent_levels_are_found_to_be_absent():
    four = place_spine(draw_person(1, np.random.default_rng(1), Variant.FOUR_LUMBAR), 40)
    assert four.find(VertebraLevel.L5) is None
    assert four.last_presacral is four.body(VertebraLevel.L4)
    assert str(four.last_mobile_disc.level) == "L4/S1"
    with pytest.raises(KeyError):
        four.body(VertebraLevel.L5)


def test_heights_are_counted_in_bodies_present():
    thirteen = place_spine(draw_person(1, np.random.default_rng(1), Variant.T13), 40)
    top = thirteen.body(VertebraLevel.T13).corners[1, 1]
    below = thirteen.body(VertebraLevel.L1).corners[1, 1]
    assert thirteen.head_below(VertebraLevel.T12, 1.0) == pytest.approx(top, abs=1e-5)
    middle = thirteen.head_below(VertebraLevel.T12, 1.5)
    assert middle == pytest.approx((top + below) / 2, abs=1e-5)


def test_the_spine_bows_to_one_side_and_crosses_the_middle_at_its_ends(people, spines):
    curved = max(spines, key=lambda spine: abs(spine.bow_mm))
    heads = np.array([-500, -110, 0, 110, 500], dtype=np.float32)
    places = curved.lateral(heads)
    assert places[2] == pytest.approx(curved.bow_mm)
    assert np.allclose(places[[1, 3]], 0, atol=1e-4)
    assert np.abs(places).max() < 20
    assert 15 < cobb_deg(curved.bow_mm) < 30


def test_scoliosis_is_as_frequent_as_published(people):
    for age_years, low, high in ((30, 0.0, 0.05), (45, 0.005, 0.06), (75, 0.10, 0.28)):
        rate = np.mean([cobb_deg(bow_mm(person, age_years)) >= 11 for person in people])
        assert low <= rate <= high
