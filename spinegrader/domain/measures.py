"""Angles, heights and slips on the vertebrae and discs of one series.

All are taken in the plane of the slices: each place is first moved along the slice normal onto one
slice. So bodies whose mid-slices lie beside each other, in a spine that is bent sideways, measure
as if one slice showed both. That plane is what the reader sees, not the patient's own sagittal
plane: where slices are turned against that one, lengths from front to back come out longer by one
over the cosine of the angle.

Endplates are taken as straight, from corner to corner; rims and concavities are not in them.
Supine images measure less lordosis and slip than standing ones do.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import FloatArray, Point, VolumeGeometry, as_point, unit
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.vertebrae import Disc, Vertebra
from spinegrader.errors import InputError

_LEFT = (1.0, 0.0, 0.0)
_NO_SLIP_MM = 0.05


@dataclass(frozen=True, eq=False)
class MeasuringPlane:
    """The plane of the slices of a sagittal series.

    Args:
        left: Unit vector across the slices, towards the patient's left, shape (3,).
    """

    left: FloatArray

    @classmethod
    def of(cls, geometry: VolumeGeometry) -> "MeasuringPlane":
        """That of a stack."""
        normal = geometry.slice_normal
        return cls(normal if normal @ np.asarray(_LEFT) > 0 else -normal)

    def vector(self, start: Point, end: Point) -> FloatArray:
        """From one place to another as the slice shows it, millimetres, shape (3,)."""
        step = np.subtract(end, start)
        return np.asarray(step - (step @ self.left) * self.left)

    def footward(self, backward: FloatArray) -> FloatArray:
        """Unit vector to the feet, upright on a vector front to back of the plane."""
        return unit(np.cross(backward, self.left))

    def turn_degrees(self, start: FloatArray, end: FloatArray) -> float:
        """How far one vector of the plane is turned to become the other, -180 to 180.

        Positive where a vector front to back turns its end to the head.
        """
        return float(np.degrees(np.arctan2(np.cross(start, end) @ self.left, start @ end)))

    def upper_endplate(self, vertebra: Vertebra) -> FloatArray:
        """From the front to the back of the upper endplate."""
        return self.vector(vertebra.corners_mm[0], vertebra.corners_mm[1])

    def lower_endplate(self, vertebra: Vertebra) -> FloatArray:
        """From the front to the back of the lower endplate."""
        return self.vector(vertebra.corners_mm[3], vertebra.corners_mm[2])


def lordosis_degrees(upper: Vertebra, lower: Vertebra, plane: MeasuringPlane) -> float:
    """Angle between the upper endplates of two vertebrae after Cobb; positive is lordosis.

    From L1 to S1 it is the lumbar lordosis (Vrtovec et al., Eur Spine J 2009;18:593). Between
    neighbours it is the segment's share of it: the shares of L1/L2 to L5/S1 add up to the whole.
    """
    return plane.turn_degrees(plane.upper_endplate(upper), plane.upper_endplate(lower))


def lumbar_lordosis_degrees(overlay: Overlay, plane: MeasuringPlane) -> float | None:
    """From the upper endplate of L1 to that of S1; None where one of them isn't drawn."""
    first, sacrum = overlay.vertebra(VertebraLevel.L1), overlay.vertebra(VertebraLevel.S1)
    if first is None or sacrum is None:
        return None
    return lordosis_degrees(first, sacrum, plane)


@dataclass(frozen=True)
class DiscHeight:
    """Heights of one disc in millimetres, upright on the bisector of its two endplates.

    Upright on the bisector as in Frobin et al. (Clin Biomech 1997;12 Suppl 1:S1), so that a slip
    doesn't count as height; they take it between the midplanes of the bodies, we do between the
    endplates.

    Args:
        anterior_mm: At the front corners.
        middle_mm: Through the middle of the disc's outline: a drawn outline counts here.
        posterior_mm: At the back corners.
    """

    anterior_mm: float
    middle_mm: float
    posterior_mm: float

    @property
    def mean_mm(self) -> float:
        """Mean of front and back (Dabbs and Dabbs, Spine 1990;15:1366)."""
        return (self.anterior_mm + self.posterior_mm) / 2


