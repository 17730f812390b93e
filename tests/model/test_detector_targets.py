"""What the network is to say of a cut."""

import numpy as np
import pytest
import torch

from spinegrader.model.detector.data import BODY, UNKNOWN
from spinegrader.model.detector.losses import detector_losses
from spinegrader.model.detector.network import CORNER_SCALE_MM, MASKS, Maps
from spinegrader.model.detector.targets import Targets, stacked, targets_of

SIDE, CELLS = 64, 32
QUAD = np.asarray([[20, 20], [44, 20], [44, 40], [20, 40]], np.float32)
LEVEL = 6


def targets(quad=QUAD, rough=(), labels=None) -> Targets:
    """Of a cut with one body."""
    mask = torch.zeros((SIDE, SIDE), dtype=torch.uint8) if labels is None else labels
    return targets_of(mask, quad[None], np.asarray([LEVEL], np.int8), rough)


def boned() -> torch.Tensor:
    """A mask with the bone of that body."""
    labels = torch.zeros((SIDE, SIDE), dtype=torch.uint8)
    labels[20:40, 20:44] = BODY
    return labels


def test_a_body_has_its_middle_its_corners_and_its_level():
    made = targets()
    row, column = np.unravel_index(int(made.centre.argmax()), (CELLS, CELLS))
    assert abs(2 * row + 0.5 - 30) <= 1.5
    assert abs(2 * column + 0.5 - 32) <= 1.5
    assert int(made.levels[row, column]) == LEVEL
    here = np.asarray((2 * column + 0.5, 2 * row + 0.5))
    there = made.corners[:, row, column].numpy().reshape(4, 2) * CORNER_SCALE_MM + here
    assert there == pytest.approx(QUAD, abs=1e-3)
    assert bool(made.centre_known.all())


def test_outside_there_is_none():
    made = targets()
    assert int(made.levels[0, 0]) == -1
    assert bool(torch.isnan(made.corners[:, 0, 0]).all())


def test_a_rough_body_teaches_its_middle_and_its_level_but_no_corner():
    made = targets(rough=(0,))
    assert torch.equal(made.centre, targets().centre)
    assert torch.equal(made.levels, targets().levels)
    assert bool(torch.isnan(made.corners).all())


def test_a_body_with_two_known_corners_has_a_level_but_no_sure_middle():
    quad = QUAD.copy()
    quad[2:] = np.nan
    made = targets(quad)
    assert float(made.centre.max()) == 0
    assert not bool(made.centre_known[15, 16])
    assert bool(made.centre_known[0, 0])
    assert int(made.levels[15, 16]) == LEVEL
    assert bool(torch.isfinite(made.corners[:4, 15, 16]).all())
    assert bool(torch.isnan(made.corners[4:, 15, 16]).all())


def test_nothing_is_learnt_from_what_is_unknown():
    labels = torch.full((SIDE, SIDE), UNKNOWN, dtype=torch.uint8)
    made = stacked([targets(labels=labels)])
    noise = torch.randn(1, MASKS, SIDE, SIDE), torch.randn(1, 1, CELLS, CELLS)
    losses = detector_losses(_maps(*noise), made)
    assert float(losses["masks"]) == 0
    assert float(losses["centre"]) == 0


def test_a_body_without_a_name_has_a_middle_all_the_same():
    found = targets_of(boned(), QUAD[None], np.asarray([-1], np.int8))
    assert found.centre_known[15, 16]
    assert found.centre[15, 16] > 0.9
    assert (found.levels == -1).all()


def test_bone_whose_corners_nobody_drew_has_a_middle_that_is_not_known():
    found = targets_of(boned(), np.zeros((0, 4, 2), np.float32), np.zeros(0, np.int8))
    assert not found.centre_known[15, 16]
    assert found.centre_known[2, 2]


def test_the_loss_is_least_for_what_is_right():
    made = stacked([targets(labels=boned())])
    masks = torch.full((1, MASKS, SIDE, SIDE), -8.0)
    masks[0, 0, 20:40, 20:44] = 8.0
    centre = torch.logit(made.centre[:, None].clamp(1e-4, 1 - 1e-4))
    right = detector_losses(_maps(masks, centre), made)
    wrong = detector_losses(_maps(-masks, -centre), made)
    assert all(float(right[name]) < 0.2 * float(wrong[name]) for name in ("masks", "centre"))


def _maps(masks: torch.Tensor, centre: torch.Tensor) -> Maps:
    return Maps(masks, centre, torch.zeros(1, 8, CELLS, CELLS), torch.zeros(1, 11, CELLS, CELLS))
