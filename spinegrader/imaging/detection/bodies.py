"""Candidates for vertebral bodies: peaks of the centre map, whose cells vote for corners."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spinegrader.domain.geometry import FloatArray
from spinegrader.imaging.detection.maps import (
    BODY,
    CELL_MM,
    FIRST_CELL_MM,
    LEVELS,
    PIXEL_MM,
    PlaneMaps,
)

LEAST_PEAK = 0.2
"""Of the centre map: below it nothing is a candidate."""

LEAST_SCORE = 0.12

VOTING_MM = 8.0
"""How far from a peak cells vote."""

VOTE_SPREAD_MM = 4.0
"""Spread of the votes for one corner at which a candidate is worth e^-1/2 of its score."""

SAME_SHARE = 0.4
"""Two candidates nearer than this share of a body's height and depth are one body."""

CUT_MM = 1.5
"""A corner that lies further beyond the picture's edge cuts the body."""

_DEPTH_MM = (9.0, 58.0)
_HEIGHT_MM = (4.0, 55.0)
_MOST_CANDIDATES = 40
_GRID = np.linspace(0.1, 0.9, 7)


@dataclass(frozen=True, eq=False)
class BodyCandidate:
    """A place that looks like a vertebral body.

    Args:
        corners: (x, y) in the order of ``Vertebra``, shape (4, 2), millimetres.
        score: 0 to 1: height of its peak, body under the outline, agreement of the votes.
        level_log_probabilities: Of ``LEVELS``, shape (11,).
        is_cut: Whether it reaches beyond the picture's edge.
    """

    corners: FloatArray
    score: float
    level_log_probabilities: FloatArray
    is_cut: bool = False


def body_candidates(plane: PlaneMaps) -> tuple[BodyCandidate, ...]:
    """All candidates of a plane, the best first, one for each place."""
    rows, columns = _peaks(plane.centre)
    if len(rows) == 0:
        return ()
    corners, levels, spread = _votes(plane, rows, columns)
    peaks = np.clip(plane.centre[rows, columns].astype(np.float64), 0, 1)
    agreement = np.exp(-0.5 * (spread / VOTE_SPREAD_MM) ** 2)
    scores = peaks * (0.3 + 0.7 * fill(plane, BODY, corners)) * (0.3 + 0.7 * agreement)
    order = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    possible = _looks_like_body(corners) & _has_middle_in_view(corners, plane)
    possible &= scores >= LEAST_SCORE
    for place in order[possible[order]]:
        if not any(_is_same(corners[other], corners[place]) for other in kept):
            kept.append(int(place))
    return tuple(
        BodyCandidate(
            corners[place], float(scores[place]), levels[place], is_cut(corners[place], plane)
        )
        for place in kept
    )


def is_cut(corners: FloatArray, plane: PlaneMaps) -> bool:
    """Whether corners, shape (4, 2), reach beyond the picture."""
    edge = np.asarray(plane.view_mm) - PIXEL_MM / 2
    return bool(np.any((corners < -PIXEL_MM / 2 - CUT_MM) | (corners > edge + CUT_MM)))


def fill(plane: PlaneMaps, channel: int, quads: FloatArray) -> FloatArray:
    """Mean probability within quads, shape (n, 4, 2), as far as they lie in the picture, (n,)."""
    across, down = np.meshgrid(_GRID, _GRID)
    places = within(quads, across.ravel(), down.ravel())
    return np.asarray(sampled(plane, channel, places).mean(axis=1))


def within(quads: FloatArray, across: FloatArray, down: FloatArray) -> FloatArray:
    """Places in quads, shape (n, 4, 2), by shares front to back and head to feet, (n, k, 2)."""
    weights = np.stack(
        [(1 - across) * (1 - down), across * (1 - down), across * down, (1 - across) * down]
    )
    return np.asarray(np.einsum("ck,ncx->nkx", weights, quads))


def sampled(plane: PlaneMaps, channel: int, places: FloatArray) -> FloatArray:
    """Probabilities at (x, y), shape (..., 2), between the pixels; the rim's beyond the picture."""
    from scipy import ndimage

    edge = np.asarray(plane.view_mm)
    inside = np.clip(places, 0.0, edge - PIXEL_MM) / PIXEL_MM
    indices = inside[..., 1].ravel(), inside[..., 0].ravel()
    values = ndimage.map_coordinates(plane.masks[channel], indices, order=1, mode="nearest")
    return np.asarray(values, dtype=np.float64).reshape(places.shape[:-1])


