"""Losses, one term a pair or sample, so that a batch may be worked off in parts."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from spinegrader.model.data import MISSING

_TINY = 1e-12
"""Keeps the square root's slope finite where two embeddings are equal."""


def contrastive_terms(first: Tensor, second: Tensor, same: Tensor, margin: float) -> Tensor:
    """Y d² + (1 - y) max(0, m - d)² (Hadsell, Chopra, LeCun, CVPR 2006, without the halves).

    Args:
        first: Embeddings, (P, embedding).
        second: Those of the other members.
        same: (P,) boolean, y: whether both are the same person.
        margin: m, in units of the embedding's L2 distance d.

    Returns:
        (P,).
    """
    squared = (first - second).square().sum(dim=1)
    gap = F.relu(margin - (squared + _TINY).sqrt())
    return torch.where(same, squared, gap.square())


def nt_xent_terms(
    embeddings: Tensor, partners: Tensor, strangers: Tensor, temperature: float
) -> Tensor:
    """Normalised temperature-scaled cross-entropy (Chen et al., ICML 2020, equation 1).

    Args:
        embeddings: (N, embedding), of any length.
        partners: (N,) index of the other member of each one's pair.
        strangers: (N, N) boolean: which ones an embedding is to be told apart from.
        temperature: What cosine similarities are divided by.

    Returns:
        (N,); 0 for one without strangers.
    """
    units = F.normalize(embeddings)
    similar = units @ units.T / temperature
    own = similar.gather(1, partners[:, None])
    apart = similar.masked_fill(~strangers, -torch.inf)
    return torch.logsumexp(torch.cat([own, apart], dim=1), dim=1) - own[:, 0]


_INVARIANCE, _VARIANCE, _COVARIANCE = 25.0, 25.0, 1.0
_SPREAD_EPSILON = 1e-4


def vicreg_loss(first: Tensor, second: Tensor) -> Tensor:
    """Variance-invariance-covariance regularisation with its authors' weights.

    Bardes, Ponce and LeCun, ICLR 2022, equation 6 with 25, 25 and 1.

    Args:
        first: Projections of one member of each pair, (P, projection).
        second: Those of the other.

    Returns:
        A single number.
    """
    invariance = F.mse_loss(first, second)
    if len(first) < 2:  # nothing varies
        return _INVARIANCE * invariance
    variance = (_flatness(first) + _flatness(second)) / 2
    covariance = _redundancy(first) + _redundancy(second)
    return _INVARIANCE * invariance + _VARIANCE * variance + _COVARIANCE * covariance


def _flatness(projected: Tensor) -> Tensor:
    deviation = (projected.var(dim=0) + _SPREAD_EPSILON).sqrt()
    return F.relu(1 - deviation).mean()


def _redundancy(projected: Tensor) -> Tensor:
    centred = projected - projected.mean(dim=0)
    covariance = centred.T @ centred / (len(projected) - 1)
    off_diagonal = covariance - torch.diag(covariance.diagonal())
    return off_diagonal.square().sum() / projected.shape[1]


def class_terms(logits: Tensor, labels: Tensor, class_weights: Tensor) -> Tensor:
    """Cross-entropy weighted by class; 0 where the label is missing.

    Args:
        logits: (N, classes).
        labels: (N,) class index, or ``MISSING``.
        class_weights: (classes,).

    Returns:
        (N,).
    """
    return F.cross_entropy(
        logits, labels, weight=class_weights, ignore_index=MISSING, reduction="none"
    )


def ordinal_terms(logits: Tensor, labels: Tensor, class_weights: Tensor) -> Tensor:
    """Cross-entropy with soft labels, for classes that are an order; 0 where a label is missing.

    The soft label of class k for the true class t is softmax over k of -(t - k)² (Diaz and
    Marathe, "Soft labels for ordinal regression", CVPR 2019, with the squared distance as
    penalty): neighbours are half right, so that being off by one costs less than by two.

    Args:
        logits: (N, classes), classes in their order.
        labels: (N,) class index, or ``MISSING``.
        class_weights: (classes,), of the true class.

    Returns:
        (N,).
    """
    known = labels != MISSING
    true = labels.clamp(min=0)
    steps = torch.arange(logits.shape[1], device=logits.device)
    distance = (true[:, None] - steps[None, :]).to(logits.dtype)
    soft = torch.softmax(-distance.square(), dim=1)
    terms = -(soft * F.log_softmax(logits, dim=1)).sum(dim=1) * class_weights[true]
    return torch.where(known, terms, torch.zeros_like(terms))


def inverse_frequency_weights(labels: NDArray[np.integer], classes: int) -> NDArray[np.float32]:
    """Weights that let each class that occurs count the same; their mean over samples is 1.

    Args:
        labels: Class indices; missing ones are left out.
        classes: How many classes there are.

    Returns:
        (classes,); 0 for a class that doesn't occur.
    """
    counts = np.bincount(labels[labels != MISSING], minlength=classes).astype(np.float64)
    occurring = counts > 0
    weights = np.zeros(classes, dtype=np.float32)
    weights[occurring] = counts.sum() / (occurring.sum() * counts[occurring])
    return weights
