from dataclasses import replace

import numpy as np
import pytest

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.overlays import Overlay
from spinegrader.imaging.crop_places import disc_place, vertebra_place
from spinegrader.imaging.crops import disc_volume, vertebra_volume
from spinegrader.imaging.volume import Volume
from tests.services.conftest import GEOMETRY, column

L4_L5 = DiscLevel.parse("L4/L5")
ASKEW = VolumeGeometry.from_matrix(
    [[0, 0.1, 4.4, -13.2], [1.2, 0, 0.9, -60], [0, -1.1, 0.4, 110], [0, 0, 0, 1]], (7, 180, 120)
)
SHAPE = (5, 40, 80)


def tilted(series_uid="a", degrees=20.0):
    """The column turned in the sagittal plane, so that crops are rotated."""
    angle = np.deg2rad(degrees)
    turn = np.array(
        [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]
    )
    middle = np.array([0, 15, 0])
    straight = column(series_uid)
    return Overlay(
        series_uid,
        tuple(
            replace(
                body,
                corners_mm=tuple(
                    tuple(map(float, turn @ (np.array(corner) - middle) + middle))
                    for corner in body.corners_mm
                ),
            )
            for body in straight.vertebrae
        ),
    )


def coordinates(geometry):
    """Volumes whose values are the column and the row of each pixel, rising from 1."""
    slices, rows, columns = geometry.shape
    _, y, x = np.mgrid[:slices, :rows, :columns].astype(float)
    return Volume(x + 1, geometry), Volume(y + 1, geometry)


@pytest.mark.parametrize("geometry", [GEOMETRY, ASKEW])
def test_places_are_those_that_were_cut(geometry):
    """What a crop shows of a picture of coordinates is where its pixels come from."""
    overlay = tilted()
    place = disc_place(geometry, overlay, L4_L5, SHAPE)
    grid = np.moveaxis(np.mgrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]], 0, -1)
    told = place.to_series(grid)
    rows, columns = geometry.shape[1:]
    inside = (
        (told >= 0).all(axis=-1)
        & (told[..., 0] < geometry.shape[0])
        & (told[..., 1] <= rows - 1)
        & (told[..., 2] <= columns - 1)
    )
    assert inside.mean() > 0.3
    # Crops are scaled by their marrow: by one factor for all pixels.
    for axis, volume in zip((2, 1), coordinates(geometry), strict=True):
        crop = disc_volume(volume, overlay, L4_L5, SHAPE).astype(np.float64)
        seen = inside & (crop > 0) & (crop < 1)
        shares = crop[seen] / (told[..., axis][seen] + 1)
        np.testing.assert_allclose(shares, np.median(shares), rtol=2e-5)


@pytest.mark.parametrize("geometry", [GEOMETRY, ASKEW])
def test_there_and_back(geometry):
    place = disc_place(geometry, tilted(), L4_L5, SHAPE)
    places = np.random.default_rng(1).uniform((0, 0, 0), SHAPE, (50, 3))
    np.testing.assert_allclose(place.to_crop(place.to_series(places)), places, atol=1e-9)


def test_the_middle_of_a_crop_is_the_middle_of_its_target():
    overlay = tilted()
    vertebra = overlay.vertebra(VertebraLevel.L3)
    place = vertebra_place(GEOMETRY, vertebra, (5, 41, 41))
    slice_index, row, column_index = place.to_series((2, 20, 20))
    at_mm = GEOMETRY.to_mm((column_index, row, slice_index))
    np.testing.assert_allclose(at_mm, vertebra.centre_mm, atol=0.1)
    assert place.spacing_mm == pytest.approx(
        (4.4, 2 * vertebra.depth_mm / 41, place.frame.pixel_mm)
    )
    cut = vertebra_volume(coordinates(GEOMETRY)[0], overlay, vertebra, (5, 41, 41))
    assert cut.shape == place.shape


def test_a_map_lies_on_the_slice_where_it_was_cut():
    overlay = tilted()
    place = disc_place(GEOMETRY, overlay, L4_L5, SHAPE)
    spot = (3, 12, 55)
    values = np.zeros(SHAPE, np.float32)
    values[spot] = 1
    values = np.maximum(
        values, 0.5 * (np.abs(np.arange(80) - 55) < 4) * (np.arange(5) == 3)[:, None, None]
    )
    slice_index, row, column_index = place.to_series(spot)
    shown = place.slice_image(values, round(float(slice_index)), GEOMETRY.shape[1:])
    there = np.unravel_index(shown.argmax(), shown.shape)
    assert np.hypot(there[0] - row, there[1] - column_index) < 1.5
    assert not place.slice_image(values, round(float(slice_index)) - 1, GEOMETRY.shape[1:]).any()
    assert not place.slice_image(values, 99, GEOMETRY.shape[1:]).any()
