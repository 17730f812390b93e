"""Draws what happens to some discs only: herniations, slips, endplate defects, marrow changes.

What was looked up and what was not is told beside each number; the rest is our choice.
"""

import math
from collections.abc import Sequence

import numpy as np

from spinegrader.simulate.ageing.courses import (
    EndplateCourse,
    HerniationCourse,
    MarrowCourse,
    SlipCourse,
)
from spinegrader.simulate.ageing.states import HerniationKind
from spinegrader.simulate.ageing.wear import Wear

_HERNIATION_CHANCE = (0.21, 0.21, 0.10, 0.06, 0.03, 0.01)
"""In a lifetime, from the lumbosacral disc upward, the last one for all discs above: at 21 years
herniations are rare (Takatalo 2009), in old age two people in five have one (Brinjikji 2015)."""

_HERNIATION_KINDS = (0.76, 0.17, 0.07)
"""Protrusion, extrusion, sequestration. Among people without symptoms extrusions are rarer still
(1 % beside 27 %: Jensen et al., N Engl J Med 331:69, 1994, from memory); those who come for an
examination have more."""

_HERNIATION_AGE_YEARS = (39.0, 14.0)
_HERNIATION_STAGE = 1.5
"""Earliest stage at which a disc herniates."""

_RESORBED_WHOLLY = {HerniationKind.EXTRUSION: 0.15, HerniationKind.SEQUESTRATION: 0.43}
_RESORBED = {HerniationKind.EXTRUSION: 0.70, HerniationKind.SEQUESTRATION: 0.96}
"""Chances that it goes wholly, and that it shrinks at all: Chiu et al., Clin Rehabil 29:184 (2015),
looked up. Protrusions also shrink at times; here they stay, as 65 % of herniations did over eight
years in Kjaer et al., BMC Musculoskelet Disord 17 (2016; PMC4714478, looked up)."""

_REMAINING = (0.25, 0.75)
_FORAMINAL_CHANCE = 0.12
_FORAMINAL_MM = (11.0, 16.0)
_CENTRAL_SD_MM = 4.0

_ISTHMIC_CHANCE = {"M": 0.075, "F": 0.025}
"""Isthmic slip at the lumbosacral disc: about 5 % of people, three men to a woman (Kalichman et
al., Spine 34:199, 2009, looked up: men to women 3:1)."""

_HIGH_GRADE_SHARE = 0.2
"""Of the isthmic slips that reach beyond half of the endplate. Far more than among people (about one
slip in a hundred), so that a cohort of some hundreds holds every Meyerding grade."""

_DEGENERATIVE_CHANCE = {"M": 0.10, "F": 0.30}
_DEGENERATIVE_RANKS = (0.12, 0.73, 0.15)
_DEGENERATIVE_AGE_YEARS = (62.0, 10.0)
_DEGENERATIVE_MM = (5.5, 0.35, 12.0)
"""Degenerative slip, most at L4/5, rising from the fifth to the eighth decade, women to men 3:1
(Kalichman 2009, looked up); in 8.4 % of women and 2.7 % of men in Jacobsen et al., Spine 32:120
(2007, looked up), in a quarter and more of those over 65 in other cohorts."""

_RETROLISTHESIS_CHANCE = 0.07
_RETROLISTHESIS_MM = (2.0, 4.5)
_RETROLISTHESIS_STAGE = 3.2

_USUAL_DEPTH_MM = 35.0

_EARLY_DEFECT_CHANCE = (0.02, 0.02, 0.025, 0.03, 0.035, 0.05)
_LATE_DEFECT_CHANCE = 0.20
_LATE_DEFECT_STAGES = (2.4, 4.2)
"""Schmorl's nodes come in youth, in 30 % of people from T9 to L5, 0.3 a lumbar spine (Williams et
al., Arthritis Rheum 57:855, 2007, looked up), and are strongly inherited; erosions and breaks come
with degeneration."""

_MARROW_CHANCE = (0.40, 0.40, 0.45, 0.45, 0.42, 0.15)
_MARROW_BOTH = 0.7
_MARROW_STAGES = (3.0, 4.5)
_MARROW_LAG_YEARS = (0.0, 12.0)
"""Modic changes: 1.4 % of people at 21 years (Takatalo 2009), 32 % at 54 and 48 % ten years later
(Määttä et al., Eur Spine J 2014, doi 10.1007/s00586-014-3333-8), two thirds of them from L4 to S1,
those above small and in front (Jensen et al., BMC Musculoskelet Disord 10:81, 2009); all looked up."""

