"""Contrast from timing, for protocols of usual scanners."""

import pytest

from spinegrader.domain.study import Weighting
from spinegrader.imaging.weighting import Timing, weighting_of


@pytest.mark.parametrize(
    ("timing", "expected"),
    [
        (Timing(3203, 110, None, frozenset({"SE"}), "sag"), Weighting.T2),
        (Timing(462, 25, None, frozenset({"SE"})), Weighting.T1),
        (Timing(3320, 80, 110, frozenset({"IR"})), Weighting.STIR),
        (Timing(4000, 60, 160, frozenset({"SE", "IR"})), Weighting.STIR),
        (Timing(2200, 10, 900, frozenset({"IR", "SE"})), Weighting.T1),
        (Timing(2500, 20, None, frozenset({"SE"})), Weighting.PD),
        (Timing(2500, 50, None, frozenset({"SE"}), "PD_TSE_SAG"), Weighting.PD),
        (Timing(2500, 50, None, frozenset({"SE"}), "sag T2"), Weighting.T2),
        (Timing(30, 5, None, frozenset({"GR"})), Weighting.UNKNOWN),
        (Timing(30, 15, None, frozenset({"GR"}), "t2_me2d_tra"), Weighting.T2),
        # Timing goes before a wrong description.
        (Timing(500, 12, None, frozenset({"SE"}), "T2 SAG"), Weighting.T1),
        (Timing(None, None, None, frozenset(), "STIR SAG"), Weighting.STIR),
        (Timing(None, None), Weighting.UNKNOWN),
    ],
)
def test_weighting(timing: Timing, expected: Weighting) -> None:
    assert weighting_of(timing) is expected
