"""Proposes the bodies between two that a reader has pointed at.

A chain of morphometric priors is laid between the two places, and then fitted to the picture as
a pictorial structure (Felzenszwalb and Huttenlocher, IJCV 2005): each body has many candidate
poses, neighbours must stand like neighbours, and dynamic programming finds the best chain. At
last each side of each body moves to the nearest clear border.
"""

from itertools import pairwise

import numpy as np

from spinegrader.domain.anatomy import VertebraLevel, levels_between
from spinegrader.domain.geometry import FloatArray, Point
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.errors import InputError
from spinegrader.imaging.bodies import Candidates, axes, candidates, corners_of, taper_of
from spinegrader.imaging.borders import fitted_to_borders
from spinegrader.imaging.midplane import EdgeMap, MidPlane, edge_map
from spinegrader.imaging.morphometry import PRIORS
from spinegrader.imaging.volume import Volume

_NEAREST_MM = 10.0
_GRID_MM = 1.5
_CLICK_REACH_MM = 6.0
_CLICK_SPREAD_MM = 3.0
_CHAIN_REACH_MM = 12.0
_CHAIN_SPREAD_MM = 9.0
_LARGEST_HALF_MM = 30.0
_PAIR_SPREADS = {"gap": 2.5, "shift": 2.5, "turn": np.radians(7.0), "size": 0.12}
_PRIOR_WEIGHT = 0.12


def propose_between(
    volume: Volume, top: tuple[VertebraLevel, Point], bottom: tuple[VertebraLevel, Point]
) -> tuple[Vertebra, ...]:
    """The bodies from one vertebra to another, both included.

    Args:
        volume: Sagittal, in reading orientation.
        top: Level and roughly the centre of the upper body, LPS millimetres.
        bottom: Likewise of the lower body.

    Returns:
        From head to feet, on the slice plane through the two places (evenly from one slice to
        the other where these differ).

    Raises:
        InvalidEditError: If the levels are not in order.
        InputError: If a place lies outside the images or the two are too close.
    """
    levels = levels_between(top[0], bottom[0])
    plane = MidPlane.through(volume.geometry, top[1], bottom[1])
    ends = plane.to_plane(top[1]), plane.to_plane(bottom[1])
    _check(volume, top[1], bottom[1], float(np.linalg.norm(ends[1] - ends[0])), len(levels))
    starts, tilts, scale = _prior_chain(levels, *ends)
    edges = edge_map(volume, plane, starts, _CHAIN_REACH_MM + _LARGEST_HALF_MM * max(scale, 1.0))
    choices = [
        _candidates(edges, level, scale, (start, tilt), is_end=place in (0, len(levels) - 1))
        for place, (level, start, tilt) in enumerate(zip(levels, starts, tilts, strict=True))
    ]
    chosen = _best_chain(levels, choices, tilts, scale)
    return tuple(
        _vertebra(plane, edges, level, choice, index)
        for level, choice, index in zip(levels, choices, chosen, strict=True)
    )


def _check(volume: Volume, top: Point, bottom: Point, length_mm: float, count: int) -> None:
    first, second = volume.geometry.to_index([top, bottom])
    slices, rows, columns = volume.geometry.shape
    sizes = np.asarray((columns, rows, slices))
    if np.any((np.asarray([first, second]) < -0.5) | (np.asarray([first, second]) > sizes - 0.5)):
        raise InputError("A place lies outside the images: click inside the vertebral bodies.")
    if first[1] >= second[1] or length_mm < _NEAREST_MM * (count - 1):
        raise InputError(
            f"The two places are too close for {count} vertebrae, or in the wrong order: click the"
            " upper one first and check the levels."
        )


def _prior_chain(
    levels: tuple[VertebraLevel, ...], top: FloatArray, bottom: FloatArray
) -> tuple[FloatArray, FloatArray, float]:
    """Usual centres (n, 2) and tilts (n,) between two places, and the patient's size."""
    tilts = np.radians([PRIORS[level].tilt_degrees for level in levels])
    centres = [np.zeros(2)]
    for upper, lower in pairwise(range(len(levels))):
        one, other = PRIORS[levels[upper]], PRIORS[levels[lower]]
        footward = axes((tilts[upper] + tilts[lower]) / 2)[1]
        step_mm = one.height_mm / 2 + one.disc_below_mm + other.height_mm / 2
        centres.append(centres[-1] + step_mm * footward)
    usual, wanted = centres[-1], bottom - top
    scale = float(np.linalg.norm(wanted) / np.linalg.norm(usual))
    turn = float(np.arctan2(wanted[0], wanted[1]) - np.arctan2(usual[0], usual[1]))
    cosine, sine = np.cos(turn), np.sin(turn)
    rotation = np.asarray(((cosine, sine), (-sine, cosine)))
    places = top + scale * (np.asarray(centres) @ rotation.T)
    # One short segment says less about the patient's size than a whole lumbar spine.
    steps = len(levels) - 1
    return places, tilts + turn, float(scale ** (steps / (steps + 1)))


