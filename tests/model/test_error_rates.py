import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from spinegrader.model.error_rates import error_rates


def cases(people=40, apart=1.0, seed=0):
    generator = np.random.default_rng(seed)
    right, wrong = generator.normal(0, 1, people), generator.normal(apart, 1, people)
    owners = np.tile(np.arange(people), 2)
    return (
        np.concatenate([right, wrong]),
        np.arange(2 * people) >= people,
        np.stack([owners, owners], axis=1),
    )


def test_figures_are_those_of_the_curve():
    suspicion, wrong, owners = cases()
    told = error_rates(suspicion, wrong, owners, threshold=1.0)
    assert told.auc.value == pytest.approx(roc_auc_score(wrong, suspicion))
    assert told.false_alarms.value == pytest.approx(np.mean(suspicion[~wrong] > 1))
    assert told.misses.value == pytest.approx(np.mean(suspicion[wrong] <= 1))
    # With 40 right cases 1 % allows no alarm, 5 % two.
    highest = np.sort(suspicion[~wrong])[::-1]
    assert told.miss_at_1_percent.value == pytest.approx(np.mean(suspicion[wrong] <= highest[0]))
    assert told.miss_at_5_percent.value == pytest.approx(np.mean(suspicion[wrong] <= highest[2]))
    assert (told.right, told.wrong, told.people) == (40, 40, 40)


def test_equal_suspicions_tell_nothing():
    _, wrong, owners = cases()
    told = error_rates(np.ones(80), wrong, owners, threshold=2.0)
    assert told.auc.value == pytest.approx(0.5)
    assert told.equal_error.value == pytest.approx(0.5)
    assert told.misses.value == 1


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    held = 0
    for seed in range(40):
        told = error_rates(*cases(seed=seed), threshold=1.0)
        held += told.auc.low <= 0.7602 <= told.auc.high  # Phi(1 / sqrt 2)
    assert held >= 34


def test_no_error_among_few_people_is_not_never():
    suspicion, wrong, owners = cases(people=10, apart=50)
    told = error_rates(suspicion, wrong, owners, threshold=25.0)
    assert (told.false_alarms.value, told.false_alarms.low) == (0, 0)
    assert told.false_alarms.high == pytest.approx(0.308, abs=1e-3)  # exact, of ten
    assert told.misses.high == pytest.approx(0.308, abs=1e-3)


def test_one_person_with_many_cases_widens_the_interval():
    suspicion, wrong, owners = cases(people=200)
    few = owners % 5
    assert _width(error_rates(suspicion, wrong, few, 1.0)) > 0
    grouped = np.repeat(np.random.default_rng(1).normal(0, 1, 5), 40)
    own = np.stack([np.tile(np.repeat(np.arange(5), 40), 2)] * 2, axis=1)
    linked = np.concatenate([grouped, grouped[::-1] + 1])
    assert _width(error_rates(linked, wrong, own, 1.0)) > 2 * _width(
        error_rates(suspicion, wrong, owners, 1.0)
    )


def _width(told):
    return told.auc.high - told.auc.low


def test_one_sort_of_cases_is_too_little():
    suspicion, wrong, owners = cases()
    assert error_rates(suspicion, np.zeros_like(wrong), owners, 1.0) is None
