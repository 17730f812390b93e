"""The true grades of a disc: stated rules on what is drawn.

Each ordinal grading has a continuous value on the scale of its grades, with the boundaries between
grades at the half-integers; the grade is that value rounded. Readers perceive the value with noise.

The values at which the grades of the literature begin are cited; how a value runs between and
beyond them is our choice (linear), and so is every number without a source.
"""

import math

from spinegrader.simulate.ageing.curves import tabulated
from spinegrader.simulate.ageing.process import BORDER, HYDRATION, STAGES
from spinegrader.simulate.ageing.states import DiscState, EndplateState

LOWEST_AND_HIGHEST = {
    "pfirrmann": (1, 5),
    "narrowing": (0, 3),
    "degeneration": (0, 3),
    "central_stenosis": (0, 3),
    "spondylolisthesis": (0, 4),
    "endplate_upper": (0, 1),
    "endplate_lower": (0, 1),
    "foraminal_left": (0, 1),
    "foraminal_right": (0, 1),
}
"""Of the ordinal gradings, in the order of the scheme."""

NARROWING_BOUNDS = (0.85, 0.65, 0.40)
"""Height, as a share of the disc's own young height, below which narrowing is mild, moderate,
severe: our choice after the words of the scheme."""

COLLAPSE_SHARES = (0.70, 0.50, 0.30)
"""Height at which a black disc begins to count as collapsed, is of grade V, and has no doubt left.
Pfirrmann 2001 gives IV a normal to moderately reduced height and V a collapsed one, in words."""

STENOSIS_BOUNDS_MM = (9.0, 7.0, 5.5)
"""Depth of the dural sac at the disc below which stenosis is mild, moderate, severe: our choice. A
sound sac of simulated people is 12 to 13 mm deep; the limits found most often, 12 and 10 mm, are of
the bony canal (Steurer et al., BMC Musculoskelet Disord 12:175, 2011, from memory; Kalichman et
al., Spine J 9:545, 2009, looked up), and the sac is about 3 mm narrower than that."""

SLIP_BOUNDS = (0.08, 0.25, 0.50, 0.75)
"""Forward slip as a share of the endplate's depth from which on it is of grade I to IV: quarters
after Meyerding, Surg Gynecol Obstet 54:371 (1932); 0.08 is about 3 mm. Backward slips are 0."""

DEFECT_BOUND_MM = 1.5
"""Depth from which on an endplate defect counts as present: our choice."""

MARROW_BOUND = 0.25
"""Strength from which on a type of marrow change counts: our choice; two types are "mixed"."""

FORAMEN_BONY_MM = 11.5
"""Height of a foramen without the disc's: with it the critical heights of 15 mm of the foramen and
4 mm of the disc of Hasegawa et al., J Bone Joint Surg Am 77:32 (1995, looked up) fall together."""

FORAMEN_WIDTH_MM = 9.0
FORAMEN_BOUND_MM2 = 48.0
"""Area of the foramen, an ellipse, below which the root is touched: that of a foramen of critical
height and of 4 mm left of its width. Areas of 40 to 160 mm2 are told for healthy ones (from
memory). Bound and width are our choice."""

_FORAMEN_BY_FACET = 0.7
_FORAMEN_BY_BULGE = 0.45
_FORAMEN_BY_SLIP = 0.3
_FORAMEN_BY_SPUR = 0.2
_FORAMEN_BY_HERNIATION = 1.6
"""Millimetres of width that each millimetre of these takes; a herniation takes height as well, and
one of 4 mm closes a sound foramen."""

_FORAMEN_BEGINS_MM = 9.0
"""A herniation whose middle lies farther aside than this reaches into the foramen."""

_MIXED = 4
_SIGNAL_DEGENERATION = (0.0, 0.6, 1.4, 2.0, 2.3)
"""Degeneration by signal alone, at the stages of ``STAGES``; narrowing adds up to one more."""


def grades_of(
    state: DiscState, *, sac_depth_mm: float, disc_height_mm: float, depth_mm: float
) -> dict[str, int]:
    """The true grades of all gradings of the scheme, by id, in its order.

    Args:
        state: The disc.
        sac_depth_mm: Depth of the dural sac in the mid-plane at the disc's back edge.
        disc_height_mm: Of the disc as it is.
        depth_mm: Of the endplates, front to back.
    """
    latent = latent_of(
        state, sac_depth_mm=sac_depth_mm, disc_height_mm=disc_height_mm, depth_mm=depth_mm
    )
    grades = {grading: nearest_grade(grading, value) for grading, value in latent.items()}
    left, right = grades.pop("foraminal_left"), grades.pop("foraminal_right")
    return {
        **grades,
        "modic_upper": _modic(state.upper),
        "modic_lower": _modic(state.lower),
        "foraminal_left": left,
        "foraminal_right": right,
        "herniation": int(state.herniation.kind),
    }


