from collections import Counter

import pytest

from spinegrader.errors import InputError
from spinegrader.simulate.plan import PAPER_FOLLOW_UPS, PAPER_SUBJECTS, CohortPlan


def test_the_papers_cohort_is_split_80_10_10_with_and_without_follow_up():
    plan = CohortPlan(PAPER_SUBJECTS, PAPER_FOLLOW_UPS, seed=1)
    assert (plan.subjects, plan.follow_ups, plan.studies) == (1016, 423, 1439)
    parts = plan.parts()
    assert Counter(parts.values()) == {"train": 814, "validation": 101, "test": 101}
    twice = Counter(part for number, part in parts.items() if number <= 423)
    assert twice == {"train": 339, "validation": 42, "test": 42}
    assert parts != CohortPlan(PAPER_SUBJECTS, PAPER_FOLLOW_UPS, seed=2).parts()


def test_follow_ups_come_8_to_12_years_later():
    visits = list(CohortPlan(6, 4, seed=3).visits())
    assert [(visit.number, visit.count) for visit in visits] == [
        *((number, count) for number in (1, 2, 3, 4) for count in (1, 2)),
        (5, 1),
        (6, 1),
    ]
    for first, second in zip(visits[:8:2], visits[1:8:2], strict=True):
        assert 7.9 < second.age_years - first.age_years < 12.1
        assert first.birth_date == second.birth_date
        assert first.rng().random() != second.rng().random()


@pytest.mark.parametrize("numbers", [(0, 0, 1), (2, 3, 1), (1, -1, 1), (1, 0, -1), (10000, 0, 1)])
def test_numbers_that_do_not_fit_are_refused(numbers):
    with pytest.raises(InputError, match="1 to 9999"):
        CohortPlan(*numbers)
