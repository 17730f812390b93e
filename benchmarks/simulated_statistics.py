"""How far two groups of people lie apart, against how far halves of one group do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from spinegrader.domain.geometry import FloatArray

_DRAWS = 200
_SEED = 3
_QUANTILES = 200

Measured = TypeVar("Measured")


@dataclass(frozen=True)
class Apart:
    """A distance with its yardstick.

    Args:
        whole: Between all real and all simulated people.
        simulated: Between half of the real people and as many simulated ones, median of the draws.
        real: Between two halves of the real people, likewise.
        highest_real: What one draw in twenty of these exceeds.
    """

    whole: float
    simulated: float
    real: float
    highest_real: float

    @property
    def ratio(self) -> float:
        """1 where simulated people differ from real ones as these do from one another."""
        return self.simulated / self.real


def apart(
    real: Sequence[Measured],
    simulated: Sequence[Measured],
    distance: Callable[[Sequence[Measured], Sequence[Measured]], float],
) -> Apart:
    """Compares two groups of people; each is one item.

    Args:
        real: At least four.
        simulated: At least half as many.
        distance: Between two groups.
    """
    rng = np.random.default_rng(_SEED)
    half = len(real) // 2
    ours, theirs = [], []
    for _ in range(_DRAWS):
        order = rng.permutation(len(real))
        first = [real[i] for i in order[:half]]
        theirs.append(distance(first, [real[i] for i in order[half : 2 * half]]))
        chosen = rng.permutation(len(simulated))[:half]
        ours.append(distance(first, [simulated[i] for i in chosen]))
    return Apart(
        distance(real, simulated),
        float(np.median(ours)),
        float(np.median(theirs)),
        float(np.percentile(theirs, 95)),
    )


def quantiles(values: FloatArray) -> FloatArray:
    """One person's values by evenly spaced quantiles, so that all persons weigh alike."""
    return np.asarray(np.quantile(values, (np.arange(_QUANTILES) + 0.5) / _QUANTILES))


def wasserstein(one: Sequence[FloatArray], other: Sequence[FloatArray]) -> float:
    """First Wasserstein distance of the pooled values (the area between the distributions)."""
    from scipy.stats import wasserstein_distance

    return float(wasserstein_distance(np.concatenate(one), np.concatenate(other)))


def spectral(one: Sequence[FloatArray], other: Sequence[FloatArray]) -> float:
    """Root mean square difference of mean log10 spectra, over the bands that both have."""
    both = np.isfinite(one).any(axis=0) & np.isfinite(other).any(axis=0)
    difference = np.nanmean(np.asarray(one)[:, both], axis=0)
    difference -= np.nanmean(np.asarray(other)[:, both], axis=0)
    return float(np.sqrt(np.mean(difference**2)))


def area_under_curve(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Chance that a positive score exceeds a negative one, ties counted half."""
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate([positive, negative]))
    count, others = len(positive), len(negative)
    return float((ranks[:count].sum() - count * (count + 1) / 2) / (count * others))
