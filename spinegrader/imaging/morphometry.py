"""What vertebral bodies usually measure, and how they usually stand, in the mid-sagittal plane.

Depths and posterior heights: Panjabi et al., "Thoracic human vertebrae" (Spine 1991;16:888) and
"Human lumbar vertebrae" (Spine 1992;17:299), endplate depth EPD and height VBHp, rounded. Discs
and tilts: medians of the segmented supine MR of SPIDER (van der Graaf et al., Sci Data
2024;11:264); the sacral endplate's tilt: Legaye et al. (Eur Spine J 1998;7:99). They only start
a search, so that half a millimetre doesn't matter; they have not been checked against the
printed tables, and the sacrum's and T9's to T11's are estimates.
"""

from dataclasses import dataclass

from spinegrader.domain.anatomy import VertebraLevel


@dataclass(frozen=True)
class BodyPrior:
    """The usual body of one level.

    Args:
        upper_depth_mm: Upper endplate, front to back.
        lower_depth_mm: Lower endplate, front to back.
        height_mm: Head to feet.
        tilt_degrees: How far its front is turned to the feet, in supine MR.
        disc_below_mm: Height of the disc below it.
    """

    upper_depth_mm: float
    lower_depth_mm: float
    height_mm: float
    tilt_degrees: float
    disc_below_mm: float


_L = VertebraLevel

PRIORS: dict[VertebraLevel, BodyPrior] = {
    _L.T9: BodyPrior(27.5, 29.0, 19.5, 0.0, 4.5),
    _L.T10: BodyPrior(29.0, 30.0, 20.5, -4.0, 5.0),
    _L.T11: BodyPrior(30.0, 30.5, 21.5, -8.0, 5.5),
    _L.T12: BodyPrior(30.5, 31.0, 23.0, -10.0, 7.2),
    _L.T13: BodyPrior(30.8, 31.3, 23.5, -11.0, 7.5),
    _L.L1: BodyPrior(31.5, 32.0, 24.8, -11.0, 8.2),
    _L.L2: BodyPrior(32.5, 33.0, 25.8, -9.0, 9.2),
    _L.L3: BodyPrior(33.5, 33.8, 26.3, -2.0, 9.8),
    _L.L4: BodyPrior(33.8, 33.5, 26.2, 7.0, 10.4),
    _L.L5: BodyPrior(33.5, 32.5, 25.0, 20.0, 10.0),
    _L.L6: BodyPrior(33.5, 32.0, 25.0, 30.0, 8.5),
    _L.S1: BodyPrior(32.0, 21.5, 28.0, 43.0, 3.5),
    _L.S2: BodyPrior(20.5, 15.0, 23.0, 52.0, 2.5),
}