_FATTY_FROM_START = 0.25
_NEVER_CONVERTS = 0.08
_OEDEMA_YEARS = (0.5, 4.0)
_CONVERSION_YEARS = (1.0, 5.0)
_SCLEROSIS_CHANCE = 0.13
_SCLEROSIS_YEARS = (5.0, 18.0)
"""Type 2 is the most, type 3 the least common (Li et al., PLoS One 9:e114993, 2014, looked up)."""


def _of_sex(chances: dict[str, float], sex: str) -> float:
    """The chance of a sex; the mean of both where it isn't known."""
    return chances[sex] if sex in chances else sum(chances.values()) / len(chances)


def _at(values: Sequence[float], rank: int) -> float:
    return values[min(rank, len(values) - 1)]


def draw_slips(sex: str, rng: np.random.Generator) -> dict[int, SlipCourse]:
    """Forward slips of a person, by the number of the disc counted from the lumbosacral one."""
    slips: dict[int, SlipCourse] = {}
    if rng.random() < _of_sex(_DEGENERATIVE_CHANCE, sex):
        middle, spread, most = _DEGENERATIVE_MM
        rank = int(rng.choice(len(_DEGENERATIVE_RANKS), p=_DEGENERATIVE_RANKS))
        slips[rank] = SlipCourse(
            slip_mm=min(middle * float(rng.lognormal(0.0, spread)), most),
            onset_age_years=max(float(rng.normal(*_DEGENERATIVE_AGE_YEARS)), 42.0),
            growth_years=float(rng.uniform(6, 16)),
        )
    if rng.random() < _of_sex(_ISTHMIC_CHANCE, sex):
        high = rng.random() < _HIGH_GRADE_SHARE
        share = rng.uniform(0.52, 0.98) if high else np.clip(rng.lognormal(-1.9, 0.5), 0.09, 0.48)
        slips[0] = SlipCourse(
            slip_mm=_USUAL_DEPTH_MM * float(share),
            onset_age_years=float(rng.uniform(6, 14)),
            growth_years=float(rng.uniform(4, 10)),
            is_isthmic=True,
        )
    return slips


def draw_retrolisthesis(rank: int, wear: Wear, rng: np.random.Generator) -> SlipCourse:
    """A slight backward slip of some narrowed discs."""
    if rng.random() >= _RETROLISTHESIS_CHANCE or rank == 0:
        return SlipCourse()
    return SlipCourse(
        slip_mm=-float(rng.uniform(*_RETROLISTHESIS_MM)),
        onset_age_years=wear.age_at(_RETROLISTHESIS_STAGE),
        growth_years=10.0,
    )


def draw_herniation(rank: int, wear: Wear, rng: np.random.Generator) -> HerniationCourse:
    """Whether, when and how a disc herniates."""
    if rng.random() >= _at(_HERNIATION_CHANCE, rank):
        return HerniationCourse()
    kind = HerniationKind(
        int(rng.choice((2, 3, 4), p=_HERNIATION_KINDS)),
    )
    side = 1.0 if rng.random() < 0.5 else -1.0
    is_foraminal = rng.random() < _FORAMINAL_CHANCE
    place = rng.uniform(*_FORAMINAL_MM) if is_foraminal else abs(rng.normal(0, _CENTRAL_SD_MM))
    is_protrusion = kind is HerniationKind.PROTRUSION
    return HerniationCourse(
        kind=kind,
        onset_age_years=max(
            float(rng.normal(*_HERNIATION_AGE_YEARS)), 15.0, wear.age_at(_HERNIATION_STAGE)
        ),
        reach_mm=float(rng.uniform(2.0, 4.5) if is_protrusion else rng.uniform(4.5, 9.0)),
        left_mm=side * float(place),
        half_width_mm=float(rng.uniform(4.5, 8.0) if is_protrusion else rng.uniform(4.0, 7.0)),
        half_height_mm=float(rng.uniform(2.5, 4.0) if is_protrusion else rng.uniform(5.5, 9.0)),
        migration_mm=_draw_migration(kind, rng),
        brightness=float(rng.uniform(0.1, 0.35) if is_protrusion else rng.uniform(0.2, 0.7)),
        remaining=_draw_remaining(kind, rng),
    )


