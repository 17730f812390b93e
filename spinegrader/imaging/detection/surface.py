"""The mid-surface of a spine: on which slice its middle lies, row by row."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from spinegrader.domain.geometry import FloatArray
from spinegrader.imaging.detection.maps import BODY, CANAL, PIXEL_MM, Map, PlaneMaps, SliceMaps

BAND_ROWS = 8
"""Rows whose evidence is put together."""

SMOOTHING_MM = 45.0
"""About the shortest bend that the surface follows."""

OUTLIER_MM = 3.0
"""How far a band's middle may lie off the curve before it counts less (Huber)."""

_FLOOR = 0.3
"""Probability below which a pixel says nothing: summed over a row, haze would outweigh a canal."""

_CANAL_PIXELS = 6.0
"""Canal in one row of all slices, in whole pixels, that settles where its middle lies."""

_BODY_PIXELS = 40.0
_BODY_WEIGHT = 0.15
"""Bodies are wide and often not wholly in the stack, so that their middle is less sure."""

_ROUNDS = 6

_Shares: TypeAlias = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], FloatArray]


@dataclass(frozen=True, eq=False)
class Surface:
    """Fractional slice of the spine's middle by height.

    Args:
        slices: At the rows of the maps, shape (R,), row i at y = i millimetres.
    """

    slices: FloatArray

    def at(self, y_mm: FloatArray) -> FloatArray:
        """Fractional slices at places given by y, any shape; constant beyond the ends."""
        rows = np.arange(len(self.slices)) * PIXEL_MM
        return np.asarray(np.interp(y_mm, rows, self.slices))


def mid_surface(maps: SliceMaps, slice_mm: float) -> Surface:
    """Where the middle of the spine lies: that of the canal, else that of the bodies.

    Args:
        maps: The network's evidence.
        slice_mm: Distance of neighbouring slices of the stack.
    """
    places = np.asarray(maps.slices, dtype=np.float64)
    rows = maps.masks.shape[2]
    if len(places) == 1:
        return Surface(np.full(rows, places[0]))
    middles, weights = _band_middles(maps, places)
    if not np.any(weights > 0):
        return Surface(np.full(rows, float(np.median(places))))
    curve = _smooth(middles * slice_mm, weights) / slice_mm
    bands = (np.arange(len(curve)) + 0.5) * BAND_ROWS - 0.5
    seen = np.flatnonzero(weights > 0)
    # Constant beyond the outermost evidence: a bend must not be drawn out into nothing.
    kept = slice(seen[0], seen[-1] + 1)
    smooth = np.interp(np.arange(rows), bands[kept], curve[kept])
    return Surface(np.clip(smooth, places[0], places[-1]))


def on_surface(maps: SliceMaps, surface: Surface) -> PlaneMaps:
    """The evidence on the surface; each row mixes the two slices beside it linearly."""
    places = np.asarray(maps.slices, dtype=np.float64)
    rows, cells = maps.masks.shape[2], maps.centre.shape[1]
    fine = _shares(places, surface.slices[:rows])
    coarse = _shares(places, surface.slices.reshape(cells, -1).mean(axis=1))
    return PlaneMaps(
        _mixed(maps.masks, fine),
        _mixed(maps.centre[:, None], coarse)[0],
        _mixed(maps.corners, coarse),
        _mixed(maps.levels, coarse),
        maps.view_mm,
    )


def _band_middles(maps: SliceMaps, places: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Slice of the spine's middle in each band, and how sure it is, shapes (bands,)."""
    widths = np.gradient(places)
    evidence = np.maximum(maps.masks[:, [BODY, CANAL]] - _FLOOR, 0).sum(axis=3) / (1 - _FLOOR)
    count, _, rows = evidence.shape
    bands = evidence.reshape(count, 2, rows // BAND_ROWS, BAND_ROWS).mean(axis=3)
    mass = bands * widths[:, None, None]
    total = mass.sum(axis=0)
    middles = (mass * places[:, None, None]).sum(axis=0) / np.maximum(total, 1e-9)
    amount = bands.sum(axis=0)
    body = np.minimum(amount[0] / _BODY_PIXELS, 1.0) * _BODY_WEIGHT
    canal = np.minimum(amount[1] / _CANAL_PIXELS, 1.0)
    weights = np.asarray(np.where(canal > _BODY_WEIGHT, canal, body), dtype=np.float64)
    weights[weights < 0.02] = 0.0
    chosen = np.where(canal > _BODY_WEIGHT, middles[1], middles[0])
    return np.asarray(chosen, dtype=np.float64), weights


def _smooth(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Whittaker's smoother (Eilers, Anal Chem 2003;75:3631) with Huber's weights."""
    count = len(values)
    bends = np.diff(np.eye(count), n=min(2, count - 1), axis=0)
    # A wave of length w is halved by a penalty of (w / (2 pi band))^4.
    stiffness = (SMOOTHING_MM * 2 / (2 * np.pi * BAND_ROWS * PIXEL_MM)) ** 4
    penalty = stiffness * bends.T @ bends + 1e-9 * np.eye(count)
    robust: FloatArray = np.ones(count)
    curve = values
    for _ in range(_ROUNDS):
        used = weights * robust
        curve = np.asarray(np.linalg.solve(np.diag(used) + penalty, used * values))
        robust = OUTLIER_MM / np.maximum(np.abs(values - curve), OUTLIER_MM)
    return np.asarray(curve)


def _shares(places: FloatArray, wanted: FloatArray) -> _Shares:
    """For each row: the place in ``places`` below and above, and the share of the upper one."""
    fractional = np.interp(wanted, places, np.arange(len(places)))
    lower = np.minimum(np.floor(fractional), max(len(places) - 2, 0)).astype(np.intp)
    upper = np.minimum(lower + 1, len(places) - 1)
    return lower, upper, fractional - lower


def _mixed(array: Map, shares: _Shares) -> Map:
    """Shape (slices, channels, rows, columns) to (channels, rows, columns)."""
    lower, upper, share = shares
    rows = np.arange(array.shape[2])
    weight = share.astype(np.float32)[:, None, None]
    # Two index arrays with a slice between them put the rows first.
    mixed = array[lower, :, rows] * (1 - weight) + array[upper, :, rows] * weight
    return np.ascontiguousarray(mixed.transpose(1, 0, 2))
