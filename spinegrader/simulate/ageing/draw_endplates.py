"""Draws which endplates get defects, and where the marrow beside them changes.

What was looked up and what was not is told beside each number; the rest is our choice.
"""

import math

import numpy as np

from spinegrader.simulate.ageing.courses import EndplateCourse, MarrowCourse
from spinegrader.simulate.ageing.curves import at_rank
from spinegrader.simulate.ageing.wear import Wear

_EARLY_DEFECT_CHANCE = (0.02, 0.02, 0.025, 0.03, 0.035, 0.05)
_LATE_DEFECT_CHANCE = 0.20
_LATE_DEFECT_STAGES = (2.4, 4.2)
"""Schmorl's nodes come in youth, in 30 % of people from T9 to L5, 0.3 a lumbar spine (Williams et
al., Arthritis Rheum 57:855, 2007, looked up), and are strongly inherited; erosions and breaks come
with degeneration."""

_MARROW_CHANCE = (0.40, 0.40, 0.45, 0.45, 0.42, 0.15)
_MARROW_BOTH = 0.7
_MARROW_STAGES = (3.0, 4.5)
_MARROW_LAG_YEARS = (2.0, 14.0)
"""Modic changes: 1.4 % of people at 21 years (Takatalo 2009), 32 % at 54 and 48 % ten years later
(Määttä et al., Eur Spine J 2014, doi 10.1007/s00586-014-3333-8), two thirds of them from L4 to S1,
those above small and in front (Jensen et al., BMC Musculoskelet Disord 10:81, 2009); all looked
up."""

_FATTY_FROM_START = 0.25
_OEDEMA_YEARS = (0.5, 4.0)
_CONVERSION_YEARS = (2.0, 10.0)
_SCLEROSIS_CHANCE = 0.13
_SCLEROSIS_YEARS = (5.0, 18.0)
"""Type 2 is the most, type 3 the least common (Li et al., PLoS One 9:e114993, 2014). No type 1 of
the Twin Spine Study lasted 15 years, most were type 2 by then (The Natural History of Modic
Changes, thesis, Western University, ir.lib.uwo.ca/etd/8485). Both looked up."""


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
    is_early = rng.random() < nodes * at_rank(_EARLY_DEFECT_CHANCE, rank)
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
    if rng.random() >= at_rank(_MARROW_CHANCE, rank):
        return MarrowCourse()
    is_low = rank < 2
    oedema_years = float(rng.uniform(*_OEDEMA_YEARS))
    if rng.random() < _FATTY_FROM_START:
        oedema_years = 0.0
    hardens = rng.random() < _SCLEROSIS_CHANCE
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
