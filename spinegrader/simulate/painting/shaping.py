"""Signed distances (inside > 0) and smooth steps, of exactly rounded operations only."""

import numpy as np

from spinegrader.simulate.fields import Field

_SQUARENESS = np.float32(4 * 0.72)


def length(first: Field, second: Field) -> Field:
    """Length of vectors of two components."""
    squares = first * first
    squares += second * second
    return np.asarray(np.sqrt(squares, out=squares))


def outline_radius(across: Field, aside: Field) -> Field:
    """Radius in a rounded square (1 on its edge), from places in half axes.

    The shape lies between an ellipse and its box, as bodies seen from above do: the squircle of
    Fernandez Guasti, Int J Math Educ Sci Technol 23:895 (1992).
    """
    u, v = across * across, aside * aside
    total = u + v
    u *= v
    u *= _SQUARENESS
    root = total * total
    root -= u
    np.sqrt(root, out=root)
    root += total
    root *= np.float32(0.5)
    return np.asarray(np.sqrt(root, out=root))


def smooth_step(share: Field) -> Field:
    """0 below 0, 1 above 1, smooth between."""
    clipped = np.clip(share, 0, 1)
    return np.asarray(clipped * clipped * (3 - 2 * clipped))


def bump(share: Field) -> Field:
    """1 at 0, falling to 0 at -1 and 1, smooth: a bell of finite reach."""
    inside = 1 - share * share
    np.maximum(inside, 0, out=inside)
    inside *= inside
    return np.asarray(inside)


def rounded(radius_mm: float, first: Field, *others: Field) -> Field:
    """Distance to the common part of several shapes, its edges rounded."""
    total = _squared_depth(radius_mm, first)
    for other in others:
        total += _squared_depth(radius_mm, other)
    return np.asarray(np.float32(radius_mm) - np.sqrt(total))


def _squared_depth(radius_mm: float, distance: Field) -> Field:
    """How far a place lies within a radius of the edge, squared."""
    inward = np.float32(radius_mm) - distance
    np.maximum(inward, 0, out=inward)
    inward *= inward
    return np.asarray(inward)


def united(blend_mm: float, first: Field, second: Field) -> Field:
    """Distance to two shapes grown together, with a fillet between them."""
    near = np.float32(blend_mm) - np.abs(first - second)
    np.maximum(near, 0, out=near)
    near *= near
    near *= np.float32(0.25 / blend_mm)
    return np.asarray(np.maximum(first, second) + near)


def spindle(
    y: Field,
    z: Field,
    start: tuple[float, float],
    end: tuple[float, float],
    radii_mm: tuple[float, float],
) -> Field:
    """Distance to all that lies within a radius of a line, which changes along it."""
    along = (end[0] - start[0], end[1] - start[1])
    squared = along[0] * along[0] + along[1] * along[1]
    from_y, from_z = y - np.float32(start[0]), z - np.float32(start[1])
    share = from_y * np.float32(along[0] / squared) + from_z * np.float32(along[1] / squared)
    np.clip(share, 0, 1, out=share)
    from_y -= share * np.float32(along[0])
    from_z -= share * np.float32(along[1])
    radius = np.float32(radii_mm[0]) + share * np.float32(radii_mm[1] - radii_mm[0])
    return np.asarray(radius - length(from_y, from_z))
