"""A person's spine at one visit: bodies and discs at their places.

The frame is the person's own: x to the left, y to posterior, z to the head, millimetres, origin
in the middle of L3. Within the mid-plane, places are pairs (back, head) = (y, z).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import FloatArray
from spinegrader.simulate.person.shapes import BodyShape, Person
from spinegrader.simulate.ageing.states import DiscState

Field: TypeAlias = npt.NDArray[np.floating[Any]]
"""A value at each sample."""

_CURVE_LENGTH_MM = 110.0


@dataclass(frozen=True, eq=False)
class PlacedBody:
    """A vertebral body at its place.

    Args:
        shape: The body.
        centre: (back, head) of the middle of its corners.
        tilt_rad: Turn about the left-right axis; positive where the front edge points down.
    """

    shape: BodyShape
    centre: FloatArray
    tilt_rad: float

    @cached_property
    def backward(self) -> FloatArray:
        """Unit (back, head) vector along the body to posterior."""
        return np.array([np.cos(self.tilt_rad), np.sin(self.tilt_rad)])

    @cached_property
    def headward(self) -> FloatArray:
        """Unit (back, head) vector along the body to the head."""
        return np.array([-np.sin(self.tilt_rad), np.cos(self.tilt_rad)])

    @cached_property
    def corners(self) -> FloatArray:
        """(back, head) of the anterior-superior, posterior-superior, -inferior, ant.-inferior."""
        shape = self.shape
        local = np.array(
            [
                (-shape.depth_upper / 2, shape.height_anterior / 2),
                (shape.depth_upper / 2, shape.height_posterior / 2),
                (shape.depth_lower / 2, -shape.height_posterior / 2),
                (-shape.depth_lower / 2, -shape.height_anterior / 2),
            ]
        )
        return self.place(local)

    def place(self, local: FloatArray) -> FloatArray:
        """Own (backward, headward) millimetres, shape (..., 2), to (back, head)."""
        axes = np.stack([self.backward, self.headward])
        return np.asarray(self.centre + local @ axes)

    def local(self, back: Field, head: Field) -> tuple[Field, Field]:
        """(back, head) of samples to the body's own backward and headward millimetres."""
        return _turned(back, head, self.centre, self.tilt_rad)


@dataclass(frozen=True, eq=False)
class PlacedDisc:
    """A disc at its place.

    Args:
        level: Its name; None below S2.
        state: Its degeneration.
        centre: (back, head) midway between the two endplates.
        tilt_rad: As of a body.
        height_mm: Present height in the middle, between the planes of the corners.
        wedge_rad: Angle between the endplates, positive where the front is taller.
        depth_mm: Mean depth of the two endplates.
        width_mm: Mean width of the two endplates.
    """

    level: DiscLevel | None
    state: DiscState
    centre: FloatArray
    tilt_rad: float
    height_mm: float
    wedge_rad: float
    depth_mm: float
    width_mm: float

    def local(self, back: Field, head: Field) -> tuple[Field, Field]:
        """(back, head) of samples to the disc's own backward and headward millimetres."""
        return _turned(back, head, self.centre, self.tilt_rad)


@dataclass(frozen=True)
class Profile:
    """A quantity along the height of the spine, tabulated for quick look-up."""

    start_mm: float
    step_mm: float
    values: FloatArray

    def __call__(self, head: Field) -> Field:
        """The value at each height, clipped to the table's ends."""
        index = ((head - np.float32(self.start_mm)) / np.float32(self.step_mm)).astype(np.int32)
        table = self.values.astype(np.float32)
        return np.asarray(table[np.clip(index, 0, len(table) - 1)], dtype=np.float32)

    def at(self, head_mm: float) -> float:
        """The value at one height, interpolated."""
        heights = self.start_mm + self.step_mm * (np.arange(len(self.values)) + 0.5)
        return float(np.interp(head_mm, heights, self.values))


@dataclass(frozen=True, eq=False)
class Spine:
    """All bodies from T9 to the end of the sacrum and the discs between them, head to feet.

    Args:
        person: Whose spine it is.
        age_years: At the visit.
        bodies: At their places.
        discs: One below each body but the last.
    """

    person: Person
    age_years: float
    bodies: tuple[PlacedBody, ...]
    discs: tuple[PlacedDisc, ...]

    @cached_property
    def heights_mm(self) -> FloatArray:
        """Heights at which profiles are tabulated."""
        corners = np.concatenate([body.corners for body in self.bodies])
        return np.arange(corners[:, 1].min() - 30, corners[:, 1].max() + 60, 0.5)

    def profile(self, values: FloatArray) -> Profile:
        """A profile of values given at ``heights_mm``."""
        return Profile(float(self.heights_mm[0]) - 0.25, 0.5, values)

    @cached_property
    def back_wall(self) -> FloatArray:
        """Posterior place of the bodies' back walls at ``heights_mm``."""
        return self._wall((1, 2))

    @cached_property
    def front_wall(self) -> FloatArray:
        """Posterior place of the bodies' front walls at ``heights_mm``."""
        return self._wall((0, 3))

    def _wall(self, corners: tuple[int, int]) -> FloatArray:
        """A smooth curve through the mid-points of the walls, continued straight at the ends."""
        points = np.array([body.corners[list(corners)].mean(axis=0) for body in self.bodies])
        order = np.argsort(points[:, 1])
        heads, backs = points[order, 1], points[order, 0]
        keep = np.concatenate([[True], np.diff(heads) > 1.0])
        heads, backs = heads[keep], backs[keep]
        spline = CubicSpline(heads, backs, bc_type="natural")
        inside = np.clip(self.heights_mm, heads[0], heads[-1])
        slope = np.asarray(spline(inside, 1))
        return np.asarray(spline(inside) + slope * (self.heights_mm - inside))

    def lateral(self, head: Field) -> Field:
        """Sideways place of the mid-plane at a height: a slight scoliosis."""
        share = head / np.float32(_CURVE_LENGTH_MM)
        bow, sway = self.person.lateral_mm
        return np.asarray(
            (np.float32(bow) - np.float32(sway) * share) * (1 - share * share),
            dtype=np.float32,
        )

    def body(self, level: VertebraLevel) -> PlacedBody:
        """The body of that level."""
        return next(body for body in self.bodies if body.shape.level is level)

    @property
    def sacrum(self) -> PlacedBody:
        """S1."""
        return self.body(VertebraLevel.S1)

    def corners_mm(self, body: PlacedBody) -> FloatArray:
        """Corners on the curved mid-plane, (x, y, z) in the person's frame, shape (4, 3)."""
        x = self.lateral(body.corners[:, 1].astype(np.float32)).astype(np.float64)
        return np.column_stack([x, body.corners])


def _turned(back: Field, head: Field, centre: FloatArray, tilt_rad: float) -> tuple[Field, Field]:
    cosine, sine = np.float32(np.cos(tilt_rad)), np.float32(np.sin(tilt_rad))
    y, z = back - np.float32(centre[0]), head - np.float32(centre[1])
    return y * cosine + z * sine, z * cosine - y * sine
