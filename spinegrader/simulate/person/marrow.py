"""The marrow of the vertebral bodies: fat by age and sex, patterns, foci, basivertebral vein.

Looked up: Baum et al., Front Endocrinol 9:141 (2018): fat fraction of L1 to L4 by chemical shift
imaging, men 32.0 ± 8.0 % in the twenties and 35.3 ± 6.7 % in the thirties, women 27.2 ± 6.0 % and
27.3 ± 6.2 %; Griffith et al., J Magn Reson Imaging 36:225 (2012): in women it rises steeply between
55 and 65 years and is then about ten points above men's; Liney et al., J Magn Reson Imaging (2007,
10.1002/jmri.21072): more fat in lower bodies. Kasch et al., PLoS ONE 14:e0219846 (2019), MR of
3,259 people: haemangioma in 28 % and lipoma in 13 % of whole spines, most at L2, more with age;
Slon et al., Eur Spine J (2015), CT: 26 % of people, up to 3.6 % of vertebrae (T11, T12), at
mid-height or a little higher; a series of 1,000 with MR (Neuroradiol J 36:23, 2023): 79 % of
haemangiomas rich in fat, growing less than 3 mm in ten years. Wang et al., Front Surg 10:1115654
(2023): the basivertebral foramen lies nearer the upper endplate, is deeper and taller in women, and
taller and shallower in the old; Tzika et al., Surg Radiol Anat (2021): its canal takes 12 to 22 %
of the depth.

From memory: Kugel et al., J Magn Reson Imaging 13:263 (2001) and Ishijima et al. (1996) for the
growth of fat with age; Ricci et al., Radiology 177:83 (1990) and Hajek et al.,
Radiology 162:245 (1987) for the patterns: fat about the vein, in bands under the endplates, and in
islands, more of them with age. Sizes and strengths of islands and textures are ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from spinegrader.domain.geometry import FloatArray
from spinegrader.simulate.person.shapes import TEXTURE_SHAPE, Marrow, MarrowSpot, Sex

_AGES = (20.0, 25.0, 35.0, 45.0, 55.0, 65.0, 75.0, 90.0)
_FAT: dict[Sex, tuple[float, ...]] = {
    "F": (0.265, 0.272, 0.273, 0.32, 0.39, 0.465, 0.50, 0.52),
    "M": (0.305, 0.320, 0.353, 0.37, 0.39, 0.41, 0.43, 0.455),
}
"""Mean fat fraction by age: to 35 years Baum et al.; later ours, led by Griffith et al."""

FAT_SD = 0.062
"""Between people, Baum et al."""

_FAT_BODY_SD = 0.015
_FAT_PER_LEVEL = 0.008
"""Further down the spine there is more fat; amount ours, none lost above T10."""

HAEMANGIOMA_PER_BODY = 0.028
"""Share of bodies that hold one in the end (Slon et al.)."""

_RICH_IN_FAT = 0.79
_ISLANDS_PER_BODY = 3.0
"""Mean number of islands in a body at 90 years."""

_SMOOTHING = (0.0, 0.0, 0.7, 0.7, 0.7)
_COMMON_SHARE = 0.5
"""How much of the texture all bodies of a person have in common, as a share of its variance."""

_VEIN_SHARE = 0.29
"""Reach of the vein forward, as a share of the depth: the bony canal's 12 to 22 % and the vein's
bright surroundings, by eye."""


@dataclass(frozen=True)
class MarrowHabit:
    """What the marrow of a person's bodies has in common.

    Args:
        fat: Fat fraction above or below the mean of age and sex.
        islands: Number of islands against the mean.
        contrast: Of the texture.
        vein: Reach of the veins against the mean.
        band: Fat under the endplates (positive) or about the middle (negative).
    """

    fat: float
    islands: float
    contrast: float
    vein: float
    band: float


def draw_habit(rng: np.random.Generator) -> MarrowHabit:
    """The habit of one person."""
    return MarrowHabit(
        fat=FAT_SD * float(np.clip(rng.standard_normal(), -2.2, 2.2)),
        islands=float(rng.lognormal(-0.18, 0.6)),
        contrast=float(rng.lognormal(0.0, 0.25)),
        vein=float(rng.lognormal(0.0, 0.18)),
        band=float(rng.normal(0.25, 0.5)),
    )


def draw_textures(bodies: int, band: float, rng: np.random.Generator) -> FloatArray:
    """Two smooth fields of mean 0 and spread 1 for each body, shape (bodies, 2, *TEXTURE_SHAPE).

    Part of them is common to all bodies: a random field and the band under the endplates.
    """
    rough = rng.standard_normal((bodies + 1, 2, *TEXTURE_SHAPE))
    smooth = _normalised(ndimage.gaussian_filter(rough, _SMOOTHING, mode="nearest"))
    height = np.linspace(-1, 1, TEXTURE_SHAPE[1])[:, np.newaxis]
    common = smooth[:1] + 2 * band * (height * height - 0.4)
    mixed = np.sqrt(1 - _COMMON_SHARE) * smooth[1:] + np.sqrt(_COMMON_SHARE) * common
    # Rounded, for the last bits of a sum differ between processors.
    return np.asarray(np.round(_normalised(mixed), 5), dtype=np.float64)


def _normalised(fields: FloatArray) -> FloatArray:
    axes = (-3, -2, -1)
    centred = fields - fields.mean(axis=axes, keepdims=True)
    return np.asarray(centred / centred.std(axis=axes, keepdims=True))


def draw_marrow(
    sex: Sex,
    habit: MarrowHabit,
    textures: FloatArray,
    half_extents_mm: Sequence[float],
    levels_below_t10: int,
    is_sacral: bool,
    rng: np.random.Generator,
) -> Marrow:
    """The marrow of one body for life.

    Args:
        sex: Of the person.
        habit: Of the person.
        textures: Of the body, shape (2, *TEXTURE_SHAPE).
        half_extents_mm: Half depth, half height and half width of the body.
        levels_below_t10: How many bodies further down it lies.
        is_sacral: Whether it belongs to the sacrum, which has no basivertebral vein to see.
        rng: Of the person.
    """
    own = _FAT_BODY_SD * rng.standard_normal() + _FAT_PER_LEVEL * (levels_below_t10 - 4)
    deep = 2 * half_extents_mm[0] * _VEIN_SHARE * habit.vein * (1.05 if sex == "F" else 0.97)
    return Marrow(
        fat_fraction=round(float(np.clip(_FAT[sex][0] + habit.fat + own, 0.12, 0.5)), 6),
        textures=textures,
        contrast=round(habit.contrast, 6),
        spots=_draw_spots(habit, half_extents_mm, rng),
        vein_height=round(float(rng.normal(0.03, 0.05)), 6),
        vein_depth_mm=round(float(np.clip(deep * rng.lognormal(0, 0.18), 4, 18)), 6),
        vein_width_mm=0.0 if is_sacral else round(float(np.clip(rng.normal(4.3, 1.1), 2, 8)), 6),
    )


def _draw_spots(
    habit: MarrowHabit, half_extents_mm: Sequence[float], rng: np.random.Generator
) -> tuple[MarrowSpot, ...]:
    spots = [
        MarrowSpot(
            place=_place(rng, 0.0, 0.4),
            radius_mm=round(float(np.clip(rng.lognormal(0.9, 0.35), 1.2, 5.5)), 6),
            fat=round(float(rng.uniform(0.12, 0.40)), 6),
            fluid=0.0,
            from_age_years=round(float(rng.triangular(15, 75, 90)), 6),
        )
        for _ in range(int(rng.poisson(_ISLANDS_PER_BODY * habit.islands)))
    ]
    if rng.random() < HAEMANGIOMA_PER_BODY:
        is_fatty = rng.random() < _RICH_IN_FAT
        largest = 0.7 * min(half_extents_mm)
        spots.append(
            MarrowSpot(
                place=_place(rng, 0.08, 0.22),
                radius_mm=round(float(np.clip(rng.lognormal(1.7, 0.3), 3.0, largest)), 6),
                fat=round(float(rng.uniform(0.3, 0.55) if is_fatty else rng.uniform(-0.1, 0.1)), 6),
                fluid=round(float(rng.uniform(0.35, 0.7)), 6),
                from_age_years=round(float(rng.triangular(15, 45, 80)), 6),
            )
        )
    return tuple(spots)


def _place(rng: np.random.Generator, height: float, spread: float) -> tuple[float, float, float]:
    """Within the middle three quarters of a body, at a mean height."""
    means = (0.0, height, 0.0)
    drawn = np.clip(rng.normal(means, (0.4, spread, 0.4)), -0.75, 0.75)
    return round(float(drawn[0]), 6), round(float(drawn[1]), 6), round(float(drawn[2]), 6)


def mean_fat_fraction(sex: Sex, age_years: float) -> float:
    """Mean fat fraction of lumbar bodies."""
    return float(np.interp(age_years, _AGES, _FAT[sex]))


def marrow_at(marrow: Marrow, sex: Sex, age_years: float) -> Marrow:
    """The marrow as it is at an age: its fat, the foci that have appeared, the vein."""
    grown = mean_fat_fraction(sex, age_years) - _FAT[sex][0]
    late = max(age_years - 40.0, 0.0)
    return replace(
        marrow,
        fat_fraction=round(min(marrow.fat_fraction + grown, 0.85), 6),
        contrast=round(marrow.contrast * (0.8 + 0.008 * max(age_years - 20.0, 0.0)), 6),
        spots=tuple(
            _grown(spot, age_years) for spot in marrow.spots if age_years > spot.from_age_years
        ),
        vein_depth_mm=round(marrow.vein_depth_mm * (1 - 0.004 * late), 6),
        vein_width_mm=round(marrow.vein_width_mm * (1 + 0.005 * late), 6),
    )


def _grown(spot: MarrowSpot, age_years: float) -> MarrowSpot:
    """A focus grows to its size within ten years of its beginning."""
    share = min(0.4 + 0.06 * (age_years - spot.from_age_years), 1.0)
    return replace(spot, radius_mm=round(spot.radius_mm * share, 6))
