"""Puts a person's bodies and discs in place for one visit, one upon the other."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import FloatArray
from spinegrader.simulate.person.draw import FIRST_LUMBAR, FIRST_SACRAL
from spinegrader.simulate.person.shapes import BodyShape, Person
from spinegrader.simulate.ageing.process import disc_state
from spinegrader.simulate.ageing.states import DiscState
from spinegrader.simulate.person.spine import PlacedBody, PlacedDisc, Spine

_SHRINKING_PER_YEAR = 0.0006
"""Share of a body's height that is lost a year after 40, mostly in front."""


def place_spine(person: Person, age_years: float, posture_deg: float = 0.0) -> Spine:
    """The person's spine at an age.

    Args:
        person: Whose spine.
        age_years: At the visit.
        posture_deg: More (positive) or less lordosis than usual, spread over the lumbar discs.

    Returns:
        Bodies and discs, L3's middle at the origin.
    """
    shapes = [_aged(shape, age_years) for shape in person.bodies]
    states = [disc_state(course, age_years) for course in person.courses]
    heights = [
        height * state.height_share
        for height, state in zip(person.disc_heights_mm, states, strict=True)
    ]
    wedges = [
        np.radians(wedge + (posture_deg / 5 if FIRST_LUMBAR <= index < FIRST_SACRAL else 0.0))
        * (0.35 + 0.65 * states[index].height_share)
        for index, wedge in enumerate(person.disc_wedges_deg)
    ]
    bodies = _stacked(shapes, heights, wedges, float(np.radians(person.sacral_slope_deg)))
    middle = next(body.centre for body in bodies if body.shape.level is VertebraLevel.L3)
    bodies = [PlacedBody(body.shape, body.centre - middle, body.tilt_rad) for body in bodies]
    discs = [
        _disc(bodies[index], bodies[index + 1], states[index], heights[index], wedges[index])
        for index in range(len(bodies) - 1)
    ]
    return Spine(person, age_years, tuple(bodies), tuple(discs))


def _stacked(
    shapes: Sequence[BodyShape],
    disc_heights: Sequence[float],
    disc_wedges: Sequence[float],
    sacral_slope: float,
) -> list[PlacedBody]:
    """Bodies in place, from S1's upper endplate at the origin up and down."""
    placed: dict[int, PlacedBody] = {}
    point, slope = np.zeros(2), sacral_slope
    for index in range(FIRST_SACRAL - 1, -1, -1):
        wedge = disc_wedges[index]
        point = point + disc_heights[index] * _up(slope - wedge / 2)
        lower, upper = _half_wedges(shapes[index])
        tilt = slope - wedge - lower
        centre = point + shapes[index].height_mm / 2 * _up(tilt)
        placed[index] = PlacedBody(shapes[index], centre, tilt)
        point, slope = centre + shapes[index].height_mm / 2 * _up(tilt), tilt - upper
    point, slope = np.zeros(2), sacral_slope
    for index in range(FIRST_SACRAL, len(shapes)):
        lower, upper = _half_wedges(shapes[index])
        tilt = slope + upper
        centre = point - shapes[index].height_mm / 2 * _up(tilt)
        placed[index] = PlacedBody(shapes[index], centre, tilt)
        point, slope = centre - shapes[index].height_mm / 2 * _up(tilt), tilt + lower
        if index < len(disc_heights):
            point = point - disc_heights[index] * _up(slope + disc_wedges[index] / 2)
            slope += disc_wedges[index]
    return [placed[index] for index in range(len(shapes))]


def _half_wedges(shape: BodyShape) -> tuple[float, float]:
    """Angles of the lower and the upper endplate against the body's own axis, radians."""
    half = (shape.height_anterior - shape.height_posterior) / 2
    return float(np.arctan(half / shape.depth_lower)), float(np.arctan(half / shape.depth_upper))


def _up(tilt_rad: float) -> FloatArray:
    return np.array([-np.sin(tilt_rad), np.cos(tilt_rad)])


def _aged(shape: BodyShape, age_years: float) -> BodyShape:
    """Bodies hardly change: they lose a little height after 40."""
    lost = _SHRINKING_PER_YEAR * max(age_years - 40, 0)
    if shape.level is None or shape.level.position >= VertebraLevel.S1.position:
        return shape
    return replace(
        shape,
        height_anterior=shape.height_anterior * (1 - lost),
        height_posterior=shape.height_posterior * (1 - lost / 2),
    )


def _disc(
    above: PlacedBody, below: PlacedBody, state: DiscState, height_mm: float, wedge_rad: float
) -> PlacedDisc:
    upper, lower = above.corners[2:].mean(axis=0), below.corners[:2].mean(axis=0)
    along = above.corners[2] - above.corners[3] + below.corners[1] - below.corners[0]
    names = above.shape.level, below.shape.level
    return PlacedDisc(
        level=DiscLevel(names[0], names[1]) if names[0] and names[1] else None,
        state=state,
        centre=(upper + lower) / 2,
        tilt_rad=float(np.arctan2(along[1], along[0])),
        height_mm=height_mm,
        wedge_rad=wedge_rad,
        depth_mm=(above.shape.depth_lower + below.shape.depth_upper) / 2,
        width_mm=(above.shape.width_lower + below.shape.width_upper) / 2,
    )
