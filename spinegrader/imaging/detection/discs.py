"""Outlines of discs, where the disc mask crosses one half, between the pixels."""

import numpy as np

from spinegrader.domain.geometry import FloatArray
from spinegrader.imaging.detection.bodies import sampled
from spinegrader.imaging.detection.maps import DISC, PlaneMaps

POINTS = 48
"""Of an outline."""

LEAST_AREA, MOST_AREA = 0.35, 1.9
"""Of an outline, by the area between the facing endplates."""

_LEAST_HEIGHT = 0.12
"""Height of a space between endplates, by its depth, that is looked into: worn discs are thin and
the endplates' places not exact."""

_REACH = 2.6
"""How far rays go, in half depths and half heights of the space: a wedge's front is taller than
its mean."""

_MOST_DEPTH = 1.9

_SAMPLES = 96
_LEAST_DEPTH = 0.45
_EDGE = 0.5


def disc_outline(plane: PlaneMaps, upper: FloatArray, lower: FloatArray) -> FloatArray | None:
    """The outline of the disc between two bodies, corners of shape (4, 2) each.

    Rays run from the disc's middle to where the mask falls below one half. Angles are even in the
    space made square, so that the flat ends of a thin disc get their points too. Any two rays
    meet only in the middle: the outline never crosses itself.

    Returns:
        Points (x, y) in order around it, shape (48, 2), millimetres; None where there is no disc
        or none that fits between the bodies.
    """
    frame = _Frame.between(upper, lower)
    middle = _middle(plane, frame)
    if middle is None:
        return None
    angles = np.arange(POINTS) * 2 * np.pi / POINTS
    rays = np.stack([np.cos(angles) * frame.half_depth, np.sin(angles) * frame.half_height], axis=1)
    shares = np.linspace(0, _REACH, _SAMPLES)
    places = middle + shares[None, :, None] * frame.turned(rays)[:, None, :]
    values = sampled(plane, DISC, places)
    below = values < _EDGE
    if not bool(below.any(axis=1).all()) or bool(below[:, 0].any()):
        return None
    first = below.argmax(axis=1)
    rows = np.arange(POINTS)
    inner, outer = values[rows, first - 1], values[rows, first]
    share = shares[first - 1] + (shares[1]) * (inner - _EDGE) / np.maximum(inner - outer, 1e-9)
    outline = middle + share[:, None] * frame.turned(rays)
    return outline if _is_plausible(outline, frame) else None


class _Frame:
    """The space between two bodies: middle, directions, half sizes."""

    def __init__(self, quad: FloatArray) -> None:
        self.quad = quad
        along = (quad[1] + quad[2] - quad[0] - quad[3]) / 2
        depth = max(float(np.linalg.norm(along)), 1e-6)
        self.backward = along / depth
        self.footward = np.asarray((-self.backward[1], self.backward[0]))
        gap = (quad[2] + quad[3] - quad[0] - quad[1]) / 2
        height = float(gap @ self.footward)
        self.half_depth = depth / 2
        self.half_height = max(height, _LEAST_HEIGHT * depth) / 2
        self.area = 4 * self.half_depth * self.half_height

    @classmethod
    def between(cls, upper: FloatArray, lower: FloatArray) -> "_Frame":
        return cls(np.stack([upper[3], upper[2], lower[1], lower[0]]))

    def turned(self, own: FloatArray) -> FloatArray:
        """Offsets backward and footward, shape (..., 2), to (x, y)."""
        return np.asarray(own[..., :1] * self.backward + own[..., 1:] * self.footward)


def _middle(plane: PlaneMaps, frame: _Frame) -> FloatArray | None:
    """A place well inside the disc: the middle of its mask in the space between the bodies."""
    across, down = np.meshgrid(np.linspace(0.05, 0.95, 31), np.linspace(-0.4, 1.4, 37))
    own = np.stack(
        [(2 * across - 1) * frame.half_depth, (2 * down - 1) * frame.half_height], axis=-1
    )
    places = frame.quad.mean(axis=0) + frame.turned(own)
    values = sampled(plane, DISC, places)
    inside = values >= _EDGE
    if not inside.any():
        return None
    # Across each way down the disc's own middle, so that a bent disc's middle lies inside it too.
    middle = (places[inside] * values[inside][:, None]).sum(axis=0) / values[inside].sum()
    nearest = np.linalg.norm(places - middle, axis=-1) + 1e3 * ~inside
    start = places.reshape(-1, 2)[int(nearest.argmin())]
    return np.asarray(start)


def _is_plausible(outline: FloatArray, frame: _Frame) -> bool:
    x, y = outline.T
    area = float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
    depth = float(np.ptp(outline @ frame.backward))
    return (
        LEAST_AREA < area / frame.area < MOST_AREA
        and _LEAST_DEPTH < depth / (2 * frame.half_depth) < _MOST_DEPTH
    )
