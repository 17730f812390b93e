"""How discs degenerate with the years, and the grades that follow.

Every disc has one hidden stage on the continuous scale 1 to 5 of Pfirrmann et al., Spine 26:1873
(2001). It only ever grows: with age, faster at lower levels (prevalence by age and level as in
Teraguchi et al., Osteoarthritis Cartilage 22:104, 2014), at a pace of the person and of the disc,
and by a step after an injury that some discs suffer. Everything that is drawn follows from the
stage, and the grades follow from what is drawn by the thresholds stated here.
"""

from collections.abc import Sequence

import numpy as np

from spinegrader.simulate.ageing.courses import DiscCourse, EndplateCourse
from spinegrader.simulate.ageing.states import (
    DiscState,
    EndplateState,
    Herniation,
    HerniationKind,
)

PFIRRMANN_BOUNDS = (1.5, 2.5, 3.5, 4.5)
"""Stage from which on a disc is graded 2, 3, 4, 5."""

DEGENERATION_BOUNDS = (1.7, 2.8, 4.0)
"""Stage from which on degeneration is mild, moderate, severe."""

NARROWING_BOUNDS = (0.85, 0.65, 0.40)
"""Height, as a share of the disc's own young height, below which narrowing is mild, moderate,
severe."""

STENOSIS_BOUNDS_MM = (12.0, 10.0, 8.0)
"""Depth of the dural sac at the disc below which stenosis is mild, moderate, severe; 10 and 12 mm
are the limits found most often by Steurer et al., BMC Musculoskelet Disord 12:175 (2011)."""

DEFECT_BOUND_MM = 1.5
"""Depth from which on an endplate defect counts as present."""

_PACE_OF_LEVEL = {"L1": 0.72, "L2": 0.82, "L3": 0.92, "L4": 1.12, "L5": 1.05, "T12": 0.6}
_PACE_ELSEWHERE = 0.5
_START_AGE_YEARS = 12.0
_STAGE_START = 0.85
_STAGE_SPAN = 4.6
_INJURY_TIME_YEARS = 3.0


def draw_courses(levels_above: Sequence[str], rng: np.random.Generator) -> tuple[DiscCourse, ...]:
    """One course for each disc, named by the vertebra above it; sacral discs never degenerate."""
    pace_of_person = float(rng.lognormal(0.0, 0.35))
    return tuple(
        _draw_course(_PACE_OF_LEVEL.get(level, _PACE_ELSEWHERE) * pace_of_person, rng)
        if not level.startswith("S") and level
        else _draw_course(0.0, rng)
        for level in levels_above
    )


def _draw_course(pace: float, rng: np.random.Generator) -> DiscCourse:
    injured = rng.random() < 0.15 and pace > 0
    focal = rng.random() < 0.3
    return DiscCourse(
        pace=pace * float(rng.lognormal(0.0, 0.32)),
        injury_age_years=float(rng.uniform(18, 70)) if injured else float("inf"),
        injury_step=float(rng.uniform(0.2, 0.8)),
        narrowing_stage=float(rng.uniform(2.0, 3.2)),
        bulge_mm=float(rng.uniform(1.5, 5.5)) + (2.0 if focal else 0.0),
        bulge_half_width_mm=float(rng.uniform(6, 9)) if focal else float(rng.uniform(14, 20)),
        flavum_mm=float(rng.uniform(1.0, 4.0)),
        upper=_draw_endplate(rng),
        lower=_draw_endplate(rng),
    )


def _draw_endplate(rng: np.random.Generator) -> EndplateCourse:
    return EndplateCourse(
        defect_mm=float(rng.uniform(2.5, 5.5)) if rng.random() < 0.35 else 0.0,
        defect_stage=float(rng.uniform(1.8, 3.2)),
        defect_place=(float(rng.normal(0.05, 0.25)), float(rng.normal(0, 0.12))),
        marrow_strength=float(rng.uniform(0.5, 1.0)) if rng.random() < 0.4 else 0.0,
        marrow_stage=float(rng.uniform(3.0, 4.2)),
        marrow_is_fatty=bool(rng.random() < 0.65),
    )


def disc_state(course: DiscCourse, age_years: float) -> DiscState:
    """The disc at an age; a later age never gives a better disc."""
    stage = _stage(course, age_years)
    late = _ramp(stage, 2.0, 5.2)
    focal = course.bulge_half_width_mm < 10
    bulge_mm = course.bulge_mm * late
    return DiscState(
        stage=stage,
        hydration=float(np.interp(stage, (1, 2, 3, 4, 5), (1.0, 0.7, 0.42, 0.18, 0.04))),
        border=float(np.interp(stage, (1, 2, 3, 4), (1.0, 0.85, 0.4, 0.0))),
        cleft=float(np.interp(stage, (1.3, 1.9, 2.7, 3.4), (0.0, 0.55, 0.5, 0.1))),
        fissure=0.0,
        vacuum=0.0,
        height_share=1 - 0.76 * _ramp(stage, course.narrowing_stage, 5.3),
        bulge_mm=0.4 * bulge_mm if focal else bulge_mm,
        herniation=Herniation(HerniationKind.PROTRUSION, reach_mm=0.6 * bulge_mm, half_width_mm=7.0)
        if focal and bulge_mm > 2
        else Herniation(HerniationKind.NONE),
        flavum_mm=course.flavum_mm * _ramp(stage, 2.2, 5.2),
        facet_mm=2 * late,
        slip_mm=0.0,
        osteophyte_mm=4 * late,
        upper=_endplate_state(course.upper, stage),
        lower=_endplate_state(course.lower, stage),
    )


def _stage(course: DiscCourse, age_years: float) -> float:
    years = max(age_years - _START_AGE_YEARS, 0.0)
    wear = 1.2 * course.pace * (years / 60) ** 1.3
    since = age_years - course.injury_age_years
    if since > 0:
        wear += course.injury_step * (1 - float(np.exp(-since / _INJURY_TIME_YEARS)))
    return _STAGE_START + _STAGE_SPAN * (1 - float(np.exp(-wear)))


def _endplate_state(course: EndplateCourse, stage: float) -> EndplateState:
    marrow = course.marrow_strength * _ramp(stage, course.marrow_stage, course.marrow_stage + 1)
    return EndplateState(
        defect_mm=course.defect_mm * _ramp(stage, course.defect_stage, course.defect_stage + 1.5),
        defect_place=course.defect_place,
        oedema=0.0 if course.marrow_is_fatty else marrow,
        fat=marrow if course.marrow_is_fatty else 0.0,
    )


def _ramp(value: float, start: float, end: float) -> float:
    """0 below ``start``, 1 above ``end``, smooth and growing between."""
    share = min(max((value - start) / (end - start), 0.0), 1.0)
    return share * share * (3 - 2 * share)


def grades_of(state: DiscState, sac_depth_mm: float) -> dict[str, int]:
    """The grades that follow from what is drawn, by id of the grading."""
    return {
        "pfirrmann": 1 + sum(state.stage >= bound for bound in PFIRRMANN_BOUNDS),
        "narrowing": sum(state.height_share < bound for bound in NARROWING_BOUNDS),
        "degeneration": sum(state.stage >= bound for bound in DEGENERATION_BOUNDS),
        "central_stenosis": sum(sac_depth_mm < bound for bound in STENOSIS_BOUNDS_MM),
        "endplate_upper": int(state.upper.defect_mm >= DEFECT_BOUND_MM),
        "endplate_lower": int(state.lower.defect_mm >= DEFECT_BOUND_MM),
    }
