import numpy as np
import pytest
from scipy.stats import norm

from spinegrader.model.own_distances import own_distances

GAP = 4.0
"""How much farther two people lie apart than two visits of one, in standard deviations."""


def made(true, misfiled, seed, gap=GAP):
    """Filed pairs, the misfiled ones last, and pairs of strangers."""
    generator = np.random.default_rng(seed)
    own, wrong, strangers = (
        generator.normal(middle, 1, count)
        for middle, count in ((0, true), (gap, misfiled), (gap, 400))
    )
    return np.concatenate([own, wrong]), strangers


def beyond(found):
    """Share of true follow-ups that lie over the 99th percentile of what was found."""
    return float(norm.sf(found.mean + norm.ppf(0.99) * found.sd))


@pytest.mark.parametrize("true", [10, 40, 150])
def test_where_nothing_is_misfiled_all_pairs_are_trusted(true):
    trusts, means, deviations = [], [], []
    for seed in range(100):
        filed, strangers = made(true, 0, seed)
        found = own_distances(filed, strangers)
        trusts.append(found.trust.mean())
        means.append(found.mean - filed.mean())
        deviations.append(found.sd / filed.std(ddof=1))
    assert np.mean(trusts) > 0.99
    assert np.mean(means) == pytest.approx(0, abs=0.02)
    assert np.mean(deviations) == pytest.approx(1, abs=0.04)


@pytest.mark.parametrize(("true", "misfiled"), [(10, 1), (10, 2), (40, 4), (135, 15)])
def test_misfiled_pairs_dont_move_the_bound(true, misfiled):
    clean, mixed, blind = [], [], []
    for seed in range(100):
        filed, strangers = made(true, misfiled, seed)
        clean.append(beyond(own_distances(filed[:true], strangers)))
        mixed.append(beyond(own_distances(filed, strangers)))
        blind.append(float(norm.sf(filed.mean() + norm.ppf(0.99) * filed.std(ddof=1))))
    assert np.mean(mixed) == pytest.approx(np.mean(clean), abs=0.01)
    assert np.mean(blind) < 0.5 * np.mean(mixed)


def test_misfiled_pairs_are_the_distrusted_ones():
    filed, strangers = made(40, 4, seed=7, gap=8)
    trust = own_distances(filed, strangers).trust
    assert trust[:40].min() > 0.9
    assert trust[40:].max() < 0.1


def test_what_tells_nobody_apart_distrusts_nobody():
    filed, strangers = made(40, 0, seed=3, gap=0)
    found = own_distances(filed, strangers)
    assert found.trust.mean() > 0.9
    assert found.mean == pytest.approx(filed.mean(), abs=0.2)


def test_pairs_that_are_all_alike_are_told_too():
    found = own_distances(np.zeros(12), np.ones(5))
    assert found.mean == 0
    assert found.sd > 0
    assert found.trust == pytest.approx(1)
