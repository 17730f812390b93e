"""Transitional anatomy and other counts of vertebrae: how often, and what they look like.

Looked up: Tins and Balain, Insights Imaging 7:199 (2016), whole-spine MR of 418 people: one mobile
vertebra more in 12 of 209 men and 6 of 211 women, one less in 4 men and 10 women, besides
transitional ones; French et al., Global Spine J 4:229 (2014), 5,941 radiographs: S1 lumbarised in
5.8 %, L5 sacralised in 4.1 %. Rates differ widely with the definition: 15.0 % lumbosacral and 4.1 %
thoracolumbar in Carrino et al., Radiology 259:196 (2011), 18.9 % in Uçar et al., Arthritis
2013:461425. Tokgoz et al., Korean J Radiol 15:258 (2014): a lumbarised S1 is square with a
well-formed disc below, a sacralised L5 is rhomboid. From memory: Konin and Walz, AJNR 31:1778
(2010), rates of 4 to 30 % and the squaring; Wigh, Spine 5:215 (1980), who calls S1 square where its
upper endplate is no more than 1.37 times as deep as the lower one. How an additional vertebra
is split between T13 and L6, how often a lumbarised S1 counts as L6, and all sizes are ours.
"""

from collections.abc import Sequence

import numpy as np

from spinegrader.simulate.person.morphometry import LEVELS, LevelMeans
from spinegrader.simulate.person.shapes import Sex, Variant

LUMBARISED_RATE = 0.058
SACRALISED_RATE = 0.041
ONE_MORE_RATE: dict[Sex, float] = {"F": 6 / 211, "M": 12 / 209}
ONE_LESS_RATE: dict[Sex, float] = {"F": 10 / 211, "M": 4 / 209}

T13_SHARE = 0.4
"""Of those with one vertebra more: it bears ribs; else it is L6."""

COMPLETE_SHARE = 0.4
"""Of those with a lumbarised S1: it has the full form of a lumbar vertebra and is called L6."""


def draw_variant(sex: Sex, rng: np.random.Generator) -> Variant:
    """The make of a person's lower spine."""
    more = ONE_MORE_RATE[sex]
    rates = {
        Variant.LUMBARISED: LUMBARISED_RATE,
        Variant.SACRALISED: SACRALISED_RATE,
        Variant.T13: more * T13_SHARE,
        Variant.L6: more * (1 - T13_SHARE),
        Variant.FOUR_LUMBAR: ONE_LESS_RATE[sex],
    }
    ticket = rng.random()
    for variant, rate in rates.items():
        ticket -= rate
        if ticket < 0:
            return variant
    return Variant.USUAL


def draw_anatomy(
    variant: Variant, rng: np.random.Generator
) -> tuple[tuple[LevelMeans, ...], float]:
    """The mean sizes of the levels that such a person has, head to feet, and their fusion."""
    strength = rng.random()
    means = {mean.name: mean for mean in LEVELS}
    if variant is Variant.T13:
        means["T13"] = _between(means["T12"], means["L1"], "T13")
    elif variant is Variant.FOUR_LUMBAR:
        means["L3"] = _between(means["L3"], means["L4"], "L3")
        means["L4"] = means.pop("L5")._replace(name="L4")
        means = _bent(means, 1.12)
    elif variant is Variant.L6 or (variant is Variant.LUMBARISED and strength < COMPLETE_SHARE):
        means["L6"] = means["L5"]._replace(name="L6")
        means["L5"] = _between(means["L4"], means["L5"], "L5")
        means = _bent(means, 0.85)
        if variant is Variant.LUMBARISED:
            return _ordered(_tapered_l6(means)), 0.0
    elif variant is Variant.LUMBARISED:
        # Grown together at most in part: 0.1 to 0.6.
        fusion = 0.1 + 0.5 * (1 - strength) / (1 - COMPLETE_SHARE)
        return _ordered(_square_s1(means, 1 - fusion)), fusion
    elif variant is Variant.SACRALISED:
        fusion = 0.4 + 0.6 * strength
        return _ordered(_rhomboid_l5(means, fusion)), fusion
    return _ordered(means), 0.0


def _between(above: LevelMeans, below: LevelMeans, name: str) -> LevelMeans:
    middle = [(a + b) / 2 for a, b in zip(above[1:], below[1:], strict=True)]
    return LevelMeans(name, *middle)


def _bent(means: dict[str, LevelMeans], share: float) -> dict[str, LevelMeans]:
    """Lumbar discs wedged more or less, for more or fewer of them make the lordosis."""
    return {
        name: mean._replace(disc_wedge_deg=mean.disc_wedge_deg * share)
        if name.startswith("L")
        else mean
        for name, mean in means.items()
    }


def _tapered_l6(means: dict[str, LevelMeans]) -> dict[str, LevelMeans]:
    """A lumbarised S1 called L6: smaller than a lumbar body below, on a lower disc."""
    last = means["L6"]
    means["L6"] = last._replace(
        depth_lower=last.depth_lower * 0.93,
        width_lower=last.width_lower * 0.94,
        disc_height=last.disc_height * 0.75,
        disc_wedge_deg=last.disc_wedge_deg * 0.8,
    )
    return means


def _square_s1(means: dict[str, LevelMeans], strength: float) -> dict[str, LevelMeans]:
    """Nearly as deep below as above, with a well-formed disc below; S2 follows it."""
    first, second = means["S1"], means["S2"]
    depth = first.depth_upper * (0.80 + 0.12 * strength)
    width = first.width_upper * (0.86 + 0.06 * strength)
    means["S1"] = first._replace(
        depth_lower=depth,
        width_lower=width,
        disc_height=4.0 + 4.0 * strength,
        disc_wedge_deg=5.0 + 3.0 * strength,
    )
    means["S2"] = second._replace(
        depth_upper=depth * 0.95, width_upper=width * 0.97, depth_lower=second.depth_lower * 1.2
    )
    return means


def _rhomboid_l5(means: dict[str, LevelMeans], fusion: float) -> dict[str, LevelMeans]:
    """Shallower below, on a rudimentary disc; S1 follows it."""
    last, first = means["L5"], means["S1"]
    means["L5"] = last._replace(
        depth_lower=last.depth_lower * (0.92 - 0.10 * fusion),
        width_lower=last.width_lower * 0.95,
        disc_height=6.5 - 4.0 * fusion,
        disc_wedge_deg=8.0 - 5.0 * fusion,
    )
    means["S1"] = first._replace(
        depth_upper=first.depth_upper * (0.92 - 0.10 * fusion),
        depth_lower=first.depth_lower * 0.92,
        width_upper=first.width_upper * 0.94,
    )
    return means


_ORDER = (
    tuple(f"T{n}" for n in range(8, 14))
    + tuple(f"L{n}" for n in range(1, 7))
    + tuple(f"S{n}" for n in range(1, 6))
)


def _ordered(means: dict[str, LevelMeans]) -> tuple[LevelMeans, ...]:
    return tuple(means[name] for name in _ORDER if name in means)


def like_usual(name: str, names: Sequence[str]) -> str:
    """The level of usual anatomy whose wedge and processes a vertebra shares.

    Args:
        name: Of the vertebra.
        names: All that the person has.
    """
    if name == "T13":
        return "T12"
    presacral = [level for level in names if level.startswith("L")]
    return "L5" if name == presacral[-1] else "L4" if name == "L5" else name
