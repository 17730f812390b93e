"""What a detector found on one series beside what is truly there, as sums that can be pooled."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import FloatArray, VolumeGeometry
from spinegrader.domain.vertebrae import Disc, Vertebra
from spinegrader.imaging.detection.finding import SpineFinding

NEAR_MM = 10.0
"""A body found with its centre nearer than this to a true one's is that body."""


@dataclass(frozen=True, eq=False)
class TrueBody:
    """A vertebral body that is truly there.

    Args:
        level: Its name; None where it has none.
        corners: (x, y) millimetres in the slice, shape (4, 2), NaN where a corner isn't known.
        is_counted: Whether it must be found; one that the edge of the picture cuts, or whose
            corners aren't known, may be found or not.
    """

    level: VertebraLevel | None
    corners: FloatArray
    is_counted: bool = True


@dataclass(frozen=True, eq=False)
class Outcome:
    """One series.

    Args:
        patient: Whose it is.
        name: Of the series.
        finding: What was found.
        sums: By name of the figure, what is added up and by what it is divided.
        is_named_right: Whether all bodies that were found bear their true names.
    """

    patient: str
    name: str
    finding: SpineFinding
    sums: dict[str, tuple[float, float]] = field(default_factory=dict)
    is_named_right: bool = False


def plane_corners(body: Vertebra, geometry: VolumeGeometry) -> FloatArray:
    """A body's corners as (x, y) millimetres in the slice, shape (4, 2)."""
    column_mm, row_mm, _ = geometry.spacing_mm
    return np.asarray(geometry.to_index(body.corners_mm)[:, :2] * (column_mm, row_mm))


def compared(
    patient: str,
    name: str,
    finding: SpineFinding,
    geometry: VolumeGeometry,
    truth: Sequence[TrueBody],
    may_be: Callable[[FloatArray], bool] = lambda _: False,
) -> Outcome:
    """Found and true bodies laid beside each other.

    Args:
        patient: Whose series it is.
        name: Of the series.
        finding: What was found.
        geometry: Of the series.
        truth: Every body in view, those that don't count included.
        may_be: Whether a found body (its corners) that is none of these may be one all the same,
            since the truth ends there.
    """
    found = [plane_corners(body, geometry) for body in finding.vertebrae]
    pairs = _pairs(found, truth)
    hits = [(i, j) for i, j in pairs if truth[j].is_counted]
    counted = sum(body.is_counted for body in truth)
    centres = [_centre_mm(found[i], truth[j]) for i, j in hits]
    corners = np.concatenate([[], *(_corners_mm(found[i], truth[j]) for i, j in hits)])
    named = [(i, j) for i, j in hits if truth[j].level is not None]
    right = sum(finding.vertebrae[i].level is truth[j].level for i, j in named)
    is_right = bool(named) and right == len(named)
    others = set(range(len(found))) - {i for i, _ in pairs}
    false = sum(not may_be(found[i]) for i in others)
    sums = {
        "bodies found": (float(len(hits)), float(counted)),
        "false bodies": (float(false), 1.0),
        "centre": (float(np.sum(centres)), float(len(hits))),
        "corners": (float(corners.sum()), float(len(corners))),
        "names": (float(right), float(len(named))),
        "series named": (float(is_right), float(bool(named))),
        "series complete": (float(len(hits) == counted), 1.0),
        "series whole": (float(is_right and len(hits) == counted), 1.0),
    }
    return Outcome(patient, name, finding, sums, is_right)


def _pairs(found: Sequence[FloatArray], truth: Sequence[TrueBody]) -> list[tuple[int, int]]:
    """Numbers of found and true bodies that are one, the nearest overall."""
    from scipy.optimize import linear_sum_assignment

    if not found or not truth:
        return []
    far = np.asarray([[_centre_mm(item, body) for body in truth] for item in found])
    rows, columns = linear_sum_assignment(np.minimum(far, 10 * NEAR_MM))
    chosen = zip(rows.tolist(), columns.tolist(), strict=True)
    return [(i, j) for i, j in chosen if far[i, j] <= NEAR_MM]


def _centre_mm(found: FloatArray, body: TrueBody) -> float:
    """Distance of the means of those corners that are known."""
    known = np.isfinite(body.corners).all(axis=1)
    return float(np.linalg.norm((found[known] - body.corners[known]).mean(axis=0)))


def _corners_mm(found: FloatArray, body: TrueBody) -> FloatArray:
    known = np.isfinite(body.corners).all(axis=1)
    return np.asarray(np.linalg.norm(found[known] - body.corners[known], axis=1))


def disc_dice(disc: Disc, geometry: VolumeGeometry, truth: npt.NDArray[np.bool_]) -> float:
    """Dice's coefficient of an outline with the true disc, in the outline's own slice.

    Args:
        disc: As it was found.
        geometry: Of the series.
        truth: The disc's pixels, shape (slices, rows, columns).
    """
    index = geometry.to_index(disc.outline_mm)
    number = int(np.clip(np.rint(index[:, 2].mean()), 0, len(truth) - 1))
    own = truth[number]
    drawn = _filled(index[:, :2], own.shape)
    total = np.count_nonzero(drawn) + np.count_nonzero(own)
    return float(2 * np.count_nonzero(drawn & own) / max(total, 1))


def _filled(outline: FloatArray, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Pixels whose middles lie within a polygon of (column, row), by counting crossings."""
    rows, columns = np.indices(shape)
    inside = np.zeros(shape, dtype=bool)
    for (x, y), (next_x, next_y) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        if y != next_y:
            crosses = (rows < y) != (rows < next_y)
            inside ^= crosses & (columns < x + (rows - y) * (next_x - x) / (next_y - y))
    return inside
