import numpy as np
import pytest

from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.planes import (
    are_parallel,
    cut_mm,
    distance_to_slice_mm,
    slice_centre_mm,
)

# 9 sagittal slices of 100 x 80 mm, 5 mm apart; their middle lies at the origin.
SAGITTAL = VolumeGeometry.from_matrix(
    [[0, 0, 5, -20], [1, 0, 0, -39.5], [0, -1, 0, 49.5], [0, 0, 0, 1]], (9, 100, 80)
)


def axial(tilt_degrees: float = 0.0) -> VolumeGeometry:
    """5 slices of 60 x 60 mm, 4 mm apart, tilted about the left-right axis, around the origin."""
    turn = np.deg2rad(tilt_degrees)
    across = np.array([1.0, 0, 0])
    down = np.array([0, np.cos(turn), np.sin(turn)])
    through = np.cross(across, down) * 4
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack([across, down, through], axis=1)
    matrix[:3, 3] = -(29.5 * across + 29.5 * down + 2 * through)
    return VolumeGeometry.from_matrix(matrix, (5, 60, 60))


def test_slices_of_about_one_tilt_are_parallel_and_across_it_not():
    assert are_parallel(axial(), axial(20.0))
    assert not are_parallel(axial(), axial(40.0))
    assert not are_parallel(axial(), SAGITTAL)


def test_an_axial_slice_cuts_a_sagittal_one_along_its_own_extent():
    start, end = cut_mm(SAGITTAL, 4, axial(), 3)
    assert sorted((start, end)) == [
        pytest.approx((0.0, -30.0, 4.0)),
        pytest.approx((0.0, 30.0, 4.0)),
    ]


def test_a_tilted_slice_cuts_with_its_tilt():
    start, end = cut_mm(SAGITTAL, 6, axial(30.0), 2)
    along = np.abs(np.subtract(end, start))
    assert along == pytest.approx((0.0, 60 * np.cos(np.pi / 6), 30.0))
    assert start[0] == pytest.approx(10.0)


def test_slices_that_do_not_reach_each_other_have_no_line():
    far = VolumeGeometry.from_matrix(
        [[1, 0, 0, 100], [0, 1, 0, 0], [0, 0, 4, 0], [0, 0, 0, 1]], (3, 20, 20)
    )
    assert cut_mm(SAGITTAL, 4, far, 1) is None
    assert cut_mm(SAGITTAL, 4, SAGITTAL, 2) is None


def test_the_distance_from_a_slice_is_taken_across_it_where_slices_are_sheared():
    sheared = VolumeGeometry.from_matrix(
        [[1, 0, 0, 0], [0, 1, 3, 0], [0, 0, 4, 0], [0, 0, 0, 1]], (4, 10, 10)
    )
    assert distance_to_slice_mm(sheared, 1, (50.0, -50.0, 10.0)) == pytest.approx(6.0)
    assert slice_centre_mm(sheared, 2) == pytest.approx((4.5, 10.5, 8.0))
