"""Limits of agreement, against published examples and a plain sum."""

import math

import numpy as np
import pytest

from spinegrader.model.bland_altman import bland_altman

# Bland and Altman, Lancet 1986, table 1: first readings of peak expiratory flow rate, l/min.
WRIGHT = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]


def test_the_peak_flow_meters_of_1986():
    found = bland_altman(MINI, WRIGHT)
    assert found.n == 17
    assert found.bias == pytest.approx(-2.1, abs=0.05)
    assert found.sd == pytest.approx(38.8, abs=0.05)
    assert found.bias_interval == pytest.approx((-22.0, 17.8), abs=0.1)
    # The paper takes 2 standard deviations (-79.7 and 75.5) and √(3 / n) for the limits' errors.
    assert found.lower == pytest.approx(-2.1 - 1.96 * 38.8, abs=0.1)
    assert found.upper == pytest.approx(-2.1 + 1.96 * 38.8, abs=0.1)
    assert found.lower_interval == pytest.approx((-114.3 + 1.6, -45.1 + 1.6), abs=1)
    assert found.upper_interval == pytest.approx((40.9 - 1.6, 110.1 - 1.6), abs=1)


def test_the_blood_pressures_of_1999():
    """Observer against machine, 85 people: mean difference -16.29, SD 19.61 mmHg."""
    draw = np.random.default_rng(0).normal(size=85)
    standard = (draw - draw.mean()) / draw.std(ddof=1)
    found = bland_altman(np.zeros(85), -16.29 + 19.61 * standard)
    assert (found.lower, found.upper) == pytest.approx((-54.7, 22.1), abs=0.06)
    assert found.bias_interval == pytest.approx((-20.5, -12.1), abs=0.06)
    assert found.lower_interval == pytest.approx((-61.9, -47.5), abs=0.1)
    assert found.upper_interval == pytest.approx((14.9, 29.4), abs=0.1)


def test_the_order_of_the_two_turns_the_sign():
    one, other = bland_altman(WRIGHT, MINI), bland_altman(MINI, WRIGHT)
    assert one.bias == -other.bias
    assert one.upper == pytest.approx(-other.lower)
    assert one.upper_interval == pytest.approx(tuple(-x for x in reversed(other.lower_interval)))


def test_it_holds_by_plain_arithmetic():
    first, second = [3.0, 5.0, 4.0, 8.0], [4.0, 5.0, 7.0, 8.0]
    differences = [1.0, 0.0, 3.0, 0.0]
    mean = sum(differences) / 4
    sd = math.sqrt(sum((item - mean) ** 2 for item in differences) / 3)
    found = bland_altman(first, second)
    assert (found.bias, found.sd) == pytest.approx((mean, sd))
    # Student's t with three degrees of freedom: 3.182.
    assert found.bias_interval[1] - mean == pytest.approx(3.1824 * sd / 2, rel=1e-4)


def test_two_pairs_have_no_limits():
    assert bland_altman([1, 2], [2, 2]) is None


def test_equal_measurements_have_limits_of_no_width():
    found = bland_altman([1, 2, 3], [1, 2, 3])
    assert (found.lower, found.bias, found.upper) == (0, 0, 0)