def _candidates(
    edges: EdgeMap,
    level: VertebraLevel,
    scale: float,
    pose: tuple[FloatArray, float],
    *,
    is_end: bool,
) -> Candidates:
    reach_mm, spread_mm = (
        (_CLICK_REACH_MM, _CLICK_SPREAD_MM) if is_end else (_CHAIN_REACH_MM, _CHAIN_SPREAD_MM)
    )
    ticks = np.arange(-reach_mm, reach_mm + _GRID_MM / 2, _GRID_MM)
    offsets = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    found = candidates(edges, PRIORS[level], scale, offsets, pose)
    away = (offsets**2).sum(axis=1) / (2 * spread_mm**2)
    found.scores[:] -= _PRIOR_WEIGHT * away
    return found


def _best_chain(
    levels: tuple[VertebraLevel, ...],
    choices: list[Candidates],
    tilts: FloatArray,
    scale: float,
) -> list[int]:
    """The candidate of each body in the best chain (Viterbi)."""
    totals = choices[0].scores
    origins: list[FloatArray] = []
    for place, (upper, lower) in enumerate(pairwise(choices)):
        strain = _strain(
            levels[place], levels[place + 1], upper, lower, tilts[place : place + 2], scale
        )
        sums = totals[:, None] - _PRIOR_WEIGHT * strain
        origins.append(sums.argmax(axis=0))
        totals = sums.max(axis=0) + lower.scores
    path = [int(totals.argmax())]
    for origin in reversed(origins):
        path.append(int(origin[path[-1]]))
    return path[::-1]


def _strain(
    upper_level: VertebraLevel,
    lower_level: VertebraLevel,
    upper: Candidates,
    lower: Candidates,
    tilts: FloatArray,
    scale: float,
) -> FloatArray:
    """How unusual each pair of neighbouring poses is, in half squared deviations, (n, m)."""
    one, other = PRIORS[upper_level], PRIORS[lower_level]
    mean_tilts = (upper.tilts[:, None] + lower.tilts[None, :]) / 2
    backward, footward = axes(mean_tilts)
    lowest = upper.centres + axes(upper.tilts)[1] * upper.heights[:, None] / 2
    highest = lower.centres - axes(lower.tilts)[1] * lower.heights[:, None] / 2
    between = highest[None, :, :] - lowest[:, None, :]
    gap = (between * footward).sum(axis=-1) - scale * one.disc_below_mm
    shift = (between * backward).sum(axis=-1)
    turn = lower.tilts[None, :] - upper.tilts[:, None] - (tilts[1] - tilts[0])
    taller = np.log(upper.heights / one.height_mm)[:, None] - np.log(
        lower.heights / other.height_mm
    )
    deeper = np.log(upper.depths)[:, None] - np.log(lower.depths)
    deeper -= np.log(one.upper_depth_mm + one.lower_depth_mm)
    deeper += np.log(other.upper_depth_mm + other.lower_depth_mm)
    spreads = _PAIR_SPREADS
    squares = (gap / spreads["gap"]) ** 2 + (shift / spreads["shift"]) ** 2
    squares += (turn / spreads["turn"]) ** 2
    squares += (taller**2 + deeper**2) / spreads["size"] ** 2
    return np.asarray(squares / 2)


def _vertebra(
    plane: MidPlane, edges: EdgeMap, level: VertebraLevel, found: Candidates, index: int
) -> Vertebra:
    taper = taper_of(PRIORS[level])
    corners = corners_of(
        found.centres[index],
        float(found.tilts[index]),
        float(found.heights[index]),
        float(found.depths[index]),
        taper,
    )
    corners, confidence = fitted_to_borders(edges, corners)
    centre = corners.mean(axis=0)
    places = [plane.to_patient(corner, centre) for corner in corners]
    return Vertebra(level, (places[0], places[1], places[2], places[3]), confidence)
