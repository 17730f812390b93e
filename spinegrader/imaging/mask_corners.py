"""Quads fitted to bodies in a cut: a line along each endplate and each wall, their crossings.

Endplates are hollow, walls have a waist, and corners are drawn on the rims: so the lines are
expectile regressions (Newey and Powell, Econometrica 1987;55:819) that lean on what lies outermost.
"""

from dataclasses import dataclass

import numpy as np

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import FloatArray
from spinegrader.errors import InputError
from spinegrader.imaging.bodies import axes, corners_of, taper_of
from spinegrader.imaging.mask_bodies import within
from spinegrader.imaging.mask_cuts import STEP_MM, Cut
from spinegrader.imaging.morphometry import PRIORS

_CENTRAL = 0.45
"""Share of a side on either half that its line is fitted to: corners are rounded."""

_EXPECTILE = 0.9
_SPUR_MM = 2.0
_NOTCH_MM = 3.5
_TURNS = 4
_STEEPEST = 0.7
_LEAST_SIDE_MM = 8.0

_ENDPLATE_REACH_MM = 26.0
_ENDPLATE_START_MM = 9.0
_ENDPLATE_DROP_MM = 3.0
_SACRAL_TURN = 0.2
"""Radians by which the sacral endplate is usually turned against the lower one of L5 (some 12
degrees, medians of SPIDER as in morphometry.py)."""


@dataclass(frozen=True)
class Line:
    """outward = offset + slope x along, in a body's own millimetres."""

    offset: float
    slope: float

    def at(self, along: FloatArray) -> FloatArray:
        """How far out the line lies at places along the side."""
        return np.asarray(self.offset + self.slope * along)


@dataclass(frozen=True)
class FittedQuad:
    """A quad in a cut.

    Args:
        corners: (to posterior, to the feet) of the anterior-superior, posterior-superior,
            posterior-inferior and anterior-inferior corner, millimetres, shape (4, 2).
        confidence: Share of body and quad that they have in common, 0 to 1.
    """

    corners: FloatArray
    confidence: float


def fitted_quad(body: Cut, tilt: float) -> FittedQuad:
    """The quad of a body.

    Args:
        body: Its samples.
        tilt: Radians, front to the feet, to start from.

    Raises:
        InputError: If no quad fits.
    """
    places = body.places
    if len(places) * STEP_MM**2 < _LEAST_SIDE_MM**2:
        raise InputError("it is too small in its mid-slice")
    centre = places.mean(axis=0)
    for _ in range(_TURNS):
        backward, footward = axes(np.asarray(tilt))
        along, down = (places - centre) @ backward, (places - centre) @ footward
        top, bottom = _side(along, -down), _side(along, down)
        front, back = _side(down, -along), _side(down, along)
        # The top line runs as -down, so that its slope counts the other way.
        tilt -= float(np.arctan((bottom.slope - top.slope) / 2))
    if max(abs(line.slope) for line in (top, bottom, front, back)) > _STEEPEST:
        raise InputError("it is not shaped like a body")
    own = [
        _crossing(front, top, (-1, -1)),
        _crossing(back, top, (1, -1)),
        _crossing(back, bottom, (1, 1)),
        _crossing(front, bottom, (-1, 1)),
    ]
    corners = centre + np.asarray([x * backward + y * footward for x, y in own])
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    if sides.min() < _LEAST_SIDE_MM / 2 or sides.max() < _LEAST_SIDE_MM:
        raise InputError("it is not shaped like a body")
    return FittedQuad(corners, _overlap(body, corners))


def _side(along: FloatArray, outward: FloatArray) -> Line:
    """The line along one side of samples given along and across it."""
    bins, edge = _profile(along, outward)
    middle = (np.percentile(along, 1) + np.percentile(along, 99)) / 2
    length = np.percentile(along, 99) - np.percentile(along, 1)
    central = np.abs(bins - middle) <= _CENTRAL * length
    bins, edge = bins[central], edge[central]
    rest = edge - _middle_line(bins, edge).at(bins)
    sound = (rest < _SPUR_MM) & (rest > -_NOTCH_MM)
    return _expectile_line(bins[sound], edge[sound])


