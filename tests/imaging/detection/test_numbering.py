"""Names follow the sacrum, and their probability says how far they can be relied on."""

import numpy as np
import pytest

from spinegrader.domain.anatomy import VertebraLevel, levels_between
from spinegrader.imaging.detection.chain import chain_of
from spinegrader.imaging.detection.maps import LEVELS
from spinegrader.imaging.detection.numbering import namings, sacral_probability
from spinegrader.imaging.detection.run import Run, RunBody
from tests.imaging.detection.rendering import log_shares

_L = VertebraLevel
_ALIKE = np.full(len(LEVELS), -np.log(len(LEVELS)))


def _bodies(looks, confusion=0.3, guessed=()) -> tuple[RunBody, ...]:
    """Bodies that the network takes for some levels, head to feet; sacral ones taper."""
    bodies = []
    for place, level in enumerate(looks):
        lower = 21.0 if level in (_L.S1, _L.S2) else 32.0
        corners = np.array([[0, 0], [32, 0], [16 + lower / 2, 25], [16 - lower / 2, 25]])
        corners = np.add(corners, (0, 35 * place))
        evidence = _ALIKE if level in guessed else log_shares(level, confusion)
        bodies.append(RunBody(corners, 0.8, evidence, is_guessed=level in guessed))
    return tuple(bodies)


def _chain(looks, **kind):
    return chain_of(Run(_bodies(looks, **kind), len(looks)))


def test_a_clear_lumbar_spine_is_named_surely() -> None:
    levels = levels_between(_L.T11, _L.S2)
    chain = _chain(levels)
    assert chain.levels == levels
    assert chain.sacrum_in_view
    assert chain.is_numbering_sure
    assert chain.numbering_confidence > 0.9


@pytest.mark.parametrize("shift", [-1, 1])
def test_the_sacrum_decides_against_lumbar_bodies_that_look_shifted(shift) -> None:
    levels = levels_between(_L.T11, _L.S2)
    looks = [
        level
        if level.name.startswith("S") or level is _L.L5
        else LEVELS[LEVELS.index(level) + shift]
        for level in levels
    ]
    chain = _chain(looks)
    assert chain.levels == levels
    assert chain.numbering_confidence < _chain(levels).numbering_confidence


@pytest.mark.parametrize("wrong", range(6))
def test_one_body_that_looks_quite_wrong_changes_nothing(wrong) -> None:
    levels = levels_between(_L.T12, _L.S1)
    looks = list(levels)
    looks[wrong] = _L.L3 if levels[wrong] is _L.T12 else _L.T9
    bodies = list(_bodies(looks, 0.2))
    bodies[wrong] = RunBody(_bodies(levels)[wrong].corners, 0.8, log_shares(looks[wrong], 0.1))
    assert namings(bodies)[0].levels == levels


def test_the_shape_of_the_sacrum_counts_where_its_look_does_not_tell() -> None:
    levels = levels_between(_L.L1, _L.S1)
    bodies = [RunBody(body.corners, 0.8, _ALIKE) for body in _bodies(levels)]
    assert sacral_probability(bodies[-1]) > 2 * sacral_probability(bodies[0])
    assert namings(bodies)[0].levels == levels


def test_without_the_sacrum_names_are_said_to_be_unsure() -> None:
    chain = _chain(levels_between(_L.T12, _L.L4), confusion=0.6)
    assert not chain.sacrum_in_view
    assert not chain.is_numbering_sure
    assert chain.levels == levels_between(_L.T12, _L.L4)
    others = [naming.levels for naming in chain.alternatives]
    assert levels_between(_L.T11, _L.L3) in others
    assert chain.numbering_confidence + sum(n.probability for n in chain.alternatives) <= 1 + 1e-9


def test_without_any_evidence_nothing_is_sure() -> None:
    bodies = [RunBody(body.corners, 0.8, _ALIKE) for body in _bodies(levels_between(_L.L1, _L.L4))]
    chain = chain_of(Run(tuple(bodies), 4))
    assert not chain.is_numbering_sure
    assert chain.numbering_confidence < 0.4


@pytest.mark.parametrize(
    ("true", "looks"),
    [
        (
            (_L.T11, _L.T12, _L.L1, _L.L2, _L.L3, _L.L4, _L.L5, _L.L6, _L.S1),
            (_L.T11, _L.T12, _L.L1, _L.L2, _L.L3, _L.L4, _L.L5, _L.L5, _L.S1),
        ),
        (
            (_L.T10, _L.T11, _L.T12, _L.L1, _L.L2, _L.L3, _L.L4, _L.S1, _L.S2),
            (_L.T10, _L.T11, _L.T12, _L.L1, _L.L2, _L.L3, _L.L4, _L.S1, _L.S2),
        ),
        (
            (_L.T10, _L.T11, _L.T12, _L.T13, _L.L1, _L.L2, _L.L3, _L.L4, _L.L5, _L.S1),
            (_L.T10, _L.T11, _L.T12, _L.T12, _L.L1, _L.L2, _L.L3, _L.L4, _L.L5, _L.S1),
        ),
    ],
    ids=["six lumbar", "four lumbar", "thirteen thoracic"],
)
def test_a_person_who_is_not_regular_is_among_the_possible_names(true, looks) -> None:
    chain = _chain(looks, confusion=0.15)
    possible = [chain.levels, *(naming.levels for naming in chain.alternatives)]
    assert true in possible[:3]
    assert chain.numbering_confidence < _chain(levels_between(_L.T11, _L.S1)).numbering_confidence


def test_counting_from_the_sacrum_wins_where_all_looks_counted() -> None:
    """The network is taught so; that somebody has six lumbar vertebrae stays a possibility."""
    found = namings(_bodies(levels_between(_L.T10, _L.S1), 0.5))
    assert found[0].levels == levels_between(_L.T10, _L.S1)
    assert any(_L.L6 in naming.levels for naming in found[1:])


def test_guesses_do_not_vote() -> None:
    levels = levels_between(_L.L1, _L.S1)
    assert _chain(levels, guessed=(_L.L2, _L.L4)).levels == levels


def test_bodies_above_t9_and_below_s2_get_no_name() -> None:
    looks = (_L.T9, _L.T9, *levels_between(_L.T9, _L.S2), _L.S2)
    chain = _chain(looks, confusion=0.15)
    assert chain.levels == levels_between(_L.T9, _L.S2)


def test_levels_that_a_person_lacks_are_told() -> None:
    looks = (_L.T10, _L.T11, _L.T12, _L.L1, _L.L2, _L.L3, _L.L4, _L.S1, _L.S2)
    found = [item for item in namings(_bodies(looks, 0.15)) if _L.L5 not in item.levels]
    assert found[0].probability > 0.1
    assert _chain(levels_between(_L.T12, _L.S1)).absent == ()
