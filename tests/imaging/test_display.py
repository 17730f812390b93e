"""First grey window and the letters at the edges."""

import numpy as np
import pytest

from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.imaging.display import (
    OrientationLetters,
    PresetKind,
    default_window,
    orientation_letters,
    window_presets,
)


def _picture() -> np.ndarray:
    rng = np.random.default_rng(0)
    pixels = rng.normal(5, 2, (9, 64, 64)).clip(0)
    pixels[:, 16:48, 16:48] = rng.normal(400, 80, (9, 32, 32)).clip(50)
    pixels[4, 30, 30] = 30_000
    return pixels.astype(np.int16)


def test_window_spans_the_body_whatever_one_hot_pixel_says() -> None:
    low, high = default_window(_picture())
    assert 0 <= low < 150
    assert 500 < high < 800


def test_sane_proposal_is_taken_and_a_wild_one_is_not() -> None:
    pixels = _picture()
    assert default_window(pixels, (400, 700)) == (50, 750)
    for wild in ((400, 0), (400, -5), (60_000, 100), (400, 1), (float("nan"), 700)):
        assert default_window(pixels, wild) == default_window(pixels)


@pytest.mark.parametrize("value", [0, 7, -3])
def test_blank_image_still_has_a_window(value: int) -> None:
    low, high = default_window(np.full((2, 8, 8), value, dtype=np.int16))
    assert low < high


def test_presets_are_what_their_names_say() -> None:
    pixels = _picture()
    presets = {preset.kind: preset for preset in window_presets(pixels, (400, 700))}
    assert list(presets) == list(PresetKind)
    own, everything = presets[PresetKind.PROPOSED], presets[PresetKind.EVERYTHING]
    assert (own.low, own.high) == (50, 750)
    assert (everything.low, everything.high) == (pixels.min(), 30_000)
    tissue, narrow = presets[PresetKind.TISSUE], presets[PresetKind.NARROW]
    assert (tissue.low, tissue.high) == default_window(pixels)
    # The body is normal about 400 with 80: its percentiles 5 and 85 are known.
    assert narrow.low == pytest.approx(400 - 1.645 * 80, abs=8)
    assert narrow.high == pytest.approx(400 + 1.036 * 80, abs=8)


def test_a_window_that_does_not_fit_is_not_offered() -> None:
    for proposed in (None, (60_000, 100), (400, 0)):
        kinds = [preset.kind for preset in window_presets(_picture(), proposed)]
        assert kinds == list(PresetKind)[1:]


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((2, 8, 8), 7, dtype=np.int16),
        np.full((2, 8, 8), np.nan, dtype=np.float32),
        np.array([[[1.0, np.inf], [np.nan, 3.0]]], dtype=np.float32),
        np.zeros((0, 8, 8), dtype=np.uint8),
    ],
)
def test_presets_of_strange_images_are_windows(pixels: np.ndarray) -> None:
    for preset in window_presets(pixels):
        assert np.isfinite([preset.low, preset.high]).all()
        assert preset.low < preset.high


def _letters(columns: tuple[float, float, float], rows: tuple[float, float, float]):
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = columns, rows, np.cross(columns, rows)
    return orientation_letters(VolumeGeometry.from_matrix(matrix, (2, 2, 2)))


def test_letters_of_straight_and_oblique_slices() -> None:
    assert _letters((0, 1, 0), (0, 0, -1)) == OrientationLetters("A", "P", "H", "F")
    assert _letters((1, 0, 0), (0, 1, 0)) == OrientationLetters("R", "L", "A", "P")
    s, c = np.sin(np.radians(20)), np.cos(np.radians(20))
    assert _letters((1, 0, 0), (0, c, s)) == OrientationLetters("R", "L", "A", "P")
    s, c = np.sin(np.radians(35)), np.cos(np.radians(35))
    assert _letters((1, 0, 0), (0, c, s)) == OrientationLetters("R", "L", "AF", "PH")
