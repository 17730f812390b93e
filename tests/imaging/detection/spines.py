"""Spines in the plane: of the usual shape, and of simulated people."""

from itertools import pairwise

import numpy as np

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.imaging.bodies import axes, corners_of, taper_of
from spinegrader.imaging.morphometry import PRIORS
from tests.imaging.detection.rendering import Drawn, Scene

REGULAR = tuple(level for level in VertebraLevel if not level.is_transitional)


def usual_spine(
    top: VertebraLevel = VertebraLevel.T11,
    bottom: VertebraLevel = VertebraLevel.S2,
    lordosis: float = 1.0,
    view_mm: tuple[float, float] = (180.0, 300.0),
    levels: tuple[VertebraLevel, ...] = REGULAR,
    **heights: float,
) -> Scene:
    """Bodies of the usual sizes and tilts, in the middle of the picture.

    Args:
        top: Highest level.
        bottom: Lowest one.
        lordosis: Times the usual tilts.
        view_mm: Width and height.
        levels: What the person has.
        heights: Shares of the usual height by level: ``L2=0.4`` is a fractured L2.
    """
    names = [level for level in levels if top.position <= level.position <= bottom.position]
    tilts = {level: lordosis * np.radians(PRIORS[level].tilt_degrees) for level in names}
    tall = {level: PRIORS[level].height_mm * heights.get(level.value, 1.0) for level in names}
    centres = [np.zeros(2)]
    for upper, lower in pairwise(names):
        down = axes((tilts[upper] + tilts[lower]) / 2)[1]
        step = tall[upper] / 2 + PRIORS[upper].disc_below_mm + tall[lower] / 2
        centres.append(centres[-1] + step * down)
    bodies = []
    for level, centre in zip(names, centres, strict=True):
        prior = PRIORS[level]
        depth = (prior.upper_depth_mm + prior.lower_depth_mm) / 2
        corners = corners_of(centre, tilts[level], tall[level], depth, taper_of(prior))
        bodies.append(Drawn(level, corners))
    every = np.concatenate([body.corners for body in bodies])
    shift = np.array(view_mm) / 2 - (every.min(axis=0) + every.max(axis=0)) / 2
    placed = tuple(Drawn(body.level, body.corners + shift) for body in bodies)
    return Scene(placed, view_mm)
