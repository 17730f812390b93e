import numpy as np
import pytest

from spinegrader.domain.anatomy import STANDARD_DISCS, VertebraLevel
from spinegrader.simulate.person.draw import draw_person
from spinegrader.simulate.painting.canal import SpinalCanal
from spinegrader.simulate.ageing.process import DiscState, EndplateState, disc_state, grades_of
from spinegrader.simulate.person.placement import place_spine

SOUND = EndplateState(0.0, (0.0, 0.0), 0.0, marrow_is_fatty=True)


def person(number):
    return draw_person(number, np.random.default_rng([5, number]))


def grades_at(someone, age_years):
    spine = place_spine(someone, age_years)
    canal = SpinalCanal(spine)
    return {
        (str(disc.level), grading): value
        for disc in spine.discs
        if disc.level in STANDARD_DISCS
        for grading, value in grades_of(disc.state, canal.sac_depth_mm(disc)).items()
    }


def test_discs_never_get_better():
    for number in range(1, 9):
        for course in person(number).courses:
            states = [disc_state(course, age) for age in range(20, 91, 5)]
            assert np.all(np.diff([state.stage for state in states]) >= 0)
            assert np.all(np.diff([state.height_share for state in states]) <= 0)
            assert np.all(np.diff([state.bulge_mm for state in states]) >= 0)


def test_grades_only_rise_with_the_years_and_some_do():
    risen = 0
    for number in range(1, 7):
        someone = person(number)
        young, old = grades_at(someone, 40), grades_at(someone, 52)
        assert all(old[key] >= young[key] for key in young)
        risen += sum(old[key] > young[key] for key in young)
    assert risen > 10


def test_twenty_people_show_every_class_that_a_model_is_to_learn():
    found: dict[str, set[int]] = {}
    for number in range(1, 21):
        someone = person(number)
        for (_, grading), value in grades_at(someone, someone.age_years).items():
            found.setdefault(grading, set()).add(value)
    assert found == {
        "pfirrmann": {1, 2, 3, 4, 5},
        "narrowing": {0, 1, 2, 3},
        "degeneration": {0, 1, 2, 3},
        "central_stenosis": {0, 1, 2, 3},
        "endplate_upper": {0, 1},
        "endplate_lower": {0, 1},
    }


@pytest.mark.parametrize(
    ("stage", "share", "sac_mm", "defect_mm", "expected"),
    [
        (1.49, 1.0, 13.0, 0.0, (1, 0, 0, 0, 0)),
        (1.5, 0.84, 11.9, 1.4, (2, 1, 0, 1, 0)),
        (2.8, 0.64, 9.9, 1.5, (3, 2, 2, 2, 1)),
        (4.5, 0.39, 7.9, 3.0, (5, 3, 3, 3, 1)),
    ],
)
def test_grades_follow_from_the_stated_bounds(stage, share, sac_mm, defect_mm, expected):
    upper = EndplateState(defect_mm, (0.0, 0.0), 0.0, marrow_is_fatty=True)
    grades = grades_of(DiscState(stage, share, 0.0, 10.0, 0.0, upper, SOUND), sac_mm)
    ids = ("pfirrmann", "narrowing", "degeneration", "central_stenosis", "endplate_upper")
    assert tuple(grades[name] for name in ids) == expected
    assert grades["endplate_lower"] == 0


def test_collapsed_discs_bring_the_bodies_closer():
    someone = person(3)
    gaps = []
    for age in (25, 85):
        spine = place_spine(someone, age)
        upper = spine.body(VertebraLevel.L4).corners[2:].mean(axis=0)
        lower = spine.body(VertebraLevel.L5).corners[:2].mean(axis=0)
        gaps.append(float(np.linalg.norm(upper - lower)))
    assert gaps[1] < 0.9 * gaps[0]
