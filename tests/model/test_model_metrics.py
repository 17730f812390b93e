import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from spinegrader.model.confusions import (
    kappas,
    mean_class_accuracies,
    quadratic_kappas,
    subject_confusions,
    within_one,
)
from spinegrader.model.metrics import (
    Agreement,
    agreement,
    embedding_spread,
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


def _graded(seed, subjects=20, each=5, wrong=0.3):
    """References and predictions of one to five, wrong by up to two steps for hard subjects."""
    generator = np.random.default_rng(seed)
    reference = generator.integers(0, 5, subjects * each)
    hard = np.repeat(generator.random(subjects) < wrong, each)
    steps = generator.integers(-2, 3, len(reference))
    predicted = np.clip(reference + np.where(hard, steps, 0), 0, 4)
    return reference, predicted, [f"s{index // each:02d}" for index in range(len(reference))]


def test_intervals_equal_a_bootstrap_one_resample_at_a_time():
    reference, predicted, subjects = _graded(3)
    found = agreement(reference + 1, predicted + 1, (1, 2, 3, 4, 5), subjects, ordinal=True)
    generator = np.random.default_rng(0)
    names = sorted(set(subjects))
    accuracies, near = [], []
    for _ in range(1000):
        times = generator.multinomial(len(names), np.full(len(names), 1 / len(names)))
        rows = [
            row
            for name, count in zip(names, times, strict=True)
            for row in np.flatnonzero(np.array(subjects) == name).tolist() * count
        ]
        true, guess = reference[rows], predicted[rows]
        recalls = [np.mean(guess[true == value] == value) for value in np.unique(true)]
        accuracies.append(np.mean(recalls))
        near.append(np.mean(abs(true - guess) <= 1))
    for interval, values in (
        (found.mean_class_accuracy_interval, accuracies),
        (found.within_one_interval, near),
    ):
        assert interval == pytest.approx(np.percentile(values, (2.5, 97.5)), abs=1e-9)
        assert interval[0] < interval[1]


def test_a_nominal_grading_has_no_neighbours():
    reference, predicted, subjects = _graded(1)
    found = agreement(reference, predicted, range(5), subjects, ordinal=False)
    assert found.within_one is None
    assert found.within_one_interval is None
    assert found.mean_class_accuracy_interval is not None


def test_figures_of_no_discs_are_not_numbers():
    empty = np.zeros((2, 3, 3), np.int64)
    for figure in (mean_class_accuracies, within_one, quadratic_kappas):
        assert np.isnan(figure(empty)).all()


def test_subjects_add_up_to_the_whole():
    reference, predicted, subjects = _graded(2)
    found = subject_confusions(reference, predicted, 5, subjects)
    assert found.shape == (20, 5, 5)
    assert (found.sum(axis=(1, 2)) == 5).all()
    whole = agreement(reference, predicted, range(5), subjects, ordinal=True)
    assert found.sum(axis=0).tolist() == whole.confusion


def test_agreement_of_old_cards_still_opens():
    old = Agreement(1, 1.0, None, None, 1.0, [[1]])
    assert old.mean_class_accuracy_interval is None


def test_where_everybody_agrees_there_is_no_interval():
    grades = [1, 2, 3, 4] * 5
    found = agreement(
        grades, grades, (1, 2, 3, 4, 5), [str(at // 4) for at in range(20)], ordinal=True
    )
    assert (found.weighted_kappa, found.exact, found.within_one) == (1, 1, 1)
    assert found.weighted_kappa_interval is None
    assert found.exact_interval is None
    assert found.within_one_interval is None