def disc_height(disc: Disc, upper: Vertebra, lower: Vertebra, plane: MeasuringPlane) -> DiscHeight:
    """Heights of a disc between two vertebrae.

    Raises:
        InputError: If an endplate has no length in the plane.
    """
    bisector = unit(unit(plane.lower_endplate(upper)) + unit(plane.upper_endplate(lower)))
    footward = plane.footward(bisector)
    front = plane.vector(upper.corners_mm[3], lower.corners_mm[0])
    back = plane.vector(upper.corners_mm[2], lower.corners_mm[1])
    corners = (upper.corners_mm[3], upper.corners_mm[2], *lower.corners_mm[:2])
    middle = as_point(np.mean(corners, axis=0))
    return DiscHeight(
        float(front @ footward),
        _thickness_mm(disc, middle, bisector, plane),
        float(back @ footward),
    )


def _thickness_mm(disc: Disc, middle: Point, bisector: FloatArray, plane: MeasuringPlane) -> float:
    """How thick an outline is upright on the bisector, at a place; 0 where it doesn't reach it."""
    steps = np.array([plane.vector(middle, place) for place in disc.outline_mm])
    along, down = steps @ bisector, steps @ plane.footward(bisector)
    next_along, next_down = np.roll(along, -1), np.roll(down, -1)
    crossing = (along <= 0) != (next_along <= 0)
    share = -along[crossing] / (next_along - along)[crossing]
    places = down[crossing] + share * (next_down - down)[crossing]
    return float(np.ptp(places)) if len(places) else 0.0


@dataclass(frozen=True)
class Slip:
    """How far a vertebra stands forward on the one below it.

    Args:
        forward_mm: Along the upper endplate of the lower vertebra, from its back corner to the
            upper vertebra's lower back corner; negative: backward.
        percent: Of the length of that endplate (Taillard, Acta Orthop Scand 1954;24:115).
            Meyerding's grades are quarters of it.
    """

    forward_mm: float
    percent: float

    @property
    def direction(self) -> str:
        """“antero” for forward, “retro” for backward; empty for what rounds to 0.0 mm.

        Not a diagnosis: there is no telling here from how many millimetres on a slip is one.
        """
        if abs(self.forward_mm) < _NO_SLIP_MM:
            return ""
        return "antero" if self.forward_mm > 0 else "retro"


def slip(upper: Vertebra, lower: Vertebra, plane: MeasuringPlane) -> Slip:
    """How far a vertebra stands forward on the one below it.

    Raises:
        InputError: If the lower one's endplate has no length in the plane.
    """
    backward = plane.upper_endplate(lower)
    back = plane.vector(lower.corners_mm[1], upper.corners_mm[2])
    forward_mm = -float(back @ unit(backward))
    return Slip(forward_mm, 100 * forward_mm / float(np.linalg.norm(backward)))


@dataclass(frozen=True)
class DiscMeasures:
    """What is measured of one disc.

    Args:
        level: Which one.
        height: Its heights.
        disc_angle_degrees: From the endplate above it to that below; positive: open to the front.
        segment_lordosis_degrees: As ``lordosis_degrees`` of the vertebrae around it.
        slip: Of the vertebra above it on that below.
        height_per_depth: Mean height over the depth of the body above, as in Frobin et al.
        height_per_body_height: Mean height over the mean height of the bodies around it, the
            sacrum left out: the disc height index (Masuda et al., Spine 2005;30:5).
        height_per_neighbours: Mean height over the mean of the discs above and below it that are
            there; None where neither is.
    """

    level: DiscLevel
    height: DiscHeight
    disc_angle_degrees: float
    segment_lordosis_degrees: float
    slip: Slip
    height_per_depth: float
    height_per_body_height: float
    height_per_neighbours: float | None


