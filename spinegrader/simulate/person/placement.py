"""Puts a person's bodies and discs in place for one visit, one upon the other.

Everything starts from S1's upper endplate, tilted by the sacral slope. What leaves this module is
rounded, so that it is the same wherever it is computed.
"""

import math
from collections.abc import Sequence

import numpy as np

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import FloatArray
from spinegrader.simulate.ageing.process import disc_state
from spinegrader.simulate.ageing.states import DiscState
from spinegrader.simulate.person.body_ageing import body_at
from spinegrader.simulate.person.shapes import BodyShape, Person
from spinegrader.simulate.person.spine import PlacedBody, PlacedDisc, Spine

_LEAST_GAP_MM = 0.5
"""Between the corners of neighbouring bodies, however worn and wedged their disc is."""

_WEDGE_KEPT = 0.35
"""Share of its wedge that a disc without any height would keep."""

_MM_DECIMALS, _RAD_DECIMALS = 6, 9


def place_spine(person: Person, age_years: float, posture_deg: float = 0.0) -> Spine:
    """The person's spine at an age.

    Args:
        person: Whose spine.
        age_years: At the visit.
        posture_deg: More (positive) or less lordosis than usual, spread over the lumbar discs that
            move.

    Returns:
        Bodies and discs, L3's middle at the origin.
    """
    shapes = [body_at(shape, person, age_years) for shape in person.bodies]
    states = [disc_state(course, age_years) for course in person.courses]
    heights = [
        max(height * state.height_share, _LEAST_GAP_MM)
        for height, state in zip(person.disc_heights_mm, states, strict=True)
    ]
    wedges = _present_wedges(person, shapes, states, heights, posture_deg)
    slips = [state.slip_mm for state in states]
    bodies = _stacked(person, shapes, heights, wedges, slips)
    middle = next(body.centre for body in bodies if body.shape.level is VertebraLevel.L3)
    bodies = [
        PlacedBody(
            body.shape,
            np.round(body.centre - middle, _MM_DECIMALS),
            round(body.tilt_rad, _RAD_DECIMALS),
        )
        for body in bodies
    ]
    discs = [
        _disc(bodies[index], bodies[index + 1], states[index], heights[index], wedges[index])
        for index in range(len(bodies) - 1)
    ]
    return Spine(person, age_years, tuple(bodies), tuple(discs))


def _present_wedges(
    person: Person,
    shapes: Sequence[BodyShape],
    states: Sequence[DiscState],
    heights: Sequence[float],
    posture_deg: float,
) -> list[float]:
    """Wedges of the discs, radians: less of them as discs narrow, and never so that bodies meet."""
    first, last = person.first_lumbar, person.last_mobile_disc
    extra = posture_deg / (last - first + 1)
    wedges = []
    for index, wedge in enumerate(person.disc_wedges_deg):
        whole = wedge + (extra if first <= index <= last else 0.0)
        kept = _WEDGE_KEPT + (1 - _WEDGE_KEPT) * states[index].height_share
        depth = max(shapes[index].depth_lower, shapes[index + 1].depth_upper)
        most = math.atan(2 * max(heights[index] - _LEAST_GAP_MM, 0.0) / depth)
        wedges.append(min(max(math.radians(whole) * kept, -most), most))
    return wedges


def _stacked(
    person: Person,
    shapes: Sequence[BodyShape],
    heights: Sequence[float],
    wedges: Sequence[float],
    slips: Sequence[float],
) -> list[PlacedBody]:
    """Bodies in place, from S1's upper endplate at the origin up and down."""
    first_sacral = person.first_sacral
    placed: dict[int, PlacedBody] = {}
    point, slope = np.zeros(2), math.radians(person.sacral_slope_deg)
    for index in range(first_sacral - 1, -1, -1):
        middle = slope - wedges[index] / 2
        point = point + heights[index] * _up(middle) - slips[index] * _backward(middle)
        lower, upper = _half_wedges(shapes[index])
        tilt = slope - wedges[index] - lower
        half = shapes[index].height_mm / 2 * _up(tilt)
        placed[index] = PlacedBody(shapes[index], point + half, tilt)
        point, slope = point + 2 * half, tilt - upper
    point, slope = np.zeros(2), math.radians(person.sacral_slope_deg)
    for index in range(first_sacral, len(shapes)):
        lower, upper = _half_wedges(shapes[index])
        tilt = slope + upper
        half = shapes[index].height_mm / 2 * _up(tilt)
        placed[index] = PlacedBody(shapes[index], point - half, tilt)
        point, slope = point - 2 * half, tilt + lower
        if index < len(heights):
            middle = slope + wedges[index] / 2
            point = point - heights[index] * _up(middle) + slips[index] * _backward(middle)
            slope += wedges[index]
    return [placed[index] for index in range(len(shapes))]


def _half_wedges(shape: BodyShape) -> tuple[float, float]:
    """Angles of the lower and the upper endplate against the body's own axis, radians."""
    half = (shape.height_anterior - shape.height_posterior) / 2
    return math.atan(half / shape.depth_lower), math.atan(half / shape.depth_upper)


def _up(tilt_rad: float) -> FloatArray:
    return np.array([-math.sin(tilt_rad), math.cos(tilt_rad)])


def _backward(tilt_rad: float) -> FloatArray:
    return np.array([math.cos(tilt_rad), math.sin(tilt_rad)])


def _disc(
    above: PlacedBody, below: PlacedBody, state: DiscState, height_mm: float, wedge_rad: float
) -> PlacedDisc:
    upper, lower = above.corners[2:].mean(axis=0), below.corners[:2].mean(axis=0)
    along = above.corners[2] - above.corners[3] + below.corners[1] - below.corners[0]
    names = above.shape.level, below.shape.level
    return PlacedDisc(
        level=DiscLevel(names[0], names[1]) if names[0] and names[1] else None,
        state=state,
        centre=np.round((upper + lower) / 2, _MM_DECIMALS),
        tilt_rad=round(math.atan2(along[1], along[0]), _RAD_DECIMALS),
        height_mm=round(height_mm, _MM_DECIMALS),
        wedge_rad=round(wedge_rad, _RAD_DECIMALS),
        depth_mm=(above.shape.depth_lower + below.shape.depth_upper) / 2,
        width_mm=(above.shape.width_lower + below.shape.width_upper) / 2,
    )
