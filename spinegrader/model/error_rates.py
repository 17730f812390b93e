"""How often a check alarms for nothing and how often it misses, with intervals over people."""

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from spinegrader.model.metrics import subject_weights

_RESAMPLES = 500
_INTERVAL = (2.5, 97.5)


class Estimate(BaseModel):
    """A figure with its 95 % interval, by bootstrap over people."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float
    low: float
    high: float


class ErrorRates(BaseModel):
    """How well a suspicion tells what is wrong from what is right.

    Args:
        right: Cases in which nothing is wrong.
        wrong: Cases in which something is.
        people: Whose cases they are.
        auc: Area under the ROC curve.
        equal_error: Where false alarms and misses are equally frequent.
        miss_at_1_percent: Share missed with a threshold that alarms for 1 % of the right cases.
        miss_at_5_percent: Likewise for 5 %.
        false_alarms: Share of the right cases with an alarm at the threshold in use.
        misses: Share of the wrong cases without one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    right: int
    wrong: int
    people: int
    auc: Estimate
    equal_error: Estimate
    miss_at_1_percent: Estimate
    miss_at_5_percent: Estimate
    false_alarms: Estimate
    misses: Estimate


def error_rates(
    suspicion: NDArray[np.floating],
    wrong: NDArray[np.bool_],
    owners: NDArray[np.integer],
    threshold: float,
    seed: int = 0,
) -> ErrorRates | None:
    """Error rates with a bootstrap over people, to whom the cases belong.

    A case of two people counts in a resample as often as the product of how often each was
    drawn, one of a single person as often as that one was.

    Args:
        suspicion: (N,), higher where something seems wrong.
        wrong: (N,), whether something is.
        owners: (N, 2), numbers of the people; twice the same one for a case of one person.
        threshold: Suspicions above it give an alarm.
        seed: Of the bootstrap.

    Returns:
        None unless there are both sorts of cases.
    """
    if wrong.all() or not wrong.any():
        return None
    people, places = np.unique(owners, return_inverse=True)
    places = places.reshape(owners.shape)
    times = subject_weights(len(people), seed, _RESAMPLES)
    curve = _Curve(suspicion, wrong, threshold)
    single = places[:, 0] == places[:, 1]
    figures = []
    for drawn in (np.ones(len(people), np.int64), *times):
        weights = drawn[places[:, 0]] * np.where(single, 1, drawn[places[:, 1]])
        if weights[wrong].sum() and weights[~wrong].sum():
            figures.append(curve.figures(weights))
    estimates = [_estimate(column) for column in np.transpose(figures)]
    auc, equal_error, miss_1, miss_5, false_alarms, misses = estimates
    alarmed, missed = (len(np.unique(places[rows])) for rows in (~wrong, wrong))
    return ErrorRates(
        right=int(np.sum(~wrong)),
        wrong=int(np.sum(wrong)),
        people=len(people),
        auc=auc,
        equal_error=equal_error,
        miss_at_1_percent=_widened(miss_1, missed),
        miss_at_5_percent=_widened(miss_5, missed),
        false_alarms=_widened(false_alarms, alarmed),
        misses=_widened(misses, missed),
    )


def _estimate(resampled: NDArray[np.float64]) -> Estimate:
    """The first figure, with the interval of them all."""
    low, high = np.percentile(resampled, _INTERVAL)
    return Estimate(value=float(resampled[0]), low=float(low), high=float(high))


def _widened(share: Estimate, people: int) -> Estimate:
    """The exact binomial interval where a share is 0 or 1, of which every resample makes the same.

    Args:
        share: By bootstrap.
        people: Whose cases they are; those of one person count as one.
    """
    reach = 1 - ((100 - _INTERVAL[1]) / 100) ** (1 / people)
    if share.value <= 0:
        return share.model_copy(update={"high": max(share.high, reach)})
    if share.value >= 1:
        return share.model_copy(update={"low": min(share.low, 1 - reach)})
    return share


class _Curve:
    """The ROC curve of weighted cases; scikit-learn's would sort anew for each resample."""

    def __init__(
        self, suspicion: NDArray[np.floating], wrong: NDArray[np.bool_], threshold: float
    ) -> None:
        self._order = np.argsort(-suspicion, kind="stable")
        falling = suspicion[self._order]
        self._wrong = wrong[self._order]
        # Equal suspicions are one step of the curve.
        self._steps = np.flatnonzero(np.append(np.diff(falling) != 0, True))
        self._alarms = falling > threshold

    def figures(self, weights: NDArray[np.integer]) -> tuple[float, ...]:
        """AUC, equal error, misses at 1 % and 5 %, false alarms and misses at the threshold."""
        own = weights[self._order].astype(np.float64)
        found, alarmed = np.where(self._wrong, own, 0), np.where(self._wrong, 0, own)
        hits = np.append(0, np.cumsum(found)[self._steps]) / found.sum()
        false = np.append(0, np.cumsum(alarmed)[self._steps]) / alarmed.sum()
        return (
            float(np.trapezoid(hits, false)),
            float(np.interp(0, false - (1 - hits), false)),
            _missed(hits, false, 0.01),
            _missed(hits, false, 0.05),
            float(alarmed[self._alarms].sum() / alarmed.sum()),
            float(found[~self._alarms].sum() / found.sum()),
        )


def _missed(hits: NDArray[np.float64], false: NDArray[np.float64], allowed: float) -> float:
    return float(1 - hits[np.flatnonzero(false <= allowed)[-1]])
