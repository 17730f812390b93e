"""What further labels would bring, from the learning curve so far."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinegrader.model.learning_curve_rows import ROW_NAMES, CurveRow
from spinegrader.model.learning_curve_statistics import CurveFigures
from spinegrader.model.metrics import Interval

LEAST_SIZES = 3
"""An inverse power law has as many parameters."""

_RESAMPLES = 200
_LEAST_EXPLAINED = 0.5
_LEAST_SPREAD = 1e-3
_WIDEST = 0.25
"""Of the gain's interval: a wider one helps nobody to decide."""

_EXPONENTS = (0.05, 3.0)
"""Of c: how fast the gain fades."""


@dataclass(frozen=True)
class Forecast:
    """What the next studies are expected to bring.

    Args:
        row: Of which networks.
        more: Further annotated studies.
        gain: Expected rise of the mean per-class accuracy; None where no forecast is possible.
        gain_interval: 95 %, by bootstrap over test subjects and seeds.
        law: a, b and c of a - b n^-c; empty without forecast.
        sentence: All that in words, or why there is no forecast.
    """

    row: CurveRow
    more: int
    gain: float | None
    gain_interval: Interval | None
    law: tuple[float, ...]
    sentence: str


@dataclass(frozen=True)
class _Law:
    """Accuracy a - b (n / scale)^-c; scaling keeps the three numbers of one size."""

    a: float
    b: float
    c: float
    scale: float

    def at(self, sizes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Accuracy with so many studies."""
        return self.a - self.b * (sizes / self.scale) ** -self.c


def forecast(figures: CurveFigures, row: CurveRow, more: int) -> Forecast:
    """Continues a row's curve by an inverse power law.

    Accuracy(n) = a - b n^-c, by weighted least squares, as in Figueroa, Zeng-Treitler, Kandula
    and Ngo, "Predicting sample size required for classification performance", BMC Med Inform
    Decis Mak 2012;12:8; points weigh by the inverse of their bootstrap variance.

    Args:
        figures: Of the curve.
        row: Which row.
        more: Further annotated studies; at most as many as the curve has.
    """
    sizes = np.array(figures.sizes_of(row), dtype=np.float64)
    if len(sizes) < LEAST_SIZES:
        return _refused(row, more, f"it takes curves of at least {LEAST_SIZES} sizes")
    if more > sizes[-1]:
        why = f"the curve reaches {sizes[-1]:.0f} studies and can't tell of {more} further ones"
        return _refused(row, more, why)
    means, drawn = figures.curve(row)
    if means[-1] <= means[0]:
        return _refused(row, more, "accuracy hasn't risen with the studies so far")
    spread = np.maximum(np.nanstd(drawn, axis=0), _LEAST_SPREAD)
    law = _fit(sizes, means, spread)
    if _explained(law.at(sizes), means, spread) < _LEAST_EXPLAINED:
        return _refused(row, more, "the curve doesn't follow an inverse power law")
    gains = _resampled_gains(sizes, drawn, spread, more)
    gain = _gain(law, sizes[-1], more)
    low, high = (float(value) for value in np.percentile(gains, (2.5, 97.5)))
    if high - low > _WIDEST:
        why = f"anything from {100 * low:+.0f} to {100 * high:+.0f} points is possible"
        return _refused(row, more, why)
    sentence = (
        f"{ROW_NAMES[row]}: the next {more} graded studies are expected to bring "
        f"{100 * gain:+.1f} points of accuracy ({100 * low:+.1f} to {100 * high:+.1f}), if it goes "
        "on rising by an inverse power law."
    )
    coefficient = law.b * law.scale**law.c
    return Forecast(row, more, gain, (low, high), (law.a, coefficient, law.c), sentence)


def _refused(row: CurveRow, more: int, why: str) -> Forecast:
    return Forecast(row, more, None, None, (), f"{ROW_NAMES[row]}: no forecast, since {why}.")


def _gain(law: _Law, size: float, more: int) -> float:
    before, after = law.at(np.array([size, size + more]))
    return float(after - before)


def _resampled_gains(
    sizes: NDArray[np.float64], drawn: NDArray[np.float64], spread: NDArray[np.float64], more: int
) -> Sequence[float]:
    usable = drawn[~np.isnan(drawn).any(axis=1)][:_RESAMPLES]
    return [_gain(_fit(sizes, curve, spread), sizes[-1], more) for curve in usable]


def _fit(
    sizes: NDArray[np.float64], means: NDArray[np.float64], spread: NDArray[np.float64]
) -> _Law:
    """The law that fits best.

    For each c the best a and b are known in closed form, so that only c is searched for (Golub
    and Pereyra, SIAM J Numer Anal 1973).
    """
    from scipy.optimize import minimize_scalar

    weights = 1 / spread**2

    def misfit(c: float) -> float:
        law = _with_exponent(c, sizes, means, weights)
        return float((weights * (means - law.at(sizes)) ** 2).sum())

    found = minimize_scalar(misfit, bounds=_EXPONENTS, method="bounded")
    return _with_exponent(float(found.x), sizes, means, weights)


def _with_exponent(
    c: float,
    sizes: NDArray[np.float64],
    means: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> _Law:
    """The best law with this c, of those that never fall and never exceed 1."""
    scale = float(sizes[0])
    fall = -((sizes / scale) ** -c)
    shares = weights / weights.sum()
    centre, middle = float(shares @ fall), float(shares @ means)
    b = float(shares @ ((fall - centre) * (means - middle)) / (shares @ (fall - centre) ** 2))
    b = max(0.0, b)
    a = middle - b * centre
    if a > 1:
        a = 1.0
        b = max(0.0, float(shares @ (fall * (means - 1)) / (shares @ fall**2)))
    return _Law(a, b, c, scale)


def _explained(
    fitted: NDArray[np.float64], means: NDArray[np.float64], spread: NDArray[np.float64]
) -> float:
    """Part of the points' weighted variance that the law explains (R²)."""
    weights = 1 / spread**2
    centre = np.average(means, weights=weights)
    total = float((weights * (means - centre) ** 2).sum())
    return 1 - float((weights * (means - fitted) ** 2).sum()) / total
