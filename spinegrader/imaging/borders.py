"""The last millimetres: each side of a body moves to the nearest clear border."""

import numpy as np

from spinegrader.domain.geometry import FloatArray
from spinegrader.imaging.bodies import border_strength, outward_normal, rising_weight
from spinegrader.imaging.midplane import EdgeMap

_REACH_MM = 4.0
_FINE_MM = 0.5
_SPREAD_MM = 3.0
_TURN_SPREAD_MM = 3.0
_STAY_WEIGHT = 0.6
_STRANGE_WEIGHT = 0.6
_WITHIN_MM = 2.0
_ALONG_SIDE = np.linspace(0.05, 0.95, 13)
_ROUNDS = 2
_CLEAR_BORDER = 1.5


def fitted_to_borders(edges: EdgeMap, corners: FloatArray) -> tuple[FloatArray, float]:
    """Moves and turns each side by a few millimetres to where the picture changes most.

    Args:
        edges: The picture.
        corners: (x, y) in the order of Vertebra.corners_mm, shape (4, 2).

    Returns:
        The corners, and how clear the borders are, 0 to 1.
    """
    strength = np.zeros(4)
    for _ in range(_ROUNDS):
        marrow_level = _level_within(edges, corners)
        lines = []
        for side in range(4):
            line, strength[side] = _moved_side(
                edges, side, (corners[side], corners[(side + 1) % 4]), marrow_level
            )
            lines.append(line)
        crossed = [_crossing(lines[side - 1], lines[side]) for side in range(4)]
        moved = np.asarray(
            [old if new is None else new for old, new in zip(corners, crossed, strict=True)]
        )
        # Nearly parallel sides can cross anywhere; no corner may leave the reach of both.
        far = np.linalg.norm(moved - corners, axis=1) > 2 * _REACH_MM
        corners = np.where(far[:, None], corners, moved)
    return corners, float(np.clip(strength.mean() / _CLEAR_BORDER, 0.05, 0.95))


def _moved_side(
    edges: EdgeMap, side: int, ends: tuple[FloatArray, FloatArray], marrow_level: float
) -> tuple[tuple[FloatArray, FloatArray], float]:
    start, end = ends
    ticks = np.arange(-_REACH_MM, _REACH_MM + _FINE_MM / 2, _FINE_MM)
    first, last = (grid.ravel() for grid in np.meshgrid(ticks, ticks, indexing="ij"))
    normal = outward_normal(start, end)
    along = start + _ALONG_SIDE[:, None] * (end - start)
    out = first[:, None] + (last - first)[:, None] * _ALONG_SIDE
    numbers = edges.pixel_numbers(along + out[..., None] * normal)
    # What lies just within the border must be marrow, not fluid, fat or disc.
    inner = edges.levels(numbers + edges.number_offsets(-_WITHIN_MM * normal)).mean(axis=1)
    slopes = edges.outward_slopes(numbers, normal)
    strength = border_strength(slopes, rising_weight(edges, side)).mean(axis=1)
    strain = ((first + last) / 2 / _SPREAD_MM) ** 2 + ((first - last) / _TURN_SPREAD_MM) ** 2
    best = int(
        np.argmax(strength - _STAY_WEIGHT * strain - _STRANGE_WEIGHT * np.abs(inner - marrow_level))
    )
    line = (start + first[best] * normal, end + last[best] * normal)
    return line, float(strength[best])


def _level_within(edges: EdgeMap, corners: FloatArray) -> float:
    """Median brightness of the inner half of a body."""
    shares = np.linspace(0.25, 0.75, 7)
    across = corners[0] + shares[:, None] * (corners[1] - corners[0])
    below = corners[3] + shares[:, None] * (corners[2] - corners[3])
    places = across[None] + shares[:, None, None] * (below - across)[None]
    return float(np.median(edges.levels(edges.pixel_numbers(places))))


def _crossing(
    one: tuple[FloatArray, FloatArray], other: tuple[FloatArray, FloatArray]
) -> FloatArray | None:
    """Where two lines cross; None if they are nearly parallel."""
    along, across = one[1] - one[0], other[1] - other[0]
    area = float(along[0] * across[1] - along[1] * across[0])
    if abs(area) < 0.2 * float(np.linalg.norm(along) * np.linalg.norm(across)):
        return None
    between = other[0] - one[0]
    share = float(between[0] * across[1] - between[1] * across[0]) / area
    return np.asarray(one[0] + share * along)