def _profile(along: FloatArray, outward: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Places along a side, one for each step, and how far out the samples reach there."""
    numbers = np.rint(along / STEP_MM).astype(np.intp)
    first = numbers.min()
    edge = np.full(numbers.max() - first + 1, -np.inf)
    np.maximum.at(edge, numbers - first, outward)
    held = np.isfinite(edge)
    places = (np.arange(len(edge)) + first) * STEP_MM
    return places[held], edge[held] + STEP_MM / 2


def _middle_line(along: FloatArray, outward: FloatArray) -> Line:
    """The Theil-Sen line: median of the slopes of all pairs, then median of the rest."""
    first, second = np.triu_indices(len(along), 1)
    slopes = (outward[second] - outward[first]) / (along[second] - along[first])
    slope = float(np.median(slopes)) if slopes.size else 0.0
    return Line(float(np.median(outward - slope * along)), slope)


def _expectile_line(along: FloatArray, outward: FloatArray) -> Line:
    weights = np.ones_like(outward)
    slope, offset = 0.0, float(outward.mean())
    for _ in range(8):
        mean_along = np.average(along, weights=weights)
        mean_outward = np.average(outward, weights=weights)
        spread = float(np.sum(weights * (along - mean_along) ** 2))
        if spread > 0:
            slope = float(np.sum(weights * (along - mean_along) * (outward - mean_outward)))
            slope /= spread
        offset = float(mean_outward - slope * mean_along)
        weights = np.where(outward > offset + slope * along, _EXPECTILE, 1 - _EXPECTILE)
    return Line(offset, slope)


def _crossing(wall: Line, endplate: Line, signs: tuple[int, int]) -> tuple[float, float]:
    """Where a wall (backward = ± line of down) meets an endplate (down = ± line of backward)."""
    side, end = signs
    backward = side * (wall.offset + wall.slope * end * endplate.offset)
    backward /= 1 - side * end * wall.slope * endplate.slope
    return backward, end * (endplate.offset + endplate.slope * backward)


def _overlap(body: Cut, corners: FloatArray) -> float:
    """Intersection over union of a body's samples and a quad."""
    rows, columns = np.indices(body.inside.shape)
    places = body.origin + np.stack([columns, rows], axis=-1) * STEP_MM
    covered = within(corners, places)
    union = np.count_nonzero(covered | body.inside)
    return float(np.count_nonzero(covered & body.inside) / union) if union else 0.0


# -- S1 -------------------------------------------------------------------------------------


def first_sacral_quad(upper_edge: FloatArray, confidence: float) -> FittedQuad:
    """S1 below its upper endplate: height and lower depth in the usual proportion to that.

    Args:
        upper_edge: Anterior and posterior end of the endplate, shape (2, 2).
        confidence: How well the endplate was seen.
    """
    prior = PRIORS[VertebraLevel.S1]
    across = upper_edge[1] - upper_edge[0]
    scale = float(np.linalg.norm(across)) / prior.upper_depth_mm
    tilt = float(np.arctan2(-across[1], across[0]))
    height_mm = scale * prior.height_mm
    centre = upper_edge.mean(axis=0) + axes(np.asarray(tilt))[1] * height_mm / 2
    depth_mm = scale * (prior.upper_depth_mm + prior.lower_depth_mm) / 2
    corners = corners_of(centre, tilt, height_mm, depth_mm, taper_of(prior))
    return FittedQuad(corners, confidence)


def sacral_endplate(sacrum: Cut, above: FloatArray) -> FittedQuad:
    """S1 from the sacrum's upper endplate.

    Args:
        sacrum: Its samples in front of the canal.
        above: Posterior-inferior and anterior-inferior corner of the body above, shape (2, 2).

    Raises:
        InputError: If no endplate is found.
    """
    lower = above[0] - above[1]
    tilt = float(np.arctan2(-lower[1], lower[0])) + _SACRAL_TURN
    centre, places = above.mean(axis=0), sacrum.places
    for _ in range(_TURNS + 2):
        backward, footward = axes(np.asarray(tilt))
        bins, edge = _profile((places - centre) @ backward, -((places - centre) @ footward))
        near = np.abs(bins) <= _ENDPLATE_REACH_MM
        bins, edge = bins[near], edge[near]
        if np.count_nonzero(np.abs(bins) <= _ENDPLATE_START_MM) * STEP_MM < _ENDPLATE_START_MM:
            raise InputError("the sacrum's upper endplate isn't seen")
        start, end, line = _endplate_run(bins, edge)
        middle = (bins[start] + bins[end]) / 2
        centre = centre + middle * backward
        tilt += float(np.arctan(line.slope))
    ends = np.asarray([bins[start] - STEP_MM / 2, bins[end] + STEP_MM / 2]) - middle
    heights = -line.at(ends + middle)
    edge_places = centre + ends[:, None] * backward + heights[:, None] * footward
    if abs(ends[1] - ends[0]) < _LEAST_SIDE_MM * 2:
        raise InputError("the sacrum's upper endplate isn't seen")
    return first_sacral_quad(edge_places, _straightness(bins, edge, (start, end, line)))


def _endplate_run(bins: FloatArray, edge: FloatArray) -> tuple[int, int, Line]:
    """First and last place of the straight stretch around the middle, and its line."""
    chosen = np.abs(bins) <= _ENDPLATE_START_MM
    line = _expectile_line(bins[chosen], edge[chosen])
    middle = int(np.abs(bins).argmin())
    start = end = middle
    for _ in range(_TURNS):
        falls = np.flatnonzero(np.abs(edge - line.at(bins)) > _ENDPLATE_DROP_MM)
        gaps = np.flatnonzero(np.diff(bins) > 2 * STEP_MM)
        before = [*(falls[falls < middle] + 1), *(gaps[gaps < middle] + 1), 0]
        after = [*(falls[falls > middle] - 1), *gaps[gaps >= middle], len(bins) - 1]
        start, end = int(max(before)), int(min(after))
        if end - start < 8:
            raise InputError("the sacrum's upper endplate isn't seen")
        inner = slice(start + (end - start) // 12, end + 1 - (end - start) // 12)
        line = _expectile_line(bins[inner], edge[inner])
    return start, end, line


def below_disc(disc: Cut) -> FittedQuad:
    """S1 from the lower edge of the disc above it, where the sacrum isn't labelled.

    Raises:
        InputError: If the disc is too small to have an edge.
    """
    places = disc.places
    if len(places) * STEP_MM**2 < 2 * _LEAST_SIDE_MM:
        raise InputError("the disc above S1 is too small in its mid-slice")
    centre = places.mean(axis=0)
    # A disc is much deeper than tall: its long axis is its tilt.
    values, vectors = np.linalg.eigh(np.cov((places - centre).T))
    long_axis = vectors[:, int(values.argmax())]
    long_axis = long_axis if long_axis[0] > 0 else -long_axis
    tilt = float(np.arctan2(-long_axis[1], long_axis[0]))
    for _ in range(_TURNS):
        backward, footward = axes(np.asarray(tilt))
        bins, edge = _profile((places - centre) @ backward, (places - centre) @ footward)
        start, end, line = _endplate_run(bins, edge)
        tilt -= float(np.arctan(line.slope))
    ends = bins[[start, end]]
    if ends[1] - ends[0] < 2 * _LEAST_SIDE_MM:
        raise InputError("the disc above S1 is too small in its mid-slice")
    upper_edge = centre + ends[:, None] * backward + line.at(ends)[:, None] * footward
    return first_sacral_quad(upper_edge, _straightness(bins, edge, (start, end, line)))


def _straightness(bins: FloatArray, edge: FloatArray, run: tuple[int, int, Line]) -> float:
    """Share of a stretch that lies within a millimetre of its line."""
    start, end, line = run
    away = edge[start : end + 1] - line.at(bins[start : end + 1])
    return float(np.mean(np.abs(away) <= 1))
