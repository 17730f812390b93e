import time

import numpy as np

from spinegrader.model.suggestion import suggested_order, uncertainty, unlikeness


def study_names(count, discs=2):
    return [f"study{index // discs:04d}" for index in range(count * discs)]


def sure(count, how=0.99):
    return np.tile([how, 1 - how], (count, 1))


def test_uncertain_studies_come_before_sure_ones():
    first = 0
    for seed in range(20):
        generator = np.random.default_rng(seed)
        embeddings = generator.normal(size=(40, 8))
        probabilities = sure(40)
        probabilities[6:8] = 0.5  # the fourth study
        order = suggested_order({"a": probabilities}, embeddings, study_names(20), seed=seed)
        first += order[0] == "study0003"
    assert first >= 18


def test_unlike_studies_come_before_more_of_the_same():
    """Nine studies of ten are alike and unsure, one is unsure in its own way."""
    embeddings = np.zeros((20, 4))
    embeddings[:, 0] = 1
    embeddings[18:] = (0, 0, 1, 0)
    order = suggested_order({"a": np.full((20, 2), 0.5)}, embeddings, study_names(10))
    assert "study0009" in order[:2]


def test_what_is_like_graded_studies_comes_last_and_graded_ones_never():
    embeddings = np.eye(4)[np.repeat([0, 0, 0, 1], 2)]
    names = study_names(4)
    for seed in range(10):
        order = suggested_order(
            {"a": np.full((8, 2), 0.5)}, embeddings, names, graded={"study0000"}, seed=seed
        )
        assert order[0] == "study0003"
        assert sorted(order) == ["study0001", "study0002", "study0003"]


def test_discs_that_pull_to_opposite_sides_do_not_cancel():
    probabilities = np.array([[0.51, 0.49], [0.49, 0.51], [0.8, 0.2], [0.8, 0.2]])
    chosen = [
        suggested_order({"a": probabilities}, np.ones((4, 3)), study_names(2), number=1, seed=seed)
        for seed in range(50)
    ]
    assert chosen.count(("study0000",)) > 30


def test_no_study_twice_and_the_same_order_again():
    generator = np.random.default_rng(1)
    probabilities = generator.dirichlet((1, 1, 1), 120)
    embeddings = generator.normal(size=(120, 6))
    order = suggested_order({"a": probabilities}, embeddings, study_names(60), seed=4)
    assert len(order) == len(set(order)) == 60
    assert order == suggested_order({"a": probabilities}, embeddings, study_names(60), seed=4)
    assert order != suggested_order({"a": probabilities}, embeddings, study_names(60), seed=5)
    few = suggested_order({"a": probabilities}, embeddings, study_names(60), number=7, seed=4)
    assert few == order[:7]


def test_it_is_random_where_all_is_equal():
    firsts = []
    for seed in range(300):
        order = suggested_order({"a": sure(12, 0.7)}, np.ones((12, 3)), study_names(6), seed=seed)
        assert sorted(order) == sorted(set(study_names(6)))
        firsts += [order[0], order[3]]
    counts = np.unique(firsts, return_counts=True)[1]
    assert len(counts) == 6
    assert counts.min() > 60


def test_five_thousand_studies_are_quick():
    generator = np.random.default_rng(2)
    count = 5000 * 6
    probabilities = {name: generator.dirichlet(np.ones(4), count) for name in "abcd"}
    embeddings = generator.normal(size=(count, 128)).astype(np.float32)
    names = study_names(5000, discs=6)
    start = time.process_time()
    order = suggested_order(probabilities, embeddings, names, graded=names[:60], number=20)
    assert len(order) == 20
    assert time.process_time() - start < 10


def test_uncertainty_is_a_share_of_the_greatest_entropy():
    told = uncertainty({"a": np.array([[0.5, 0.5], [1, 0]]), "b": np.array([[0.25] * 4] * 2)})
    np.testing.assert_allclose(told, [1, 0.5], atol=1e-6)


def test_unlikeness_is_the_angle_to_the_nearest_graded_disc():
    embeddings = np.array([[2.0, 0, 0], [0.5, 0, 0], [1, 1, 0], [0, 0, 3], [-1, 0, 0]])
    names = ["graded", "same", "between", "other", "silent"]
    found = unlikeness(embeddings, names, {"graded", "not here"})
    # What lies below zero the heads don't see.
    np.testing.assert_allclose(found, [0, 0, 1 - 0.5**0.5, 1, 1], atol=1e-6)
    assert unlikeness(embeddings, names, ()) is None


def test_many_graded_discs_are_compared_with_in_parts():
    generator = np.random.default_rng(4)
    embeddings = generator.random((300, 6))
    names = ["open"] * 100 + ["graded"] * 200
    seen = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    expected = 1 - (seen @ seen[100:].T).max(axis=1)
    np.testing.assert_allclose(unlikeness(embeddings, names, {"graded"}), expected, atol=1e-5)
