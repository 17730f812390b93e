"""How far two studies of one person lie apart, learnt from studies of which some may be misfiled.

What is filed as a pair of one person is a mixture: mostly true follow-ups, and a few pairs of two
people, whose distances are known from all the others. Its parts are told by expectation and
maximisation (Dempster, Laird and Rubin, J R Stat Soc B 1977;39:1-38); logarithms of distances are
taken as normal in both.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import norm

_BELIEVED_CASES = 5.0
"""True pairs that the belief that nothing is misfiled weighs (ours): the ``b`` of a Beta(1, b)
prior, so that the tail of a few true follow-ups isn't taken for two people."""

_FIRST_SHARE = 0.1
_ROUNDS = 100
_STANDSTILL = 1e-6
_SMALLEST_SD = 1e-6


@dataclass(frozen=True, eq=False)
class OwnDistances:
    """Logarithms of the distances of true follow-ups.

    Args:
        mean: Theirs.
        sd: Their standard deviation.
        trust: (N,), the probability of each pair that it is what it is filed as.
    """

    mean: float
    sd: float
    trust: NDArray[np.float64]


def own_distances(filed: NDArray[np.float64], strangers: NDArray[np.float64]) -> OwnDistances:
    """Parts true follow-ups from pairs of two people that are filed as one.

    Args:
        filed: (N,), logarithms of the distances of what is filed as one person; at least two.
        strangers: (M,), of pairs of two people; at least one.
    """
    far = norm(np.median(strangers), _robust_sd(strangers))
    mean, sd, share = float(np.median(filed)), _robust_sd(filed), _FIRST_SHARE
    trust = np.ones(len(filed))
    for _ in range(_ROUNDS):
        odds = norm(mean, sd).logpdf(filed) - far.logpdf(filed)
        # Two studies nearer than most are of one person, however close together the others lie.
        odds[filed <= mean] = np.inf
        before, trust = trust, expit(odds + logit(1 - share))
        mean, sd = _weighted(filed, trust)
        share = float((1 - trust).sum() / (len(filed) + _BELIEVED_CASES - 1))
        if np.abs(trust - before).max() < _STANDSTILL:
            break
    return OwnDistances(mean, sd, trust)


def _weighted(values: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[float, float]:
    total = float(weights.sum())
    mean = float(weights @ values / total)
    # As with n - 1 of n values, where all weigh 1.
    variance = float(weights @ (values - mean) ** 2 / max(total - 1, 1.0))
    return mean, max(float(np.sqrt(variance)), _SMALLEST_SD)


def _robust_sd(values: NDArray[np.float64]) -> float:
    """1.4826 times the median absolute deviation, which is the deviation of normal values."""
    spread = 1.4826 * float(np.median(np.abs(values - np.median(values))))
    return max(spread, _SMALLEST_SD)
