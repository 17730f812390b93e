"""What belongs to a simulated person for life: the shapes of the bones, their marrow, the rest."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import FloatArray
from spinegrader.domain.numbering import Transition
from spinegrader.simulate.ageing.courses import DiscCourse

Sex: TypeAlias = Literal["F", "M"]

TEXTURE_SHAPE = (11, 9, 9)
"""Nodes of the marrow's texture, front to back, feet to head, right to left."""


class SpineRegion(StrEnum):
    """What a vertebra looks like, whatever it is called."""

    THORACIC = "thoracic"
    LUMBAR = "lumbar"
    SACRAL = "sacral"


class Variant(StrEnum):
    """The make of the lower spine."""

    USUAL = "usual"
    T13 = "thirteen thoracic vertebrae"
    L6 = "six lumbar vertebrae"
    FOUR_LUMBAR = "four lumbar vertebrae"
    LUMBARISED = "S1 lumbarised"
    SACRALISED = "L5 sacralised"


@dataclass(frozen=True)
class MarrowSpot:
    """A round focus in the marrow: a fat island or a haemangioma.

    Args:
        place: Front-back, feet-head, right-left, as shares of the half depth, height and width.
        radius_mm: Of the focus.
        fat: Added fat fraction, -1 to 1.
        fluid: Share of slowly flowing blood (bright on T2): above 0 in a haemangioma.
        from_age_years: When it begins to show.
    """

    place: tuple[float, float, float]
    radius_mm: float
    fat: float
    fluid: float
    from_age_years: float = 0.0


@dataclass(frozen=True, eq=False)
class Marrow:
    """The marrow of one body: of the person for life, or, in a placed body, as it is at the visit.

    Args:
        fat_fraction: At 20 years; in a placed body at the visit.
        textures: Two smooth random fields of mean 0 and spread 1, shape (2, *TEXTURE_SHAPE);
            the marrow drifts from the one towards the other with the years.
        contrast: How strongly they show.
        spots: Fat islands and haemangiomas; in a placed body those that show, at their size.
        vein_height: Where the basivertebral vein enters, as a share of the height from the middle.
        vein_depth_mm: How far it reaches forward.
        vein_width_mm: Its height at the back wall; 0 where there is none.
    """

    fat_fraction: float
    textures: FloatArray
    contrast: float
    spots: tuple[MarrowSpot, ...]
    vein_height: float
    vein_depth_mm: float
    vein_width_mm: float


@dataclass(frozen=True, eq=False)
class BodyShape:
    """One vertebral body, lengths in millimetres.

    Args:
        level: Its name; None above T9 and below S2.
        region: What it looks like.
        width_upper: Left to right, at the upper endplate.
        width_lower: At the lower endplate.
        depth_upper: Front to back, at the upper endplate.
        depth_lower: At the lower endplate.
        height_anterior: Of the front wall.
        height_posterior: Of the back wall.
        waist_front: How far the front wall is drawn in at mid-height, as a share of the depth.
        waist_back: Likewise the back wall.
        waist_side: Likewise the side walls.
        concavity_upper: Depth of the upper endplate's hollow.
        concavity_lower: Of the lower endplate's.
        hollow_place: Front-back place of the deepest point, as a share of the half depth.
        back_hollow: Depth of the hollow of the back wall seen from above.
        canal_depth: Bony canal behind the body, front to back.
        canal_width: Left to right, between the pedicles.
        pedicle_height: Of the pedicles.
        spinous_length: Of the spinous process, from the canal's back.
        spinous_height: Of its end.
        spinous_tilt_deg: Footward from the body's own backward axis.
        marrow: Its marrow.
        fracture_age_years: When its front caves in; infinite where it never does.
        fracture_share: Share of the front wall's height that is lost then.
    """

    level: VertebraLevel | None
    region: SpineRegion
    width_upper: float
    width_lower: float
    depth_upper: float
    depth_lower: float
    height_anterior: float
    height_posterior: float
    waist_front: float
    waist_back: float
    waist_side: float
    concavity_upper: float
    concavity_lower: float
    hollow_place: float
    back_hollow: float
    canal_depth: float
    canal_width: float
    pedicle_height: float
    spinous_length: float
    spinous_height: float
    spinous_tilt_deg: float
    marrow: Marrow
    fracture_age_years: float = float("inf")
    fracture_share: float = 0.0

    @property
    def height_mm(self) -> float:
        """Mean of the front and the back wall."""
        return (self.height_anterior + self.height_posterior) / 2

    @property
    def depth_mm(self) -> float:
        """Mean of both endplates, front to back."""
        return (self.depth_upper + self.depth_lower) / 2

    @property
    def width_mm(self) -> float:
        """Mean of both endplates, left to right."""
        return (self.width_upper + self.width_lower) / 2

    @property
    def is_sacral(self) -> bool:
        """Whether the body belongs to the sacrum."""
        return self.region is SpineRegion.SACRAL

    @property
    def is_thoracic(self) -> bool:
        """Whether the body bears ribs."""
        return self.region is SpineRegion.THORACIC


