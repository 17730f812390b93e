"""Vertebra quads and disc outlines of one series, in patient millimetres (LPS)."""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import pairwise

import numpy as np

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel, shifted
from spinegrader.domain.geometry import FloatArray, Point, as_point, centroid, unit
from spinegrader.errors import InvalidEditError

_BULGE = 0.06
"""How far a derived disc outline bulges beyond the corners, as a share of the disc's depth."""

_POINTS_PER_SIDE = 6


class OverlayState(StrEnum):
    """Whether a reader has looked at an overlay and taken it for right."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"


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


@dataclass(frozen=True)
class Disc:
    """The outline of one intervertebral disc, a closed polygon without its first point repeated."""

    level: DiscLevel
    outline_mm: tuple[Point, ...]

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


@dataclass(frozen=True)
class Overlay:
    """All vertebrae and discs of one series; a value, never changed in place.

    The vertebrae stand from head to feet. The discs follow from them.

    Raises:
        InvalidEditError: If a level occurs twice or the order is broken.
    """

    series_uid: str
    vertebrae: tuple[Vertebra, ...]
    state: OverlayState = OverlayState.PROPOSED
    author: str = ""

    def __post_init__(self) -> None:
        positions = [vertebra.level.position for vertebra in self.vertebrae]
        if any(below <= above for above, below in pairwise(positions)):
            raise InvalidEditError("The levels must run from head to feet, each only once.")

    @cached_property
    def discs(self) -> tuple[Disc, ...]:
        """One disc for each pair of neighbouring vertebrae, head to feet."""
        return tuple(disc_between(upper, lower) for upper, lower in pairwise(self.vertebrae))

    def vertebra(self, level: VertebraLevel) -> Vertebra | None:
        """The vertebra of that level, if it is there."""
        return next((item for item in self.vertebrae if item.level == level), None)

    def disc(self, level: DiscLevel) -> Disc | None:
        """The disc of that level, if it is there."""
        return next((item for item in self.discs if item.level == level), None)

    def with_vertebra(self, vertebra: Vertebra) -> "Overlay":
        """The overlay with that vertebra put in the place of the one of the same level."""
        others = [item for item in self.vertebrae if item.level != vertebra.level]
        ordered = sorted([*others, vertebra], key=lambda item: item.level.position)
        return replace(self, vertebrae=tuple(ordered))

    def without(self, level: VertebraLevel) -> "Overlay":
        """The overlay without the vertebra of that level."""
        return replace(
            self, vertebrae=tuple(item for item in self.vertebrae if item.level != level)
        )

    def shifted(self, steps: int) -> "Overlay":
        """The overlay with all levels moved ``steps`` towards the feet.

        Raises:
            InvalidEditError: If a level would leave the known ones.
        """
        moved = (replace(item, level=shifted(item.level, steps)) for item in self.vertebrae)
        return replace(self, vertebrae=tuple(moved))

    def confirmed(self, author: str) -> "Overlay":
        """The overlay as looked at and taken for right by a reader."""
        return replace(self, state=OverlayState.CONFIRMED, author=author)


def vertebra_axes(vertebra: Vertebra) -> tuple[FloatArray, FloatArray]:
    """Unit vectors front-to-back and head-to-feet of a body, from its mid-edges."""
    corners = np.asarray(vertebra.corners_mm)
    backward = unit((corners[1] + corners[2]) - (corners[0] + corners[3]))
    footward = unit((corners[2] + corners[3]) - (corners[0] + corners[1]))
    return backward, footward
