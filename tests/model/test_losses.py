import math

import numpy as np
import torch

from spinegrader.model.losses import (
    class_terms,
    contrastive_terms,
    inverse_frequency_weights,
    nt_xent_terms,
    ordinal_terms,
    vicreg_loss,
)


def test_contrastive_terms_equal_the_formula():
    generator = np.random.default_rng(0)
    first, second = generator.normal(size=(2, 20, 4)) * 0.4
    same = generator.random(20) < 0.5
    distance = np.sqrt(((first - second) ** 2).sum(axis=1))
    wanted = np.where(same, distance**2, np.maximum(0, 0.8 - distance) ** 2)
    found = contrastive_terms(
        torch.from_numpy(first), torch.from_numpy(second), torch.from_numpy(same), 0.8
    )
    np.testing.assert_allclose(found.numpy(), wanted, atol=1e-6)
    assert 0 < (wanted == 0).sum() < 20  # both sides of the margin are met


def test_contrastive_gradients_are_right_and_finite_for_equal_embeddings():
    generator = torch.Generator().manual_seed(0)
    first = torch.randn(6, 3, generator=generator, dtype=torch.double, requires_grad=True)
    second = torch.randn(6, 3, generator=generator, dtype=torch.double, requires_grad=True)
    same = torch.tensor([True, False] * 3)
    assert torch.autograd.gradcheck(
        lambda a, b: contrastive_terms(a, b, same, 5.0), (first, second)
    )
    equal = torch.ones(1, 3, requires_grad=True)
    contrastive_terms(equal, torch.ones(1, 3), torch.tensor([False]), 1.0).sum().backward()
    assert torch.isfinite(equal.grad).all()


def test_class_terms_equal_the_formula_and_leave_missing_labels_out():
    generator = np.random.default_rng(0)
    logits = generator.normal(size=(5, 3))
    labels = np.array([0, 2, -1, 1, -1])
    weights = np.array([0.5, 1.0, 2.0])
    log_odds = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    wanted = [
        0 if label < 0 else -weights[label] * row[label]
        for row, label in zip(log_odds, labels, strict=True)
    ]
    tensor = torch.from_numpy(logits).requires_grad_()
    found = class_terms(tensor, torch.from_numpy(labels), torch.from_numpy(weights))
    np.testing.assert_allclose(found.detach().numpy(), wanted, atol=1e-9)
    found.sum().backward()
    assert (tensor.grad[[2, 4]] == 0).all()
    assert (tensor.grad[[0, 1, 3]] != 0).any(dim=1).all()


def test_weights_balance_the_classes_that_occur():
    labels = np.array([0] * 6 + [1] * 2 + [-1] * 5)
    weights = inverse_frequency_weights(labels, 3)
    assert weights[2] == 0
    assert weights[0] * 6 == weights[1] * 2
    known = labels[labels >= 0]
    np.testing.assert_allclose(weights[known].mean(), 1)


def test_ordinal_terms_equal_a_plain_loop():
    generator = np.random.default_rng(1)
    logits = generator.normal(size=(12, 5)) * 3
    labels = generator.integers(-1, 5, 12)
    labels[:2] = (-1, 4)
    weights = generator.uniform(0.5, 2, 5)
    wanted = []
    for row, label in zip(logits.tolist(), labels.tolist(), strict=True):
        if label < 0:
            wanted.append(0.0)
            continue
        soft = [math.exp(-((label - place) ** 2)) for place in range(5)]
        total = math.log(sum(math.exp(value) for value in row))
        loss = -sum(
            part / sum(soft) * (value - total) for part, value in zip(soft, row, strict=True)
        )
        wanted.append(weights[label] * loss)
    tensor = torch.from_numpy(logits).requires_grad_()
    found = ordinal_terms(tensor, torch.from_numpy(labels), torch.from_numpy(weights))
    np.testing.assert_allclose(found.detach().numpy(), wanted, atol=1e-12)
    found.sum().backward()
    missing = torch.from_numpy(labels < 0)
    assert (tensor.grad[missing] == 0).all()
    assert (tensor.grad[~missing] != 0).all()


def test_being_off_by_two_costs_more_than_by_one():
    sure = 6 * torch.eye(5, dtype=torch.double)
    labels = torch.full((5,), 2)
    terms = ordinal_terms(sure, labels, torch.ones(5, dtype=torch.double))
    assert terms[2] < terms[1] < terms[0]
    torch.testing.assert_close(terms, terms.flip(0))


def test_nt_xent_equals_a_plain_loop():
    generator = np.random.default_rng(1)
    embeddings = generator.normal(size=(8, 5))
    partners = np.arange(8) ^ 1
    strangers = generator.random((8, 8)) < 0.6
    strangers[:, :2] = False
    strangers[3] = False  # nobody to be told apart from
    strangers[np.arange(8), partners] = False
    wanted = []
    for place, one in enumerate(embeddings):

        def likeness(other, one=one):
            return one @ other / np.linalg.norm(one) / np.linalg.norm(other) / 0.2

        own = np.exp(likeness(embeddings[partners[place]]))
        others = sum(np.exp(likeness(embeddings[j])) for j in np.flatnonzero(strangers[place]))
        wanted.append(-np.log(own / (own + others)))
    found = nt_xent_terms(
        torch.from_numpy(embeddings), torch.from_numpy(partners), torch.from_numpy(strangers), 0.2
    )
    np.testing.assert_allclose(found.numpy(), wanted, atol=1e-9)
    assert found[3] == 0


def test_nt_xent_gradients_are_right():
    embeddings = torch.randn(6, 4, dtype=torch.double, requires_grad=True)
    partners = torch.arange(6) ^ 1
    strangers = torch.ones(6, 6, dtype=torch.bool) ^ torch.eye(6, dtype=torch.bool)
    strangers[torch.arange(6), partners] = False
    assert torch.autograd.gradcheck(
        lambda item: nt_xent_terms(item, partners, strangers, 0.5), embeddings
    )


def test_vicreg_equals_a_plain_loop():
    generator = np.random.default_rng(2)
    first, second = generator.normal(size=(2, 7, 3)) * (0.4, 1.0, 1.5)

    def spread(values):
        return np.mean([max(0, 1 - np.sqrt(np.var(col, ddof=1) + 1e-4)) for col in values.T])

    def redundancy(values):
        covariance = np.cov(values.T)
        return sum(covariance[i, j] ** 2 for i in range(3) for j in range(3) if i != j) / 3

    wanted = (
        25 * np.mean((first - second) ** 2)
        + 25 * (spread(first) + spread(second)) / 2
        + redundancy(first)
        + redundancy(second)
    )
    found = vicreg_loss(torch.from_numpy(first), torch.from_numpy(second))
    np.testing.assert_allclose(found.item(), wanted, rtol=1e-9)
    assert spread(first) > 0  # the hinge is met


def test_vicreg_gradients_are_right():
    first, second = (torch.randn(5, 3, dtype=torch.double, requires_grad=True) for _ in range(2))
    assert torch.autograd.gradcheck(vicreg_loss, (first, second))
