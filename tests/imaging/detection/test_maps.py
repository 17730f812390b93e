"""The network is shown the same picture whatever the pixels' size and brightness."""

import numpy as np
import pytest

from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.errors import InputError
from spinegrader.imaging.detection.maps import SliceMaps, normalised, slice_inputs, view_mm
from spinegrader.imaging.volume import Volume
from tests.imaging.detection.rendering import rendered
from tests.imaging.detection.spines import usual_spine


def _volume(column_mm: float, row_mm: float, picture) -> Volume:
    """A stack of 100 x 150 mm that shows a function of x and y in millimetres."""
    columns, rows = round(100 / column_mm), round(150 / row_mm)
    x, y = np.meshgrid(np.arange(columns) * column_mm, np.arange(rows) * row_mm)
    pixels = np.stack([picture(x, y), 2 * picture(x, y)])
    affine = np.diag([column_mm, row_mm, 4.0, 1.0])
    return Volume(pixels, VolumeGeometry.from_matrix(affine, pixels.shape))


def _waves(x, y):
    return 200 + 100 * np.sin(x / 8) * np.cos(y / 11)


@pytest.mark.parametrize("spacing_mm", [(0.5, 0.5), (0.55, 0.9), (1.0, 1.0), (1.4, 1.2)])
def test_a_pixel_shows_its_own_millimetre(spacing_mm) -> None:
    inputs = slice_inputs(_volume(*spacing_mm, _waves), [0])
    assert inputs.shape == (1, 160, 128)
    x, y = np.meshgrid(np.arange(4, 94), np.arange(4, 144))
    wanted = _waves(x, y)
    assert inputs.dtype == np.float32
    ratio = inputs[0, 4:144, 4:94] / wanted
    assert np.ptp(ratio) / ratio.mean() < 0.03


def test_padding_is_dark_and_the_picture_fills_the_rest() -> None:
    inputs = slice_inputs(_volume(0.5, 0.5, _waves), [0, 1])
    assert (inputs[:, :150, :100] > 0).all()
    assert not inputs[:, 150:].any()
    assert not inputs[:, :, 100:].any()


def test_what_1_mm_cannot_show_is_averaged() -> None:
    stripes = _volume(0.5, 0.5, lambda x, _: 100 + 100 * np.sign(np.sin(2 * np.pi * (x + 0.2))))
    inside = slice_inputs(stripes, [0])[0, 10:140, 10:90]
    assert np.ptp(inside) < 0.05 * inside.mean()


def test_brightness_is_in_units_of_the_stack() -> None:
    dim, bright = (
        slice_inputs(_volume(0.7, 0.7, f), [0, 1]) for f in (_waves, lambda *p: 9 * _waves(*p))
    )
    assert np.allclose(dim, bright)
    assert np.percentile(normalised(np.arange(1000.0)), 99) == pytest.approx(1, abs=0.01)
    assert normalised(np.array([0.0, 1e9, *np.ones(998)])).max() == 2
    assert not normalised(np.zeros((2, 3))).any()
    assert np.isfinite(normalised(np.array([np.nan, np.inf, 1.0]))).all()


def test_a_slice_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="no such slice"):
        slice_inputs(_volume(1.0, 1.0, _waves), [2])


def test_view_is_the_picture_without_padding() -> None:
    assert view_mm(_volume(0.5, 0.75, _waves).geometry) == pytest.approx((100, 150))


def test_maps_of_different_sizes_are_refused() -> None:
    maps = rendered(usual_spine())
    with pytest.raises(InputError, match="don't fit"):
        SliceMaps((0, 1), maps.masks, maps.centre, maps.corners, maps.levels, maps.view_mm)
