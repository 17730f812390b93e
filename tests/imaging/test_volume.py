"""Turning for reading keeps every pixel at its place in the patient."""

import numpy as np
import pytest

from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.study import Plane
from spinegrader.errors import InputError
from spinegrader.imaging.volume import Volume, plane_of
from tests.imaging.conftest import oblique_geometry, positions_mm

_WANTED = {
    Plane.SAGITTAL: ((1, 1), (2, -1), (0, 1)),
    Plane.AXIAL: ((0, 1), (1, 1), (2, 1)),
    Plane.CORONAL: ((0, 1), (2, -1), (1, 1)),
}


@pytest.mark.parametrize("plane", list(Plane))
@pytest.mark.parametrize("turn", range(6))
def test_places_survive_and_axes_grow_as_read(plane: Plane, turn: int) -> None:
    base = oblique_geometry((3, 5, 4))
    rng = np.random.default_rng(turn)
    matrix = base.matrix.copy()
    order = rng.permutation(3)
    matrix[:3, :3] = matrix[:3, order] * rng.choice((-1, 1), 3)
    geometry = VolumeGeometry.from_matrix(matrix, (3, 5, 4))
    # Pixel values encode millimetres, so that every one can be checked where it ends up.
    places = positions_mm(geometry)
    for axis in range(3):
        turned = Volume(places[..., axis], geometry).in_reading_orientation(plane)
        np.testing.assert_allclose(turned.pixels, positions_mm(turned.geometry)[..., axis])
    for index_axis, (patient_axis, sign) in enumerate(_WANTED[plane]):
        assert turned.geometry.directions[patient_axis, index_axis] * sign > 0.9


def test_turning_twice_changes_nothing() -> None:
    geometry = oblique_geometry((3, 5, 4))
    volume = Volume(np.arange(60).reshape(3, 5, 4), geometry).in_reading_orientation(Plane.SAGITTAL)
    again = volume.in_reading_orientation(Plane.SAGITTAL)
    assert again.geometry == volume.geometry
    np.testing.assert_array_equal(again.pixels, volume.pixels)


def test_pixels_and_geometry_must_agree() -> None:
    with pytest.raises(InputError, match="same shape"):
        Volume(np.zeros((3, 4, 5)), oblique_geometry((3, 5, 4)))


def test_plane_follows_the_normal() -> None:
    assert plane_of((0.9, 0.3, 0.3)) is Plane.SAGITTAL
    assert plane_of((0.3, 0.3, -0.9)) is Plane.AXIAL
    assert plane_of((0.3, -0.9, 0.3)) is Plane.CORONAL
