"""What decides the fate of a disc: drawn once for a person."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EndplateCourse:
    """How one of the two endplates of a disc changes.

    Args:
        defect_mm: Depth that a defect reaches; 0 where none develops.
        defect_stage: Stage at which it begins.
        defect_place: Front-back and left-right place, as shares of the half depth and half width.
        marrow_strength: How strong a marrow change becomes, 0 to 1.
        marrow_stage: Stage at which it begins.
        marrow_is_fatty: Whether it is of Modic type 2, else of type 1.
    """

    defect_mm: float
    defect_stage: float
    defect_place: tuple[float, float]
    marrow_strength: float
    marrow_stage: float
    marrow_is_fatty: bool


@dataclass(frozen=True)
class DiscCourse:
    """What decides the fate of one disc.

    Args:
        pace: 1 is the mean pace of a lower lumbar disc.
        injury_age_years: When an injury happens; infinite where none does.
        injury_step: How far it drives the latent process.
        narrowing_stage: Stage at which height begins to be lost.
        bulge_mm: Reach into the canal at the last stage.
        bulge_half_width_mm: Its spread to left and right: small for a protrusion.
        flavum_mm: How far the ligaments behind the sac thicken at the last stage.
        upper: The endplate above the disc.
        lower: The endplate below the disc.
    """

    pace: float
    injury_age_years: float
    injury_step: float
    narrowing_stage: float
    bulge_mm: float
    bulge_half_width_mm: float
    flavum_mm: float
    upper: EndplateCourse
    lower: EndplateCourse