def disc_measures(overlay: Overlay, level: DiscLevel, plane: MeasuringPlane) -> DiscMeasures | None:
    """All measures of one disc; None where it isn't there.

    Raises:
        InputError: If an endplate has no length in the plane, or a body no height.
    """
    around = _around(overlay, level)
    if around is None:
        return None
    disc, upper, lower = around
    height = disc_height(disc, upper, lower, plane)
    near = _heights_beside(overlay, level, plane)
    bodies = [item for item in (upper, lower) if item.level.position < VertebraLevel.S1.position]
    body_height_mm = float(
        np.mean([_body_height_mm(item, plane) for item in bodies or (upper, lower)])
    )
    if body_height_mm <= 0:
        raise InputError(f"The bodies around {level} have no height: correct their corners.")
    return DiscMeasures(
        level,
        height,
        plane.turn_degrees(plane.lower_endplate(upper), plane.upper_endplate(lower)),
        lordosis_degrees(upper, lower, plane),
        slip(upper, lower, plane),
        height.mean_mm / _depth_mm(upper, plane),
        height.mean_mm / body_height_mm,
        height.mean_mm / float(np.mean(near)) if near else None,
    )


def _around(overlay: Overlay, level: DiscLevel) -> tuple[Disc, Vertebra, Vertebra] | None:
    """A disc, and the vertebrae above and below it."""
    disc = overlay.disc(level)
    upper, lower = overlay.vertebra(level.upper), overlay.vertebra(level.lower)
    return None if disc is None or upper is None or lower is None else (disc, upper, lower)


def _heights_beside(overlay: Overlay, level: DiscLevel, plane: MeasuringPlane) -> list[float]:
    """Mean heights of the discs above and below one, where they have any."""
    found = []
    for other in overlay.discs:
        around = _around(overlay, other.level)
        if around is None or not _are_neighbours(other.level, level):
            continue
        # A neighbour whose corners are wrong leaves this disc's own measures as they are.
        with contextlib.suppress(InputError):
            found.append(disc_height(*around, plane).mean_mm)
    return [height_mm for height_mm in found if height_mm > 0]


def _are_neighbours(one: DiscLevel, other: DiscLevel) -> bool:
    return one.lower == other.upper or one.upper == other.lower


def _depth_mm(vertebra: Vertebra, plane: MeasuringPlane) -> float:
    """Mean length of the endplates in the plane."""
    ends = (plane.upper_endplate(vertebra), plane.lower_endplate(vertebra))
    return float(np.mean([np.linalg.norm(end) for end in ends]))


def _body_height_mm(vertebra: Vertebra, plane: MeasuringPlane) -> float:
    """Mean length of front and back in the plane."""
    corners = vertebra.corners_mm
    edges = (plane.vector(corners[0], corners[3]), plane.vector(corners[1], corners[2]))
    return float(np.mean([np.linalg.norm(edge) for edge in edges]))


def coronal_deviations_mm(overlay: Overlay, plane: MeasuringPlane) -> Mapping[VertebraLevel, float]:
    """How far each body's centre lies beside the line from the first to the last one drawn.

    Across the slices, positive to the patient's left: what the bend of a scoliosis comes to, as
    far as each body is drawn on its own mid-slice. A slice's distance is the finest it can tell.

    Args:
        overlay: At least two vertebrae; no values otherwise.
        plane: Of the series.
    """
    if len(overlay.vertebrae) < 2:
        return {}
    centres = np.array([item.centre_mm for item in overlay.vertebrae])
    steps = centres - centres[0]
    aside = steps @ plane.left
    within = steps - aside[:, None] * plane.left
    whole = float(within[-1] @ within[-1])
    share = within @ within[-1] / whole if whole else np.zeros(len(steps))
    beside = aside - share * aside[-1]
    return {item.level: float(value) for item, value in zip(overlay.vertebrae, beside, strict=True)}
