import numpy as np
import pytest

from spinegrader.simulate.ageing.courses import DiscCourse
from spinegrader.simulate.ageing.draw import draw_courses
from spinegrader.simulate.ageing.process import disc_state
from tests.simulate.ageing.cohort import LEVELS, age_of, courses, graded

PEOPLE = 300
LOWEST, ABOVE = LEVELS.index("L5"), LEVELS.index("L4")


def test_the_sacrum_never_changes():
    for number in range(20):
        assert courses(number)[LOWEST + 1 :] == (DiscCourse(),) * 3
        assert disc_state(courses(number)[-1], 90) == disc_state(DiscCourse(), 15)


def test_every_class_of_every_grading_occurs_in_300_people():
    found: dict[str, set[int]] = {}
    for number in range(PEOPLE):
        for _, grades in graded(number).values():
            for grading, value in grades.items():
                found.setdefault(grading, set()).add(value)
    assert found == {
        "pfirrmann": {1, 2, 3, 4, 5},
        "narrowing": {0, 1, 2, 3},
        "degeneration": {0, 1, 2, 3},
        "central_stenosis": {0, 1, 2, 3},
        "spondylolisthesis": {0, 1, 2, 3, 4},
        "endplate_upper": {0, 1},
        "endplate_lower": {0, 1},
        "modic_upper": {0, 1, 2, 3, 4},
        "modic_lower": {0, 1, 2, 3, 4},
        "foraminal_left": {0, 1},
        "foraminal_right": {0, 1},
        "herniation": {0, 1, 2, 3, 4},
    }


@pytest.mark.parametrize(("age", "low", "high"), [(21, 0.2, 0.5), (40, 0.6, 0.85), (80, 0.9, 1)])
def test_people_with_a_degenerated_disc_are_as_many_as_published(age, low, high):
    shares = [
        any(grades["pfirrmann"] >= 3 for _, grades in graded(number, age).values())
        for number in range(200)
    ]
    assert low <= np.mean(shares) <= high


def test_in_ten_years_discs_change_much():
    changed = [
        before[1]["pfirrmann"] != after[1]["pfirrmann"]
        for number in range(100)
        for before, after in zip(
            graded(number, 45).values(), graded(number, 55).values(), strict=True
        )
    ]
    assert 0.25 < np.mean(changed) < 0.55


def test_discs_of_one_person_go_the_same_way():
    stages = np.array(
        [[course.wear.stage(50) for course in courses(number)[2:7]] for number in range(PEOPLE)]
    )
    assert np.corrcoef(stages.T)[np.triu_indices(5, 1)].min() > 0.2


def test_lower_discs_wear_faster_wherever_the_sacrum_begins():
    def mean_stage(levels, above):
        drawn = [draw_courses(levels, np.random.default_rng([1, n])) for n in range(PEOPLE)]
        place = levels.index(above)
        return np.mean([discs[place].wear.stage(45) for discs in drawn])

    usual, six = ("T12", "L1", "L2", "L3", "L4", "L5", "S1"), ("L1", "L2", "L3", "L4", "L5", "L6")
    assert mean_stage(usual, "L4") > mean_stage(usual, "L3") + 0.3
    assert mean_stage(six, "L4") == pytest.approx(mean_stage(usual, "L3"), abs=0.15)


def test_a_fused_vertebra_guards_the_disc_below_and_loads_the_one_above():
    def stages(fusion):
        drawn = [
            draw_courses(LEVELS, np.random.default_rng([2, n]), fusion=fusion)
            for n in range(PEOPLE)
        ]
        return np.array([[discs[i].wear.stage(45) for i in (ABOVE, LOWEST)] for discs in drawn])

    free, fused = stages(0.0).mean(axis=0), stages(1.0).mean(axis=0)
    assert fused[0] > free[0] + 0.2
    assert fused[1] < free[1] - 0.8


def test_old_women_slip_at_l4_most():
    drawn = {
        sex: [draw_courses(LEVELS, np.random.default_rng([3, n]), sex=sex) for n in range(500)]
        for sex in "FM"
    }

    def share(sex, age, place):
        return np.mean([disc_state(discs[place], age).slip_mm > 3 for discs in drawn[sex]])

    assert share("F", 75, ABOVE) > 2 * share("M", 75, ABOVE) > 0
    assert share("F", 75, ABOVE) > 2 * share("F", 75, LOWEST)
    assert share("F", 30, ABOVE) == 0
    assert 0.03 < (share("F", 30, LOWEST) + share("M", 30, LOWEST)) / 2 < 0.07


def test_the_same_numbers_give_the_same_fate():
    again = draw_courses(LEVELS, np.random.default_rng([5, 7]), sex="M")
    assert again == courses(7)
    assert again != courses(8)
    assert 22 <= age_of(7) <= 78
