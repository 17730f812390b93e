"""How well a network does, in the field's figures; None where the data can't give one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_RESAMPLES = 1000
_INTERVAL = (2.5, 97.5)


@dataclass(frozen=True)
class Agreement:
    """Predicted against reference grades.

    Args:
        n: Discs.
        mean_class_accuracy: Mean over the classes that the reference holds of the part that was
            predicted right; None without discs.
        weighted_kappa: Quadratic weights for ordinal scales, none for nominal ones; None where
            it isn't defined.
        weighted_kappa_interval: 95 %, by bootstrap over subjects; None where it isn't defined.
        within_one: Part of the discs off by one class at most; None for nominal scales.
        confusion: Counts; rows are reference classes, columns predicted ones.
    """

    n: int
    mean_class_accuracy: float | None
    weighted_kappa: float | None
    weighted_kappa_interval: tuple[float, float] | None
    within_one: float | None
    confusion: list[list[int]]


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
    from sklearn.metrics import confusion_matrix

    true, guess = np.asarray(reference), np.asarray(predicted)
    confusion = confusion_matrix(true, guess, labels=list(values))
    kappa = kappas(confusion[None], quadratic=ordinal)[0]
    place = np.searchsorted(values, true), np.searchsorted(values, guess)
    return Agreement(
        n=len(true),
        mean_class_accuracy=mean_class_accuracy(confusion),
        weighted_kappa=None if np.isnan(kappa) else float(kappa),
        weighted_kappa_interval=_kappa_interval(place, len(values), subjects, ordinal, seed),
        within_one=float(np.mean(np.abs(place[0] - place[1]) <= 1)) if ordinal else None,
        confusion=confusion.tolist(),
    )


def mean_class_accuracy(confusion: NDArray[np.integer]) -> float | None:
    """Mean recall over the classes that occur; None where none does."""
    occurring = confusion.sum(axis=1) > 0
    if not occurring.any():
        return None
    found = confusion.diagonal()[occurring] / confusion.sum(axis=1)[occurring]
    return float(found.mean())


def kappas(confusions: NDArray[np.integer], *, quadratic: bool) -> NDArray[np.float64]:
    """Cohen's kappa of many confusion matrices at once (Cohen, Psychol Bull 1968).

    scikit-learn gives one at a time, which is too slow for a bootstrap.

    Args:
        confusions: (M, classes, classes).
        quadratic: Whether a disagreement weighs by its squared distance, else all the same.

    Returns:
        (M,), NaN where chance alone leaves no disagreement.
    """
    classes = confusions.shape[1]
    steps = np.arange(classes)
    distance = (steps[:, None] - steps[None, :]) ** 2
    weights = distance if quadratic else (distance > 0).astype(np.int64)
    observed = confusions / np.maximum(confusions.sum(axis=(1, 2), keepdims=True), 1)
    expected = observed.sum(axis=2)[:, :, None] * observed.sum(axis=1)[:, None, :]
    by_chance = (weights * expected).sum(axis=(1, 2))
    found = (weights * observed).sum(axis=(1, 2))
    ratio: NDArray[np.float64] = np.full(len(confusions), np.nan)
    np.divide(found, by_chance, out=ratio, where=by_chance > 0)
    return 1 - ratio


def _kappa_interval(
    place: tuple[NDArray[np.intp], NDArray[np.intp]],
    classes: int,
    subjects: Sequence[str],
    ordinal: bool,
    seed: int,
) -> tuple[float, float] | None:
    """Bootstrap over subjects, since the discs of one person are alike."""
    names, owner = np.unique(np.asarray(subjects), return_inverse=True)
    if len(names) < 2:
        return None
    per_subject = np.zeros((len(names), classes, classes), dtype=np.int64)
    np.add.at(per_subject, (owner, *place), 1)
    generator = np.random.default_rng(seed)
    even = np.full(len(names), 1 / len(names))
    times = generator.multinomial(len(names), even, size=_RESAMPLES)
    resampled = np.tensordot(times, per_subject, axes=1)
    found = kappas(resampled, quadratic=ordinal)
    found = found[~np.isnan(found)]
    if len(found) < _RESAMPLES // 2:
        return None
    low, high = np.percentile(found, _INTERVAL)
    return float(low), float(high)


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
