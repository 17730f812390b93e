"""Dragging the outline of a disc by a few handles, with the outline following softly."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from spinegrader.domain.geometry import FloatArray, Point, as_point
from spinegrader.domain.vertebrae import Disc
from spinegrader.gui.viewer.slice_plane import SlicePlane

HANDLES = 12
_LONGEST_EDGE_MM = 1.5
"""An outline is divided this finely before it is bent, so that it bends smoothly."""

_REACH = 1.6
"""How far along the outline a handle takes its neighbours along, in distances of handles."""

_PHASES = 16
_LEAST_AREA_MM2 = 20.0


@dataclass(frozen=True)
class DiscHandles:
    """An outline, fine enough to be bent, and which of its points are handles."""

    disc: Disc
    indices: tuple[int, ...]

    @property
    def places_mm(self) -> tuple[Point, ...]:
        """Where the handles stand in the patient."""
        return tuple(self.disc.outline_mm[i] for i in self.indices)


@lru_cache(maxsize=16)
def disc_handles(disc: Disc, corners_mm: tuple[Point, ...]) -> DiscHandles:
    """Handles spread evenly along an outline, as far from the bodies' corners as that allows.

    Args:
        disc: Its outline is divided more finely, its own points are kept.
        corners_mm: Of both bodies, which have handles themselves.
    """
    points = _divided(np.asarray(disc.outline_mm))
    along, length = _positions(points)
    corners = np.asarray(corners_mm)
    best: tuple[float, tuple[int, ...]] = (-1.0, ())
    for phase in np.arange(_PHASES) / _PHASES:
        wanted = (np.arange(HANDLES) + phase) / HANDLES * length
        indices = tuple(sorted({int(np.argmin(_apart(along, at, length))) for at in wanted}))
        distances = np.linalg.norm(points[list(indices), None] - corners[None], axis=2)
        clearance = float(np.min(distances))
        if clearance > best[0]:
            best = (clearance, indices)
    fine = replace(disc, outline_mm=tuple(as_point(point) for point in points))
    return DiscHandles(fine, best[1])


@dataclass(frozen=True)
class OutlineDrag:
    """A handle that follows the pointer; the outline beside it follows less and less.

    A point at a distance d along the outline moves by cos²(π d / 2 r) of the handle's shift, and
    beyond the reach r not at all.

    Args:
        handles: The outline as it was when the drag began.
        handle: Which of them moves.
        plane: The slice that the reader drags on.
    """

    handles: DiscHandles
    handle: int
    plane: SlicePlane

    @property
    def original(self) -> Disc:
        """The disc as it was when the drag began."""
        return self.handles.disc

    def after(self, start_mm: FloatArray, now_mm: FloatArray) -> Disc | None:
        """The disc with its outline bent; None where the outline would cross itself."""
        points = np.asarray(self.original.outline_mm)
        along, length = _positions(points)
        reach = _REACH * length / HANDLES
        apart = _apart(along, along[self.handles.indices[self.handle]], length)
        weights = np.where(apart < reach, np.cos(math.pi / 2 * apart / reach) ** 2, 0.0)
        bent = points + weights[:, None] * self.plane.offset_to_patient(now_mm - start_mm)
        if not is_usable_outline(self.plane.to_plane(bent)):
            return None
        return replace(self.original, outline_mm=tuple(as_point(point) for point in bent))

    def readout(self, start_mm: FloatArray, now_mm: FloatArray) -> str:
        """How far the handle went."""
        return f"{float(np.linalg.norm(now_mm - start_mm)):.1f} mm"


def is_usable_outline(points: FloatArray) -> bool:
    """Whether a closed outline, shape (n, 2), millimetres, crosses itself nowhere."""
    ends = np.roll(points, -1, axis=0)
    x, y = points[:, 0], points[:, 1]
    area = abs(float(np.dot(x, ends[:, 1]) - np.dot(y, ends[:, 0]))) / 2
    if area < _LEAST_AREA_MM2:
        return False
    # Whether the start and the end of each edge (columns) lie on both sides of each (rows).
    sides = _sides(points, ends, points) * _sides(points, ends, ends) < 0
    return not bool(np.any(sides & sides.T))


def _sides(starts: FloatArray, ends: FloatArray, points: FloatArray) -> FloatArray:
    """On which side of each edge (rows) each point (columns) lies, by its sign."""
    along = (ends - starts)[:, None]
    towards = points[None] - starts[:, None]
    return np.asarray(along[..., 0] * towards[..., 1] - along[..., 1] * towards[..., 0])


def _divided(points: FloatArray) -> FloatArray:
    """The closed outline with points put in until no edge is too long; doubled ones left out."""
    fine: list[FloatArray] = []
    for start, end in zip(points, np.roll(points, -1, axis=0), strict=True):
        length = float(np.linalg.norm(end - start))
        parts = math.ceil(length / _LONGEST_EDGE_MM)
        fine += [start + (end - start) * (i / parts) for i in range(parts)]
    return np.asarray(fine)


def _positions(points: FloatArray) -> tuple[FloatArray, float]:
    """How far along the closed outline each point stands, and how long the outline is."""
    lengths = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
    along = np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    return np.asarray(along), float(np.sum(lengths))


def _apart(along: FloatArray, at: float, length: float) -> FloatArray:
    """Distances along a closed outline, the shorter way round."""
    straight = np.abs(along - at)
    return np.asarray(np.minimum(straight, length - straight))
