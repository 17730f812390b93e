"""How two measurements of the same thing differ (Bland and Altman, Lancet 1986; 1: 307-310)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinegrader.model.metrics import Interval

_SPREAD = 1.96
"""Standard deviations on each side that hold 95 % of normally distributed differences."""


@dataclass(frozen=True)
class BlandAltman:
    """Second minus first measurement; the intervals are 95 %.

    Args:
        n: Pairs.
        bias: Mean difference.
        bias_interval: Of the mean difference.
        sd: Standard deviation of the differences.
        lower: Lower limit of agreement: 95 % of differences are expected between the limits.
        lower_interval: Of the lower limit.
        upper: Upper limit of agreement.
        upper_interval: Of the upper limit.
    """

    n: int
    bias: float
    bias_interval: Interval
    sd: float
    lower: float
    lower_interval: Interval
    upper: float
    upper_interval: Interval


def bland_altman(
    first: Sequence[float] | NDArray[np.floating], second: Sequence[float] | NDArray[np.floating]
) -> BlandAltman | None:
    """Bias and limits of agreement; None for fewer than three pairs.

    The limits are bias ± 1.96 SD. Their standard error is SD · √(1/n + 1.96² / (2 (n - 1))), and
    the intervals use Student's t with n - 1 degrees of freedom (Bland and Altman, Stat Methods
    Med Res 1999; 8: 135-160, section 2.2). Pairs are taken as independent.

    Args:
        first: First measurements, (N,).
        second: Second ones in the same order, (N,).
    """
    from scipy.stats import t as student

    n = len(first)
    if n < 3:
        return None
    differences = np.asarray(second, dtype=np.float64) - np.asarray(first, dtype=np.float64)
    bias, sd = float(differences.mean()), float(differences.std(ddof=1))
    quantile = float(student.ppf(0.975, n - 1))
    of_bias = quantile * sd / np.sqrt(n)
    of_limit = quantile * sd * np.sqrt(1 / n + _SPREAD**2 / (2 * (n - 1)))
    lower, upper = bias - _SPREAD * sd, bias + _SPREAD * sd
    return BlandAltman(
        n=n,
        bias=bias,
        bias_interval=_around(bias, of_bias),
        sd=sd,
        lower=lower,
        lower_interval=_around(lower, of_limit),
        upper=upper,
        upper_interval=_around(upper, of_limit),
    )


def _around(middle: float, half: float) -> Interval:
    return float(middle - half), float(middle + half)
