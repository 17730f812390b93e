"""What a disc and its endplates are like at one age: all that is drawn and graded."""

from dataclasses import dataclass
from enum import IntEnum

BULGE_BOUND_MM = 1.5
"""Even reach beyond the rims from which on a disc counts as bulging: our choice, Fardon et al. give
no length."""

FOCUS_BOUND_MM = 1.0
"""Reach beyond the bulge from which on a herniation counts: our choice, about two pixels."""


class HerniationKind(IntEnum):
    """Values of the grading ``herniation``, after Fardon et al., Spine J 14:2525 (2014)."""

    NONE = 0
    BULGE = 1
    PROTRUSION = 2
    EXTRUSION = 3
    SEQUESTRATION = 4


@dataclass(frozen=True)
class Herniation:
    """Disc material beyond the ring of the endplates, besides the even bulge.

    Lengths in millimetres; places in the disc's own frame.

    Args:
        kind: NONE and BULGE have no focus; BULGE where ``bulge_mm`` is at least the bound.
        reach_mm: Backward, beyond the bulge.
        left_mm: Place of its middle to the patient's left.
        half_width_mm: To left and right.
        half_height_mm: To head and feet; wider than the disc in an extrusion.
        migration_mm: Headward (negative: footward) place of its middle against the disc's.
        brightness: Its signal between annulus (0) and young nucleus (1).
    """

    kind: HerniationKind
    reach_mm: float = 0.0
    left_mm: float = 0.0
    half_width_mm: float = 5.0
    half_height_mm: float = 3.0
    migration_mm: float = 0.0
    brightness: float = 0.0


@dataclass(frozen=True)
class EndplateState:
    """One endplate at one age.

    Args:
        defect_mm: Depth of its defect.
        defect_place: Front-back and left-right place, as shares of the half depth and half width.
        defect_radius_mm: Of the defect.
        oedema: Strength of Modic type 1 change in the marrow beside it, 0 to 1.
        fat: Strength of type 2.
        sclerosis: Strength of type 3.
        extent_mm: How far the change reaches into the body.
        marrow_place: Front-back place of its middle, as a share of the half depth.
        marrow_half_width: Front-back half width, as a share of the half depth; 1 and more is all.
    """

    defect_mm: float = 0.0
    defect_place: tuple[float, float] = (0.0, 0.0)
    defect_radius_mm: float = 3.6
    oedema: float = 0.0
    fat: float = 0.0
    sclerosis: float = 0.0
    extent_mm: float = 8.0
    marrow_place: float = 0.0
    marrow_half_width: float = 1.2


@dataclass(frozen=True)
class DiscState:
    """A disc at one age.

    Args:
        stage: Hidden stage, below 1 (young) to above 5.
        hydration: Signal of the nucleus, 1 (young) to 0 (black).
        border: How clearly the nucleus parts from the annulus, 1 to 0.
        cleft: Darkness of the horizontal band within the nucleus, 0 to 1.
        fissure: Brightness of a fissure in the back of the annulus (high-intensity zone), 0 to 1.
        vacuum: Share of the disc's middle that holds gas, 0 to 1.
        height_share: Height as a share of the young height.
        bulge_mm: Even reach beyond the endplates' rim, into the canal too.
        herniation: What reaches further.
        flavum_mm: Thickening of the ligaments behind the sac.
        facet_mm: Growth of the facet joints, at the disc's level.
        slip_mm: How far the body above has slipped forward (negative: backward).
        osteophyte_mm: Length of the spurs at the rims beside the disc.
        upper: The endplate above the disc.
        lower: The endplate below the disc.
        facet_left_share: How much more the left facet joint has grown than the mean of both, as a
            share: left ``facet_mm * (1 + share)``, right ``facet_mm * (1 - share)``.
        arch_stays: Whether the arch of the body above stays behind as it slips (isthmic slip), so
            that the canal isn't narrowed.
    """

    stage: float
    hydration: float
    border: float
    cleft: float
    fissure: float
    vacuum: float
    height_share: float
    bulge_mm: float
    herniation: Herniation
    flavum_mm: float
    facet_mm: float
    slip_mm: float
    osteophyte_mm: float
    upper: EndplateState
    lower: EndplateState
    facet_left_share: float = 0.0
    arch_stays: bool = False
