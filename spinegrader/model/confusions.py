"""Figures of many confusion matrices at once: one at a time is too slow for a bootstrap.

Rows are the reference's classes, columns the predicted ones.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Figure: TypeAlias = Callable[[NDArray[np.integer]], NDArray[np.float64]]
"""Confusion matrices (..., classes, classes) to one number each, NaN where it isn't defined."""


def confusion_of(
    reference: NDArray[np.int64], predicted: NDArray[np.int64], classes: int
) -> NDArray[np.int64]:
    """Counts of class indices, (classes, classes), rows for the reference."""
    counts = np.bincount(reference * classes + predicted, minlength=classes**2)
    return counts.reshape(classes, classes).astype(np.int64)


def subject_confusions(
    reference: NDArray[np.int64],
    predicted: NDArray[np.int64],
    classes: int,
    subjects: Sequence[str],
) -> NDArray[np.int64]:
    """Confusion matrices by subject, (subjects, classes, classes), subjects in sorted order."""
    names, owner = np.unique(np.asarray(subjects), return_inverse=True)
    counts = np.zeros((len(names), classes, classes), dtype=np.int64)
    np.add.at(counts, (owner, reference, predicted), 1)
    return counts


def mean_class_accuracies(confusions: NDArray[np.integer]) -> NDArray[np.float64]:
    """Mean recall over the classes that occur in each, (...); NaN where none does."""
    totals = confusions.sum(axis=-1)
    right = np.diagonal(confusions, axis1=-2, axis2=-1)
    recalls = right / np.maximum(totals, 1)
    occurring = (totals > 0).sum(axis=-1)
    found: NDArray[np.float64] = np.full(occurring.shape, np.nan)
    np.divide(recalls.sum(axis=-1), occurring, out=found, where=occurring > 0)
    return found


def exact_agreements(confusions: NDArray[np.integer]) -> NDArray[np.float64]:
    """Part of the discs with the same class twice, (...); NaN without discs."""
    total = confusions.sum(axis=(-2, -1))
    found: NDArray[np.float64] = np.full(total.shape, np.nan)
    np.divide(np.trace(confusions, axis1=-2, axis2=-1), total, out=found, where=total > 0)
    return found


def within_one(confusions: NDArray[np.integer]) -> NDArray[np.float64]:
    """Part of the discs off by one class at most, (...); NaN without discs."""
    steps = np.arange(confusions.shape[-1])
    near = np.abs(steps[:, None] - steps[None, :]) <= 1
    total = confusions.sum(axis=(-2, -1))
    found: NDArray[np.float64] = np.full(total.shape, np.nan)
    np.divide((near * confusions).sum(axis=(-2, -1)), total, out=found, where=total > 0)
    return found


def quadratic_kappas(confusions: NDArray[np.integer]) -> NDArray[np.float64]:
    """Cohen's kappa in which a disagreement weighs by its squared distance, (...)."""
    return kappas(confusions, quadratic=True)


def plain_kappas(confusions: NDArray[np.integer]) -> NDArray[np.float64]:
    """Cohen's kappa in which all disagreements weigh the same, (...)."""
    return kappas(confusions, quadratic=False)


def kappas(confusions: NDArray[np.integer], *, quadratic: bool) -> NDArray[np.float64]:
    """Cohen's kappa of many confusion matrices at once (Cohen, Psychol Bull 1968).

    Args:
        confusions: (..., classes, classes).
        quadratic: Whether a disagreement weighs by its squared distance, else all the same.

    Returns:
        (...), NaN where chance alone leaves no disagreement.
    """
    steps = np.arange(confusions.shape[-1])
    distance = (steps[:, None] - steps[None, :]) ** 2
    weights = distance if quadratic else (distance > 0).astype(np.int64)
    observed = confusions / np.maximum(confusions.sum(axis=(-2, -1), keepdims=True), 1)
    expected = observed.sum(axis=-1)[..., :, None] * observed.sum(axis=-2)[..., None, :]
    by_chance = (weights * expected).sum(axis=(-2, -1))
    found = (weights * observed).sum(axis=(-2, -1))
    ratio: NDArray[np.float64] = np.full(by_chance.shape, np.nan)
    np.divide(found, by_chance, out=ratio, where=by_chance > 0)
    return 1 - ratio
