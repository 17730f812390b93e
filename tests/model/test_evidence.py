import numpy as np
import pytest
import torch

from spinegrader.errors import TrainingError
from spinegrader.model.data import GradingData
from spinegrader.model.evidence import METHODS, load_evidence_mapper
from spinegrader.model.finetune import finetune
from spinegrader.model.runs import new_run_folder
from spinegrader.model.splits import Part
from tests.model.model_samples import BACKBONE, STILL, finetune_config, ignore, never

SHAPE = (3, 24, 48)
REACH = 3
"""Pixels from the middle of a hole that count as hit; the hole itself is 5 by 5."""


def holes(count, seed=0):
    """Noisy discs, each with a bright spot that doesn't matter, half of them with a dark hole."""
    generator = np.random.default_rng(seed)
    volumes = 0.4 + generator.normal(scale=0.03, size=(count, *SHAPE))
    volumes += 0.1 * generator.normal(size=(count, 1, 1, 1))
    rows = generator.integers(4, SHAPE[1] - 4, count)
    # One half of the disc holds the spot, the other one the hole.
    left, right = generator.integers(4, 19, count), generator.integers(29, SHAPE[2] - 4, count)
    swapped = generator.random(count) < 0.5
    places = np.stack([rows, np.where(swapped, left, right)], axis=1)
    spots = np.where(swapped, right, left)
    for volume, row, column in zip(volumes, generator.permutation(rows), spots, strict=True):
        volume[:, row - 2 : row + 3, column - 2 : column + 3] += generator.uniform(0, 0.4)
    has_hole = np.arange(count) % 2
    for volume, (row, column), hole in zip(volumes, places, has_hole, strict=True):
        if hole:
            volume[:, row - 2 : row + 3, column - 2 : column + 3] -= 0.3
    return volumes.clip(0, 1).astype(np.float32), has_hole.astype(np.int64), places


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    volumes, labels, _ = holes(200)
    subjects = tuple(f"s{index // 4:02d}" for index in range(len(volumes)))
    data = GradingData(volumes, subjects, {"hole": labels}, {"hole": (0, 1)}, {"hole": True})
    split = dict.fromkeys(sorted(set(subjects)), Part.TRAIN)
    split |= dict.fromkeys(sorted(split)[:4], Part.VALIDATION)
    folder = new_run_folder(tmp_path_factory.mktemp("runs"), "finetune")
    config = finetune_config(
        volume_shape=SHAPE,
        backbone=BACKBONE.model_copy(update={"pooled_grid": (2, 3)}),
        augment=STILL,
        epochs=10,
    )
    result = finetune(config, data, split, folder, None, ignore, never)
    assert result.metrics["hole.mean_class_accuracy"] > 0.9
    return folder


@pytest.fixture(scope="module")
def mapper(run_folder):
    return load_evidence_mapper(run_folder, "cpu")


def hit_rate(mapper, method, count=12):
    """Share of the discs with a hole whose map is highest at it, and the chance of that."""
    volumes, labels, places = holes(count, seed=9)
    found = []
    for volume, place in zip(volumes[labels == 1], places[labels == 1], strict=True):
        values = mapper.draw(volume, "hole", 1, method).values
        there = np.unravel_index(values.argmax(), values.shape)
        found.append(np.abs(np.array(there[1:]) - place).max() <= REACH)
    return np.mean(found), (2 * REACH + 1) ** 2 / (SHAPE[1] * SHAPE[2])


@pytest.mark.parametrize(("method", "least"), [("occlusion", 0.8), ("integrated-gradients", 0.6)])
def test_maps_point_at_the_defect(mapper, method, least):
    rate, chance = hit_rate(mapper, method)
    assert chance < 0.05
    assert rate >= least


def test_without_what_was_learnt_maps_point_elsewhere(mapper):
    rate, _ = hit_rate(mapper.with_random_weights(3), "occlusion")
    assert rate < 0.5


@pytest.mark.parametrize("method", METHODS)
def test_maps_have_the_crops_grid_and_values_up_to_one(mapper, method):
    volumes, _, _ = holes(2, seed=5)
    drawn = mapper.draw(volumes[1], "hole", method=method)
    assert drawn.values.shape == SHAPE
    assert drawn.values.dtype == np.float32
    assert drawn.values.min() >= 0
    assert drawn.values.max() in (0, pytest.approx(1))
    assert drawn.class_index == 1
    assert drawn.probability > 0.5
    again = mapper.draw(volumes[1], "hole", method=method)
    np.testing.assert_array_equal(again.values, drawn.values)


def test_frozen_layers_are_no_obstacle_and_stay_as_they_are(run_folder):
    frozen = load_evidence_mapper(run_folder, "cpu")
    volumes, _, _ = holes(2, seed=5)
    before = [frozen.draw(volumes[1], "hole", 1, method).values for method in METHODS]
    for values in frozen.network.parameters():
        values.requires_grad_(requires_grad=False)
    for method, expected in zip(METHODS, before, strict=True):
        np.testing.assert_allclose(
            frozen.draw(volumes[1], "hole", 1, method).values, expected, atol=1e-5
        )
        assert all(values.grad is None for values in frozen.network.parameters())


def test_half_precision_volumes_are_taken(mapper):
    volumes, _, _ = holes(2, seed=5)
    whole = mapper.draw(volumes[1], "hole", 1).values
    half = mapper.draw(volumes[1].astype(np.float16), "hole", 1).values
    np.testing.assert_allclose(whole, half, atol=0.05)


def test_wrong_volumes_and_gradings_are_refused(mapper):
    volumes, _, _ = holes(1)
    with pytest.raises(TrainingError, match="cut them again"):
        mapper.draw(volumes[0][:, :12], "hole")
    with pytest.raises(TrainingError, match="doesn't grade “modic”"):
        mapper.draw(volumes[0], "modic")
    assert torch.is_grad_enabled()
