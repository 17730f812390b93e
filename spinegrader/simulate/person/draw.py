"""Draws simulated people.

What the bodies of one person have in common (size, build, breadth, waists, hollows, marrow) is
drawn once as a ``_Character``; each body adds its own. Means and spreads: see ``morphometry``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import FloatArray
from spinegrader.simulate.ageing.draw import draw_courses
from spinegrader.simulate.person import morphometry
from spinegrader.simulate.person.body_ageing import draw_body_loss, draw_fracture
from spinegrader.simulate.person.curves import draw_curves
from spinegrader.simulate.person.marrow import (
    MarrowHabit,
    draw_habit,
    draw_marrow,
    draw_textures,
)
from spinegrader.simulate.person.morphometry import SACRAL, LevelMeans
from spinegrader.simulate.person.shapes import BodyShape, Person, Sex, SpineRegion, Variant
from spinegrader.simulate.person.soft_tissues import draw_physique, draw_soft_tissues
from spinegrader.simulate.person.variants import draw_anatomy, draw_variant, like_usual

YOUNGEST_YEARS, OLDEST_YEARS = 22.0, 78.0

_GOLDEN_SHARE = 0.618034
"""Ages of people of neighbouring numbers differ by this share of the range (golden ratio), so that
small cohorts hold young and old people too."""

_VISIBLE_CONCAVITY_MM = (0.3, 3.4)
_SACRAL_CONCAVITY_MM = 0.4


@dataclass(frozen=True, eq=False)
class _Character:
    """What the bodies of one person have in common; 1 is the mean, unless a unit is given."""

    sex: Sex
    width: float
    depth: float
    height: float
    canal_depth: float
    canal_width: float
    wedge_deg: float
    waists: FloatArray
    concavity: float
    habit: MarrowHabit


def draw_person(number: int, rng: np.random.Generator, variant: Variant | None = None) -> Person:
    """A person with bones, discs and an age (22 to 78 years) of their own.

    Args:
        number: Counted from 1 within the cohort.
        rng: Of this person alone.
        variant: The make of the lower spine; None draws it at the published rates.
    """
    sex: Sex = "F" if rng.random() < 0.5 else "M"
    drawn_variant = draw_variant(sex, rng)
    variant = drawn_variant if variant is None else variant
    means, fusion = draw_anatomy(variant, rng)
    size = _normal(rng)
    character = _draw_character(sex, size, rng)
    bodies = _draw_bodies(means, character, rng)
    above = means[:-1]
    disc_heights = _draw_disc_heights(above, sex, size, rng)
    wedges, sacral_slope = _draw_alignment(above, character, rng)
    physique = draw_physique(sex, size, rng)
    lateral, scoliosis = draw_curves(rng)
    age_share = (number * _GOLDEN_SHARE + 0.1 * rng.random()) % 1
    return Person(
        number=number,
        sex=sex,
        age_years=round(YOUNGEST_YEARS + (OLDEST_YEARS - YOUNGEST_YEARS) * age_share, 6),
        stature_m=physique.stature_m,
        bmi=physique.bmi,
        variant=variant,
        fusion=round(fusion, 6),
        bodies=bodies,
        disc_heights_mm=disc_heights,
        disc_wedges_deg=wedges,
        courses=draw_courses(_names_for_courses(above, variant), rng),
        sacral_slope_deg=sacral_slope,
        lateral_mm=lateral,
        scoliosis_mm_per_year=scoliosis,
        body_loss_per_year=draw_body_loss(sex, rng),
        soft=draw_soft_tissues(sex, physique, variant, rng),
        detail_seed=int(rng.integers(2**31)),
    )


def _draw_character(sex: Sex, size: float, rng: np.random.Generator) -> _Character:
    """What the bodies have in common; ``size`` in standard deviations."""
    factors = morphometry.SEX_FACTORS[sex]
    build = morphometry.BUILD_SD * _normal(rng)
    bones = morphometry.SIZE_SD * size
    depth, width = rng.standard_normal(2).clip(-2.2, 2.2)
    correlation = morphometry.CANAL_WIDTH_WITH_DEPTH
    width = correlation * depth + np.sqrt(1 - correlation**2) * width
    return _Character(
        sex=sex,
        width=factors.width * (1 + bones + build / 2 + morphometry.BREADTH_SD * _normal(rng)),
        depth=factors.depth * (1 + bones + build),
        height=factors.height * (1 + bones + morphometry.BUILD_ON_HEIGHT * build),
        canal_depth=factors.canal_depth * (1 + morphometry.CANAL_SD * float(depth)),
        canal_width=factors.canal_width * (1 + morphometry.CANAL_WIDTH_SD * float(width)),
        wedge_deg=morphometry.WEDGE_PERSON_SD_DEG * _normal(rng),
        waists=np.exp(morphometry.WAIST_PERSON_SD * rng.standard_normal(3).clip(-2.2, 2.2)),
        concavity=float(np.exp(morphometry.CONCAVITY_PERSON_SD * _normal(rng))),
        habit=draw_habit(rng),
    )


def _draw_bodies(
    means: Sequence[LevelMeans], character: _Character, rng: np.random.Generator
) -> tuple[BodyShape, ...]:
    names = [mean.name for mean in means]
    textures = draw_textures(len(means), character.habit.band, rng)
    fracture_place, fracture_age, fracture_share = draw_fracture(names, rng)
    bodies = []
    for index, mean in enumerate(means):
        usual = like_usual(mean.name, names)
        fracture = (fracture_age, fracture_share) if index == fracture_place else None
        bodies.append(_draw_body(mean, usual, character, textures[index], index, fracture, rng))
    return tuple(bodies)


def _draw_body(
    mean: LevelMeans,
    usual: str,
    character: _Character,
    textures: FloatArray,
    index: int,
    fracture: tuple[float, float] | None,
    rng: np.random.Generator,
) -> BodyShape:
    """One body; ``usual`` is the level of usual anatomy whose form it has."""
    own = rng.standard_normal(7).clip(-2.2, 2.2)
    depth = character.depth * (1 + morphometry.BODY_DEPTH_SD * own[0])
    height = mean.height_posterior * character.height * (1 + morphometry.BODY_HEIGHT_SD * own[1])
    width = character.width * (1 + morphometry.BODY_DEPTH_SD * own[2])
    upper, lower = 1 + morphometry.ENDPLATE_SD * own[3], 1 - morphometry.ENDPLATE_SD * own[3]
    mean_depth = depth * (mean.depth_upper + mean.depth_lower) / 2
    is_sacral = mean.name in SACRAL
    wedge = morphometry.wedge_deg(usual, character.sex)
    if not is_sacral:
        wedge += character.wedge_deg + morphometry.WEDGE_BODY_SD_DEG * own[4]
    front = height - 2 * mean_depth * float(np.tan(np.radians(wedge) / 2))
    region = SpineRegion.SACRAL if is_sacral else SpineRegion.LUMBAR
    if mean.name.startswith("T"):
        region = SpineRegion.THORACIC
    half_extents = (mean_depth / 2, (front + height) / 4, width * mean.width_upper / 2)
    spinous = morphometry.spinous_height_share(usual, character.sex)
    lengths = {
        "width_upper": mean.width_upper * width * upper,
        "width_lower": mean.width_lower * width * lower,
        "depth_upper": mean.depth_upper * depth * upper,
        "depth_lower": mean.depth_lower * depth * lower,
        "height_anterior": front,
        "height_posterior": height,
        "hollow_place": float(np.clip(rng.normal(0.15, 0.12), -0.2, 0.45)),
        "back_hollow": 0.0 if mean.name.startswith("S") else float(rng.uniform(0.6, 1.6)),
        "canal_depth": mean.canal_depth
        * character.canal_depth
        * (1 + morphometry.CANAL_LEVEL_SD * own[5]),
        "canal_width": mean.canal_width
        * character.canal_width
        * (1 + morphometry.CANAL_LEVEL_SD * own[6]),
        "pedicle_height": mean.pedicle_height * character.height / 1.1,
        "spinous_length": mean.spinous_length * character.height * rng.lognormal(-0.1, 0.08),
        "spinous_height": spinous * (front + height) / 2 * rng.lognormal(0, 0.06),
        "spinous_tilt_deg": mean.spinous_tilt_deg + 3 * rng.standard_normal(),
        **_surface(character, is_sacral, rng),
    }
    marrow = draw_marrow(
        character.sex, character.habit, textures, half_extents, index - 2, is_sacral, rng
    )
    return BodyShape(
        level=VertebraLevel(mean.name) if mean.name in _NAMED else None,
        region=region,
        marrow=marrow,
        fracture_age_years=fracture[0] if fracture else float("inf"),
        fracture_share=fracture[1] if fracture else 0.0,
        **{name: round(float(value), 6) for name, value in lengths.items()},
    )


_NAMED = frozenset(level.value for level in VertebraLevel)


def _surface(character: _Character, is_sacral: bool, rng: np.random.Generator) -> dict[str, float]:
    """Waists and hollows of one body."""
    waists = (
        np.array(morphometry.WAIST_MEANS)
        * character.waists
        * np.exp(morphometry.WAIST_BODY_SD * rng.standard_normal(3))
    ).clip(0.01, 0.15)
    hollows = (
        np.array([morphometry.CONCAVITY_UPPER_MM, morphometry.CONCAVITY_LOWER_MM])
        * character.concavity
        * np.exp(morphometry.CONCAVITY_BODY_SD * rng.standard_normal(2))
    ).clip(*_VISIBLE_CONCAVITY_MM)
    if is_sacral:
        hollows[:] = _SACRAL_CONCAVITY_MM
    return {
        "waist_front": float(waists[0]),
        "waist_back": float(waists[1]),
        "waist_side": float(waists[2]),
        "concavity_upper": float(hollows[0]),
        "concavity_lower": float(hollows[1]),
    }


def _draw_disc_heights(
    above: Sequence[LevelMeans], sex: Sex, size: float, rng: np.random.Generator
) -> tuple[float, ...]:
    share = morphometry.SEX_FACTORS[sex].disc_height * (
        1
        + morphometry.DISC_WITH_SIZE * morphometry.SIZE_SD * size
        + morphometry.DISC_SD * _normal(rng)
    )
    return tuple(
        round(mean.disc_height * share * (1 + morphometry.DISC_LEVEL_SD * _normal(rng)), 6)
        for mean in above
    )


def _draw_alignment(
    above: Sequence[LevelMeans], character: _Character, rng: np.random.Generator
) -> tuple[tuple[float, ...], float]:
    """Wedges of the discs and the slope of the sacrum, which goes with the lordosis, degrees."""
    factors = morphometry.SEX_FACTORS[character.sex]
    bend = morphometry.LORDOSIS_SD * _normal(rng)
    wedges = [
        mean.disc_wedge_deg * factors.disc_wedge * (1 + bend if mean.name in _NAMED_LUMBAR else 1)
        + (0.0 if mean.name in SACRAL else morphometry.DISC_WEDGE_SD_DEG * _normal(rng))
        for mean in above
    ]
    lumbar = [mean.disc_wedge_deg for mean in above if mean.name in _NAMED_LUMBAR]
    beyond = sum(lumbar) * factors.disc_wedge * bend - len(lumbar) * character.wedge_deg
    slope = (
        factors.sacral_slope_deg
        + morphometry.SLOPE_PER_LORDOSIS * beyond
        + morphometry.SLOPE_SD_DEG * _normal(rng)
    )
    return tuple(round(wedge, 6) for wedge in wedges), round(float(np.clip(slope, 18, 58)), 6)


_NAMED_LUMBAR = frozenset(name for name in _NAMED if name.startswith("L"))


def _names_for_courses(above: Sequence[LevelMeans], variant: Variant) -> list[str]:
    """The vertebra above each disc; a disc below a fused one wears as little as a sacral disc."""
    names = [mean.name for mean in above]
    if variant is Variant.SACRALISED:
        names[names.index("L5")] = "S1"
    return names


def _normal(rng: np.random.Generator) -> float:
    """A normal number without the rare extremes, -2.2 to 2.2."""
    return min(max(float(rng.standard_normal()), -2.2), 2.2)
