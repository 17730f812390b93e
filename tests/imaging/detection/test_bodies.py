"""Candidates stand where the centre map has its peaks, with the corners that its cells vote for."""

from dataclasses import replace

import numpy as np
import pytest

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.imaging.detection.bodies import body_candidates
from spinegrader.imaging.detection.maps import LEVELS
from spinegrader.imaging.detection.surface import mid_surface, on_surface
from tests.imaging.detection.rendering import Drawn, rendered
from tests.imaging.detection.spines import usual_spine

_L = VertebraLevel
_SPINE = usual_spine()


def _found(scene, seed=0):
    maps = rendered(scene, seed=seed)
    plane = on_surface(maps, mid_surface(maps, 4.0))
    return sorted(body_candidates(plane), key=lambda item: item.corners[:, 1].mean())


def test_one_for_each_body_with_its_corners_and_level() -> None:
    found = _found(_SPINE)
    assert len(found) == len(_SPINE.bodies)
    for item, body in zip(found, _SPINE.bodies, strict=True):
        assert np.abs(item.corners - body.corners).max() < 0.1
        assert LEVELS[int(item.level_log_probabilities.argmax())] == body.level
        assert np.exp(item.level_log_probabilities).sum() == pytest.approx(1)
        assert item.score > 0.75
        assert not item.is_cut


def test_many_cells_vote_noise_away() -> None:
    found = _found(_SPINE.but(noise=0.2))
    errors = [
        np.abs(a.corners - b.corners).max() for a, b in zip(found, _SPINE.bodies, strict=True)
    ]
    assert max(errors) < 1.5


def test_votes_that_disagree_lower_the_score() -> None:
    calm, wild = (rendered(_SPINE) for _ in range(2))
    wild.corners[:] += np.random.default_rng(0).normal(0, 9, wild.corners.shape)
    scores = [
        np.mean([item.score for item in body_candidates(on_surface(maps, mid_surface(maps, 4.0)))])
        for maps in (calm, wild)
    ]
    assert scores[1] < 0.75 * scores[0]


def test_two_peaks_in_one_body_are_one_candidate() -> None:
    l3 = next(body for body in _SPINE.bodies if body.level is _L.L3)
    twin = replace(l3, corners=np.add(l3.corners, (2, 6)), peak=0.7, in_masks=False)
    assert len(_found(_SPINE.but(extra=(twin,)))) == len(_SPINE.bodies)


def test_a_body_at_the_edge_is_cut() -> None:
    lifted = tuple(replace(body, corners=body.corners - (0, 25)) for body in _SPINE.bodies)
    found = _found(_SPINE.but(bodies=lifted))
    highest = min(float(body.corners[:, 1].min()) for body in lifted)
    assert highest < -3
    assert [item.is_cut for item in found] == [True] + [False] * (len(found) - 1)


@pytest.mark.parametrize(
    "corners",
    [
        ((0, 0), (120, 0), (120, 100), (0, 100)),
        ((0, 0), (5, 0), (5, 4), (0, 4)),
        ((30, 0), (0, 0), (0, 25), (30, 25)),
        ((0, 0), (30, 25), (30, 0), (0, 25)),
    ],
    ids=["a knee's bone", "a dot", "mirrored", "crossed"],
)
def test_what_has_no_body_shape_is_no_candidate(corners) -> None:
    odd = Drawn(_L.L3, np.add(corners, (30.0, 100.0)))
    assert _found(_SPINE.but(bodies=(), extra=(odd,))) == []
