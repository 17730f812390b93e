"""The figures of discs that two sides graded."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from spinegrader.domain.anatomy import STANDARD_DISCS
from spinegrader.services.graded_pairs import GradingPairs, Pair
from spinegrader.services.resources import load_scheme


def drawn_pairs(grading, seed=0, discs=300):
    """Grades of forty people that differ by a step now and then."""
    rng = np.random.default_rng(seed)
    values = np.array(grading.values)
    first = rng.choice(values, discs)
    second = np.clip(first + rng.integers(-1, 2, discs), values[0], values[-1])
    return GradingPairs(
        grading,
        tuple(
            Pair(
                f"1.{at // 6}",
                STANDARD_DISCS[at % 6],
                f"s{at // 8}",
                int(first[at]),
                int(second[at]),
            )
            for at in range(discs)
        ),
    )


def test_figures_are_those_of_other_programs():
    pairs = drawn_pairs(load_scheme().grading("pfirrmann"))
    found = pairs.figures()
    first, second = [p.first for p in pairs.pairs], [p.second for p in pairs.pairs]
    assert found.weighted_kappa == pytest.approx(
        cohen_kappa_score(first, second, weights="quadratic", labels=[1, 2, 3, 4, 5])
    )
    assert found.exact == pytest.approx(np.mean(np.equal(first, second)))
    assert found.within_one == 1
    assert found.confusion == pairs.confusion()
    low, high = found.exact_interval
    assert low < found.exact < high
    nominal = drawn_pairs(load_scheme().grading("modic_upper"))
    first, second = [p.first for p in nominal.pairs], [p.second for p in nominal.pairs]
    assert nominal.figures().weighted_kappa == pytest.approx(cohen_kappa_score(first, second))
    assert not nominal.can_be_summed


def test_kappa_of_the_two_psychologists():
    """Fleiss, Statistical Methods for Rates and Proportions: 100 people, kappa 0.676."""
    grading = load_scheme().grading("modic_upper")
    counts = [[75, 1, 4], [5, 4, 1], [0, 0, 10]]
    cells = [
        (row, column) for row in range(3) for column in range(3) for _ in range(counts[row][column])
    ]
    pairs = tuple(Pair("1", STANDARD_DISCS[0], f"s{at}", *cell) for at, cell in enumerate(cells))
    assert GradingPairs(grading, pairs).figures().weighted_kappa == pytest.approx(0.676, abs=5e-4)


def test_the_interval_is_taken_over_people():
    """One who has ten equal discs tells no more than one who has one."""
    grading = load_scheme().grading("pfirrmann")
    pairs = drawn_pairs(grading, discs=60).pairs
    alone = GradingPairs(grading, pairs).figures()
    tenfold = GradingPairs(grading, pairs * 10).figures()
    assert tenfold.n == 600
    assert tenfold.weighted_kappa_interval == pytest.approx(alone.weighted_kappa_interval)


def test_figures_by_level_are_of_that_level_alone():
    pairs = drawn_pairs(load_scheme().grading("pfirrmann"))
    assert pairs.discs == STANDARD_DISCS
    counts = [pairs.figures(disc).n for disc in pairs.discs]
    assert counts == [50] * 6


def test_sums_are_of_the_six_discs_of_whole_studies():
    pairs = drawn_pairs(load_scheme().grading("pfirrmann"), discs=303)
    sums = pairs.sums()
    assert (len(sums.studies), sums.incomplete) == (50, 1)
    first = [pair for pair in pairs.pairs if pair.study_uid == sums.studies[7]]
    assert sums.first[7] == sum(pair.first for pair in first)
    assert sums.second[7] == sum(pair.second for pair in first)
    differences = np.subtract(sums.second, sums.first)
    assert sums.limits().bias == pytest.approx(differences.mean())
