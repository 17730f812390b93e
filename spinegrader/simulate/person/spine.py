"""A person's spine at one visit: bodies and discs at their places.

The frame is the person's own: x to the left, y to posterior, z to the head, millimetres, origin
in the middle of L3. Within the mid-plane, places are pairs (back, head) = (y, z).

Sines, products of matrices and splines may differ in their last bits between processors; whatever
is painted from is therefore rounded here.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.interpolate import CubicSpline

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import FloatArray
from spinegrader.simulate.ageing.states import DiscState
from spinegrader.simulate.fields import Field
from spinegrader.simulate.person.curves import HALF_LENGTH_MM, bow_mm
from spinegrader.simulate.person.profile import Profile
from spinegrader.simulate.person.shapes import BodyShape, Person
from spinegrader.simulate.person.soft_tissues import MUSCLE_FAT_PER_YEAR

_CURVE_END = 1.3
"""Share of the curve's half length beyond which it runs on straight."""

_PROFILE_STEP_MM = 0.5
_PLACE_DECIMALS, _AXIS_DECIMALS = 6, 9


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
        return np.array(_cosine_and_sine(self.tilt_rad))

    @cached_property
    def headward(self) -> FloatArray:
        """Unit (back, head) vector along the body to the head."""
        cosine, sine = _cosine_and_sine(self.tilt_rad)
        return np.array([-sine, cosine])

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
        placed = self.centre + local[..., :1] * self.backward + local[..., 1:] * self.headward
        return np.asarray(np.round(placed, _PLACE_DECIMALS))

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


@dataclass(frozen=True, eq=False)
class Spine:
    """All bodies from T8 to the end of the sacrum and the discs between them, head to feet.

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
        lowest, highest = np.floor(corners[:, 1].min()), np.ceil(corners[:, 1].max())
        return np.arange(lowest - 30, highest + 60, _PROFILE_STEP_MM)

    def profile(self, values: FloatArray) -> Profile:
        """A profile of values given at ``heights_mm``."""
        return Profile(float(self.heights_mm[0]), _PROFILE_STEP_MM, values)

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
        wall = spline(inside) + slope * (self.heights_mm - inside)
        return np.asarray(np.round(wall, _PLACE_DECIMALS))

    @cached_property
    def bow_mm(self) -> float:
        """How far the spine bows to the left at the visit, millimetres."""
        return bow_mm(self.person, self.age_years)

    def lateral(self, head: Field) -> Field:
        """Sideways place of the mid-plane at a height: a slight or stronger scoliosis."""
        share = np.clip(head / np.float32(HALF_LENGTH_MM), -_CURVE_END, _CURVE_END)
        sway = self.person.lateral_mm[1]
        return np.asarray(
            (np.float32(self.bow_mm) - np.float32(sway) * share) * (1 - share * share),
            dtype=np.float32,
        )

    def find(self, level: VertebraLevel) -> PlacedBody | None:
        """The body of that level; None where the person has none."""
        return next((body for body in self.bodies if body.shape.level is level), None)

    def body(self, level: VertebraLevel) -> PlacedBody:
        """The body of that level.

        Raises:
            KeyError: If the person has none; T9 to L4, S1 and S2 are always there.
        """
        found = self.find(level)
        if found is None:
            raise KeyError(level)
        return found

    @cached_property
    def sacrum(self) -> PlacedBody:
        """S1."""
        return self.bodies[self.person.first_sacral]

    @cached_property
    def last_presacral(self) -> PlacedBody:
        """The body upon S1: usually L5."""
        return self.bodies[self.person.first_sacral - 1]

    @cached_property
    def last_mobile_disc(self) -> PlacedDisc:
        """The lowest disc that isn't part of a fused sacrum: usually L5/S1."""
        return self.discs[self.person.last_mobile_disc]

    def head_below(self, level: VertebraLevel, bodies: float) -> float:
        """Height of a place so many bodies below the top of a level, by the back corners.

        Args:
            level: Where counting begins.
            bodies: How far down: 0.5 is half way to the top of the next body; negative is above.
        """
        start = next(i for i, body in enumerate(self.bodies) if body.shape.level is level)
        tops = [float(body.corners[1, 1]) for body in self.bodies]
        return round(float(np.interp(start + bodies, range(len(tops)), tops)), _PLACE_DECIMALS)

    @cached_property
    def muscle_fat(self) -> float:
        """Fat fraction of the back muscles at the visit."""
        grown = MUSCLE_FAT_PER_YEAR * max(self.age_years - 20.0, 0.0)
        return min(self.person.soft.muscle_fat + grown, 0.7)

    def corners_mm(self, body: PlacedBody) -> FloatArray:
        """Corners on the curved mid-plane, (x, y, z) in the person's frame, shape (4, 3)."""
        x = self.lateral(body.corners[:, 1].astype(np.float32)).astype(np.float64)
        return np.column_stack([x, body.corners])


def _cosine_and_sine(tilt_rad: float) -> tuple[float, float]:
    return round(math.cos(tilt_rad), _AXIS_DECIMALS), round(math.sin(tilt_rad), _AXIS_DECIMALS)


def _turned(back: Field, head: Field, centre: FloatArray, tilt_rad: float) -> tuple[Field, Field]:
    cosine, sine = (np.float32(value) for value in _cosine_and_sine(tilt_rad))
    y, z = back - np.float32(centre[0]), head - np.float32(centre[1])
    return y * cosine + z * sine, z * cosine - y * sine
