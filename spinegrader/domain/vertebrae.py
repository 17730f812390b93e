"""Vertebral bodies and discs, in patient millimetres (LPS)."""

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import FloatArray, Point, as_point, centroid, unit
from spinegrader.errors import InvalidEditError

_BULGE = 0.06
"""How far a derived disc outline bulges beyond the corners, as a share of the disc's depth."""

_POINTS_PER_SIDE = 6
_SAME_MM = 1e-3


@dataclass(frozen=True)
class Vertebra:
    """One vertebral body on its own mid-sagittal plane.

    Args:
        level: Its name.
        corners_mm: Anterior-superior, posterior-superior, posterior-inferior,
            anterior-inferior corner, LPS millimetres.
        confidence: 0 to 1; 1 where a reader placed it.
    """

    level: VertebraLevel
    corners_mm: tuple[Point, Point, Point, Point]
    confidence: float = 1.0

    def __post_init__(self) -> None:
        if len(self.corners_mm) != 4 or not np.all(np.isfinite(self.corners_mm)):
            raise InvalidEditError(f"The corners of {self.level} are not four places.")

    @property
    def centre_mm(self) -> FloatArray:
        """Mean of the corners, shape (3,)."""
        return centroid(self.corners_mm)

    @property
    def depth_mm(self) -> float:
        """Mean length of the upper and lower endplate, front to back."""
        corners = np.asarray(self.corners_mm)
        upper = np.linalg.norm(corners[1] - corners[0])
        lower = np.linalg.norm(corners[2] - corners[3])
        return float(upper + lower) / 2

    @property
    def height_mm(self) -> float:
        """Mean length of the front and back edge, head to feet."""
        corners = np.asarray(self.corners_mm)
        front = np.linalg.norm(corners[3] - corners[0])
        back = np.linalg.norm(corners[2] - corners[1])
        return float(front + back) / 2

    def with_corner(self, index: int, place_mm: Point) -> "Vertebra":
        """The vertebra with one corner moved."""
        corners = list(self.corners_mm)
        corners[index] = as_point(place_mm)
        return replace(self, corners_mm=(corners[0], corners[1], corners[2], corners[3]))

    def moved(self, offset_mm: Point) -> "Vertebra":
        """The vertebra with all corners moved by the same offset."""
        corners = [
            as_point(np.asarray(corner) + np.asarray(offset_mm)) for corner in self.corners_mm
        ]
        return replace(self, corners_mm=(corners[0], corners[1], corners[2], corners[3]))

    def rotated(self, angle_degrees: float, axis: FloatArray) -> "Vertebra":
        """The vertebra turned about its centre.

        Args:
            angle_degrees: How far; counterclockwise as seen with the axis pointing to the eye.
            axis: Direction to turn about, shape (3,): the normal of the slice, say.

        Raises:
            InputError: If the axis has no direction.
        """
        x, y, z = unit(axis)
        cross = np.asarray(((0.0, -z, y), (z, 0.0, -x), (-y, x, 0.0)))
        angle = np.radians(angle_degrees)
        # Rodrigues' formula.
        turn = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
        centre = self.centre_mm
        corners = [
            as_point(centre + turn @ (np.asarray(corner) - centre)) for corner in self.corners_mm
        ]
        return replace(self, corners_mm=(corners[0], corners[1], corners[2], corners[3]))

    def what_changed(self, before: "Vertebra") -> str:
        """In a word for menus, what was done to a body: it was moved, rotated or reshaped."""
        here, there = np.asarray(self.corners_mm), np.asarray(before.corners_mm)
        if np.allclose(here - there, (here - there)[0], atol=_SAME_MM):
            return "Move"
        pairs = list(combinations(range(4), 2))
        lengths, former = (
            [np.linalg.norm(corners[i] - corners[j]) for i, j in pairs] for corners in (here, there)
        )
        rigid = np.allclose(lengths, former, atol=_SAME_MM)
        return "Rotate" if rigid else "Reshape"


@dataclass(frozen=True)
class Disc:
    """The outline of one intervertebral disc, a closed polygon without its first point repeated.

    Args:
        level: Its name.
        outline_mm: LPS millimetres.
        is_found: Whether the detector found it in the image; no reader has touched it.
    """

    level: DiscLevel
    outline_mm: tuple[Point, ...]
    is_found: bool = False

    def __post_init__(self) -> None:
        if len(self.outline_mm) < 3 or not np.all(np.isfinite(self.outline_mm)):
            raise InvalidEditError(f"The outline of {self.level} needs at least three places.")

    @property
    def centre_mm(self) -> FloatArray:
        """Mean of the outline's points, shape (3,)."""
        return centroid(self.outline_mm)


def disc_between(upper: Vertebra, lower: Vertebra) -> Disc:
    """The disc that fills the space between two bodies, bulging a little front and back.

    The outline runs along the upper endplate from front to back, around the back, along the
    lower endplate to the front and around it.
    """
    front_top, back_top = (np.asarray(upper.corners_mm[i]) for i in (3, 2))
    front_low, back_low = (np.asarray(lower.corners_mm[i]) for i in (0, 1))
    points: list[FloatArray] = []
    points += _side(front_top, back_top)
    points += _rim(back_top, back_low, back_top - front_top)
    points += _side(back_low, front_low)
    points += _rim(front_low, front_top, front_low - back_low)
    return Disc(DiscLevel(upper.level, lower.level), tuple(as_point(point) for point in points))


def _side(start: FloatArray, end: FloatArray) -> list[FloatArray]:
    return [start + (end - start) * t for t in np.linspace(0, 1, _POINTS_PER_SIDE)]


def _rim(start: FloatArray, end: FloatArray, outward: FloatArray) -> list[FloatArray]:
    """Points between two corners, pushed outward along a half sine; the corners left out."""
    return [
        start + (end - start) * t + outward * (_BULGE * np.sin(np.pi * t))
        for t in np.linspace(0, 1, _POINTS_PER_SIDE)[1:-1]
    ]


def vertebra_axes(vertebra: Vertebra) -> tuple[FloatArray, FloatArray]:
    """Unit vectors front-to-back and head-to-feet of a body, from its mid-edges."""
    corners = np.asarray(vertebra.corners_mm)
    backward = unit((corners[1] + corners[2]) - (corners[0] + corners[3]))
    footward = unit((corners[2] + corners[3]) - (corners[0] + corners[1]))
    return backward, footward
