"""What the years do to vertebral bodies: they lose some height, and a few cave in.

Looked up: vertebral fractures in 5.4 % of 3,330 people over 40, below 5 % before 60, 11 % from 70
to 79 and 18 % from 80 years, women and men alike (NHANES 2013-2014, PMC7422504); 3 % before 60 and
19 % after 70 in women, 7.5 and 20 % in men, one alone in most (Waterloo et al., BMC Musculoskelet
Disord 13:3, 2012). From memory: they are most frequent at the thoracolumbar junction; 20 % and more
lost at the front make a wedge fracture (Genant et al., J Bone Miner Res 8:1137, 1993). The slow
loss of height and the deepening of the endplates are ours: a few per cent in a lifetime.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from spinegrader.simulate.person.marrow import marrow_at
from spinegrader.simulate.person.shapes import BodyShape, Person, Sex

LOSS_FROM_YEARS = 40.0
_LOSS_PER_YEAR: dict[Sex, float] = {"F": 0.0007, "M": 0.0005}
_LOSS_SPREAD = 0.35
_LOSS_AT_BACK = 0.5
"""Share of the front's loss that the back wall has."""

_HOLLOWING_PER_YEAR = 0.006

FRACTURE_LIFETIME = 0.16
"""Of a vertebra from T9 down, by 90 years."""

_FRACTURE_FROM_YEARS, _FRACTURE_SPAN_YEARS, _FRACTURE_POWER = 45.0, 45.0, 1.3
_FRACTURE_WEIGHTS = {
    "T9": 0.06,
    "T10": 0.07,
    "T11": 0.13,
    "T12": 0.24,
    "L1": 0.25,
    "L2": 0.11,
    "L3": 0.08,
    "L4": 0.06,
}
_FRACTURE_SHARE = (0.20, 0.40)
_FRACTURE_AT_BACK = 0.12
_FRACTURE_HOLLOW_MM = 6.0
"""How much deeper the upper endplate becomes for each whole height lost."""


def draw_body_loss(sex: Sex, rng: np.random.Generator) -> float:
    """Share of the front's height that a person loses a year."""
    return round(_LOSS_PER_YEAR[sex] * float(rng.lognormal(0, _LOSS_SPREAD)), 9)


def draw_fracture(names: Sequence[str], rng: np.random.Generator) -> tuple[int, float, float]:
    """Place, age and share of lost height of the one fracture of a life; place -1 for none."""
    ticket = rng.random()
    share = round(float(rng.uniform(*_FRACTURE_SHARE)), 6)
    weights = np.array([_FRACTURE_WEIGHTS.get(name, 0.0) for name in names])
    place = int(rng.choice(len(names), p=weights / weights.sum()))
    if ticket >= FRACTURE_LIFETIME:
        return -1, float("inf"), 0.0
    waited = (ticket / FRACTURE_LIFETIME) ** (1 / _FRACTURE_POWER)
    age = _FRACTURE_FROM_YEARS + _FRACTURE_SPAN_YEARS * waited
    return place, round(age, 6), share


def body_at(shape: BodyShape, person: Person, age_years: float) -> BodyShape:
    """A body as it is at an age, with its marrow."""
    marrow = marrow_at(shape.marrow, person.sex, age_years)
    if shape.is_sacral:
        return replace(shape, marrow=marrow)
    lost = person.body_loss_per_year * max(age_years - LOSS_FROM_YEARS, 0.0)
    front, back = 1 - lost, 1 - lost * _LOSS_AT_BACK
    hollow = 1 + _HOLLOWING_PER_YEAR * max(age_years - LOSS_FROM_YEARS, 0.0)
    upper = shape.concavity_upper * hollow
    if age_years >= shape.fracture_age_years:
        front *= 1 - shape.fracture_share
        back *= 1 - shape.fracture_share * _FRACTURE_AT_BACK
        upper += _FRACTURE_HOLLOW_MM * shape.fracture_share
    return replace(
        shape,
        height_anterior=round(shape.height_anterior * front, 6),
        height_posterior=round(shape.height_posterior * back, 6),
        concavity_upper=round(upper, 6),
        concavity_lower=round(shape.concavity_lower * hollow, 6),
        marrow=marrow,
    )
