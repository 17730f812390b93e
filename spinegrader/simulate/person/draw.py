"""The bones of simulated people: sizes, individual shape, alignment.

Sizes of the bodies, endplates and canal follow Panjabi et al., Spine 17:299 (1992, lumbar) and
Spine 16:888 (1991, thoracic); front heights, disc heights and wedges are set so that lordosis
and sacral slope fall into the range of Vialle et al., J Bone Joint Surg Am 87:260 (2005), less a
few degrees for lying down. The figures are approximate and have not been checked against the
printed tables; the sacrum is schematic.
"""

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import FloatArray
from spinegrader.domain.numbering import Transition
from spinegrader.simulate.ageing.process import draw_courses
from spinegrader.simulate.person.shapes import (
    TEXTURE_SHAPE,
    BodyShape,
    Marrow,
    Person,
    SoftTissues,
)

_PERSON_SIZE_SD = 0.045
_LEVEL_SIZE_SD = 0.018

_GOLDEN_SHARE = 0.618034
"""Ages of people of neighbouring numbers differ by this share of the range (golden ratio), so that
small cohorts hold young and old people too."""


class _Mean(NamedTuple):
    """Mean sizes of one level, millimetres; the disc is the one below the body."""

    name: str
    width_upper: float
    width_lower: float
    depth_upper: float
    depth_lower: float
    height_posterior: float
    height_anterior: float
    canal_depth: float
    disc_height: float
    disc_wedge_deg: float


_MEANS = (
    _Mean("T9", 30.5, 33.0, 29.0, 30.0, 20.0, 19.0, 15.5, 4.5, 0.0),
    _Mean("T10", 32.0, 35.5, 30.5, 31.5, 20.7, 19.8, 15.5, 5.0, -0.5),
    _Mean("T11", 34.9, 39.1, 31.9, 31.8, 21.6, 20.5, 16.0, 6.0, -0.5),
    _Mean("T12", 39.0, 42.1, 32.8, 33.4, 23.2, 21.9, 17.5, 7.0, 0.5),
    _Mean("L1", 41.2, 43.3, 34.1, 35.3, 24.6, 23.6, 18.0, 8.2, 3.0),
    _Mean("L2", 42.6, 45.5, 34.6, 34.9, 25.0, 24.7, 17.7, 9.4, 5.0),
    _Mean("L3", 44.1, 48.0, 35.2, 34.8, 24.8, 25.2, 17.3, 10.4, 7.0),
    _Mean("L4", 46.6, 49.5, 35.5, 34.4, 24.6, 26.0, 17.6, 11.0, 10.0),
    _Mean("L5", 47.3, 49.4, 34.7, 33.4, 23.6, 27.2, 17.6, 10.0, 13.0),
    _Mean("S1", 49.0, 40.0, 32.0, 21.0, 25.5, 29.5, 15.0, 2.6, 3.0),
    _Mean("S2", 40.0, 34.0, 20.0, 15.0, 23.0, 23.5, 11.0, 1.6, 0.0),
    _Mean("", 33.0, 28.0, 15.0, 12.0, 20.0, 18.0, 7.0, 1.4, -3.0),
    _Mean("", 28.0, 22.0, 12.0, 9.0, 18.0, 15.0, 5.0, 1.2, -6.0),
    _Mean("", 22.0, 16.0, 9.0, 7.0, 16.0, 12.5, 3.0, 1.0, 0.0),
)

_NAMES = [mean.name for mean in _MEANS]
FIRST_LUMBAR = _NAMES.index("L1")
FIRST_SACRAL = _NAMES.index("S1")
"""Places of L1 and S1 among the bodies of a person."""


