import numpy as np
import pytest

from spinegrader.simulate.painting.canvas import Canvas
from spinegrader.simulate.painting.shaping import bump, outline_radius, rounded, spindle, united


def grid(size=60, step=0.5):
    axis = ((np.arange(size) - size / 2) * step).astype(np.float32)
    return np.meshgrid(axis, axis, indexing="ij")


def test_the_outline_lies_between_an_ellipse_and_its_box():
    y, z = grid()
    inside = outline_radius(y / 10, z / 7) < 1
    area = inside.mean() * 30 * 30
    assert np.pi * 10 * 7 < area < 4 * 10 * 7
    assert outline_radius(np.float32([1.0]), np.float32([0.0])) == pytest.approx(1)


def test_spindles_have_their_radii_at_their_ends():
    y, z = np.float32([[0, 0, 10, 10]]), np.float32([[2, 0, 4, 0]])
    distance = spindle(y, z, (0, 0), (10, 0), (2, 4))
    assert distance[0] == pytest.approx([0, 2, 0, 4])


def test_common_parts_are_rounded_and_unions_filled():
    y, z = grid()
    corner = rounded(3.0, y, z)
    assert (corner > 0).sum() < ((y > 0) & (z > 0)).sum()
    assert (united(3.0, y, z) > 0).sum() > ((y > 0) | (z > 0)).sum()
    assert bump(np.float32([-2, 0, 2])).tolist() == [0, 1, 0]


def test_a_slice_holds_the_mean_of_its_thinner_ones():
    matrix = np.eye(4)
    signal = np.zeros((1, 1, 4, 4), dtype=np.float32)
    labels = np.zeros((1, 4, 4), dtype=np.uint8)
    canvas = Canvas(matrix, signal, labels, np.zeros_like)
    thin = canvas.divided(slice(1, 3), 4, 1.0)
    thin.signal[:, 0] = 1
    assert thin.averaged().shape == (1, 1, 4, 2)
    assert thin.averaged() == pytest.approx(0.25)


def test_a_sphere_is_painted_where_it_is_with_its_volume():
    matrix = np.diag([0.0, 0.0, 0.0, 1.0])
    matrix[1, 0], matrix[2, 1], matrix[0, 2] = 1.0, -1.0, 2.0
    matrix[:3, 3] = (-20, -20, 30)
    signal = np.zeros((1, 21, 60, 60), dtype=np.float32)
    labels = np.zeros((21, 60, 60), dtype=np.uint8)
    canvas = Canvas(matrix, signal, labels, np.zeros_like)
    fine = canvas.divided(slice(0, 60), 3, 2.0)
    region = fine.around((-12, -2), (12, 22), 12)
    away = np.sqrt(region.left**2 + (region.back - 0.3) ** 2 + (region.head - 10.4) ** 2)
    region.fill(np.float32(10) - away, np.float32([1]), label=5)
    volume_mm3 = fine.averaged().sum() * 2
    assert volume_mm3 == pytest.approx(4 / 3 * np.pi * 1000, rel=0.01)
    assert (labels == 5).sum() * 2 == pytest.approx(volume_mm3, rel=0.02)
    slices, rows, columns = np.nonzero(labels == 5)
    assert (columns.mean(), rows.mean(), slices.mean()) == pytest.approx((20.3, 19.6, 10), abs=0.1)


def test_what_is_out_of_view_is_not_painted():
    signal = np.zeros((1, 3, 8, 8), dtype=np.float32)
    canvas = Canvas(np.eye(4), signal, np.zeros((3, 8, 8), np.uint8), np.zeros_like)
    assert canvas.around((50, 50), (60, 60), 1) is None
