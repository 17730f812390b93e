"""Two models on the same discs: the difference and how sure it is."""

import numpy as np
import pytest

from spinegrader.model.confusions import confusion_of, quadratic_kappas
from spinegrader.model.paired_figures import (
    Reference,
    accuracy_difference,
    figures_of,
    kappa_difference,
)

PEOPLE, EACH, CLASSES = 40, 6, 4


def shares(classes, sure=0.7):
    """Probabilities whose likeliest class is the given one."""
    found = np.full((len(classes), CLASSES), (1 - sure) / (CLASSES - 1))
    found[np.arange(len(classes)), classes] = sure
    return found


def off_by_one(labels, share, seed):
    """Grades of which a share is one step away."""
    generator = np.random.default_rng(seed)
    step = np.where(labels == CLASSES - 1, -1, 1)
    return np.where(generator.random(len(labels)) < share, labels + step, labels)


@pytest.fixture(scope="module")
def reference():
    labels = np.random.default_rng(1).integers(0, CLASSES, PEOPLE * EACH)
    subjects = tuple(f"person {number // EACH}" for number in range(PEOPLE * EACH))
    return Reference(labels, subjects, CLASSES, ordinal=True)


def test_a_surely_better_model_is_told_and_the_sign_is_the_first_ones(reference):
    good = shares(off_by_one(reference.labels, 0.1, 2))
    bad = shares(off_by_one(reference.labels, 0.6, 3))
    for difference in (accuracy_difference, kappa_difference):
        there, back = difference(reference, good, bad), difference(reference, bad, good)
        assert there.value > 0
        assert there.interval[0] > 0
        assert there.is_sure
        assert back.value == pytest.approx(-there.value)
        assert back.interval == pytest.approx((-there.interval[1], -there.interval[0]))


def test_the_values_are_those_of_the_confusion_matrices(reference):
    one, other = (off_by_one(reference.labels, share, 4) for share in (0.2, 0.4))
    kappas = [
        float(quadratic_kappas(confusion_of(reference.labels, its, CLASSES)))
        for its in (one, other)
    ]
    found = kappa_difference(reference, shares(one), shares(other))
    assert found.value == pytest.approx(kappas[0] - kappas[1])
    agreed, calibration = figures_of(reference, shares(one, sure=0.7))
    assert agreed.weighted_kappa == pytest.approx(kappas[0])
    right = float(np.mean(one == reference.labels))
    assert calibration == pytest.approx(abs(right - 0.7))


def test_alike_models_differ_by_nothing_for_sure_of_nothing(reference):
    one = shares(off_by_one(reference.labels, 0.3, 5))
    same = accuracy_difference(reference, one, one)
    assert same.value == 0
    assert same.interval == (0, 0)
    assert not same.is_sure
    other = shares(off_by_one(reference.labels, 0.3, 6))
    assert not accuracy_difference(reference, one, other).is_sure


def test_pairs_make_the_interval_narrower_than_strangers_would(reference):
    """What is hard for both models cancels out, as both are judged on the same people."""
    one = off_by_one(reference.labels, 0.4, 7)
    generator = np.random.default_rng(8)
    other = np.where(generator.random(len(one)) < 0.05, reference.labels, one)
    paired = accuracy_difference(reference, shares(other), shares(one))
    alone = figures_of(reference, shares(one))[0].mean_class_accuracy_interval
    assert paired.interval[1] - paired.interval[0] < (alone[1] - alone[0]) / 2


def test_one_person_gives_a_difference_but_no_interval():
    reference = Reference(np.array([0, 1, 2]), ("a", "a", "a"), CLASSES, ordinal=True)
    found = accuracy_difference(reference, shares(np.array([0, 1, 2])), shares(np.array([0, 0, 0])))
    assert found.value == pytest.approx(2 / 3)
    assert found.interval is None
    assert not found.is_sure