def _peaks(centre: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Rows and columns of the highest local maxima."""
    from scipy import ndimage

    highest = ndimage.maximum_filter(centre, size=5, mode="constant")
    rows, columns = np.nonzero((centre >= highest) & (centre >= LEAST_PEAK))
    best = np.argsort(-centre[rows, columns], kind="stable")[:_MOST_CANDIDATES]
    return rows[best], columns[best]


def _votes(
    plane: PlaneMaps, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Corners (n, 4, 2), level log probabilities (n, 11) and spread of the votes (n,)."""
    reach = int(VOTING_MM / CELL_MM)
    down, across = np.mgrid[-reach : reach + 1, -reach : reach + 1].reshape(2, -1)
    near = np.hypot(down, across) <= reach
    height, width = plane.centre.shape
    wanted_rows, wanted_columns = rows[:, None] + down[near], columns[:, None] + across[near]
    exists = (wanted_rows >= 0) & (wanted_rows < height)
    exists &= (wanted_columns >= 0) & (wanted_columns < width)
    cell_rows = np.clip(wanted_rows, 0, height - 1)
    cell_columns = np.clip(wanted_columns, 0, width - 1)
    body = plane.masks[BODY].reshape(height, 2, width, 2).mean(axis=(1, 3))
    weights = np.clip(plane.centre[cell_rows, cell_columns], 0, 1).astype(np.float64)
    weights *= exists * (body[cell_rows, cell_columns] + 1e-3)
    weights += 1e-12
    middles = np.stack([cell_columns, cell_rows], axis=-1) * CELL_MM + FIRST_CELL_MM
    offsets = plane.corners[:, cell_rows, cell_columns].astype(np.float64)
    votes = middles[..., None, :] + offsets.reshape(4, 2, *cell_rows.shape).transpose(2, 3, 0, 1)
    corners, spread = _robust_mean(votes, weights)
    voices = plane.levels[:, cell_rows, cell_columns].astype(np.float64)
    mean = (voices * weights).sum(axis=2) / weights.sum(axis=1)
    levels = mean.T - np.logaddexp.reduce(mean.T, axis=1, keepdims=True)
    return corners, levels.reshape(-1, len(LEVELS)), spread


def _robust_mean(votes: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Means (n, 4, 2) of votes (n, k, 4, 2), and their spread (n,), by Huber's weights."""
    shares = np.broadcast_to(weights[:, :, None], votes.shape[:3])
    mean = np.zeros((len(votes), 1, 4, 2))
    distance = np.zeros(votes.shape[:3])
    robust = shares
    for _ in range(3):
        total = robust.sum(axis=1, keepdims=True)
        mean = (votes * robust[..., None]).sum(axis=1, keepdims=True) / total[..., None]
        distance = np.linalg.norm(votes - mean, axis=-1)
        robust = shares * VOTE_SPREAD_MM / np.maximum(distance, VOTE_SPREAD_MM)
    squares = (distance**2 * shares).sum(axis=1) / shares.sum(axis=1)
    return mean[:, 0], np.sqrt(squares.mean(axis=1))


def _looks_like_body(corners: FloatArray) -> npt.NDArray[np.bool_]:
    """Whether quads (n, 4, 2) are convex, run the right way round and have a body's size."""
    sides = np.roll(corners, -1, axis=1) - corners
    following = np.roll(sides, -1, axis=1)
    turns = sides[..., 0] * following[..., 1] - sides[..., 1] * following[..., 0]
    depth, height = depth_and_height(corners)
    fits = (turns > 0).all(axis=1) & np.isfinite(corners).all(axis=(1, 2))
    fits &= (depth > _DEPTH_MM[0]) & (depth < _DEPTH_MM[1])
    fits &= (height > _HEIGHT_MM[0]) & (height < _HEIGHT_MM[1])
    # Backs lie to the right of a reader; a steep sacrum in a turned picture may pass 90 degrees.
    backward = (corners[:, 1] + corners[:, 2] - corners[:, 0] - corners[:, 3])[:, 0] / 2
    return np.asarray(fits & (backward > -depth / 2))


def _has_middle_in_view(corners: FloatArray, plane: PlaneMaps) -> npt.NDArray[np.bool_]:
    """Whether the middles of quads (n, 4, 2) lie in the picture: nothing can be read else."""
    middles = corners.mean(axis=1) + PIXEL_MM / 2
    return np.asarray(((middles >= 0) & (middles <= np.asarray(plane.view_mm))).all(axis=1))


def depth_and_height(corners: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean depth and height of quads, shape (n, 4, 2), each (n,), millimetres."""
    lengths = np.linalg.norm(np.roll(corners, -1, axis=1) - corners, axis=2)
    return (lengths[:, 0] + lengths[:, 2]) / 2, (lengths[:, 1] + lengths[:, 3]) / 2


def _is_same(first: FloatArray, second: FloatArray) -> bool:
    """Whether two quads lie on each other, by the frame of the first."""
    depth, height = (float(value[0]) for value in depth_and_height(first[None]))
    backward = (first[1] + first[2] - first[0] - first[3]) / 2 / max(depth, 1e-6)
    footward = (first[2] + first[3] - first[0] - first[1]) / 2 / max(height, 1e-6)
    offset = second.mean(axis=0) - first.mean(axis=0)
    across, down = abs(float(offset @ backward)) / depth, abs(float(offset @ footward)) / height
    return across < SAME_SHARE and down < SAME_SHARE