def latent_of(
    state: DiscState, *, sac_depth_mm: float, disc_height_mm: float, depth_mm: float
) -> dict[str, float]:
    """Continuous values of the ordinal gradings, on the scales of their grades.

    Args:
        state: The disc.
        sac_depth_mm: As for ``grades_of``, like the others.
        disc_height_mm: Of the disc as it is.
        depth_mm: Of the endplates, front to back.
    """
    narrowed = _between(-state.height_share, [-bound for bound in NARROWING_BOUNDS])
    return {
        "pfirrmann": _pfirrmann(state),
        "narrowing": narrowed,
        "degeneration": _degeneration(state, narrowed),
        "central_stenosis": _between(-sac_depth_mm, [-bound for bound in STENOSIS_BOUNDS_MM]),
        "spondylolisthesis": max(_between(state.slip_mm / depth_mm, SLIP_BOUNDS), 0.0),
        "endplate_upper": _defect(state.upper),
        "endplate_lower": _defect(state.lower),
        "foraminal_left": _foraminal(state, disc_height_mm, 1.0),
        "foraminal_right": _foraminal(state, disc_height_mm, -1.0),
    }


def nearest_grade(grading: str, value: float) -> int:
    """The grade of a continuous value: half-integers belong to the grade above."""
    lowest, highest = LOWEST_AND_HIGHEST[grading]
    return min(max(math.floor(value + 0.5), lowest), highest)


def _between(value: float, bounds: tuple[float, ...] | list[float]) -> float:
    """A value on the scale of grades 0, 1, … that begin at growing bounds.

    Linear between the bounds; beyond the first and the last with the slope beside them.
    """
    if value <= bounds[0]:
        return 0.5 + (value - bounds[0]) / (bounds[1] - bounds[0])
    if value >= bounds[-1]:
        return len(bounds) - 0.5 + (value - bounds[-1]) / (bounds[-1] - bounds[-2])
    return tabulated(value, bounds, [place + 0.5 for place in range(len(bounds))])


def _as_stage(value: float, falling: tuple[float, ...]) -> float:
    """The stage at which a falling table takes a value; the earliest of several."""
    last = next((i for i, entry in enumerate(falling) if entry <= falling[-1]), len(falling) - 1)
    places = [-entry for entry in falling[: last + 1]]
    return tabulated(-value, places, STAGES[: last + 1])


def _pfirrmann(state: DiscState) -> float:
    """After Pfirrmann 2001: structure and border first, signal, then height.

    The mean of what the signal and the border say, up to grade IV; a disc of grade IV (from 3.5 on)
    whose space has collapsed goes on to V.
    """
    signal = min(_as_stage(state.hydration, HYDRATION), STAGES[3])
    border = _as_stage(state.border, BORDER)
    looks = (signal + border) / 2
    collapsed = tabulated(-state.height_share, [-share for share in COLLAPSE_SHARES], (0.0, 0.5, 1))
    is_dark = min(max((looks - 3.5) / 0.5, 0.0), 1.0)
    return looks + collapsed * is_dark


def _degeneration(state: DiscState, narrowed: float) -> float:
    """Signal counts most; only a disc that is dark and narrowed too is severe."""
    signal = _as_stage(state.hydration, HYDRATION)
    return tabulated(signal, STAGES, _SIGNAL_DEGENERATION) + min(max(narrowed, 0.0), 2.5) * 0.4


def _defect(endplate: EndplateState) -> float:
    return endplate.defect_mm / DEFECT_BOUND_MM / 2


def _foraminal(state: DiscState, disc_height_mm: float, side: float) -> float:
    """1 where the area left to the root on one side is far below the bound, 0 far above."""
    height_mm = FORAMEN_BONY_MM + disc_height_mm
    width_mm = (
        FORAMEN_WIDTH_MM
        - _FORAMEN_BY_FACET * state.facet_mm * (1 + side * state.facet_left_share)
        - _FORAMEN_BY_BULGE * state.bulge_mm
        - _FORAMEN_BY_SLIP * abs(state.slip_mm)
        - _FORAMEN_BY_SPUR * state.osteophyte_mm
    )
    if state.herniation.left_mm * side >= _FORAMEN_BEGINS_MM:
        width_mm -= _FORAMEN_BY_HERNIATION * state.herniation.reach_mm
    area_mm2 = math.pi / 4 * height_mm * max(width_mm, 0.0)
    return 0.5 + (FORAMEN_BOUND_MM2 - area_mm2) / FORAMEN_BOUND_MM2


def _modic(endplate: EndplateState) -> int:
    """Number of the type of marrow change; the value of "mixed" where there are several."""
    strengths = (endplate.oedema, endplate.fat, endplate.sclerosis)
    types = [number for number, strength in enumerate(strengths, 1) if strength >= MARROW_BOUND]
    if not types:
        return 0
    return types[0] if len(types) == 1 else _MIXED
