"""Distances and angles that a reader measures on a slice."""

import math
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from spinegrader.domain.geometry import FloatArray, Point

_CROSSING_MM = 1e-6


class MeasurementKind(StrEnum):
    """What is measured."""

    DISTANCE = "distance"
    ANGLE = "angle"

    @property
    def point_count(self) -> int:
        """How many points it takes: the ends of one line or of two."""
        return 2 if self is MeasurementKind.DISTANCE else 4


@dataclass(frozen=True)
class Measurement:
    """A distance or an angle on one slice of one series.

    Args:
        kind: What is measured.
        slice_index: The slice that it was drawn on.
        points_mm: The ends of its line, or of its first and its second line, LPS millimetres.
    """

    kind: MeasurementKind
    slice_index: int
    points_mm: tuple[Point, ...]

    def __post_init__(self) -> None:
        if len(self.points_mm) != self.kind.point_count:
            raise ValueError(f"A measured {self.kind} has {self.kind.point_count} points.")

    @property
    def value(self) -> float:
        """Millimetres, or degrees."""
        places = np.asarray(self.points_mm)
        if self.kind is MeasurementKind.DISTANCE:
            return float(np.linalg.norm(places[1] - places[0]))
        return cobb_angle_deg(places)

    @property
    def text(self) -> str:
        """The value with its unit."""
        unit = " mm" if self.kind is MeasurementKind.DISTANCE else "°"
        return f"{self.value:.1f}{unit}"

    def with_point(self, index: int, place_mm: Point) -> "Measurement":
        """The measurement with one end moved."""
        points = (*self.points_mm[:index], place_mm, *self.points_mm[index + 1 :])
        return replace(self, points_mm=points)


def cobb_angle_deg(points_mm: FloatArray) -> float:
    """The angle of two lines as Cobb measured it, 0 to 180 degrees.

    Both lines are taken to run to the same side of the line that joins their middles, as endplates
    run to the same side of the spine: so it doesn't matter in which direction each was drawn, and
    a curve of more than 90 degrees is told from one of less (Cobb, Outline for the study of
    scoliosis, AAOS Instructional Course Lectures 1948;5:261).

    Args:
        points_mm: Start and end of the first, then of the second line, shape (4, 2) or (4, 3).
    """
    first, second = points_mm[1] - points_mm[0], points_mm[3] - points_mm[2]
    joint = (points_mm[2] + points_mm[3] - points_mm[0] - points_mm[1]) / 2
    lengths = float(np.linalg.norm(first)) * float(np.linalg.norm(second))
    if lengths < _CROSSING_MM:
        return 0.0
    cosine = float(np.dot(first, second)) / lengths
    if not _on_one_side(first, second, joint):
        cosine = -cosine
    return math.degrees(math.acos(min(max(cosine, -1.0), 1.0)))


def _on_one_side(first: FloatArray, second: FloatArray, joint: FloatArray) -> bool:
    """Whether two directions point to the same side of a third, all in one plane."""
    square = float(np.dot(joint, joint))
    if square < _CROSSING_MM:
        # The lines cross in their middles: the smaller angle is meant.
        return float(np.dot(first, second)) >= 0
    sides = [vector - joint * (float(np.dot(vector, joint)) / square) for vector in (first, second)]
    return float(np.dot(*sides)) >= 0
