"""How well a network does, in the field's figures; None where the data can't give one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from spinegrader.model.confusions import (
    exact_agreements,
    mean_class_accuracies,
    plain_kappas,
    quadratic_kappas,
    subject_confusions,
    within_one,
)

RESAMPLES = 1000
_INTERVAL = (2.5, 97.5)

Interval: TypeAlias = tuple[float, float]


@dataclass(frozen=True)
class Agreement:
    """Predicted against reference grades; intervals are 95 %, by bootstrap over subjects.

    An interval isn't defined for fewer than two subjects, nor where all resamples are alike.

    Args:
        n: Discs.
        mean_class_accuracy: Mean over the classes that the reference holds of the part that was
            predicted right; None without discs.
        weighted_kappa: Quadratic weights for ordinal scales, none for nominal ones; None where
            it isn't defined.
        weighted_kappa_interval: None where it isn't defined.
        within_one: Part of the discs off by one class at most; None for nominal scales.
        confusion: Counts; rows are reference classes, columns predicted ones.
        mean_class_accuracy_interval: None where it isn't defined, or in old cards.
        within_one_interval: Likewise.
        exact: Part of the discs with the same class twice; None without discs, or in old cards.
        exact_interval: None where it isn't defined, or in old cards.
    """

    n: int
    mean_class_accuracy: float | None
    weighted_kappa: float | None
    weighted_kappa_interval: Interval | None
    within_one: float | None
    confusion: list[list[int]]
    mean_class_accuracy_interval: Interval | None = None
    within_one_interval: Interval | None = None
    exact: float | None = None
    exact_interval: Interval | None = None


def agreement(
    reference: Sequence[int] | NDArray[np.integer],
    predicted: Sequence[int] | NDArray[np.integer],
    values: Sequence[int],
    subjects: Sequence[str],
    ordinal: bool,
    seed: int = 0,
) -> Agreement:
    """Compares grades.

    Args:
        reference: The readers' grades as digits of the scheme, (N,).
        predicted: The network's, (N,).
        values: All digits of the grading, rising.
        subjects: Whose disc each is, (N,).
        ordinal: Whether the digits are an order.
        seed: Of the bootstrap.
    """
    if len(reference) == 0:
        empty = [[0] * len(values) for _ in values]
        return Agreement(0, None, None, None, None, empty)
    true, guess = np.searchsorted(values, reference), np.searchsorted(values, predicted)
    per_subject = subject_confusions(true, guess, len(values), subjects)
    confusion = per_subject.sum(axis=0)
    kappa_figure = quadratic_kappas if ordinal else plain_kappas
    kappa = kappa_figure(confusion)
    resampled = _resampled(per_subject, seed)
    return Agreement(
        n=len(true),
        mean_class_accuracy=mean_class_accuracy(confusion),
        weighted_kappa=None if np.isnan(kappa) else float(kappa),
        weighted_kappa_interval=_telling_interval(kappa_figure(resampled)),
        within_one=float(within_one(confusion)) if ordinal else None,
        confusion=confusion.tolist(),
        mean_class_accuracy_interval=_telling_interval(mean_class_accuracies(resampled)),
        within_one_interval=_telling_interval(within_one(resampled)) if ordinal else None,
        exact=float(exact_agreements(confusion)),
        exact_interval=_telling_interval(exact_agreements(resampled)),
    )


def subject_weights(
    subjects: int, seed: int, resamples: int = RESAMPLES, draws: int | None = None
) -> NDArray[np.int64]:
    """How often each subject is in each resample, (resamples, subjects).

    Args:
        subjects: How many there are.
        seed: Of the draws.
        resamples: How many.
        draws: Subjects in each; None for as many as there are.
    """
    generator = np.random.default_rng(seed)
    even = np.full(subjects, 1 / subjects)
    times = generator.multinomial(draws or subjects, even, size=resamples)
    return times.astype(np.int64)


def _resampled(per_subject: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Resampled confusion matrices; none where there are too few subjects to resample."""
    if len(per_subject) < 2:
        return per_subject[:0]
    return np.tensordot(subject_weights(len(per_subject), seed), per_subject, axes=1)


def percentile_interval(found: NDArray[np.float64]) -> Interval | None:
    """95 % of resampled figures; None where most of them, or all, aren't defined."""
    defined = found[~np.isnan(found)]
    if len(defined) < max(1, len(found) // 2):
        return None
    low, high = np.percentile(defined, _INTERVAL)
    return float(low), float(high)


def _telling_interval(found: NDArray[np.float64]) -> Interval | None:
    """As :func:`percentile_interval`; None too where all resamples give the same figure.

    Where everybody agrees, say, no resample can disagree: that doesn't make the figure certain.
    """
    interval = percentile_interval(found)
    return None if interval is None or interval[0] == interval[1] else interval


def mean_class_accuracy(confusion: NDArray[np.integer]) -> float | None:
    """Mean recall over the classes that occur; None where none does."""
    found = float(mean_class_accuracies(confusion))
    return None if np.isnan(found) else found


def verification_auc(distances: NDArray[np.floating], same: NDArray[np.bool_]) -> float | None:
    """Area under the ROC curve of minus the distance for “same person”.

    Only for pairs of one person on two days against pairs of two persons; other pairs are a
    proxy and need another name. None unless both sorts occur.
    """
    if same.all() or not same.any():
        return None
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(same, -distances))


def level_accuracy(logits: NDArray[np.floating], levels: NDArray[np.integer]) -> float | None:
    """Part of the vertebrae whose level was named right; None without vertebrae."""
    if len(levels) == 0:
        return None
    return float(np.mean(logits.argmax(axis=1) == levels))


def embedding_spread(embeddings: NDArray[np.floating]) -> float | None:
    """Mean over dimensions of the standard deviation of the L2-normalised embeddings.

    Near 1 / sqrt(dimensions) where they fill the sphere, near 0 where training has collapsed
    (Chen and He, CVPR 2021). None for fewer than two.
    """
    if len(embeddings) < 2:
        return None
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    return float((embeddings / np.maximum(lengths, 1e-12)).std(axis=0).mean())
