import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from spinegrader.model.metrics import (
    agreement,
    embedding_spread,
    kappas,
    level_accuracy,
    verification_auc,
)


@pytest.mark.parametrize("ordinal", [True, False])
def test_kappa_equals_scikit_learns(ordinal):
    generator = np.random.default_rng(0)
    reference = generator.integers(1, 6, 200)
    predicted = np.clip(reference + generator.integers(-1, 2, 200), 1, 5)
    subjects = [f"s{index // 6}" for index in range(200)]
    found = agreement(reference, predicted, (1, 2, 3, 4, 5), subjects, ordinal)
    wanted = cohen_kappa_score(reference, predicted, weights="quadratic" if ordinal else None)
    assert found.weighted_kappa == pytest.approx(wanted)
    low, high = found.weighted_kappa_interval
    assert low < found.weighted_kappa < high
    assert found.within_one == (1.0 if ordinal else None)
    assert sum(map(sum, found.confusion)) == found.n == 200


def test_accuracy_counts_rare_classes_as_much():
    reference, predicted = [1] * 9 + [2], [1] * 10
    found = agreement(reference, predicted, (1, 2, 3), list("aabbccddee"), ordinal=True)
    assert found.mean_class_accuracy == 0.5
    assert found.confusion == [[9, 0, 0], [1, 0, 0], [0, 0, 0]]


def test_discs_of_one_subject_widen_the_interval():
    generator = np.random.default_rng(0)
    reference = generator.integers(0, 2, 120)
    wrong = np.repeat(generator.random(12) < 0.3, 10)
    predicted = np.where(wrong, 1 - reference, reference)
    of_few = [f"s{index // 10}" for index in range(120)]
    of_many = [f"s{index}" for index in range(120)]

    def width(subjects):
        low, high = agreement(
            reference, predicted, (0, 1), subjects, ordinal=False
        ).weighted_kappa_interval
        return high - low

    assert width(of_few) > 1.5 * width(of_many)


def test_what_the_data_cannot_give_is_none():
    empty = agreement([], [], (1, 2), [], ordinal=True)
    assert (empty.n, empty.mean_class_accuracy, empty.weighted_kappa) == (0, None, None)
    constant = agreement([1, 1], [1, 1], (1, 2), ["a", "b"], ordinal=True)
    assert constant.weighted_kappa is None
    assert constant.weighted_kappa_interval is None
    lone = agreement([1, 2], [1, 2], (1, 2), ["a", "a"], ordinal=True)
    assert lone.weighted_kappa == 1
    assert lone.weighted_kappa_interval is None
    assert verification_auc(np.array([1.0]), np.array([True])) is None
    assert level_accuracy(np.empty((0, 7)), np.empty(0, int)) is None
    assert embedding_spread(np.ones((1, 4))) is None


def test_chance_has_no_kappa():
    confusion = np.outer([30, 70], [40, 60])[None]
    assert kappas(confusion, quadratic=True)[0] == pytest.approx(0)


def test_closer_pairs_of_one_person_raise_the_auc():
    same = np.array([True, True, False, False])
    assert verification_auc(np.array([0.1, 0.2, 0.9, 0.8]), same) == 1
    assert verification_auc(np.array([0.9, 0.8, 0.1, 0.2]), same) == 0


def test_collapsed_embeddings_have_no_spread():
    generator = np.random.default_rng(0)
    collapsed = np.ones((50, 16)) * generator.uniform(1, 5, (50, 1))
    assert embedding_spread(collapsed) == pytest.approx(0, abs=1e-9)
    assert embedding_spread(generator.normal(size=(500, 16))) == pytest.approx(0.25, abs=0.02)
