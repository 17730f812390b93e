"""What decides the fate of a disc: drawn once for a person."""

import math
from dataclasses import dataclass

from spinegrader.simulate.ageing.states import HerniationKind
from spinegrader.simulate.ageing.wear import Wear

_NO_WEAR = Wear(pace=0.0)


@dataclass(frozen=True)
class MarrowCourse:
    """How the marrow beside one endplate changes (Modic types).

    Args:
        strength: How strong the change becomes, 0 to 1; 0 where there is none.
        onset_age_years: When it begins.
        oedema_years: How long it stays of type 1; 0 where it is of type 2 from the beginning.
        conversion_years: How long the change from type 1 to type 2 takes.
        sclerosis_after_years: When type 3 begins, after the onset; infinite where it never does.
        extent_mm: How far the full-grown change reaches into the body.
        place: Front-back place of its middle, as a share of the half depth.
        half_width: Front-back half width, as a share of the half depth.
    """

    strength: float = 0.0
    onset_age_years: float = math.inf
    oedema_years: float = 0.0
    conversion_years: float = 1.0
    sclerosis_after_years: float = math.inf
    extent_mm: float = 8.0
    place: float = 0.0
    half_width: float = 1.2


@dataclass(frozen=True)
class EndplateCourse:
    """How one of the two endplates of a disc changes.

    Args:
        defect_mm: Depth that a defect reaches; 0 where none develops.
        defect_age_years: When it begins.
        defect_growth_years: How long it grows.
        defect_place: Front-back and left-right place, as shares of the half depth and half width.
        defect_radius_mm: Of the full-grown defect.
        marrow: The marrow beside it.
    """

    defect_mm: float = 0.0
    defect_age_years: float = math.inf
    defect_growth_years: float = 1.0
    defect_place: tuple[float, float] = (0.0, 0.0)
    defect_radius_mm: float = 3.6
    marrow: MarrowCourse = MarrowCourse()


@dataclass(frozen=True)
class HerniationCourse:
    """How disc material herniates, and how much of it is resorbed.

    Args:
        kind: At its height; NONE where the disc never herniates.
        onset_age_years: When it happens.
        reach_mm: Backward, beyond the bulge, at its height; likewise the other lengths.
        left_mm: Place of its middle to the patient's left.
        half_width_mm: To left and right.
        half_height_mm: To head and feet.
        migration_mm: Headward place of its middle against the disc's.
        brightness: Its signal between annulus (0) and young nucleus (1).
        remaining: Share of its reach that is never resorbed.
    """

    kind: HerniationKind = HerniationKind.NONE
    onset_age_years: float = math.inf
    reach_mm: float = 0.0
    left_mm: float = 0.0
    half_width_mm: float = 5.0
    half_height_mm: float = 3.0
    migration_mm: float = 0.0
    brightness: float = 0.0
    remaining: float = 1.0


@dataclass(frozen=True)
class SlipCourse:
    """How the body above slips.

    Args:
        slip_mm: How far in the end, forward (negative: backward); 0 where it never does.
        onset_age_years: When it begins.
        growth_years: How long it goes on.
        is_isthmic: Whether the arch is broken and stays behind.
    """

    slip_mm: float = 0.0
    onset_age_years: float = math.inf
    growth_years: float = 1.0
    is_isthmic: bool = False


@dataclass(frozen=True)
class DiscCourse:
    """What decides the fate of one disc; the defaults are those of one that never changes.

    Args:
        wear: How fast it goes through the stages.
        hydration_lead: How far its signal is ahead of its stage, in stages.
        border_lead: Likewise the loss of the border between nucleus and annulus.
        cleft: Strength of the band in the nucleus of an adult, 0 to 1.
        narrowing_stage: Stage at which height begins to be lost.
        narrowing_loss: Share of the height that is lost in the end.
        bulge_stage: Stage at which it begins to bulge.
        bulge_mm: Even reach beyond the rims in the end.
        fissure: Brightness of a fissure in the back of the annulus; 0 where none tears.
        fissure_age_years: When it tears.
        vacuum: Share of the middle that holds gas in the end.
        flavum_mm: How far the ligaments behind the sac thicken in the end.
        facet_mm: How far the facet joints grow in the end.
        facet_left_share: How much more the left joint grows than the mean of both.
        osteophyte_mm: Length of the spurs in the end.
        slip: How the body above slips.
        herniation: How it herniates.
        upper: The endplate above the disc.
        lower: The endplate below the disc.
    """

    wear: Wear = _NO_WEAR
    hydration_lead: float = 0.0
    border_lead: float = 0.0
    cleft: float = 0.0
    narrowing_stage: float = 2.5
    narrowing_loss: float = 0.0
    bulge_stage: float = 2.0
    bulge_mm: float = 0.0
    fissure: float = 0.0
    fissure_age_years: float = math.inf
    vacuum: float = 0.0
    flavum_mm: float = 0.0
    facet_mm: float = 0.0
    facet_left_share: float = 0.0
    osteophyte_mm: float = 0.0
    slip: SlipCourse = SlipCourse()
    herniation: HerniationCourse = HerniationCourse()
    upper: EndplateCourse = EndplateCourse()
    lower: EndplateCourse = EndplateCourse()
