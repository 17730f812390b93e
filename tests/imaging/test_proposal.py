"""Proposed bodies sit on the bodies of the picture, and near them where there is no picture."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import VolumeGeometry, as_point
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.errors import InputError, InvalidEditError
from spinegrader.imaging.dicom import read_series
from spinegrader.imaging.proposal import propose_between
from spinegrader.imaging.sandbox import Sandbox
from spinegrader.imaging.volume import Volume
from tests.imaging.conftest import Scanner, drawn, oblique_geometry

_L = VertebraLevel
_LEVELS = (_L.L1, _L.L2, _L.L3, _L.L4, _L.L5)
_TILTS = (-9.0, -5.0, 0.0, 7.0, 17.0)
_DEPTHS_MM = (32.0, 34.0, 35.0, 36.0, 35.0)
_HEIGHTS_MM = (25.0, 26.0, 26.0, 27.0, 25.0)
_BACKGROUNDS = {"T2": (60, 160, 400), "T1": (40, 160, 60), "STIR": (140, 60, 300)}


def _spine(contrast: str) -> tuple[Volume, tuple[Vertebra, ...]]:
    """A drawn lumbar spine on an oblique stack: bodies, dark endplates, discs, canal, noise."""
    geometry = oblique_geometry((5, 330, 240))
    disc, marrow, canal = _BACKGROUNDS[contrast]
    rows, columns = np.indices(geometry.shape[1:])
    places = np.stack([columns * 0.6, rows * 0.7], axis=-1)
    picture = np.full(geometry.shape[1:], float(disc))
    centre, truth = np.array([62.0, 35.0]), []
    for place, tilt in enumerate(np.radians(_TILTS)):
        back, foot = np.array([np.cos(tilt), -np.sin(tilt)]), np.array([np.sin(tilt), np.cos(tilt)])
        if place:
            centre = centre + foot * (_HEIGHTS_MM[place - 1] / 2 + 9 + _HEIGHTS_MM[place] / 2)
        x, y = np.abs((places - centre) @ back), np.abs((places - centre) @ foot)
        half_x, half_y = _DEPTHS_MM[place] / 2, _HEIGHTS_MM[place] / 2
        behind = (places - centre) @ back - half_x
        picture[(behind > 3) & (behind < 18) & (y < half_y + 6)] = canal
        picture[(x < half_x + 1.4) & (y < half_y + 1.4)] = 15
        picture[(x < half_x) & (y < half_y)] = marrow
        signs = ((-1, -1), (1, -1), (1, 1), (-1, 1))
        corners = [centre + a * half_x * back + b * half_y * foot for a, b in signs]
        pixels = [(corner[0] / 0.6, corner[1] / 0.7) for corner in corners]
        truth.append(drawn(geometry, _LEVELS[place], pixels, 2.0))
    rng = np.random.default_rng(1)
    stack = np.stack([picture] * 5) + rng.normal(0, 12, geometry.shape)
    return Volume(stack.clip(0).astype(np.int16), geometry), tuple(truth)


def _errors_mm(found: tuple[Vertebra, ...], truth: tuple[Vertebra, ...]) -> np.ndarray:
    pairs = zip(found, truth, strict=True)
    return np.asarray(
        [np.linalg.norm(np.subtract(a.corners_mm, b.corners_mm), axis=1) for a, b in pairs]
    )


def _near(body: Vertebra, geometry: VolumeGeometry, column_mm: float, row_mm: float):
    offset = geometry.directions[:, 0] * column_mm + geometry.directions[:, 1] * row_mm
    return body.level, as_point(body.centre_mm + offset)


@pytest.mark.parametrize("contrast", list(_BACKGROUNDS))
def test_bodies_are_found_from_inexact_clicks(contrast: str) -> None:
    volume, truth = _spine(contrast)
    top = _near(truth[0], volume.geometry, 2.0, -1.5)
    bottom = _near(truth[-1], volume.geometry, -1.5, 2.0)
    found = propose_between(volume, top, bottom)
    assert tuple(body.level for body in found) == _LEVELS
    errors_mm = _errors_mm(found, truth)
    # Dark marrow gives its border less surely: there the far rim of the endplate is as clear.
    assert np.median(errors_mm) < (2.5 if contrast == "STIR" else 0.8)
    assert (errors_mm < 3).mean() > 0.9


@pytest.mark.parametrize("pixels", ["blank", "noise", "negative"])
def test_without_a_picture_the_usual_anatomy_remains(pixels: str) -> None:
    volume, truth = _spine("T2")
    shape = volume.geometry.shape
    rng = np.random.default_rng(2)
    content = {
        "blank": np.zeros(shape),
        "noise": rng.normal(100, 30, shape),
        "negative": np.full(shape, -5.0),
    }[pixels]
    empty = Volume(content, volume.geometry)
    found = propose_between(
        empty, _near(truth[0], volume.geometry, 0, 0), _near(truth[-1], volume.geometry, 0, 0)
    )
    assert np.median(_errors_mm(found, truth)) < 10
    Overlay("1.2.3.4", found)
    for upper, lower in pairwise(found):
        assert upper.centre_mm[2] - lower.centre_mm[2] > 20
    assert max(body.confidence for body in found) < 0.9


def test_bodies_lie_on_the_clicked_slices() -> None:
    volume, truth = _spine("T2")
    step = volume.geometry.matrix[:3, 2]
    top = (truth[0].level, as_point(truth[0].centre_mm - step))
    bottom = (truth[-1].level, as_point(truth[-1].centre_mm + step))
    found = propose_between(volume, top, bottom)
    slices = [volume.geometry.to_index(np.asarray(body.corners_mm))[:, 2] for body in found]
    for corner_slices in slices:
        np.testing.assert_allclose(corner_slices, corner_slices[0], atol=1e-6)
    places = [float(item[0]) for item in slices]
    assert places == sorted(places)
    assert places[0] == pytest.approx(1, abs=0.3)
    assert places[-1] == pytest.approx(3, abs=0.3)


def test_sacrum_is_a_tilted_trapezoid() -> None:
    volume, truth = _spine("T2")
    blank = Volume(np.zeros(volume.geometry.shape), volume.geometry)
    top = _near(truth[0], volume.geometry, 0, 0)
    found = propose_between(blank, top, (_L.S1, as_point(truth[-1].centre_mm)))
    sacrum = volume.geometry.to_index(np.asarray(found[-1].corners_mm)) * volume.geometry.spacing_mm
    upper, lower = sacrum[1] - sacrum[0], sacrum[2] - sacrum[3]
    assert np.linalg.norm(upper) > 1.25 * np.linalg.norm(lower)
    assert 20 < np.degrees(np.arctan2(-upper[1], upper[0])) < 60


def test_impossible_clicks_are_refused() -> None:
    volume, truth = _spine("T2")
    top, bottom = (truth[0].level, as_point(truth[0].centre_mm)), as_point(truth[-1].centre_mm)
    with pytest.raises(InvalidEditError, match="above"):
        propose_between(volume, (_L.L5, top[1]), (_L.L1, bottom))
    with pytest.raises(InputError, match="too close"):
        propose_between(volume, top, (_L.S1, as_point(truth[0].centre_mm - (0, 0, 3))))
    with pytest.raises(InputError, match="wrong order"):
        propose_between(volume, (_L.L1, bottom), (_L.L5, top[1]))
    with pytest.raises(InputError, match="outside"):
        propose_between(volume, top, (_L.L5, (0.0, 900.0, 0.0)))


@pytest.mark.parametrize("title", ["Sagittal T2", "Sagittal T1", "Sagittal STIR"])
def test_real_spine(scanned: Scanner, sandbox: Sandbox, hospital_a: Path, title: str) -> None:
    found = next(item for item in scanned(hospital_a).series if item.series.title == title)
    volume = read_series(found, sandbox).volumes[0]
    # Centres (column, row) read off the picture by eye.
    top, bottom = ((volume.geometry.to_mm((x, y, 5))) for x, y in ((229, 107), (262, 402)))
    bodies = propose_between(volume, (_L.T12, as_point(top)), (_L.S1, as_point(bottom)))
    by_eye = {
        "L1": (229, 157),
        "L2": (230, 208),
        "L3": (228, 261),
        "L4": (231, 311),
        "L5": (241, 357),
    }
    away_mm = []
    for body in bodies[1:-1]:
        column, row, _ = volume.geometry.to_index(body.centre_mm)
        x, y = by_eye[body.level]
        away_mm.append(np.hypot(column - x, row - y) * 0.684)
    assert np.mean(away_mm) < 3.5
    assert max(away_mm) < 7
