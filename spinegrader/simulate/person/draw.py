"""Draws simulated people.

Bones, discs, alignment, physique and soft tissues go with one another: what a person's bodies have
in common is drawn once (see ``bones``), stature goes with their size, the sacral slope with the
lordosis, fat and muscle with sex and weight. Means and spreads: see ``morphometry``.
"""

from collections.abc import Sequence

import numpy as np

from spinegrader.simulate.ageing.draw import draw_courses
from spinegrader.simulate.person import morphometry
from spinegrader.simulate.person.body_ageing import draw_body_loss
from spinegrader.simulate.person.bones import (
    Character,
    clipped_normal,
    draw_bodies,
    draw_character,
)
from spinegrader.simulate.person.curves import draw_curves
from spinegrader.simulate.person.morphometry import SACRAL, LevelMeans
from spinegrader.simulate.person.shapes import Person, Sex, Variant
from spinegrader.simulate.person.soft_tissues import draw_physique, draw_soft_tissues
from spinegrader.simulate.person.variants import draw_anatomy, draw_variant

YOUNGEST_YEARS, OLDEST_YEARS = 22.0, 78.0

_GOLDEN_SHARE = 0.618034
"""Ages of people of neighbouring numbers differ by this share of the range (golden ratio), so that
small cohorts hold young and old people too."""


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
    size = clipped_normal(rng)
    character = draw_character(sex, size, rng)
    bodies = draw_bodies(means, character, rng)
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
        courses=draw_courses(
            [mean.name for mean in above],
            rng,
            sex=sex,
            fusion=fusion if variant is Variant.SACRALISED else 0.0,
        ),
        sacral_slope_deg=sacral_slope,
        lateral_mm=lateral,
        scoliosis_mm_per_year=scoliosis,
        body_loss_per_year=draw_body_loss(sex, rng),
        soft=draw_soft_tissues(sex, physique, variant, rng),
        detail_seed=int(rng.integers(2**31)),
    )


def _draw_disc_heights(
    above: Sequence[LevelMeans], sex: Sex, size: float, rng: np.random.Generator
) -> tuple[float, ...]:
    share = morphometry.SEX_FACTORS[sex].disc_height * (
        1
        + morphometry.DISC_WITH_SIZE * morphometry.SIZE_SD * size
        + morphometry.DISC_SD * clipped_normal(rng)
    )
    return tuple(
        round(mean.disc_height * share * (1 + morphometry.DISC_LEVEL_SD * clipped_normal(rng)), 6)
        for mean in above
    )


def _draw_alignment(
    above: Sequence[LevelMeans], character: Character, rng: np.random.Generator
) -> tuple[tuple[float, ...], float]:
    """Wedges of the discs and the slope of the sacrum, which goes with the lordosis, degrees."""
    factors = morphometry.SEX_FACTORS[character.sex]
    bend = morphometry.LORDOSIS_SD * clipped_normal(rng)
    wedges = [
        mean.disc_wedge_deg * factors.disc_wedge * (1 + bend if mean.name.startswith("L") else 1)
        + (0.0 if mean.name in SACRAL else morphometry.DISC_WEDGE_SD_DEG * clipped_normal(rng))
        for mean in above
    ]
    lumbar = [mean.disc_wedge_deg for mean in above if mean.name.startswith("L")]
    beyond = sum(lumbar) * factors.disc_wedge * bend - len(lumbar) * character.wedge_deg
    slope = (
        factors.sacral_slope_deg
        + morphometry.SLOPE_PER_LORDOSIS * beyond
        + morphometry.SLOPE_SD_DEG * clipped_normal(rng)
    )
    return tuple(round(wedge, 6) for wedge in wedges), round(float(np.clip(slope, 18, 58)), 6)