def _draw_migration(kind: HerniationKind, rng: np.random.Generator) -> float:
    """Footward twice as often as headward; sequesters go farthest."""
    if kind is HerniationKind.PROTRUSION:
        return 0.0
    way = 1.0 if rng.random() < 1 / 3 else -1.0
    is_loose = kind is HerniationKind.SEQUESTRATION
    return way * float(rng.uniform(8, 16) if is_loose else rng.uniform(0, 5))


def _draw_remaining(kind: HerniationKind, rng: np.random.Generator) -> float:
    chance = float(rng.random())
    share = float(rng.uniform(*_REMAINING))
    if chance < _RESORBED_WHOLLY.get(kind, 0.0):
        return 0.0
    return share if chance < _RESORBED.get(kind, 0.0) else 1.0


def draw_endplates(
    rank: int, wear: Wear, nodes: float, rng: np.random.Generator
) -> tuple[EndplateCourse, EndplateCourse]:
    """Both endplates of a disc, upper first; their marrow mostly changes together.

    Args:
        rank: The disc counted from the lumbosacral one.
        wear: Of the disc.
        nodes: The person's tendency to early defects, against the mean.
        rng: Of the person.
    """
    common = _draw_marrow(rank, wear, rng)
    both = rng.random() < _MARROW_BOTH
    spared = int(rng.integers(2))
    upper, lower = (
        _draw_endplate(
            rank,
            wear,
            nodes,
            common if both or spared != number else MarrowCourse(),
            rng,
        )
        for number in range(2)
    )
    return upper, lower


def _draw_endplate(
    rank: int, wear: Wear, nodes: float, marrow: MarrowCourse, rng: np.random.Generator
) -> EndplateCourse:
    is_early = rng.random() < nodes * _at(_EARLY_DEFECT_CHANCE, rank)
    is_late = rng.random() < _LATE_DEFECT_CHANCE
    place = float(rng.normal(0.05, 0.25)), float(rng.normal(0.0, 0.12))
    if not is_early and not is_late:
        return EndplateCourse(defect_place=place, marrow=marrow)
    age_years = float(rng.uniform(11, 22))
    if not is_early:
        age_years = wear.age_at(float(rng.uniform(*_LATE_DEFECT_STAGES)))
    return EndplateCourse(
        defect_mm=float(rng.uniform(2.0, 6.0) if is_early else rng.uniform(1.7, 4.0)),
        defect_age_years=age_years,
        defect_growth_years=float(rng.uniform(1, 4) if is_early else rng.uniform(4, 12)),
        defect_place=place,
        defect_radius_mm=float(rng.uniform(3, 6.5) if is_early else rng.uniform(3, 9)),
        marrow=marrow,
    )


def _draw_marrow(rank: int, wear: Wear, rng: np.random.Generator) -> MarrowCourse:
    if rng.random() >= _at(_MARROW_CHANCE, rank):
        return MarrowCourse()
    is_low = rank < 2
    kind = rng.random()
    oedema_years = float(rng.uniform(*_OEDEMA_YEARS))
    if kind < _FATTY_FROM_START:
        oedema_years = 0.0
    elif kind > 1 - _NEVER_CONVERTS:
        oedema_years = math.inf
    hardens = oedema_years < math.inf and rng.random() < _SCLEROSIS_CHANCE
    return MarrowCourse(
        strength=float(rng.uniform(0.55, 1.0)),
        onset_age_years=wear.age_at(float(rng.uniform(*_MARROW_STAGES)))
        + float(rng.uniform(*_MARROW_LAG_YEARS)),
        oedema_years=oedema_years,
        conversion_years=float(rng.uniform(*_CONVERSION_YEARS)),
        sclerosis_after_years=(
            oedema_years + float(rng.uniform(*_SCLEROSIS_YEARS)) if hardens else math.inf
        ),
        extent_mm=float(rng.uniform(6, 16) if is_low else rng.uniform(4, 9)),
        place=float(rng.normal(0.0, 0.4) if is_low else rng.normal(-0.7, 0.2)),
        half_width=float(rng.uniform(0.5, 1.6) if is_low else rng.uniform(0.25, 0.5)),
    )
