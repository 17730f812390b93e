"""Small curves on single numbers: quick, and the same on every machine."""

import math
from bisect import bisect_right
from collections.abc import Sequence


def ramp(value: float, start: float, end: float) -> float:
    """0 below ``start``, 1 above ``end``, smooth and growing between."""
    share = min(max((value - start) / (end - start), 0.0), 1.0)
    return share * share * (3 - 2 * share)


def tabulated(value: float, places: Sequence[float], heights: Sequence[float]) -> float:
    """Linear between the heights at growing places, constant beyond them."""
    if value <= places[0]:
        return heights[0]
    if value >= places[-1]:
        return heights[-1]
    above = bisect_right(places, value)
    start, end = places[above - 1], places[above]
    share = (value - start) / (end - start)
    return heights[above - 1] + share * (heights[above] - heights[above - 1])


def decayed(years: float, time_years: float) -> float:
    """What is left of 1 after some years of exponential decay; 1 before them."""
    return math.exp(-max(years, 0.0) / time_years)


def at_rank(values: Sequence[float], rank: int) -> float:
    """The value of a disc counted from the lumbosacral one; the last value for all above."""
    return values[min(rank, len(values) - 1)]
