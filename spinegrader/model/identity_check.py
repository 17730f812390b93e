"""Whether a follow-up looks like its patient: the vertebrae of two studies compared.

Vertebral bodies change little in ten years, so that embeddings learnt from follow-up scans
(Jamaludin et al., DLMIA 2017) tell people apart. Only a network that was trained on real
follow-ups may be asked: one trained on two series of a visit has learnt something else. Studies
that are misfiled among those that teach the check don't blind it: see
:mod:`~spinegrader.model.own_distances`.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from scipy.stats import t as student_t

from spinegrader.model.error_rates import ErrorRates, error_rates
from spinegrader.model.own_distances import own_distances
from spinegrader.model.study_bodies import (
    LEVELS,
    StudyBodies,
    common_levels,
    level_distances,
    robust_mean,
    study_pairs,
)

FALSE_ALARM_RATE = 0.01
"""Share of true follow-ups that may be flagged (ours)."""

LEAST_FOLLOWED = 10
"""People with a follow-up without whom neither a threshold nor its errors can be told (ours)."""

_SMALLEST_DISTANCE = 1e-6


class LevelCountFit(BaseModel):
    """Distances of true follow-ups with that many common levels, and what they are worth.

    Args:
        mean: Of the logarithm of the distance, over true follow-ups.
        sd: Its standard deviation.
        people: Whose pairs they are, less those that seem misfiled.
        slope: Log likelihood ratio of “another person” by the logarithm of the distance.
        intercept: Of the same line.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mean: float
    sd: float
    people: int
    slope: float
    intercept: float


class IdentityFit(BaseModel):
    """What held-out people's distances have taught; key: number of common levels."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by_levels: dict[int, LevelCountFit]

    def suspicion(self, distances: NDArray[np.float64]) -> NDArray[np.float64]:
        """How many predictive standard deviations two studies lie farther apart than usual.

        Args:
            distances: (P, 7) as of :func:`~spinegrader.model.study_bodies.level_distances`.

        Returns:
            (P,), NaN where no level is common. Above :attr:`threshold` is an alarm.
        """
        return self._told(distances, lambda fit, logs: (logs - fit.mean) / _predictive_sd(fit))

    def log_likelihood_ratio(self, distances: NDArray[np.float64]) -> NDArray[np.float64]:
        """Natural logarithm of the likelihood ratio of “another person” to “the same”.

        Args:
            distances: (P, 7).

        Returns:
            (P,), NaN where no level is common; above 0 another person is the likelier.
        """
        return self._told(distances, lambda fit, logs: fit.intercept + fit.slope * logs)

    def _told(
        self,
        distances: NDArray[np.float64],
        judged: Callable[[LevelCountFit, NDArray[np.float64]], NDArray[np.float64]],
    ) -> NDArray[np.float64]:
        means, counts = robust_mean(distances), common_levels(distances)
        found = np.full(len(distances), np.nan)
        for count, fit in self.by_levels.items():
            rows = counts == count
            found[rows] = judged(fit, np.log(np.maximum(means[rows], _SMALLEST_DISTANCE)))
        return found

    @property
    def threshold(self) -> float:
        """The suspicion that a true follow-up exceeds in one of a hundred cases.

        The bound of Student's prediction interval for one more observation, which widens where
        it was learnt from few people; the logarithms of distances are taken as normal.
        """
        people = min(fit.people for fit in self.by_levels.values())
        return float(student_t.ppf(1 - FALSE_ALARM_RATE, people - 1))


class IdentityCheck(BaseModel):
    """A fit with its error rates on other people.

    Args:
        fit: Learnt from people whom the network wasn't trained on.
        rates: On people who had no part in it; “wrong” are pairs of two people.
        same_scanner: With such pairs from one scanner only; None where there are none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fit: IdentityFit
    rates: ErrorRates
    same_scanner: ErrorRates | None


