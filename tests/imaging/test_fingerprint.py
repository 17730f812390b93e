"""The same pixels have the same hash in whatever type they came; others don't."""

import numpy as np
import pytest

from spinegrader.imaging.fingerprint import correlation, slice_hashes, thumbnail


@pytest.fixture
def pixels():
    return np.random.default_rng(5).integers(0, 900, (3, 20, 30)).astype(np.int16)


@pytest.mark.parametrize("dtype", ["<u2", ">i2", "<i4", "<i8", "<f4", ">f8"])
def test_hashes_do_not_depend_on_the_type(pixels, dtype):
    assert slice_hashes(pixels.astype(dtype)) == slice_hashes(pixels)
    assert all(len(item) == 16 for item in slice_hashes(pixels))


def test_hashes_tell_slices_apart(pixels):
    changed = pixels.copy()
    changed[1, 4, 7] += 1
    before, after = slice_hashes(pixels), slice_hashes(changed)
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False, True]
    assert not set(slice_hashes(pixels.reshape(3, 30, 20))) & set(before)
    assert slice_hashes(np.ascontiguousarray(pixels[::-1])) == before[::-1]
    assert slice_hashes(pixels[:, ::-1]) != before


def test_a_slice_of_one_value_tells_nothing(pixels):
    pixels[1] = 7
    assert [bool(item) for item in slice_hashes(pixels)] == [True, False, True]
    assert slice_hashes(np.zeros((2, 4, 4))) == ("", "")


def test_fractions_big_numbers_and_nan_have_hashes_too(pixels):
    halves = pixels / 3
    assert slice_hashes(halves) == slice_hashes(halves.astype(np.float32))
    assert slice_hashes(halves) != slice_hashes(pixels)
    broken = pixels.astype(np.float32)
    broken[0, 0, 0] = np.nan
    broken[1, 0, 0] = np.inf
    assert len(set(slice_hashes(broken))) == 3
    assert len(set(slice_hashes(pixels.astype(np.int64) + 2**40))) == 3


def test_a_rescaled_and_slightly_noisy_copy_correlates_and_another_image_does_not(pixels):
    smooth = np.cumsum(np.cumsum(pixels, axis=1), axis=2).astype(np.float64)
    noise = np.random.default_rng(6).normal(0, smooth.std() / 100, smooth.shape)
    copy = smooth * 0.3 + 50 + noise
    assert correlation(smooth, copy) > 0.999
    assert correlation(pixels, np.random.default_rng(7).integers(0, 900, pixels.shape)) < 0.2
    assert correlation(pixels, np.full_like(pixels, 3)) == 0.0
    assert float(thumbnail(smooth[0]) @ thumbnail(copy[0])) > 0.999


@pytest.mark.parametrize("shape", [(1, 1), (3, 40), (16, 16), (17, 500)])
def test_thumbnails_of_any_shape_have_length_one_or_zero(shape):
    image = np.arange(np.prod(shape), dtype=np.uint16).reshape(shape)
    length = float(np.linalg.norm(thumbnail(image)))
    assert length == pytest.approx(0.0 if image.size == 1 else 1.0, abs=1e-5)
    assert not thumbnail(np.full(shape, np.nan)).any()
