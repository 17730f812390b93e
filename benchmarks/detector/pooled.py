"""Figures over many series, with intervals by bootstrap over the people."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.detector.matching import Outcome

_RESAMPLES = 1000
_ENDS = (2.5, 97.5)
_SEED = 0


@dataclass(frozen=True)
class Figure:
    """A ratio of sums.

    Args:
        value: Of all people.
        low: End of its interval of 95 %.
        high: Likewise.
        count: By what was divided: bodies, corners, series.
    """

    value: float
    low: float
    high: float
    count: int

    def words(self, factor: float = 1.0, digits: int = 1) -> str:
        """Value and interval, times a factor."""
        value, low, high = (f"{factor * x:.{digits}f}" for x in (self.value, self.low, self.high))
        return f"{value} ({low} to {high})"


def pooled(outcomes: Sequence[Outcome], name: str) -> Figure:
    """One figure of some series; people are resampled as wholes.

    Args:
        outcomes: The series.
        name: Key in their sums; series without it are passed over.
    """
    people: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for outcome in outcomes:
        above, below = outcome.sums.get(name, (0.0, 0.0))
        people[outcome.patient][0] += above
        people[outcome.patient][1] += below
    sums = np.asarray(list(people.values())).reshape(-1, 2)
    total = sums.sum(axis=0)
    if len(sums) == 0 or total[1] == 0:
        return Figure(float("nan"), float("nan"), float("nan"), 0)
    rng = np.random.default_rng(_SEED)
    drawn = sums[rng.integers(0, len(sums), (_RESAMPLES, len(sums)))].sum(axis=1)
    ratios = drawn[drawn[:, 1] > 0]
    low, high = np.percentile(ratios[:, 0] / ratios[:, 1], _ENDS)
    return Figure(float(total[0] / total[1]), float(low), float(high), int(total[1]))