def draw_person(number: int, rng: np.random.Generator) -> Person:
    """A person with bones, discs and an age (22 to 78 years) of their own."""
    sex = "F" if rng.random() < 0.5 else "M"
    size = (1.05 if sex == "M" else 0.97) * (1 + _PERSON_SIZE_SD * _normal(rng))
    # Slender and stout people: depth and width against height.
    build = 1 + 0.04 * _normal(rng)
    character = rng.standard_normal(4)
    canal = 1 + 0.08 * _normal(rng)
    bodies = tuple(_draw_body(mean, size, build, canal, character, rng) for mean in _MEANS)
    disc_size = size * (1 + 0.08 * rng.standard_normal())
    above = _MEANS[:-1]
    lordosis = rng.normal(1.0, 0.18)
    return Person(
        number=number,
        sex=sex,
        age_years=22 + 56 * ((number * _GOLDEN_SHARE + 0.1 * rng.random()) % 1),
        transition=Transition.NONE,
        fusion=0.0,
        bodies=bodies,
        disc_heights_mm=tuple(
            mean.disc_height * disc_size * (1 + 0.06 * rng.standard_normal()) for mean in above
        ),
        disc_wedges_deg=tuple(
            mean.disc_wedge_deg * lordosis + rng.normal(0, 0.8) for mean in above
        ),
        courses=draw_courses([mean.name for mean in above], rng),
        sacral_slope_deg=float(np.clip(rng.normal(37, 6) * lordosis**0.5, 22, 52)),
        lateral_mm=(float(rng.normal(0, 2.0)), float(rng.normal(0, 1.5))),
        soft=SoftTissues(
            muscle_mm=float(rng.normal(38, 4) * size),
            muscle_fat=0.1,
            fat_mm=float(np.clip(rng.lognormal(np.log(16), 0.45), 6, 45)),
            belly_mm=float(np.clip(rng.normal(120, 25), 70, 200)),
            psoas_mm=float(rng.normal(18, 2)),
            aorta_mm=float(rng.normal(8.5, 1)),
            aorta_left_mm=float(rng.normal(9, 2)),
            fork_level=float(rng.normal(0.4, 0.3)),
            epidural_fat=float(rng.lognormal(0, 0.25)),
            conus=float(np.clip(rng.normal(1.6, 0.5), 0.5, 3.0)),
            sac_end=float(np.clip(rng.normal(1.5, 0.4), 0.6, 2.6)),
            roots=float(rng.lognormal(0, 0.2)),
        ),
        detail_seed=int(rng.integers(2**31)),
    )


def _draw_body(
    mean: _Mean,
    size: float,
    build: float,
    canal: float,
    character: FloatArray,
    rng: np.random.Generator,
) -> BodyShape:
    """One body; ``character`` holds what the bodies of one person have in common."""
    own = [1 + _LEVEL_SIZE_SD * _normal(rng) for _ in range(5)]
    height = size * own[0] / build
    wedge = 0.8 * rng.standard_normal()
    waist = np.clip(
        np.array([0.07, 0.035, 0.08]) * np.exp(0.3 * character[0] + 0.25 * rng.standard_normal(3)),
        0.01,
        0.16,
    )
    hollow = np.exp(0.25 * character[1] + 0.3 * rng.standard_normal(2)) * np.array([1.5, 1.9])
    is_sacral = mean.name in ("", "S1", "S2")
    return BodyShape(
        level=VertebraLevel(mean.name) if mean.name else None,
        width_upper=mean.width_upper * size * own[1],
        width_lower=mean.width_lower * size * own[2],
        depth_upper=mean.depth_upper * size * build * own[3],
        depth_lower=mean.depth_lower * size * build * own[4],
        height_anterior=mean.height_anterior * height + wedge / 2,
        height_posterior=mean.height_posterior * height - wedge / 2,
        waist_front=float(waist[0]),
        waist_back=float(waist[1]),
        waist_side=float(waist[2]),
        concavity_upper=0.5 if is_sacral else float(np.clip(hollow[0], 0.4, 3.2)),
        concavity_lower=0.5 if is_sacral else float(np.clip(hollow[1], 0.4, 3.6)),
        hollow_place=0.2,
        back_hollow=1.0,
        canal_depth=mean.canal_depth * canal * (1 + 0.03 * rng.standard_normal()),
        canal_width=23.0 * canal,
        pedicle_height=14.5 * size,
        spinous_length=26.0 * size,
        spinous_height=18.0 * size,
        spinous_tilt_deg=10.0,
        marrow=Marrow(
            fat_fraction=float(
                np.clip(0.31 + 0.04 * character[3] + 0.015 * _normal(rng), 0.18, 0.50)
            ),
            textures=np.stack([_draw_texture(rng), _draw_texture(rng)]),
            contrast=1.0,
            spots=(),
            vein_height=float(rng.normal(0.02, 0.06)),
            vein_depth_mm=float(np.clip(rng.normal(11, 3.0) + 2.5 * character[2], 4, 20)) * size,
            vein_width_mm=0.0 if is_sacral else float(np.clip(rng.normal(4.5, 1.2), 2, 8)),
        ),
    )


def _normal(rng: np.random.Generator) -> float:
    """A normal number without the rare extremes, -2 to 2."""
    return min(max(float(rng.standard_normal()), -2.0), 2.0)


def _draw_texture(rng: np.random.Generator) -> FloatArray:
    rough = rng.standard_normal(TEXTURE_SHAPE)
    smooth = ndimage.gaussian_filter(rough, 0.7, mode="nearest")
    return np.asarray((smooth - smooth.mean()) / smooth.std(), dtype=np.float64)
