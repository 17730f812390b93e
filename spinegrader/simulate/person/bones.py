"""Draws the bones of a person: what all bodies have in common, and what each has of its own.

Means and spreads: see ``morphometry``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import FloatArray
from spinegrader.simulate.person import morphometry
from spinegrader.simulate.person.body_ageing import draw_fracture
from spinegrader.simulate.person.marrow import (
    MarrowHabit,
    draw_habit,
    draw_marrow,
    draw_textures,
)
from spinegrader.simulate.person.morphometry import SACRAL, LevelMeans
from spinegrader.simulate.person.shapes import BodyShape, Sex, SpineRegion
from spinegrader.simulate.person.variants import like_usual

_VISIBLE_CONCAVITY_MM = (0.3, 3.4)
_SACRAL_CONCAVITY_MM = 0.4
_NAMED = frozenset(level.value for level in VertebraLevel)


@dataclass(frozen=True, eq=False)
class Character:
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


def draw_character(sex: Sex, size: float, rng: np.random.Generator) -> Character:
    """What the bodies have in common; ``size`` in standard deviations."""
    factors = morphometry.SEX_FACTORS[sex]
    build = morphometry.BUILD_SD * clipped_normal(rng)
    bones = morphometry.SIZE_SD * size
    depth, width = rng.standard_normal(2).clip(-2.2, 2.2)
    correlation = morphometry.CANAL_WIDTH_WITH_DEPTH
    width = correlation * depth + np.sqrt(1 - correlation**2) * width
    breadth = morphometry.BREADTH_SD * clipped_normal(rng)
    return Character(
        sex=sex,
        width=factors.width * (1 + bones + build / 2 + breadth),
        depth=factors.depth * (1 + bones + build),
        height=factors.height * (1 + bones + morphometry.BUILD_ON_HEIGHT * build),
        canal_depth=factors.canal_depth * (1 + morphometry.CANAL_SD * float(depth)),
        canal_width=factors.canal_width * (1 + morphometry.CANAL_WIDTH_SD * float(width)),
        wedge_deg=morphometry.WEDGE_PERSON_SD_DEG * clipped_normal(rng),
        waists=np.exp(morphometry.WAIST_PERSON_SD * rng.standard_normal(3).clip(-2.2, 2.2)),
        concavity=float(np.exp(morphometry.CONCAVITY_PERSON_SD * clipped_normal(rng))),
        habit=draw_habit(rng),
    )


def draw_bodies(
    means: Sequence[LevelMeans], character: Character, rng: np.random.Generator
) -> tuple[BodyShape, ...]:
    """The bodies of a person, head to feet.

    Args:
        means: Sizes of the levels that the person has, see ``variants.draw_anatomy``.
        character: Of the person.
        rng: Of the person.
    """
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
    character: Character,
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


def _surface(character: Character, is_sacral: bool, rng: np.random.Generator) -> dict[str, float]:
    """Waists and hollows of one body."""
    waists = (
        np.array(morphometry.WAIST_MEANS)
        * character.waists
        * np.exp(morphometry.WAIST_BODY_SD * rng.standard_normal(3))
    ).clip(0.01, 0.2)
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


def clipped_normal(rng: np.random.Generator) -> float:
    """A normal number without the rare extremes, -2.2 to 2.2."""
    return min(max(float(rng.standard_normal()), -2.2), 2.2)
