"""How discs degenerate with the years.

``disc_state`` gives all that is drawn of a disc at an age. Signal, border and height follow the
hidden stage (``wear.py``), each ahead or behind by a lead of its own, so that gradings of one disc
agree without being copies of one another.

All quantities only grow worse with age, but these:

- the reach and size of extrusions and sequesters, which are resorbed in part or wholly;
- oedema (Modic type 1), which turns into fat, and fat, some of which turns into sclerosis;
- the band in the nucleus, which comes with the first signs of age and goes with the signal.

Bodies, arches and canal don't change here at all: in ten years discs change much and bone little.

How often and when things happen is told where they are drawn; the course of every curve here is our
choice. Looked up: Chiu et al., Clin Rehabil 29:184 (2015), on resorption.
"""

from spinegrader.simulate.ageing.courses import (
    DiscCourse,
    EndplateCourse,
    HerniationCourse,
    MarrowCourse,
    SlipCourse,
)
from spinegrader.simulate.ageing.curves import decayed, ramp, tabulated
from spinegrader.simulate.ageing.states import (
    BULGE_BOUND_MM,
    FOCUS_BOUND_MM,
    DiscState,
    EndplateState,
    Herniation,
    HerniationKind,
)

STAGES = (1.0, 2.0, 3.0, 4.0, 5.0)
HYDRATION = (1.0, 0.70, 0.42, 0.18, 0.04)
"""Signal of the nucleus at these stages: falls about evenly to stage 4 and little from then on, as
measured by Salamat et al., SpringerPlus 5:829 (2016, looked up); the values are set by eye."""

BORDER = (1.0, 0.85, 0.40, 0.0, 0.0)
"""Likewise the border: clear in grade II, unclear in III, lost in IV (Pfirrmann 2001)."""

_CLEFT = ((1.2, 1.9, 2.7, 3.5), (0.0, 1.0, 0.9, 0.15))
_LAST_STAGE = 5.3
_HERNIATION_YEARS = 0.5
_RESORPTION_YEARS = 0.8
"""Most is resorbed within the first year (Chiu 2015 and others); the time is our choice."""

_PROTRUSION_REMAINS = 0.5
"""An extrusion that has shrunk below this share of its reach no longer reaches further than its
base is wide: our choice."""

_MARROW_GROWTH_YEARS = 1.0
_EXTENT_GROWTH_YEARS = 10.0
_SCLEROSIS_YEARS = 6.0


def disc_state(course: DiscCourse, age_years: float) -> DiscState:
    """The disc at an age; see the module for what may grow better with age."""
    stage = course.wear.stage(age_years)
    late = ramp(stage, 1.8, 5.0)
    aged = ramp(age_years, 25.0, 90.0)
    bulge_mm = course.bulge_mm * ramp(stage, course.bulge_stage, _LAST_STAGE)
    return DiscState(
        stage=stage,
        hydration=tabulated(stage + course.hydration_lead, STAGES, HYDRATION),
        border=tabulated(stage + course.border_lead, STAGES, BORDER),
        cleft=course.cleft * tabulated(stage + course.hydration_lead, *_CLEFT),
        fissure=course.fissure * ramp(age_years, *_from(course.fissure_age_years, 1.0)),
        vacuum=course.vacuum * ramp(stage, 4.0, _LAST_STAGE),
        height_share=1 - course.narrowing_loss * ramp(stage, course.narrowing_stage, _LAST_STAGE),
        bulge_mm=bulge_mm,
        herniation=_herniation(course.herniation, bulge_mm, age_years),
        flavum_mm=course.flavum_mm * aged * (0.4 + 0.6 * late),
        facet_mm=course.facet_mm * aged * (0.5 + 0.5 * late),
        slip_mm=_slip_mm(course.slip, age_years),
        osteophyte_mm=course.osteophyte_mm * late * (0.4 + 0.6 * aged),
        upper=_endplate(course.upper, age_years),
        lower=_endplate(course.lower, age_years),
        facet_left_share=course.facet_left_share,
        arch_stays=course.slip.is_isthmic,
    )


def _from(start_years: float, lasting_years: float) -> tuple[float, float]:
    """Beginning and end of something; far ahead where it never happens."""
    start = min(start_years, 1e3)
    return start, start + lasting_years


def _slip_mm(course: SlipCourse, age_years: float) -> float:
    return course.slip_mm * ramp(age_years, *_from(course.onset_age_years, course.growth_years))


def _herniation(course: HerniationCourse, bulge_mm: float, age_years: float) -> Herniation:
    grown = ramp(age_years, *_from(course.onset_age_years, _HERNIATION_YEARS))
    since = age_years - course.onset_age_years - _HERNIATION_YEARS
    left = course.remaining + (1 - course.remaining) * decayed(since, _RESORPTION_YEARS)
    reach_mm = course.reach_mm * grown * left
    if course.kind <= HerniationKind.BULGE or reach_mm < FOCUS_BOUND_MM:
        return Herniation(
            HerniationKind.BULGE if bulge_mm >= BULGE_BOUND_MM else HerniationKind.NONE
        )
    shrunk = course.kind is HerniationKind.EXTRUSION and grown * left < _PROTRUSION_REMAINS
    size = 0.5 + 0.5 * grown * left
    return Herniation(
        kind=HerniationKind.PROTRUSION if shrunk else course.kind,
        reach_mm=reach_mm,
        left_mm=course.left_mm,
        half_width_mm=course.half_width_mm * size,
        half_height_mm=course.half_height_mm * size,
        migration_mm=course.migration_mm,
        brightness=course.brightness,
    )


def _endplate(course: EndplateCourse, age_years: float) -> EndplateState:
    grown = ramp(age_years, *_from(course.defect_age_years, course.defect_growth_years))
    oedema, fat, sclerosis = _marrow(course.marrow, age_years)
    since = age_years - course.marrow.onset_age_years
    return EndplateState(
        defect_mm=course.defect_mm * grown,
        defect_place=course.defect_place,
        defect_radius_mm=course.defect_radius_mm * (0.6 + 0.4 * grown),
        oedema=oedema,
        fat=fat,
        sclerosis=sclerosis,
        extent_mm=course.marrow.extent_mm * (0.5 + 0.5 * ramp(since, 0.0, _EXTENT_GROWTH_YEARS)),
        marrow_place=course.marrow.place,
        marrow_half_width=course.marrow.half_width,
    )


def _marrow(course: MarrowCourse, age_years: float) -> tuple[float, float, float]:
    """Strengths of Modic types 1, 2 and 3; together they are the course's, once grown."""
    since = age_years - course.onset_age_years
    if course.strength == 0 or since <= 0:
        return 0.0, 0.0, 0.0
    strength = course.strength * ramp(since, 0.0, _MARROW_GROWTH_YEARS)
    fatty = 1.0
    if course.oedema_years > 0:
        fatty = ramp(since, *_from(course.oedema_years, course.conversion_years))
    hard = ramp(since, *_from(course.sclerosis_after_years, _SCLEROSIS_YEARS))
    return strength * (1 - fatty), strength * fatty * (1 - hard), strength * fatty * hard
