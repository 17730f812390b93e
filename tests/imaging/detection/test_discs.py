"""Outlines of discs lie where the mask crosses one half, or are left to the bodies."""

from itertools import pairwise

import numpy as np
import pytest

from spinegrader.imaging.detection.discs import disc_outline
from spinegrader.imaging.detection.maps import LEVELS, PlaneMaps
from tests.imaging.detection.rendering import contains, coverage, disc_polygon
from tests.imaging.detection.spines import usual_spine

_BODIES = [body.corners for body in usual_spine().bodies]
_PAIRS = list(pairwise(_BODIES))
_ROWS, _COLUMNS = 320, 192


def _plane(disc: np.ndarray) -> PlaneMaps:
    masks = np.zeros((3, _ROWS, _COLUMNS), dtype=np.float32)
    masks[1] = disc
    cells = np.zeros((len(LEVELS), _ROWS // 2, _COLUMNS // 2), dtype=np.float32)
    return PlaneMaps(masks, cells[0], cells[:8], cells, (180.0, 300.0))


def _dice(first: np.ndarray, second: np.ndarray) -> float:
    low = np.minimum(first.min(axis=0), second.min(axis=0)) - 1
    high = np.maximum(first.max(axis=0), second.max(axis=0)) + 1
    x, y = (np.arange(low[axis], high[axis], 0.15) for axis in (0, 1))
    one, other = contains(first, x, y), contains(second, x, y)
    return 2 * (one & other).sum() / (one.sum() + other.sum())


def _is_simple(outline: np.ndarray) -> bool:
    """Whether no two sides cross: the ends of each lie on both sides of the other."""
    ends = np.roll(outline, -1, axis=0)

    def side(start, end, place):
        along, off = end - start, place - start
        return along[..., 0] * off[..., 1] - along[..., 1] * off[..., 0]

    a, b, c, d = outline[:, None], ends[:, None], outline[None], ends[None]
    crosses = (side(a, b, c) * side(a, b, d) < 0) & (side(c, d, a) * side(c, d, b) < 0)
    return not crosses.any()


@pytest.mark.parametrize("pair", range(len(_PAIRS)))
def test_an_outline_is_the_masks(pair) -> None:
    upper, lower = _PAIRS[pair]
    wanted = disc_polygon(upper, lower)
    outline = disc_outline(_plane(coverage(wanted, _ROWS, _COLUMNS)), upper, lower)
    assert outline is not None
    assert 24 <= len(outline) <= 48
    assert _dice(outline, wanted) > 0.97


@pytest.mark.parametrize("share", [0.5, 0.3])
def test_worn_discs_of_few_millimetres(share) -> None:
    upper, lower = _PAIRS[4]
    gap = (lower[:2] - upper[[3, 2]]).mean(axis=0)
    lower = lower - (1 - share) * gap
    wanted = disc_polygon(upper, lower)
    outline = disc_outline(_plane(coverage(wanted, _ROWS, _COLUMNS)), upper, lower)
    assert outline is not None
    assert _dice(outline, wanted) > 0.93


def test_a_bulge_behind_is_followed() -> None:
    upper, lower = _PAIRS[4]
    body = disc_polygon(upper, lower)
    back = (upper[2] + lower[1]) / 2
    angles = np.linspace(0, 2 * np.pi, 30)
    bulge = back + np.stack([7 * np.cos(angles), 3.5 * np.sin(angles)], axis=1)
    mask = np.maximum(coverage(body, _ROWS, _COLUMNS), coverage(bulge, _ROWS, _COLUMNS))
    outline = disc_outline(_plane(mask), upper, lower)
    assert outline is not None
    assert outline[:, 0].max() > back[0] + 6
    assert _is_simple(outline)


def test_it_holds_with_noise_and_corners_that_are_not_exact() -> None:
    rng = np.random.default_rng(2)
    scores = []
    for upper, lower in _PAIRS[:-1]:
        wanted = disc_polygon(upper, lower)
        mask = coverage(wanted, _ROWS, _COLUMNS)
        mask = np.clip(mask + rng.normal(0, 0.12, mask.shape), 0, 1)
        moved = [corners + rng.normal(0, 1.2, (4, 2)) for corners in (upper, lower)]
        outline = disc_outline(_plane(mask), *moved)
        assert outline is not None
        assert _is_simple(outline)
        scores.append(_dice(outline, wanted))
    assert min(scores) > 0.93


def test_no_outline_without_a_disc_or_of_something_else() -> None:
    upper, lower = _PAIRS[4]
    empty = np.zeros((_ROWS, _COLUMNS))
    assert disc_outline(_plane(empty), upper, lower) is None
    assert disc_outline(_plane(empty + 1), upper, lower) is None
    middle = (upper[3] + lower[1]) / 2
    speck = coverage(middle + np.array([[-2, -2], [2, -2], [2, 2], [-2, 2]]), _ROWS, _COLUMNS)
    assert disc_outline(_plane(speck), upper, lower) is None
    blob = coverage(
        middle + np.array([[-30, -25], [30, -25], [30, 25], [-30, 25]]), _ROWS, _COLUMNS
    )
    assert disc_outline(_plane(blob), upper, lower) is None
