"""Draws which discs herniate and which bodies slip.

What was looked up and what was not is told beside each number; the rest is our choice.
"""

import numpy as np

from spinegrader.simulate.ageing.courses import HerniationCourse, SlipCourse
from spinegrader.simulate.ageing.curves import at_rank
from spinegrader.simulate.ageing.states import HerniationKind
from spinegrader.simulate.ageing.wear import Wear

_HERNIATION_CHANCE = (0.21, 0.21, 0.10, 0.06, 0.03, 0.01)
"""In a lifetime, from the lumbosacral disc upward, the last one for all discs above: at 21 years
herniations are rare (Takatalo 2009), in old age two people in five have one (Brinjikji 2015)."""

_HERNIATION_KINDS = (0.76, 0.17, 0.07)
"""Protrusion, extrusion, sequestration. Among people without symptoms extrusions are rarer still
(1 % beside 27 %: Jensen et al., N Engl J Med 331:69, 1994, from memory); those who come for an
examination have more."""

_HERNIATION_AGE_YEARS = (37.0, 14.0)
_HERNIATION_STAGE = 1.4
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
"""Of the isthmic slips that reach beyond half of the endplate. Far more than among people (about
one slip in a hundred), so that a cohort of some hundreds holds every Meyerding grade."""

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


def of_sex(chances: dict[str, float], sex: str) -> float:
    """The chance of a sex; the mean of both where it isn't known."""
    return chances[sex] if sex in chances else sum(chances.values()) / len(chances)


def draw_slips(sex: str, rng: np.random.Generator) -> dict[int, SlipCourse]:
    """Forward slips of a person, by the number of the disc counted from the lumbosacral one."""
    slips: dict[int, SlipCourse] = {}
    if rng.random() < of_sex(_DEGENERATIVE_CHANCE, sex):
        middle, spread, most = _DEGENERATIVE_MM
        rank = int(rng.choice(len(_DEGENERATIVE_RANKS), p=_DEGENERATIVE_RANKS))
        slips[rank] = SlipCourse(
            slip_mm=min(middle * float(rng.lognormal(0.0, spread)), most),
            onset_age_years=max(float(rng.normal(*_DEGENERATIVE_AGE_YEARS)), 42.0),
            growth_years=float(rng.uniform(6, 16)),
        )
    if rng.random() < of_sex(_ISTHMIC_CHANCE, sex):
        high = rng.random() < _HIGH_GRADE_SHARE
        share = rng.uniform(0.52, 0.88) if high else np.clip(rng.lognormal(-1.9, 0.5), 0.09, 0.48)
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
    if rng.random() >= at_rank(_HERNIATION_CHANCE, rank):
        return HerniationCourse()
    kind = HerniationKind(int(rng.choice((2, 3, 4), p=_HERNIATION_KINDS)))
    side = 1.0 if rng.random() < 0.5 else -1.0
    is_foraminal = rng.random() < _FORAMINAL_CHANCE
    place = rng.uniform(*_FORAMINAL_MM) if is_foraminal else abs(rng.normal(0, _CENTRAL_SD_MM))
    is_protrusion = kind is HerniationKind.PROTRUSION
    return HerniationCourse(
        kind=kind,
        onset_age_years=max(
            float(rng.normal(*_HERNIATION_AGE_YEARS)), 15.0, wear.age_at(_HERNIATION_STAGE)
        ),
        reach_mm=float(rng.uniform(2.0, 4.5) if is_protrusion else rng.uniform(4.0, 8.0)),
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
