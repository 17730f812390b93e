"""Body-shaped templates: where a body could lie, and how well its borders fit the picture."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spinegrader.domain.geometry import FloatArray
from spinegrader.imaging.midplane import EdgeMap
from spinegrader.imaging.morphometry import BodyPrior

_ALONG_SIDE = np.linspace(0.12, 0.88, 7)
_WITHIN = np.stack(np.meshgrid(np.linspace(-0.4, 0.4, 5), np.linspace(-0.38, 0.38, 5)), axis=-1)
_TURNS_DEGREES = np.arange(-18.0, 18.1, 6.0)
_HEIGHT_SCALES = (0.88, 1.0, 1.12)
_DEPTH_SCALES = (0.88, 1.0, 1.12, 1.24)
_TURN_SPREAD_DEGREES = 9.0
_SIZE_SPREAD = 0.1
_ODDNESS_WEIGHT = 0.12
_BACK_RISING_WEIGHT = 0.5
_STRONGEST = 3.0
_MUCH_TAPER = 0.1
_UNEVENNESS_WEIGHT = 1.5
_STRIP_WEIGHT = 0.4
_SIDE_WEIGHTS = {False: (1.0, 0.8, 1.0, 0.8), True: (1.2, 0.6, 0.5, 0.8)}


@dataclass(frozen=True)
class Candidates:
    """Poses that a body could have.

    Args:
        centres: (x, y), shape (n, 2).
        tilts: Radians, front to the feet, shape (n,).
        heights: Millimetres, shape (n,).
        depths: Mean of upper and lower endplate, millimetres, shape (n,).
        scores: Higher fits better, shape (n,).
    """

    centres: FloatArray
    tilts: FloatArray
    heights: FloatArray
    depths: FloatArray
    scores: FloatArray


def axes(tilts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Unit vectors front-to-back and head-to-feet, shapes (..., 2)."""
    backward = np.stack([np.cos(tilts), -np.sin(tilts)], axis=-1)
    footward = np.stack([np.sin(tilts), np.cos(tilts)], axis=-1)
    return backward, footward


def corners_of(
    centre: FloatArray, tilt: float, height_mm: float, depth_mm: float, taper: float
) -> FloatArray:
    """Anterior-superior, posterior-superior, posterior-inferior, anterior-inferior, (4, 2)."""
    backward, footward = axes(np.asarray(tilt))
    upper, lower = depth_mm * (1 + taper) / 2, depth_mm * (1 - taper) / 2
    offsets = ((-upper, -1), (upper, -1), (lower, 1), (-lower, 1))
    return np.asarray([centre + x * backward + y * height_mm / 2 * footward for x, y in offsets])


def taper_of(prior: BodyPrior) -> float:
    """How much longer the upper endplate is than the mean, as a share of the mean."""
    total = prior.upper_depth_mm + prior.lower_depth_mm
    return (prior.upper_depth_mm - prior.lower_depth_mm) / total


def border_strength(slopes: FloatArray, weight_of_rise: float) -> FloatArray:
    """How much a slope along the outward normal looks like a body's border.

    Bright marrow falls to the dark endplate; dark, fat-suppressed marrow may rise to the disc.
    """
    return np.clip(np.where(slopes < 0, -slopes, weight_of_rise * slopes), 0, _STRONGEST)


def candidates(
    edges: EdgeMap,
    prior: BodyPrior,
    scale: float,
    offsets: FloatArray,
    pose: tuple[FloatArray, float],
) -> Candidates:
    """Tries sizes and turns at every offset from a starting pose; keeps the best for each.

    Args:
        edges: The picture.
        prior: The usual body.
        scale: The patient's size relative to it.
        offsets: Shape (n, 2), millimetres.
        pose: Centre (x, y) and tilt in radians to start from.
    """
    start, tilt = pose
    depth_mm = scale * (prior.upper_depth_mm + prior.lower_depth_mm) / 2
    trials = [
        (turn, tall, deep)
        for turn in _TURNS_DEGREES
        for tall in _HEIGHT_SCALES
        for deep in _DEPTH_SCALES
    ]
    shapes = [
        (tilt + np.radians(turn), scale * prior.height_mm * tall, depth_mm * deep)
        for turn, tall, deep in trials
    ]
    centres = start + offsets
    homes = edges.pixel_numbers(centres)
    scores = np.stack([_fit(edges, homes, shape, taper_of(prior)) for shape in shapes])
    scores -= _oddness(np.asarray(trials))[:, None]
    best = scores.argmax(axis=0)
    chosen = np.asarray(shapes)[best]
    return Candidates(centres, chosen[:, 0], chosen[:, 1], chosen[:, 2], scores.max(axis=0))


def _oddness(trials: FloatArray) -> FloatArray:
    """What turning away from the usual pose and size costs, shape (n,)."""
    turns, talls, deeps = trials.T
    squares = (turns / _TURN_SPREAD_DEGREES) ** 2
    squares += (np.log(talls) ** 2 + np.log(deeps) ** 2) / _SIZE_SPREAD**2
    return np.asarray(_ODDNESS_WEIGHT * squares / 2)


def _fit(
    edges: EdgeMap, homes: npt.NDArray[np.intp], shape: tuple[float, float, float], taper: float
) -> FloatArray:
    """Mean border strength minus unevenness within, for one shape at many pixels, (n,)."""
    tilt, height_mm, depth_mm = shape
    corners = corners_of(np.zeros(2), tilt, height_mm, depth_mm, taper)
    weights = _SIDE_WEIGHTS[taper > _MUCH_TAPER]
    total = np.zeros(len(homes))
    for side, weight in enumerate(weights):
        start, end = corners[side], corners[(side + 1) % 4]
        places = edges.number_offsets(start + _ALONG_SIDE[:, None] * (end - start))
        slopes = edges.outward_slopes(homes[:, None] + places, outward_normal(start, end))
        total += weight * border_strength(slopes, rising_weight(edges, side)).mean(axis=1)
    backward, footward = axes(np.asarray(tilt))
    within = _WITHIN[..., :1] * depth_mm * backward + _WITHIN[..., 1:] * height_mm * footward
    levels = edges.levels(homes[:, None, None] + edges.number_offsets(within))
    # A strip along one side that differs from the rest is fluid, fat or disc, not marrow.
    strips = (levels[:, 0], levels[:, -1], levels[:, :, 0], levels[:, :, -1])
    middle = levels[:, 1:-1, 1:-1].mean(axis=(1, 2))
    strangest = np.max([np.abs(strip.mean(axis=1) - middle) for strip in strips], axis=0)
    unevenness = levels.std(axis=(1, 2)) + _STRIP_WEIGHT * strangest
    return np.asarray(total / sum(weights) - _UNEVENNESS_WEIGHT * unevenness)


def rising_weight(edges: EdgeMap, side: int) -> float:
    """How much a rise of brightness counts on one side (top, back, bottom, front).

    Behind a body lies fluid, which outshines marrow on fluid-sensitive contrasts.
    """
    return max(edges.rising_weight, _BACK_RISING_WEIGHT) if side == 1 else edges.rising_weight


def outward_normal(start: FloatArray, end: FloatArray) -> FloatArray:
    """Unit normal that points out of a body whose corners run clockwise as seen on screen."""
    along = (end - start) / max(float(np.linalg.norm(end - start)), 1e-6)
    return np.asarray((along[1], -along[0]))
