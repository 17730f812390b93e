import numpy as np
import pytest

from spinegrader.simulate.output.contours import largest_outline, simplified

Y, X = np.mgrid[:40, :60].astype(float)


def area(points):
    ahead = np.roll(points, -1, axis=0)
    return abs((points[:, 0] * ahead[:, 1] - points[:, 1] * ahead[:, 0]).sum() / 2)


def test_a_disc_comes_back_with_its_radius():
    outline = largest_outline(12 - np.hypot(X - 30.3, Y - 19.6))
    assert np.hypot(*(outline - (30.3, 19.6)).T) == pytest.approx(12, abs=0.03)
    assert area(outline) == pytest.approx(np.pi * 144, rel=0.005)


def test_the_larger_of_two_shapes_is_taken_and_a_touching_corner_is_no_dead_end():
    small, large = 4 - np.hypot(X - 8, Y - 8), 9 - np.hypot(X - 40, Y - 20)
    outline = largest_outline(np.maximum(small, large))
    assert outline.mean(axis=0) == pytest.approx((40, 20), abs=0.2)
    squares = np.where((X < 20) == (Y < 20), 1.0, -1.0)
    assert len(largest_outline(squares)) > 20


def test_what_reaches_the_border_is_closed_there_and_nothing_gives_nothing():
    outline = largest_outline(np.ones((10, 12)))
    assert area(outline) == pytest.approx(9 * 11, rel=0.2)
    assert len(largest_outline(-np.ones((10, 12)))) == 0


def test_simplifying_keeps_within_the_tolerance():
    outline = largest_outline(15 - np.abs(X - 30) - 0.4 * np.abs(Y - 20))
    few = simplified(outline, 0.05)
    assert len(few) < 0.2 * len(outline)
    assert area(few) == pytest.approx(area(outline), rel=0.005)
    assert all(any(np.array_equal(point, old) for old in outline) for point in few)
