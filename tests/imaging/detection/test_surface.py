"""The mid-surface follows the canal across the slices."""

import numpy as np
import pytest

from spinegrader.imaging.detection.maps import CANAL
from spinegrader.imaging.detection.surface import mid_surface, on_surface
from tests.imaging.detection.rendering import rendered
from tests.imaging.detection.spines import usual_spine

_SPINE = usual_spine()


def _bow(y):
    """A scoliosis of 12 mm in slices of 4 mm."""
    return 7 + 3 * np.sin(np.pi * (np.asarray(y) - 20) / 260)


def test_it_follows_a_scoliosis() -> None:
    surface = mid_surface(rendered(_SPINE.but(noise=0.1), range(15), _bow), 4.0)
    rows = np.arange(40, 260)
    assert np.abs(surface.slices[rows] - _bow(rows)).max() * 4.0 < 2.0


@pytest.mark.parametrize(("slices", "slice_mm"), [(range(60), 1.0), (range(8), 7.0)])
def test_any_slice_distance(slices, slice_mm) -> None:
    middle = (len(slices) - 1) / 2 + 0.3
    surface = mid_surface(rendered(_SPINE, slices, middle, slice_mm), slice_mm)
    assert np.abs(surface.slices - middle).max() * slice_mm < 2.0


def test_only_some_slices_were_looked_at() -> None:
    surface = mid_surface(rendered(_SPINE, (3, 6, 7, 8, 11), 7.4), 4.0)
    assert np.abs(surface.slices - 7.4).max() < 0.5


def test_one_slice_is_the_surface() -> None:
    maps = rendered(_SPINE, (4,), 4)
    surface = mid_surface(maps, 4.0)
    assert set(surface.slices) == {4.0}
    assert np.array_equal(on_surface(maps, surface).masks, maps.masks[0])


def test_without_a_canal_the_bodies_say_where_the_middle_is() -> None:
    surface = mid_surface(rendered(_SPINE.but(has_canal=False), range(17), 6.0), 4.0)
    assert np.abs(surface.slices[60:240] - 6.0).max() < 0.5


def test_without_evidence_it_is_the_middle_of_what_was_looked_at() -> None:
    surface = mid_surface(rendered(_SPINE.but(bodies=()), range(9)), 4.0)
    assert np.allclose(surface.slices, 4.0)


def test_a_band_that_lies_far_off_does_not_bend_it() -> None:
    maps = rendered(_SPINE, range(15), 7.0)
    maps.masks[:, CANAL, 136:152] = 0
    maps.masks[13:, CANAL, 136:152, 100:130] = 1.0
    surface = mid_surface(maps, 4.0)
    assert np.abs(surface.slices - 7.0).max() < 0.6


def test_the_plane_mixes_the_slices_beside_the_surface() -> None:
    maps = rendered(_SPINE, (2, 3), 2.25)
    maps.centre[0], maps.centre[1] = 1.0, 0.0
    plane = on_surface(maps, mid_surface(maps, 4.0))
    surface = mid_surface(maps, 4.0).slices
    assert np.allclose(plane.centre[:, 0], 3 - surface.reshape(-1, 2).mean(axis=1), atol=1e-5)
    assert plane.masks.shape == maps.masks.shape[1:]
