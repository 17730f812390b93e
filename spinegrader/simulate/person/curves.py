"""The sideways curve of a spine.

Looked up: Kebaish et al., Spine 36:731 (2011): a lumbar curve of 11 degrees (Cobb) and more in
8.85 % of 2,973 people over 40, from 3 % at 40 to 50 years to half of those over 90, four fifths of
them mild; Perennou et al., Spine 19:123 (1994): 7.5 % of patients, 2 % before 45 and 15 % after 60
years, the Cobb angle growing with age by 0.3 degrees a year. Slight curves below that are ours.
"""

import numpy as np

from spinegrader.simulate.person.shapes import Person

HALF_LENGTH_MM = 110.0
"""From the top of a curve to where it crosses the middle line."""

WORSENING_FROM_YEARS = 45.0

_MILD_BOW_MM, _MILD_SWAY_MM = 1.6, 1.2
_SCOLIOSIS_IN_YOUTH = 0.02
_YOUNG_BOW_MM = (5.5, 10.0)
"""Cobb angles of 11 to 21 degrees, see ``cobb_deg``."""

_WORSENING_SHARE = 0.22
_WORSENING_MM_PER_YEAR = (0.08, 0.32)
_LARGEST_BOW_MM = 13.0


def draw_curves(rng: np.random.Generator) -> tuple[tuple[float, float], float]:
    """Bow and sway in youth, mm, and how the bow grows in later life, mm a year."""
    bow = float(np.clip(rng.normal(0, _MILD_BOW_MM), -4.0, 4.0))
    sway = float(np.clip(rng.normal(0, _MILD_SWAY_MM), -3.0, 3.0))
    if rng.random() < _SCOLIOSIS_IN_YOUTH:
        bow = float(rng.uniform(*_YOUNG_BOW_MM)) * (1 if bow > 0 else -1)
    worsening = 0.0
    if rng.random() < _WORSENING_SHARE:
        worsening = float(rng.uniform(*_WORSENING_MM_PER_YEAR)) * (1 if bow > 0 else -1)
    return (round(bow, 6), round(sway, 6)), round(worsening, 6)


def bow_mm(person: Person, age_years: float) -> float:
    """The bow at an age."""
    grown = person.scoliosis_mm_per_year * max(age_years - WORSENING_FROM_YEARS, 0.0)
    return round(float(np.clip(person.lateral_mm[0] + grown, -_LARGEST_BOW_MM, _LARGEST_BOW_MM)), 6)


def cobb_deg(bow: float) -> float:
    """Cobb angle of a parabola that bows by so many millimetres over twice the half length."""
    return float(2 * np.degrees(np.arctan(2 * abs(bow) / HALF_LENGTH_MM)))
