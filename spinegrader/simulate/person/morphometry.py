"""Published sizes of the vertebrae, discs and canal: means by level and sex, and spreads.

Looked up while this was written (tables or abstracts read):

- Masharawi et al., Eur Spine J 19:768 (2010): wedging of the bodies and height of the spinous
  processes against the body, T9 to L5, women and men.
- Cook and Baker, Int J Spine Surg 15:1072 (2021): CT of 196 people; depths, heights, canal and
  pedicle of L5 by sex with their spreads, and that the canal's depth is nearly the same at all
  lumbar levels.
- Wang et al., Eur Spine J 21:2316 (2012): hollows of the endplates, 1.5 mm above the disc and
  0.7 mm below it.
- Griffith et al., Quant Imaging Med Surg 6:671 (2016): the canal is narrowest at L3, a little
  larger in men, and doesn't depend on weight.
- Kunkel et al., J Anat 219:375 (2011): thoracic discs of 4.5 to 7.2 mm.
- Lumbar discs by MR: Onishi et al., Interdiscip Neurosurg 18 (2019): in front 9.3, 10.9 and
  12.4 mm from L3/L4 on; a Nepalese series of 106 people: 5.5 to 8.1 mm behind and 6.9 to 13.6 mm
  in front.
- A series of 627 healthy people lying down (PMC6680033): lordosis from T12 to S1 37 ± 13 degrees,
  13 less than standing, and more in women.

Cited from memory, not checked against the printed tables: Panjabi et al., Spine 17:299 (1992) for
the lumbar and Spine 16:888 (1991) for the thoracic widths, depths, back heights, canal and pedicles
(twelve cadavers, both sexes together); Vialle et al., J Bone Joint Surg Am 87:260 (2005) for the
sacral slope. Panjabi's cadavers were small: their profile along the levels is kept and brought to
the living by the factors below, which meet Cook and Baker at L5. The sacrum, the waists and the
tilts of the spinous processes are set by eye. Where sources differ, the middle is taken.
"""

from typing import NamedTuple

from spinegrader.simulate.person.shapes import Sex


class LevelMeans(NamedTuple):
    """Mean sizes of one level in millimetres, both sexes together before the factors of a sex.

    The disc is the one below the body; its height is that between the planes of the corners, in the
    middle; its wedge is that of lying people, positive where the front is taller.
    """

    name: str
    width_upper: float
    width_lower: float
    depth_upper: float
    depth_lower: float
    height_posterior: float
    canal_depth: float
    canal_width: float
    pedicle_height: float
    spinous_length: float
    spinous_tilt_deg: float
    disc_height: float
    disc_wedge_deg: float


LEVELS = (
    LevelMeans("T8", 29.5, 30.5, 27.5, 28.5, 18.7, 15.5, 17.5, 12.8, 26.0, 52.0, 4.3, -1.0),
    LevelMeans("T9", 30.5, 33.0, 28.8, 30.0, 19.3, 15.5, 17.8, 13.8, 26.0, 50.0, 4.6, -0.5),
    LevelMeans("T10", 32.0, 35.5, 30.5, 31.5, 20.2, 15.6, 18.2, 14.7, 25.0, 44.0, 5.2, -0.5),
    LevelMeans("T11", 34.9, 39.1, 31.9, 31.8, 21.3, 16.2, 19.4, 16.5, 23.0, 30.0, 6.2, 0.0),
    LevelMeans("T12", 39.0, 42.1, 32.8, 33.4, 22.7, 17.5, 22.2, 16.2, 23.0, 16.0, 7.0, 1.0),
    LevelMeans("L1", 41.2, 43.3, 34.1, 35.3, 23.8, 17.9, 23.7, 15.6, 25.0, 11.0, 8.0, 3.5),
    LevelMeans("L2", 42.6, 45.5, 34.6, 34.9, 24.3, 17.4, 23.8, 14.8, 27.0, 9.0, 9.3, 5.5),
    LevelMeans("L3", 44.1, 48.0, 35.2, 34.8, 23.8, 17.0, 24.3, 14.3, 28.5, 8.0, 10.4, 7.5),
    LevelMeans("L4", 46.6, 49.5, 35.5, 34.4, 24.1, 17.3, 25.4, 14.4, 25.0, 8.0, 11.1, 10.0),
    LevelMeans("L5", 47.3, 49.4, 34.9, 33.6, 22.9, 17.4, 27.4, 14.0, 18.0, 10.0, 10.4, 13.5),
    LevelMeans("S1", 49.0, 40.0, 32.5, 22.0, 23.6, 14.8, 30.0, 13.0, 10.0, 15.0, 2.6, 3.0),
    LevelMeans("S2", 40.0, 34.0, 20.5, 15.5, 21.4, 11.0, 24.0, 11.0, 9.0, 15.0, 1.6, 0.0),
    LevelMeans("S3", 33.0, 28.0, 15.0, 12.0, 18.6, 7.0, 18.0, 9.0, 8.0, 15.0, 1.4, -3.0),
    LevelMeans("S4", 28.0, 22.0, 12.0, 9.0, 16.7, 5.0, 13.0, 8.0, 6.0, 15.0, 1.2, -6.0),
    LevelMeans("S5", 22.0, 16.0, 9.0, 7.0, 14.9, 3.0, 8.0, 7.0, 4.0, 15.0, 1.0, 0.0),
)
"""Usual anatomy, head to feet. The spinous process of L3 is the longest (Tokgoz et al., Korean J
Radiol 15:258, 2014, looked up)."""

