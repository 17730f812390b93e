"""The chain takes the bodies of the spine and leaves out what only looks like them."""

from dataclasses import replace

import numpy as np
import pytest

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.imaging.detection.chain import Chain, chain_of
from spinegrader.imaging.detection.run import Run, best_run
from spinegrader.imaging.detection.surface import mid_surface, on_surface
from tests.imaging.detection.rendering import Drawn, Scene, rendered
from tests.imaging.detection.spines import fused, halved, slipped, usual_spine

_L = VertebraLevel
_SPINE = usual_spine()
_BY_LEVEL = {body.level: body for body in _SPINE.bodies}


def _run(scene: Scene, seed: int = 0) -> Run:
    maps = rendered(scene, seed=seed)
    return best_run(on_surface(maps, mid_surface(maps, 4.0)))


def _chain(scene: Scene, seed: int = 0) -> Chain:
    run = _run(scene, seed)
    assert run.why_not is None
    return chain_of(run)


def _is_the_spine(chain: Chain, scene: Scene, within_mm: float = 2.0) -> None:
    """Every body of the scene, once, with its name and at its place."""
    assert chain.levels == tuple(body.level for body in scene.bodies)
    for found, body in zip(chain.bodies, scene.bodies, strict=True):
        assert np.abs(found.corners - body.corners).max() < within_mm


def _like(level: VertebraLevel, offset, size: float = 1.0, peak: float = 0.85, **kind) -> Drawn:
    corners = _BY_LEVEL[level].corners
    middle = corners.mean(axis=0)
    return Drawn(level, size * (corners - middle) + middle + offset, peak, **kind)


@pytest.mark.parametrize("turn", [-20, 0, 20])
@pytest.mark.parametrize("lordosis", [0.35, 1.0, 1.5])
def test_straight_and_bent_spines_in_turned_pictures(lordosis, turn) -> None:
    scene = usual_spine(lordosis=lordosis).turned(turn)
    _is_the_spine(_chain(scene), scene)


@pytest.mark.parametrize(
    "scene",
    [
        usual_spine(L2=0.4),
        usual_spine(T12=0.5, L1=0.45, L3=0.55),
        slipped(_SPINE, _L.L4, 9),
        slipped(_SPINE, _L.L5, 15),
        fused(_SPINE, _L.L3),
        fused(fused(_SPINE, _L.L3), _L.L4),
    ],
    ids=["fracture", "three fractures", "slip", "severe slip", "fusion", "long fusion"],
)
def test_sick_bodies_survive(scene) -> None:
    _is_the_spine(_chain(scene), scene)


@pytest.mark.parametrize(
    "false",
    [
        (_like(_L.L3, (3, 15), in_masks=False), _like(_L.L2, (-4, -14), in_masks=False)),
        tuple(_like(level, (-42, 2)) for level in (_L.L1, _L.L2, _L.L3)),
        tuple(_like(level, (46, 12), 0.6) for level in (_L.L1, _L.L2, _L.L3, _L.L4)),
    ],
    ids=["doubled", "in front", "spinous processes"],
)
def test_false_candidates_are_left_out(false) -> None:
    scene = _SPINE.but(extra=false)
    _is_the_spine(_chain(scene), _SPINE, within_mm=4.0)


@pytest.mark.parametrize("level", [_L.L3, _L.S1])
def test_two_halves_are_one_body(level) -> None:
    _is_the_spine(_chain(halved(_SPINE, level)), _SPINE)


@pytest.mark.parametrize("missed", [(_L.L3,), (_L.L2, _L.L3), (_L.L1, _L.L5)])
def test_missed_bodies_are_filled_in_and_said_to_be_guesses(missed) -> None:
    chain = _chain(_SPINE.without(*missed))
    _is_the_spine(chain, _SPINE, within_mm=8.0)
    assert tuple(body.level for body in chain.bodies if body.is_guessed) == missed
    sure = [body.confidence for body in chain.bodies if not body.is_guessed]
    assert max(b.confidence for b in chain.bodies if b.is_guessed) < 0.25 < min(sure)


def test_a_missed_body_at_an_end_is_not_invented() -> None:
    chain = _chain(_SPINE.without(_L.T11, _L.S2))
    assert chain.levels == tuple(body.level for body in _SPINE.bodies[1:-1])


def test_confidence_falls_with_score_and_with_an_odd_stand() -> None:
    faint = tuple(
        replace(body, peak=0.4) if body.level is _L.L2 else body for body in _SPINE.bodies
    )
    usual, dim, broken = (
        next(body.confidence for body in _chain(scene).bodies if body.level is _L.L2)
        for scene in (_SPINE, _SPINE.but(bodies=faint), usual_spine(L2=0.4))
    )
    assert 0.8 < usual <= 1
    assert 0 < dim < usual - 0.1
    assert 0 < broken < usual - 0.1


def test_a_body_that_the_edge_cuts_is_said_to_be() -> None:
    cut = usual_spine(_L.T9, size_mm=(180.0, 285.0))
    chain = _chain(cut)
    assert [body.level for body in chain.bodies if body.is_cut] == [chain.bodies[-1].level]


def test_beside_the_canal_a_long_regular_chain_is_a_spine() -> None:
    scene = _SPINE.but(has_canal=False)
    _is_the_spine(_chain(scene), scene)
    assert "no spinal canal" in str(_run(scene.only(_L.L2, _L.L5)).why_not)


def test_hardly_anything_goes_wrong_in_noise() -> None:
    names = [_chain(_SPINE.but(noise=0.2, confusion=0.4), seed).levels for seed in range(6)]
    assert set(names) == {tuple(body.level for body in _SPINE.bodies)}
