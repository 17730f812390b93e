"""Draws the fate of the discs of a person: what is common, how it depends on level, sex, heredity.

Looked up (abstracts): any degenerated disc in 54 % of men and 42 % of women of 21 years, bulges in
25 %, herniations in 2.5 to 5.6 %, high-intensity zones in 4 to 9 %, Modic changes in 1.4 %
(Takatalo et al., Spine 34:1716, 2009); degenerated discs at a mean age of 40 in 7, 12, 15.5, 49.5
and 53 % from L1/2 to L5/S1 (Kanayama et al., J Neurosurg Spine 11:501, 2009); in 40 % of people
under 30 (Cheung et al., Spine 34:934, 2009); without symptoms, degeneration in 37, 52, 68 and 80 %
at 20, 30, 40 and 50 years and 96 % at 80, narrowing in 24, 34, 45 and 56 % at the former, bulges in
30 and protrusions in 29 % at 20, 84 and 43 % at 80 (Brinjikji et al., AJNR 36:811, 2015). Familial
aggregation explains 61 % of the variance at T12 to L4 and 32 % at L4 to S1 (Battié et al., Spine J
9:47, 2009); progression over ten years is heritable too (Williams et al., Ann Rheum Dis 70:1203,
2011). In four years some lumbar disc of 52 % of men and 60 % of women got a higher Pfirrmann grade
(Teraguchi et al., Osteoarthritis Cartilage 25:1122, 2017). From memory: grade 4 or 5 at L4/5 in 69
% of men and 76 % of women of a mean age of 67 (Teraguchi et al., Osteoarthritis Cartilage 22:104,
2014).

Further sources stand beside their numbers; every number without one is our choice, set so that
the prevalences come near those above (``benchmarks/simulated_readers.py`` compares them).
Smoking and load are left out: they explain little beside heredity (Battié 2009).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spinegrader.simulate.ageing.courses import DiscCourse, SlipCourse
from spinegrader.simulate.ageing.curves import at_rank
from spinegrader.simulate.ageing.draw_displacement import (
    draw_herniation,
    draw_retrolisthesis,
    draw_slips,
    of_sex,
)
from spinegrader.simulate.ageing.draw_endplates import draw_endplates
from spinegrader.simulate.ageing.wear import Wear

_PACES = (0.57, 0.545, 0.28, 0.255, 0.205, 0.17)
"""Median wear at 40 years, from the lumbosacral disc upward; the last one for all discs above. 0.64
is stage 2.5."""

_PACE_SD_PERSON = 0.5
_PACE_SD_DISC = (0.65, 0.65, 0.38)
"""Spread of the logarithm of the pace, common to a person and of a disc's own, counted like
``_PACES``. Shares of the person: 0.63 in the upper, 0.37 in the two lower discs."""

_FUSION_PROTECTS = 0.9
_FUSION_LOADS = 0.35
"""A disc below a transitional vertebra degenerates less, the one above it more: Luoma et al., Spine
29:200 (2004), Aihara et al., J Bone Joint Surg Br 87:687 (2005), looked up. How much is our
choice: at full fusion the pace is a tenth below, and 1.35-fold above."""

_ISTHMIC_LOADS = 1.5
_INJURY_CHANCE = {"M": 0.22, "F": 0.13}
_INJURY_OF_LEVEL = (1.0, 1.0, 0.5)
_INJURY_AGES_YEARS = (10.0, 14.0, 65.0)
_INJURY_STEPS = (0.25, 0.85)
"""Least, most common and greatest. Injuries, most of them in youth, make the discs of young men
worse than those of young women (Takatalo 2009); in old age women's are no better (Teraguchi
2014)."""

_HERNIATION_STEPS = (0.05, 0.40)
"""Wear that a herniation adds, as an injury does; a disc is hurt by the earlier of both."""

_HYDRATION_SD = 0.25
_BORDER_SD = 0.30
_LARGEST_LEAD = 0.7
_NARROWING_STAGES = (1.6, 4.3)
_NARROWING_LOSSES = (0.25, 0.86)
_BULGE_STAGES = (0.6, 3.3)
_BULGE_MM = (1.0, 4.4)
_FISSURE_CHANCE = 0.065
_FISSURE_AGES_YEARS = (12.0, 60.0)
_VACUUM_CHANCE = 0.5
_FLAVUM_MM = (0.3, 2.4)
_FACET_MM = (3.0, 0.4, 7.0)
"""Median, spread of the logarithm and most."""

_FACET_OF_LEVEL = (0.9, 1.0, 0.8, 0.6, 0.5, 0.35)
_FACET_LEFT_SD = 0.2
_OSTEOPHYTE_MM = (3.5, 0.45, 10.0)


@dataclass(frozen=True)
class _Person:
    """What the discs of one person have in common.

    Args:
        pace: Against the mean of all people.
        injuries: Chance that a lower lumbar disc is injured.
        bone: Tendency to facet growth and spurs, against the mean.
        nodes: Tendency to early endplate defects, against the mean.
    """

    pace: float
    injuries: float
    bone: float
    nodes: float


def draw_courses(
    levels_above: Sequence[str],
    rng: np.random.Generator,
    *,
    sex: str = "",
    fusion: float = 0.0,
) -> tuple[DiscCourse, ...]:
    """One course for each disc of a person; those within the sacrum never change.

    Levels count from the lumbosacral disc upward, whatever its vertebra is called, since load and
    motion follow the sacrum.

    Args:
        levels_above: Name of the vertebra above each disc, head to feet; empty, or beginning with
            S, within the sacrum.
        rng: Of the person.
        sex: ``F``, ``M`` or empty; matters for slips and for injuries.
        fusion: How far the last lumbar vertebra has grown together with the sacrum, 0 to 1.
    """
    person = _Person(
        pace=float(rng.lognormal(0.0, _PACE_SD_PERSON)),
        injuries=of_sex(_INJURY_CHANCE, sex),
        bone=float(rng.lognormal(0.0, 0.25)),
        nodes=float(rng.lognormal(-0.4, 0.9)),
    )
    movable = sum(bool(level) and not level.startswith("S") for level in levels_above)
    slips = draw_slips(sex, rng)
    courses = [DiscCourse()] * (len(levels_above) - movable)
    for rank in range(movable):
        pace = person.pace * _pace_factor(rank, fusion)
        slip = slips.get(rank)
        if slip is not None and slip.is_isthmic:
            pace *= _ISTHMIC_LOADS
        wear = _draw_wear(rank, pace, person.injuries, rng)
        backward = draw_retrolisthesis(rank, wear, rng)
        courses.insert(0, _draw_course(rank, wear, slip or backward, person, rng))
    return tuple(courses)


def _pace_factor(rank: int, fusion: float) -> float:
    pace = at_rank(_PACES, rank)
    if rank == 0:
        return pace * (1 - _FUSION_PROTECTS * fusion)
    return pace * (1 + _FUSION_LOADS * fusion) if rank == 1 else pace


def _draw_wear(rank: int, pace: float, injuries: float, rng: np.random.Generator) -> Wear:
    injured = rng.random() < injuries * at_rank(_INJURY_OF_LEVEL, rank)
    return Wear(
        pace=pace * float(rng.lognormal(0.0, at_rank(_PACE_SD_DISC, rank))),
        injury_age_years=float(rng.triangular(*_INJURY_AGES_YEARS)) if injured else math.inf,
        injury_step=float(rng.uniform(*_INJURY_STEPS)) if injured else 0.0,
    )


def _draw_course(
    rank: int, wear: Wear, slip: SlipCourse, person: _Person, rng: np.random.Generator
) -> DiscCourse:
    herniation = draw_herniation(rank, wear, rng)
    step = float(rng.uniform(*_HERNIATION_STEPS))
    if herniation.onset_age_years < wear.injury_age_years:
        wear = Wear(wear.pace, herniation.onset_age_years, step)
    upper, lower = draw_endplates(rank, wear, person.nodes, rng)
    leads = np.clip(
        rng.normal(0.0, (_HYDRATION_SD, _BORDER_SD)), -_LARGEST_LEAD, _LARGEST_LEAD
    ).tolist()
    return DiscCourse(
        wear=wear,
        hydration_lead=leads[0],
        border_lead=leads[1],
        cleft=float(rng.uniform(0.3, 0.75)),
        narrowing_stage=float(rng.uniform(*_NARROWING_STAGES)),
        narrowing_loss=float(rng.uniform(*_NARROWING_LOSSES)),
        bulge_stage=float(rng.uniform(*_BULGE_STAGES)),
        bulge_mm=float(rng.uniform(*_BULGE_MM)),
        fissure=float(rng.uniform(0.5, 1.0)) if rng.random() < _FISSURE_CHANCE else 0.0,
        fissure_age_years=float(rng.uniform(*_FISSURE_AGES_YEARS)),
        vacuum=float(rng.uniform(0.3, 0.9)) if rng.random() < _VACUUM_CHANCE else 0.0,
        flavum_mm=float(rng.uniform(*_FLAVUM_MM)),
        facet_mm=at_rank(_FACET_OF_LEVEL, rank) * person.bone * _draw_length(_FACET_MM, rng),
        facet_left_share=float(np.clip(rng.normal(0.0, _FACET_LEFT_SD), -0.5, 0.5)),
        osteophyte_mm=person.bone * _draw_length(_OSTEOPHYTE_MM, rng),
        slip=slip,
        herniation=herniation,
        upper=upper,
        lower=lower,
    )


def _draw_length(numbers: tuple[float, float, float], rng: np.random.Generator) -> float:
    """A length from its median, the spread of its logarithm and the most it may be."""
    middle, spread, most = numbers
    return min(middle * float(rng.lognormal(0.0, spread)), most)
