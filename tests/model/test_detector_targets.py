"""What the detector is taught of a cut."""

import numpy as np
import torch

from spinegrader.model.detector.data import BODY
from spinegrader.model.detector.targets import targets_of

QUAD = np.asarray([[[20, 20], [44, 20], [44, 40], [20, 40]]], np.float32)


def taught(bodies, levels):
    labels = torch.zeros((64, 64), dtype=torch.uint8)
    labels[20:40, 20:44] = BODY
    return targets_of(labels, bodies, np.asarray(levels, np.int8))


def test_a_body_without_a_name_has_a_middle_all_the_same():
    found = taught(QUAD, [-1])
    assert found.centre_known[15, 16]
    assert found.centre[15, 16] > 0.9
    assert (found.levels == -1).all()


def test_bone_whose_corners_nobody_drew_has_a_middle_that_is_not_known():
    found = taught(QUAD[:0], [])
    assert not found.centre_known[15, 16]
    assert found.centre_known[2, 2]
