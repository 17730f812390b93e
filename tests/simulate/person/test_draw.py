import numpy as np

from spinegrader.domain.anatomy import TRAINING_LEVELS
from spinegrader.simulate.person.draw import draw_person
from spinegrader.simulate.person.placement import place_spine


def shape_ratios(number, age_years):
    """Height and waist of the bodies T12 to S1 against their depth: what makes a person."""
    someone = draw_person(number, np.random.default_rng([2, number]))
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
    people = range(1, 9)
    early = [shape_ratios(number, 45) for number in people]
    late = [shape_ratios(number, 56) for number in people]
    own = [np.abs(b / a - 1).max() for a, b in zip(early, late, strict=True)]
    others = [np.abs(early[i] / early[j] - 1).max() for i in range(8) for j in range(8) if i != j]
    assert max(own) < 0.02
    assert min(others) > 2 * max(own)


def test_sizes_and_lordosis_are_those_of_people():
    for number in range(1, 13):
        someone = draw_person(number, np.random.default_rng([3, number]))
        spine = place_spine(someone, someone.age_years)
        assert 22 <= someone.age_years <= 78
        bodies = {body.shape.level: body for body in spine.bodies}
        for level in TRAINING_LEVELS[1:-1]:
            assert 20 < bodies[level].shape.height_mm < 34
            assert 28 < bodies[level].shape.depth_upper < 45
        top = bodies[TRAINING_LEVELS[1]].corners
        sacrum = bodies[TRAINING_LEVELS[-1]].corners
        slope = [np.degrees(np.arctan2(*(c[1] - c[0])[::-1])) for c in (top, sacrum)]
        assert 20 < slope[1] - slope[0] < 80


def test_the_sacrum_leads_backward():
    someone = draw_person(1, np.random.default_rng(1))
    spine = place_spine(someone, 50)
    backs = [body.centre[0] for body in spine.bodies]
    assert backs[-2] > backs[-5] + 25
