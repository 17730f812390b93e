"""Bodies whose two halves were taken for bodies."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from spinegrader.imaging.detection.bodies import BodyCandidate, depth_and_height, is_cut
from spinegrader.imaging.detection.links import links
from spinegrader.imaging.detection.maps import PlaneMaps

_HALF_GAP = 0.14
_HALF_SHAPE = 0.62
_HALF_DISC = 0.35
_WHOLE_SHAPE = (0.55, 1.15)


def joined_halves(plane: PlaneMaps, found: Sequence[BodyCandidate]) -> tuple[BodyCandidate, ...]:
    """Whole bodies out of flat ones that touch with no disc between them, as further choices."""
    corners = np.stack([item.corners for item in found])
    depth, height = depth_and_height(corners)
    flat = np.flatnonzero(height / depth < _HALF_SHAPE)
    wholes: list[BodyCandidate] = []
    for first, second in combinations(flat.tolist(), 2):
        upper, lower = sorted((first, second), key=lambda place: corners[place].mean(axis=0)[1])
        joined = np.concatenate([corners[upper, :2], corners[lower, 2:]])
        gap = (corners[lower, :2] - corners[upper, [3, 2]]).mean(axis=0)
        deep, tall = (float(value[0]) for value in depth_and_height(joined[None]))
        touches = float(np.linalg.norm(gap)) < _HALF_GAP * deep
        if not touches or not _WHOLE_SHAPE[0] < tall / deep < _WHOLE_SHAPE[1]:
            continue
        disc = links(plane, corners[[lower, upper]]).discs[0, 1]
        if disc < _HALF_DISC:
            score = (found[upper].score + found[lower].score) / 2
            levels = np.logaddexp(
                found[upper].level_log_probabilities, found[lower].level_log_probabilities
            ) - np.log(2)
            wholes.append(BodyCandidate(joined, score, levels, is_cut(joined, plane)))
    return tuple(wholes)
