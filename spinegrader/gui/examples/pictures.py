"""What an example shows, as plain parameters; greys are 0 (black) to 255 (white), as on MR.

Shares are of a healthy segment: a height of 0.5 is half of the height of a healthy disc.
"""

from dataclasses import dataclass
from enum import StrEnum

from spinegrader.texts import translate


@dataclass(frozen=True)
class Tissue:
    """The greys of what surrounds a disc, with one weighting."""

    marrow: int
    fluid: int
    roots: int
    fat: int
    muscle: int


T1 = Tissue(marrow=135, fluid=32, roots=74, fat=225, muscle=62)
T2 = Tissue(marrow=118, fluid=236, roots=84, fat=176, muscle=48)
CORTEX = 12
"""Compact bone and ligaments are dark with every weighting."""


class Side(StrEnum):
    """Of the patient."""

    LEFT = "left"
    RIGHT = "right"


class Endplate(StrEnum):
    """The one above the disc, or the one below it."""

    UPPER = "upper"
    LOWER = "lower"


class Marks(StrEnum):
    """Thin lines that help to measure."""

    NONE = "none"
    HEIGHT = "height"
    """How high a healthy disc would be."""
    QUARTERS = "quarters"
    """The quarters of the endplate below the disc."""


@dataclass(frozen=True)
class MarrowChange:
    """The greys of changed marrow along one endplate."""

    endplate: Endplate
    front: int
    back: int


@dataclass(frozen=True)
class SagittalPicture:
    """Two bodies with their disc and the canal, cut in the middle; the front is on the left.

    Args:
        nucleus: Grey of the nucleus in its middle.
        annulus: Grey of the annulus.
        border: How sharp the border between the two is: 1 sharp, 0 lost.
        unevenness: How far dark bands and patches stand out in the nucleus: 0 not at all, 1 fully.
        height: Share of a healthy disc's height.
        slip: How far the upper body has slipped to the front: share of the lower endplate.
        defect: The endplate that is broken.
        change: Marrow that is changed.
        tissue: Greys of the rest.
        marks: Lines that help to measure.
        zoom: How large it is drawn; less than 1 shows more of the surroundings.
    """

    nucleus: int = 190
    annulus: int = 42
    border: float = 0.9
    unevenness: float = 0.0
    height: float = 1.0
    slip: float = 0.0
    defect: Endplate | None = None
    change: MarrowChange | None = None
    tissue: Tissue = T2
    marks: Marks = Marks.NONE
    zoom: float = 1.0


@dataclass(frozen=True)
class MarrowPicture:
    """The same place with both weightings: types of marrow change differ by both."""

    t1: SagittalPicture
    t2: SagittalPicture


@dataclass(frozen=True)
class CanalPicture:
    """The canal in an axial T2 slice through the disc; the front is above.

    Args:
        depth: The sac's extent from front to back, share of a wide one.
        front_fluid: Share of that depth, in front of the roots, that holds only fluid.
        fluid: Grey of what lies between the roots.
        root_spread: How far the roots are apart: 1 free, 0 pressed together.
    """

    depth: float
    front_fluid: float
    fluid: int
    root_spread: float


@dataclass(frozen=True)
class ForamenPicture:
    """A foramen in a sagittal T1 slice at the side; the front is on the left.

    Args:
        side: Of the patient.
        width: The foramen's width from front to back, share of a wide one.
        fat: Share of the space around the root that fat still fills.
        root_flattening: 0 round, 1 pressed flat.
    """

    side: Side
    width: float
    fat: float
    root_flattening: float


@dataclass(frozen=True)
class OutlinePicture:
    """The outline of the disc in an axial slice beside the edge of the bodies; front above.

    All lengths are shares of the disc's depth from front to back.

    Args:
        bulge: How far the disc stands out all around.
        base: Width of a focal part where it leaves the disc; 0 for none.
        head: Its width where it is widest.
        reach: How far it reaches beyond the edge.
        gap: Distance between the disc and a piece that has lost its connection.
    """

    bulge: float = 0.0
    base: float = 0.0
    head: float = 0.0
    reach: float = 0.0
    gap: float = 0.0


ExamplePicture = SagittalPicture | MarrowPicture | CanalPicture | ForamenPicture | OutlinePicture


def view_in_words(picture: ExamplePicture) -> str:
    """How the picture looks at the spine."""
    match picture:
        case MarrowPicture():
            return translate("sagittal, T1 and T2 side by side")
        case CanalPicture() | OutlinePicture():
            return translate("axial")
        case ForamenPicture():
            return (
                translate("sagittal through the left foramen")
                if picture.side is Side.LEFT
                else translate("sagittal through the right foramen")
            )
        case SagittalPicture():
            return translate("sagittal")