@dataclass(frozen=True, eq=False)
class SoftTissues:
    """What lies around the spine, as it is at the first visit.

    Args:
        muscle_mm: Thickness of the back muscles behind the canal at L4.
        muscle_fat: Fat fraction of the back muscles at 20 years.
        fat_mm: Thickness of the fat under the skin of the back.
        belly_mm: Distance from the bodies' front walls to the skin of the belly.
        psoas_mm: Radius of the psoas at L4.
        aorta_mm: Radius of the aorta.
        aorta_left_mm: Its place to the left of the mid-plane.
        fork_level: Where it forks, in bodies below the top of L4; negative is above.
        epidural_fat: Thickness of the fat around the sac, against the mean.
        conus: Where the cord ends, in bodies (T13 too) below the top of T12.
        sac_end: Where the sac ends, in bodies below the top of S1.
        roots: Share of the sac that roots take up, against the mean.
        nuclei: Signal of young nuclei, against the mean.
    """

    muscle_mm: float
    muscle_fat: float
    fat_mm: float
    belly_mm: float
    psoas_mm: float
    aorta_mm: float
    aorta_left_mm: float
    fork_level: float
    epidural_fat: float
    conus: float
    sac_end: float
    roots: float
    nuclei: float


@dataclass(frozen=True, eq=False)
class Person:
    """A simulated person.

    Args:
        number: Counted from 1 within the cohort.
        sex: ``F`` or ``M``.
        age_years: At the first visit.
        stature_m: Standing height.
        bmi: Weight against the square of the standing height, kg/m².
        variant: The make of the lower spine; the bodies' names say the rest (T13, L6).
        fusion: How far a transitional vertebra has grown together with the sacrum, 0 to 1.
        bodies: From T8 to the end of the sacrum, head to feet.
        disc_heights_mm: Before any degeneration, one below each body but the last.
        disc_wedges_deg: Likewise; positive where the front is taller.
        courses: How each of these discs degenerates.
        sacral_slope_deg: Tilt of S1's upper endplate.
        lateral_mm: Coefficients of the sideways curve in youth, see ``Spine.lateral``.
        scoliosis_mm_per_year: How the bow of that curve grows in later life.
        body_loss_per_year: Share of the bodies' height that is lost a year after 40, in front.
        soft: What lies around the spine.
        detail_seed: Seed of the details that are nobody else's: textures, strands.
    """

    number: int
    sex: Sex
    age_years: float
    stature_m: float
    bmi: float
    variant: Variant
    fusion: float
    bodies: tuple[BodyShape, ...]
    disc_heights_mm: tuple[float, ...]
    disc_wedges_deg: tuple[float, ...]
    courses: tuple[DiscCourse, ...]
    sacral_slope_deg: float
    lateral_mm: tuple[float, float]
    scoliosis_mm_per_year: float
    body_loss_per_year: float
    soft: SoftTissues
    detail_seed: int

    @property
    def transition(self) -> Transition:
        """Of the lumbosacral junction, as a reader would name it."""
        if self.variant is Variant.LUMBARISED:
            return Transition.LUMBARISED
        return Transition.SACRALISED if self.variant is Variant.SACRALISED else Transition.NONE

    @property
    def first_lumbar(self) -> int:
        """Place of L1 among the bodies."""
        return next(i for i, body in enumerate(self.bodies) if body.level is VertebraLevel.L1)

    @property
    def first_sacral(self) -> int:
        """Place of S1 among the bodies."""
        return next(i for i, body in enumerate(self.bodies) if body.level is VertebraLevel.S1)

    @property
    def last_mobile_disc(self) -> int:
        """Place among the discs of the lowest one that moves: usually L5/S1."""
        last_presacral = self.first_sacral - 1
        if self.variant is Variant.SACRALISED:
            return last_presacral - 1
        if self.variant is Variant.LUMBARISED and not self.has(VertebraLevel.L6):
            return last_presacral + 1
        return last_presacral

    def has(self, level: VertebraLevel) -> bool:
        """Whether the person has a vertebra of that name."""
        return any(body.level is level for body in self.bodies)
