import dataclasses

import numpy as np
import pytest
import torch

from spinegrader.model.augment import draw_movements, move
from spinegrader.model.config import AugmentConfig
from tests.model.model_samples import STILL


def movements(count, **changes):
    still = draw_movements(STILL, count, np.random.default_rng(0))
    full = {name: np.full(count, value) for name, value in changes.items()}
    return dataclasses.replace(still, **full)


def volumes(rows, columns):
    return torch.rand(2, 5, rows, columns, generator=torch.Generator().manual_seed(0))


def test_no_movement_changes_nothing():
    before = volumes(16, 32)
    torch.testing.assert_close(move(before, movements(2)), before)


def test_shifts_are_in_parts_of_the_width_on_wide_volumes_too():
    before = volumes(16, 32)
    right = move(before, movements(2, shift_columns=4 / 32))
    torch.testing.assert_close(right[..., 4:], before[..., :-4])
    assert (right[..., :3] == 0).all()
    down = move(before, movements(2, shift_rows=4 / 32))
    torch.testing.assert_close(down[:, :, 4:], before[:, :, :-4])


def test_rotation_keeps_shapes_on_wide_volumes():
    before = torch.zeros(1, 1, 64, 128)
    before[:, :, 22:42, 54:74] = 1  # a square in the middle stays one
    turned = move(before, movements(1, rotation_rad=np.pi / 2))
    torch.testing.assert_close(turned, before, atol=1e-4, rtol=0)


def test_scale_grows_the_anatomy():
    before = torch.zeros(1, 1, 64, 64)
    before[:, :, 22:42, 22:42] = 1
    grown = move(before, movements(1, scale=2.0))
    assert abs(grown.sum().item() / before.sum().item() - 4) < 0.1


def test_slices_shift_whole_and_flip():
    before = volumes(8, 8)
    later = move(before, movements(2, shift_slices=2))
    torch.testing.assert_close(later[:, 2:], before[:, :-2])
    assert (later[:, :2] == 0).all()
    torch.testing.assert_close(move(before, movements(2, flip=True)), before.flip(1))


def test_draws_stay_within_limits_and_members_of_a_pair_flip_alike():
    config = AugmentConfig()
    drawn = draw_movements(config, 500, np.random.default_rng(0), members=2)
    assert np.abs(np.degrees(drawn.rotation_rad)).max() <= 15
    assert set(drawn.shift_slices) == {-2, -1, 0, 1, 2}
    assert (drawn.flip[0::2] == drawn.flip[1::2]).all()
    assert 0.4 < drawn.flip.mean() < 0.6
    assert not np.array_equal(drawn.rotation_rad[0::2], drawn.rotation_rad[1::2])


def test_parts_move_as_the_whole_does():
    before = volumes(16, 16)
    drawn = draw_movements(AugmentConfig(), 2, np.random.default_rng(1))
    whole = move(before, drawn)
    halves = [move(before[i : i + 1], drawn.take(slice(i, i + 1))) for i in range(2)]
    torch.testing.assert_close(whole, torch.cat(halves))


def test_gamma_darkens_the_middle_and_keeps_the_ends():
    ramp = torch.linspace(0, 1, 16).reshape(1, 1, 1, 16).repeat(1, 1, 16, 1)
    found = move(ramp, movements(1, gamma=2.0))
    torch.testing.assert_close(found, ramp**2, atol=1e-4, rtol=0)


def test_blur_mixes_in_a_smoothed_slice_and_keeps_its_sum():
    before = torch.zeros(1, 3, 33, 33)
    before[:, 1, 16, 16] = 1
    whole, half = (move(before, movements(1, blur=share), blur_pixels=1.5) for share in (1.0, 0.5))
    assert whole[0, 1].sum().item() == pytest.approx(1, abs=1e-3)
    assert whole[0, 1, 16, 16].item() == pytest.approx(1 / (2 * np.pi * 1.5**2), rel=0.05)
    assert (whole[0, 0] == 0).all()
    torch.testing.assert_close(half, (before + whole) / 2)


def test_noise_is_white_as_strong_as_asked_and_other_in_every_volume():
    before = torch.full((2, 5, 64, 64), 0.5)
    moved = movements(2, noise=0.05)
    found = move(before, dataclasses.replace(moved, noise_place=np.array([3, 70_000]))) - before
    assert found.std().item() == pytest.approx(0.05, rel=0.03)
    assert abs(np.corrcoef(found[0].flatten(), found[1].flatten())[0, 1]) < 0.03
    assert (
        abs(np.corrcoef(found[0, :, :, 1:].flatten(), found[0, :, :, :-1].flatten())[0, 1]) < 0.03
    )


def test_parts_of_a_fully_changed_batch_are_as_the_whole():
    config = AugmentConfig(gamma=0.5, noise=0.1, blur_pixels=1.0)
    before = volumes(16, 16)
    drawn = draw_movements(config, 2, np.random.default_rng(1))
    whole = move(before, drawn, 1.0)
    halves = [move(before[i : i + 1], drawn.take(slice(i, i + 1)), 1.0) for i in range(2)]
    torch.testing.assert_close(whole, torch.cat(halves))
    assert not torch.equal(whole, move(before, drawn))
