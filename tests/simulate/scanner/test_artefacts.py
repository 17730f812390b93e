import numpy as np

from spinegrader.simulate.painting.scene import Structure
from spinegrader.simulate.scanner.artefacts import (
    add_ghosts,
    black_borders,
    flow_loss,
    folded,
    saturation_band,
    shifted,
)


def spot(shape, row, column):
    image = np.zeros(shape, dtype=np.float32)
    image[row, column] = 1
    return image


def test_fat_moves_by_parts_of_a_pixel():
    moved = shifted(spot((5, 9), 2, 4), 1.25, axis=1)
    assert moved[2, 5:7].tolist() == [0.75, 0.25]
    assert shifted(spot((5, 9), 2, 4), -2.0, axis=0)[0, 4] == 1
    assert shifted(spot((9, 5), 4, 2), -1.5, axis=0)[2:4, 2].tolist() == [0.5, 0.5]


def test_what_lies_beyond_comes_in_at_the_opposite_side():
    image = spot((20, 12), 3, 6)
    inner = folded(image, (4, 0), axis=0)
    assert inner.shape == (12, 12)
    # One row beyond the upper edge is the last row.
    assert np.argwhere(inner).tolist() == [[11, 6]]
    assert np.argwhere(folded(spot((20, 12), 17, 6), (4, 0), 0)).tolist() == [[1, 6]]
    assert np.argwhere(folded(spot((12, 20), 5, 2), (0, 4), 1)).tolist() == [[5, 10]]
    # Where nothing wraps the margin is gone.
    assert not folded(image, (4, 0), axis=None).any()
    assert not folded(spot((12, 20), 5, 2), (0, 4), axis=None).any()


def test_ghosts_are_evenly_spaced_along_the_phase_axis():
    channels = np.zeros((2, 60, 5), dtype=np.float32)
    add_ghosts(channels, spot((60, 5), 30, 2), 10, 0.0, axis=0, wraps=False)
    assert np.argwhere(channels[0])[:, 0].tolist() == [10, 20, 40, 50]
    assert channels[0, 20, 2] == 2 * channels[0, 10, 2]
    assert not channels[1].any()


def test_ghosts_leave_the_image_unless_it_wraps():
    for wraps, count in ((False, 2), (True, 4)):
        channels = np.zeros((2, 5, 40), dtype=np.float32)
        add_ghosts(channels, spot((5, 40), 2, 35), 9, np.pi / 2, axis=1, wraps=wraps)
        assert np.count_nonzero(channels[1] > 0.1) == count


def test_pulsation_takes_signal_in_patches():
    loss = flow_loss((100, 60), 0.5, np.random.default_rng(1))
    assert loss.shape == (100, 60)
    assert 0 <= loss.min() < 0.05
    assert 0.3 < loss.max() <= 0.5
    assert np.abs(np.diff(loss, axis=0)).max() < 0.1


def test_the_saturation_band_spares_the_bodies_and_darkens_what_is_in_front():
    labels = np.zeros((100, 120), dtype=np.uint8)
    for row in range(100):
        labels[row, 60 + row // 20 : 85] = Structure.FIRST_BODY
    band = saturation_band(labels, (2.0, 2.0), np.random.default_rng(2))
    assert band[labels > 0].min() > 0.85
    assert (band.min(axis=1) < 0.2).all()
    assert (band[:, 90:] == 1).all()


def test_no_band_without_bodies():
    labels = np.zeros((10, 10), dtype=np.uint8)
    assert saturation_band(labels, (1.0, 1.0), np.random.default_rng(2)) is None


def test_borders_are_thin_and_curved():
    missing = black_borders((256, 256), np.random.default_rng(3))
    assert 0 < missing.mean() < 0.05
    assert missing[0].sum() > missing[3].sum()
    assert not missing[60:190].any()