SACRAL = ("S1", "S2", "S3", "S4", "S5")

_MASHARAWI = ("T8", "T9", "T10", "T11", "T12", "L1", "L2", "L3", "L4", "L5")

_WEDGES_DEG: dict[Sex, tuple[float, ...]] = {
    "F": (2.8, 2.8, 2.6, 4.6, 3.5, 2.6, 0.7, -1.1, -3.1, -7.8),
    "M": (4.8, 4.8, 3.8, 5.4, 4.9, 4.1, 2.6, 1.3, -0.7, -4.6),
}
"""Masharawi et al. 2010, positive where the front is lower; T8 like T9."""

_SACRAL_WEDGES_DEG = {"S1": -8.5, "S2": -1.6, "S3": 8.5, "S4": 16.0, "S5": 23.5}
"""Set by eye: a curved sacrum."""

_SPINOUS_HEIGHT: dict[Sex, tuple[float, ...]] = {
    "F": (0.45, 0.47, 0.52, 0.54, 0.70, 0.79, 0.82, 0.79, 0.67, 0.57),
    "M": (0.48, 0.50, 0.54, 0.55, 0.69, 0.87, 0.92, 0.91, 0.80, 0.67),
}
"""Of the spinous process against the body's height, Masharawi et al. 2010; T8 ours."""

_SACRAL_SPINOUS_HEIGHT = 0.4


class SexFactors(NamedTuple):
    """What the means of both sexes together are multiplied with."""

    width: float
    depth: float
    height: float
    canal_depth: float
    canal_width: float
    disc_height: float
    disc_wedge: float
    sacral_slope_deg: float


SEX_FACTORS: dict[Sex, SexFactors] = {
    "F": SexFactors(0.95, 0.95, 1.085, 0.985, 0.99, 0.95, 0.95, 37.5),
    "M": SexFactors(1.06, 1.05, 1.14, 1.015, 1.01, 1.05, 1.12, 36.5),
}
"""Depths, heights and canal so that L5 meets Cook and Baker 2021 within half a spread. Widths as
depths. Men have less wedged lumbar bodies, which their discs make up for in part."""


def wedge_deg(name: str, sex: Sex) -> float:
    """How much lower (in degrees) the front of a body is than its back."""
    if name in SACRAL:
        return _SACRAL_WEDGES_DEG[name]
    return _WEDGES_DEG[sex][_MASHARAWI.index(name)]


def spinous_height_share(name: str, sex: Sex) -> float:
    """Height of a spinous process against that of its body."""
    if name in SACRAL:
        return _SACRAL_SPINOUS_HEIGHT
    return _SPINOUS_HEIGHT[sex][_MASHARAWI.index(name)]


# Spreads between people, one standard deviation as a share of the mean unless a unit is given.
# Within one sex Cook and Baker 2021 find 8 % for depths, 6 % for heights, 13 % for the canal's
# depth and 11 % for its width at L5. They are split into what a person's bodies have in common and
# what each level has of its own: our choice, made so that depth against height varies by 6 to 7 %
# between people and by 2.5 % between levels of one person beyond the mean profile.

SIZE_SD = 0.055
"""Overall size of the bones."""

BUILD_SD = 0.045
"""Deep and low against shallow and tall: raises depths by this, lowers heights by a third."""

BUILD_ON_HEIGHT = -0.30

BREADTH_SD = 0.035
"""Widths, beyond size and half of the build."""

BODY_DEPTH_SD = 0.020
"""Depth of one body."""

BODY_HEIGHT_SD = 0.015
"""Height of one body."""

ENDPLATE_SD = 0.012
"""Depth and width of one endplate against the other."""

WEDGE_PERSON_SD_DEG = 1.3
WEDGE_BODY_SD_DEG = 1.0

CANAL_SD = 0.105
"""Depth of the canal; the spread of 13 % includes the reader's."""

CANAL_LEVEL_SD = 0.03
CANAL_WIDTH_SD = 0.07
CANAL_WIDTH_WITH_DEPTH = 0.4
"""Correlation of the canal's width and depth; ours."""

DISC_SD = 0.10
DISC_LEVEL_SD = 0.06
DISC_WITH_SIZE = 0.6
"""Share of the person's size that disc heights follow (they follow the bodies', Kunkel 2011)."""

LORDOSIS_SD = 0.22
"""Of the sum of the disc wedges; with the bodies it gives about 11 degrees of lordosis."""

DISC_WEDGE_SD_DEG = 0.9
"""Of one disc."""

SLOPE_PER_LORDOSIS = 0.5
SLOPE_SD_DEG = 3.5
"""Sacral slope goes with lordosis; together a spread of 6 to 7 degrees (8 in Vialle 2005)."""

WAIST_MEANS = (0.11, 0.05, 0.10)
"""How far the front, back and side walls are drawn in; by eye."""

WAIST_PERSON_SD = 0.28
WAIST_BODY_SD = 0.18
"""Of the logarithm; ours."""

CONCAVITY_UPPER_MM = 0.9
CONCAVITY_LOWER_MM = 1.6
"""Wang et al. 2012 found 0.7 and 1.5 mm in cadavers of men; women's are a little more hollow."""

CONCAVITY_PERSON_SD = 0.25
CONCAVITY_BODY_SD = 0.25
"""Of the logarithm; ours."""
