from dataclasses import replace

import numpy as np
import pytest

from spinegrader.model.level_chains import chains_of
from spinegrader.model.level_check import (
    LEAST_CHAINS,
    SHIFTS,
    LevelCheck,
    check_levels,
    doubted,
    fit_levels,
)


def chains(count, sharpness=4.0, start=0, noise=1.0, levels=range(7)):
    """Rightly named chains: each body looks most like its level, less like its neighbours."""
    generator = np.random.default_rng(start)
    rows = []
    for person in range(start, start + count):
        wander = generator.normal(scale=0.12)  # the bodies of a person err together
        for level in levels:
            distance = np.arange(7) - level - wander
            logits = -sharpness * np.abs(distance) + generator.normal(scale=noise, size=7)
            rows.append((logits, level, f"s{person}", f"p{person}"))
    logits, places, series, subjects = zip(*rows, strict=True)
    return chains_of(np.array(logits), np.array(places), series, series, subjects)


def with_row(base, row, logits):
    changed = base.logits.copy()
    changed[row] = logits
    return replace(base, logits=changed)


@pytest.fixture(scope="module")
def fit():
    return fit_levels(chains(60))


def test_errors_are_told_on_other_people(fit):
    check = check_levels(fit, chains(60, start=1000))
    assert check.shifted.right == 60
    assert check.shifted.wrong == 120
    assert check.shifted.auc.value > 0.99
    assert check.shifted.false_alarms.value < 0.05
    assert check.shifted.misses.value < 0.05
    assert check.misnamed.auc.value > 0.9
    assert check.misnamed.false_alarms.value < 0.1
    assert LevelCheck.model_validate_json(check.model_dump_json()) == check


def test_a_network_that_knows_no_levels_flags_next_to_nothing():
    poor = fit_levels(chains(60, sharpness=0.0))
    other = chains(60, sharpness=0.0, start=1000)
    check = check_levels(poor, other)
    assert 0.3 < check.shifted.auc.value < 0.7
    assert check.shifted.false_alarms.value < 0.1
    assert check.shifted.misses.value > 0.9
    assert len(doubted(poor, other)) < 10


@pytest.mark.parametrize("shift", [-1, 1])
def test_a_shifted_chain_is_doubted_as_a_whole(fit, shift):
    base = chains(20, start=2000)
    found = doubted(fit, with_row(base, 7, base.renamed(shift)[7]))
    assert [item.row for item in found if item.shift] == [7]
    doubt = found[0]
    assert doubt.shift == shift
    assert doubt.probability > 0.9
    assert not doubt.misnamed


def test_one_misnamed_body_is_doubted_alone(fit):
    base = chains(20, start=3000)
    wrong = base.logits[6].copy()
    wrong[3] = wrong[5]  # L3's place shows L5
    found = [item for item in doubted(fit, with_row(base, 6, wrong)) if item.row == 6]
    assert found[0].shift == 0
    assert [(item.name, item.likelier) for item in found[0].misnamed] == [(3, 5)]
    assert found[0].misnamed[0].probability < 0.1


def test_chains_that_end_early_are_read_by_what_is_there(fit):
    base = chains(20, start=4000, levels=(1, 2, 3))
    assert not [item for item in doubted(fit, base) if item.shift]
    moved = replace(base, logits=base.renamed(1))
    assert len([item for item in doubted(fit, moved) if item.shift == 1]) >= 15


def test_overconfident_bodies_are_cooled_and_the_chain_once_more():
    """Bodies of a person that err together say less than as many that err alone."""
    alone = fit_levels(chains(100))
    copies = chains(100)
    # All bodies of a chain repeat the middle one's errors.
    middle = copies.logits[:, 3] - np.array([-4 * abs(k - 3) for k in range(7)])
    together = np.array(
        [[[-4.0 * abs(k - level) for k in range(7)] for level in range(7)]] * 100
    ) + 2.5 * np.stack([np.roll(middle, level - 3, axis=1) for level in range(7)], axis=1)
    linked = fit_levels(replace(copies, logits=together))
    assert linked.chain_temperature > 1.5 * alone.chain_temperature


def test_with_too_few_people_nothing_is_told(fit):
    assert fit_levels(chains(LEAST_CHAINS - 1)) is None
    assert check_levels(fit, chains(LEAST_CHAINS - 1)) is None
    assert SHIFTS == (-1, 0, 1)
