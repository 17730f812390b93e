"""Crops lie where the overlay says, to a fraction of a pixel, and marrow lands at 0.25."""

import time
from dataclasses import replace

import numpy as np
import pytest

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import unit
from spinegrader.domain.overlays import Overlay
from spinegrader.errors import InputError
from spinegrader.imaging.crops import disc_volume, vertebra_volume
from spinegrader.imaging.volume import Volume
from tests.imaging.conftest import drawn, oblique_geometry, positions_mm

_DISC = DiscLevel(VertebraLevel.L4, VertebraLevel.L5)
_Bodies = tuple[Volume, Overlay]


def _millimetres(crop_of, volume: Volume, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Places that a crop shows along one patient axis: pixels encode them, the crop is read back.

    The intensity step is linear below its clip, so that a constant crop gives its scale.
    """
    places = positions_mm(volume.geometry)[..., axis]
    shift = 200 - places.min()
    ones = crop_of(replace(volume, pixels=np.full(volume.pixels.shape, 1000.0)))
    coded = crop_of(replace(volume, pixels=places + shift))
    return coded, ones > 0


def test_marrow_lands_at_a_quarter(two_bodies: _Bodies) -> None:
    volume, overlay = two_bodies
    for scale in (1, 7):
        bright = replace(volume, pixels=volume.pixels * scale)
        for crop in (
            vertebra_volume(bright, overlay, overlay.vertebrae[0]),
            disc_volume(bright, overlay, _DISC),
        ):
            assert crop.dtype == np.float32
            assert crop[crop > 0].min() == pytest.approx(0.25, abs=1e-6)
            assert crop.max() == pytest.approx(0.25, abs=1e-6)


def test_bright_fluid_is_clipped_at_one(two_bodies: _Bodies) -> None:
    volume, overlay = two_bodies
    pixels = volume.pixels.copy()
    pixels[:, :, 110:] = 300 * 40
    crop = vertebra_volume(replace(volume, pixels=pixels), overlay, overlay.vertebrae[0])
    assert crop.max() == 1.0


@pytest.mark.parametrize("axis", range(3))
def test_vertebra_crop_shows_the_right_places(two_bodies: _Bodies, axis: int) -> None:
    volume, overlay = two_bodies
    body = overlay.vertebrae[0]
    coded, inside = _millimetres(lambda v: vertebra_volume(v, overlay, body), volume, axis)
    geometry = volume.geometry
    pixel_mm = 2 * body.depth_mm / 224
    column, row, _ = geometry.to_index(body.centre_mm)
    offset = (np.arange(224) - 111.5) * pixel_mm
    slices, rows, columns = np.meshgrid(
        np.arange(1, 10), row + offset / 0.7, column + offset / 0.6, indexing="ij"
    )
    expected = geometry.to_mm(np.stack([columns, rows, slices], axis=-1))[..., axis]
    _same_up_to_gain(coded, expected, inside)


@pytest.mark.parametrize("axis", range(3))
def test_disc_crop_is_rotated_about_the_disc(two_bodies: _Bodies, axis: int) -> None:
    volume, overlay = two_bodies
    coded, inside = _millimetres(lambda v: disc_volume(v, overlay, _DISC), volume, axis)
    upper, lower = (np.asarray(body.corners_mm) for body in overlay.vertebrae)
    geometry = volume.geometry
    normal = geometry.directions[:, 2]
    across = unit(upper[2] - upper[3])
    down = unit(np.cross(across, normal))
    width_mm = (np.linalg.norm(upper[2] - upper[3]) + np.linalg.norm(lower[1] - lower[0])) / 2
    pixel_mm = 2 * width_mm / 224
    index = geometry.to_index(overlay.discs[0].centre_mm)
    centre = geometry.to_mm((index[0], index[1], round(index[2])))
    x, y = np.meshgrid((np.arange(224) - 111.5) * pixel_mm, (np.arange(112) - 55.5) * pixel_mm)
    middle = centre + x[..., None] * across + y[..., None] * down
    steps = (np.arange(9) - 4)[:, None, None, None] * 4.5 * normal
    _same_up_to_gain(coded, (middle + steps)[..., axis], inside)


def _same_up_to_gain(coded: np.ndarray, expected: np.ndarray, inside: np.ndarray) -> None:
    assert inside.mean() > 0.6
    gain, offset = np.polyfit(expected[inside], coded[inside].astype(float), 1)
    error_mm = (coded[inside] - offset) / gain - expected[inside]
    assert gain > 0
    assert np.abs(error_mm).max() < 0.01


def test_upper_endplate_is_horizontal(two_bodies: _Bodies) -> None:
    volume, overlay = two_bodies
    upper = overlay.vertebrae[0]
    # Everything above the line of the upper endplate is bright.
    index = volume.geometry.to_index(np.asarray(upper.corners_mm))
    (x0, y0), (x1, y1) = index[3, :2], index[2, :2]
    rows, columns = np.indices(volume.geometry.shape[1:])
    above = rows < y0 + (columns - x0) * (y1 - y0) / (x1 - x0)
    pixels = np.where(above, 300.0, 100.0)[None].repeat(11, axis=0)
    crop = disc_volume(Volume(pixels, volume.geometry), overlay, _DISC)[4]
    edges = np.argmax(crop[:, 60:164] < crop[:, 60:164].max() * 0.66, axis=0)
    assert edges.min() > 20
    drift = np.polyfit(np.arange(len(edges)), edges, 1)[0] * len(edges)
    assert abs(drift) < 1


def test_slices_outside_the_stack_are_zero(two_bodies: _Bodies) -> None:
    volume, _ = two_bodies
    body = drawn(volume.geometry, VertebraLevel.L3, [(45, 35), (95, 30), (97, 65), (48, 72)], 1.0)
    crop = vertebra_volume(volume, Overlay("1.2.3.4", (body,)), body)
    assert [bool(item.any()) for item in crop] == [False] * 3 + [True] * 6


def test_strong_down_sampling_averages(two_bodies: _Bodies) -> None:
    volume, overlay = two_bodies
    rng = np.random.default_rng(0)
    noisy = replace(volume, pixels=rng.normal(300, 60, volume.geometry.shape))
    fine = vertebra_volume(noisy, overlay, overlay.vertebrae[0])
    coarse = vertebra_volume(noisy, overlay, overlay.vertebrae[0], (9, 16, 16))
    assert coarse[4].mean() == pytest.approx(fine[4].mean(), rel=0.02)
    assert coarse[4].std() < 0.5 * fine[4].std()


def test_places_outside_are_refused(two_bodies: _Bodies) -> None:
    volume, overlay = two_bodies
    for offset in ((0, 0, 500), (0, 500, 0), (500, 0, 0)):
        away = overlay.vertebrae[0].moved(offset)
        with pytest.raises(InputError, match="L4 lies outside the images"):
            vertebra_volume(volume, overlay, away)
    with pytest.raises(InputError, match="L1/L2 is not drawn"):
        disc_volume(volume, overlay, DiscLevel.parse("L1/L2"))
    blank = replace(volume, pixels=np.zeros_like(volume.pixels))
    with pytest.raises(InputError, match="no signal"):
        disc_volume(blank, overlay, _DISC)


def test_a_study_is_cut_quickly() -> None:
    geometry = oblique_geometry((15, 512, 512))
    volume = Volume(np.full(geometry.shape, 300, dtype=np.int16), geometry)
    levels = [VertebraLevel(name) for name in ("T12", "L1", "L2", "L3", "L4", "L5", "S1")]
    bodies = tuple(
        drawn(geometry, level, [(200, y), (260, y), (260, y + 38), (200, y + 38)], 7)
        for level, y in zip(levels, range(60, 480, 56), strict=False)
    )
    overlay = Overlay("1.2.3.4", bodies)
    start = time.process_time()
    for body in overlay.vertebrae:
        vertebra_volume(volume, overlay, body)
    for disc in overlay.discs:
        disc_volume(volume, overlay, disc.level)
    assert time.process_time() - start < 1.0
