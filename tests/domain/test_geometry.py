import numpy as np
import pytest

from spinegrader.domain.geometry import VolumeGeometry, unit
from spinegrader.errors import InputError


def oblique(spacing=(0.6, 0.9, 4.4), shape=(7, 20, 30)):
    """A sagittal stack, turned a little about two axes."""
    column = unit([0.10, 1.0, 0.05])
    row = unit(np.cross(np.cross(column, [0.0, 0.12, -1.0]), column))
    normal = np.cross(column, row)
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack([column, row, normal], axis=1) * spacing
    matrix[:3, 3] = (-12.0, -80.0, 150.0)
    return VolumeGeometry.from_matrix(matrix, shape)


def test_indices_and_millimetres_go_there_and_back():
    geometry = oblique()
    indices = np.array([[0, 0, 0], [29, 19, 6], [3.5, 7.25, 2]])
    assert np.allclose(geometry.to_index(geometry.to_mm(indices)), indices, atol=1e-9)
    assert np.allclose(geometry.spacing_mm, (0.6, 0.9, 4.4))
    step = geometry.to_mm([1, 0, 0]) - geometry.to_mm([0, 0, 0])
    assert np.linalg.norm(step) == pytest.approx(0.6)


def test_the_slice_normal_stands_upright_on_slices_that_are_stacked_askew():
    matrix = np.eye(4)
    matrix[:3, :3] = [[0, 0, -4.0], [1.2, 0, 0], [0, -1.2, -1.5]]
    geometry = VolumeGeometry.from_matrix(matrix, (7, 20, 30))
    assert np.allclose(geometry.slice_normal, (-1, 0, 0))
    assert np.allclose(oblique().slice_normal, oblique().directions[:, 2])


def test_nearest_slice_stays_inside_the_stack():
    geometry = oblique()
    assert geometry.nearest_slice(geometry.to_mm([4, 5, 3.4])) == 3
    assert geometry.nearest_slice(geometry.to_mm([4, 5, 40])) == 6
    assert geometry.nearest_slice(geometry.to_mm([4, 5, -9])) == 0


@pytest.mark.parametrize(
    ("matrix", "shape"),
    [
        (np.full((4, 4), np.nan), (3, 3, 3)),
        (np.zeros((4, 4)), (3, 3, 3)),
        (np.eye(4), (0, 3, 3)),
    ],
)
def test_unusable_geometry_is_refused(matrix, shape):
    with pytest.raises(InputError):
        VolumeGeometry.from_matrix(matrix, shape)
