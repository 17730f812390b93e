"""Two models on the same discs: figures of each, and by how much they differ."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinegrader.model.calibration import expected_calibration_error
from spinegrader.model.confusions import (
    Figure,
    mean_class_accuracies,
    plain_kappas,
    quadratic_kappas,
    subject_confusions,
)
from spinegrader.model.metrics import (
    Agreement,
    Interval,
    agreement,
    percentile_interval,
    subject_weights,
)


@dataclass(frozen=True)
class Reference:
    """What the readers say of the discs that all models are asked about.

    Args:
        labels: Class indices, (N,), none missing.
        subjects: Whose disc each is, (N,).
        classes: How many classes the grading has.
        ordinal: Whether the classes are an order.
    """

    labels: NDArray[np.int64]
    subjects: tuple[str, ...]
    classes: int
    ordinal: bool

    @property
    def people(self) -> int:
        """How many people the discs are of."""
        return len(set(self.subjects))


@dataclass(frozen=True)
class Difference:
    """A figure of one model minus that of another; the interval is 95 %, over subjects.

    Args:
        value: None where one of the two isn't defined.
        interval: None with fewer than two people, or where resamples don't define it.
    """

    value: float | None
    interval: Interval | None

    @property
    def is_sure(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.interval is not None and not self.interval[0] <= 0 <= self.interval[1]


def figures_of(
    reference: Reference, probabilities: NDArray[np.float64]
) -> tuple[Agreement, float | None]:
    """Agreement of one model with the readers, and its calibration error.

    Args:
        reference: The readers' grades.
        probabilities: Of the model, (N, classes).
    """
    found = agreement(
        reference=reference.labels,
        predicted=probabilities.argmax(axis=1),
        values=range(reference.classes),
        subjects=reference.subjects,
        ordinal=reference.ordinal,
    )
    return found, expected_calibration_error(probabilities, reference.labels)


def accuracy_difference(
    reference: Reference, first: NDArray[np.float64], second: NDArray[np.float64]
) -> Difference:
    """Mean accuracy over classes: first model minus second.

    Args:
        reference: The readers' grades.
        first: Probabilities of one model, (N, classes).
        second: Those of the other.
    """
    return _difference(reference, first, second, mean_class_accuracies)


def kappa_difference(
    reference: Reference, first: NDArray[np.float64], second: NDArray[np.float64]
) -> Difference:
    """As :func:`accuracy_difference`, of kappa; weighted where the classes are an order."""
    figure = quadratic_kappas if reference.ordinal else plain_kappas
    return _difference(reference, first, second, figure)


def _difference(
    reference: Reference,
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    figure: Figure,
) -> Difference:
    """Both models on the same resamples of people, so that what is hard for both cancels out."""
    one, other = (
        _by_subject(reference, probabilities.argmax(axis=1)) for probabilities in (first, second)
    )
    value = float(figure(one.sum(axis=0)) - figure(other.sum(axis=0)))
    if np.isnan(value):
        return Difference(None, None)
    if len(one) < 2:
        return Difference(value, None)
    weights = subject_weights(len(one), seed=0)
    drawn = figure(np.tensordot(weights, one, axes=1)) - figure(
        np.tensordot(weights, other, axes=1)
    )
    return Difference(value, percentile_interval(drawn))


def _by_subject(reference: Reference, predicted: NDArray[np.int64]) -> NDArray[np.int64]:
    return subject_confusions(
        reference.labels,
        np.asarray(predicted, dtype=np.int64),
        reference.classes,
        reference.subjects,
    )