def fit_identity(bodies: StudyBodies, seed: int = 0) -> IdentityFit | None:
    """Learns how far apart two studies of one person lie, and two people's.

    For each number of levels, as many are drawn from the levels that two studies have in common.

    Args:
        bodies: Studies of people whom the network wasn't trained on.
        seed: Of the draw.

    Returns:
        None for fewer than :data:`LEAST_FOLLOWED` people with follow-ups, or where no two people
        have a level in common.
    """
    pairs, same = study_pairs(bodies)
    distances = level_distances(bodies, pairs)
    if not _enough(bodies, pairs, same, distances):
        return None
    generator = np.random.default_rng(seed)
    fits: dict[int, LevelCountFit] = {}
    for count in range(1, LEVELS + 1):
        chosen = _drawn_levels(distances, count, generator)
        kept = common_levels(chosen) == count
        owners = [bodies.subjects[one] for one in pairs[kept & same, 0]]
        if len(set(owners)) >= LEAST_FOLLOWED and (kept & ~same).any():
            fits[count] = _fit(robust_mean(chosen[kept]), same[kept], owners)
    return IdentityFit(by_levels=fits) if fits else None


def check_identity(fit: IdentityFit, bodies: StudyBodies) -> IdentityCheck | None:
    """Measures the errors of a fit.

    Args:
        fit: To be measured.
        bodies: Studies of people who had no part in network or fit.

    Returns:
        None for fewer than :data:`LEAST_FOLLOWED` people with follow-ups.
    """
    pairs, same = study_pairs(bodies)
    distances = level_distances(bodies, pairs)
    if not _enough(bodies, pairs, same, distances):
        return None
    suspicion = fit.suspicion(distances)
    known = ~np.isnan(suspicion)
    numbers = np.unique(bodies.subjects, return_inverse=True)[1]
    owners = numbers[pairs]
    rates = error_rates(suspicion[known], ~same[known], owners[known], fit.threshold)
    if rates is None:
        return None
    near = None
    if bodies.scanners:
        scanners = np.asarray(bodies.scanners)[pairs]
        is_one = (scanners[:, 0] == scanners[:, 1]) & (scanners[:, 0] != "")
        chosen = known & (same | is_one)
        near = error_rates(suspicion[chosen], ~same[chosen], owners[chosen], fit.threshold)
    return IdentityCheck(fit=fit, rates=rates, same_scanner=near)


def _enough(
    bodies: StudyBodies,
    pairs: NDArray[np.int64],
    same: NDArray[np.bool_],
    distances: NDArray[np.float64],
) -> bool:
    usable = same & (common_levels(distances) > 0)
    return len({bodies.subjects[one] for one in pairs[usable, 0]}) >= LEAST_FOLLOWED


def _drawn_levels(
    distances: NDArray[np.float64], count: int, generator: np.random.Generator
) -> NDArray[np.float64]:
    """The distances of ``count`` of the common levels, the others NaN."""
    order = np.where(np.isnan(distances), np.inf, generator.random(distances.shape))
    ranks = order.argsort(axis=1).argsort(axis=1)
    return np.where(ranks < count, distances, np.nan)


def _fit(
    means: NDArray[np.float64], same: NDArray[np.bool_], owners: Sequence[str]
) -> LevelCountFit:
    """The fit of pairs with one number of levels.

    Args:
        means: (P,), distances.
        same: (P,), whether a pair is filed as of one person.
        owners: Of those pairs, whose they are.
    """
    from sklearn.linear_model import LogisticRegression

    logs = np.log(np.maximum(means, _SMALLEST_DISTANCE))
    own = own_distances(logs[same], logs[~same])
    # Both sorts weigh the same, so that the log odds are a log likelihood ratio.
    weights = np.full(len(logs), 1 / np.count_nonzero(~same))
    weights[same] = own.trust / own.trust.sum()
    weights *= len(logs) / 2
    line = LogisticRegression().fit(logs[:, None], ~same, weights)
    return LevelCountFit(
        mean=own.mean,
        sd=own.sd,
        people=_trusted_people(owners, own.trust),
        slope=float(line.coef_[0, 0]),
        intercept=float(line.intercept_[0]),
    )


def _trusted_people(owners: Sequence[str], trust: NDArray[np.float64]) -> int:
    """How many people's pairs a fit rests on."""
    names, places = np.unique(owners, return_inverse=True)
    best = np.zeros(len(names))
    np.maximum.at(best, places, trust)
    return max(round(float(best.sum())), 2)


def _predictive_sd(fit: LevelCountFit) -> float:
    return float(fit.sd * np.sqrt(1 + 1 / fit.people))
