"""What asks whether the acquisition tells who was scanned."""

import numpy as np
import pytest

from benchmarks.simulated_acquisition import area, as_table, betrayals, interval


def features(people, leak):
    rng = np.random.default_rng(5)
    first, second = rng.standard_normal((2, people, 6))
    first[:, 5] = second[:, 5] = 3.0  # what never changes says nothing
    if leak:
        second[:, :2] = first[:, :2]
    return first, second


def test_features_of_the_visit_alone_betray_nobody():
    for found in betrayals(*features(40, leak=False)):
        assert found.low < 0.5 < found.high


def test_features_that_follow_the_person_betray_everybody():
    linear, trees = betrayals(*features(40, leak=True))
    assert linear.low > 0.9
    assert trees.area > 0.8


def test_the_interval_holds_the_area_and_narrows_with_people():
    widths = []
    for people in (20, 80):
        rng = np.random.default_rng(6)
        one, other = (part.ravel() for part in np.meshgrid(np.arange(people), np.arange(people)))
        scores = (one == other) + rng.standard_normal(people**2)
        low, high = interval(scores, one, other)
        assert low < area(scores, one, other) < high
        assert low < 0.76 < high  # the normal distribution at 1 / sqrt(2)
        widths.append(high - low)
    assert widths[1] < widths[0]


def test_a_table_keeps_to_the_names_of_the_first():
    assert as_table([{"a": 1.0, "b": 2.0}, {"b": 4.0, "a": 3.0}]).tolist() == [[1, 2], [3, 4]]
    with pytest.raises(KeyError):
        as_table([{"a": 1.0}, {"b": 2.0}])
