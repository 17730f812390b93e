"""Slices of one series -> stacks of parallel, evenly spaced slices, ordered in space."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from spinegrader.domain.geometry import FloatArray, VolumeGeometry
from spinegrader.errors import InputError
from spinegrader.imaging.headers import SliceHeader
from spinegrader.imaging.volume import plane_across

_ORIENTATION_TOLERANCE = 1e-3
_ORTHONORMAL_TOLERANCE = 1e-2
_SPACING_TOLERANCE = 1e-3
_ECHO_TOLERANCE_MS = 0.1
_GAP_TOLERANCE = 0.01
_GAP_TOLERANCE_MM = 0.05


@dataclass(frozen=True)
class Stack:
    """Slices in their order along the normal, and where they lie.

    Args:
        slices: From the first to the last along the normal (columns x rows direction).
        geometry: As acquired, not yet turned for reading.
    """

    slices: tuple[SliceHeader, ...]
    geometry: VolumeGeometry


def grouped(slices: Iterable[SliceHeader]) -> list[list[SliceHeader]]:
    """Splits slices with one SeriesInstanceUID where they can't belong to one series.

    Plane, matrix, pixel spacing, echo, kind of image and temporal position must agree.
    The groups come in a lasting order: by time and echo, then as acquired.
    """
    ordered = sorted(slices, key=lambda item: (item.instance_number, item.sop_uid))
    return sorted(_split(ordered, _are_alike), key=_rank)


def split_by_direction(group: Iterable[SliceHeader]) -> list[list[SliceHeader]]:
    """Splits the slices of one series into stacks of parallel ones: axial ones often tilt."""
    return _split(group, _are_parallel)


def _split(
    slices: Iterable[SliceHeader], fit: Callable[[SliceHeader, SliceHeader], bool]
) -> list[list[SliceHeader]]:
    groups: list[list[SliceHeader]] = []
    for item in slices:
        home = next((group for group in groups if fit(group[0], item)), None)
        if home is None:
            groups.append([item])
        else:
            home.append(item)
    return groups


def _rank(group: list[SliceHeader]) -> tuple[bool, int, float, int, tuple[str, ...], int]:
    first = group[0]
    echo_ms = first.facts.echo_time_ms or 0.0
    return (
        len(group) == 1,
        first.temporal_position,
        echo_ms,
        first.echo_number,
        first.image_type,
        first.instance_number,
    )


def _are_parallel(one: SliceHeader, other: SliceHeader) -> bool:
    turned = np.abs(np.subtract(one.orientation, other.orientation)).max()
    return bool(turned <= _ORIENTATION_TOLERANCE)


def _are_alike(one: SliceHeader, other: SliceHeader) -> bool:
    scaled = np.abs(np.subtract(one.spacing_mm, other.spacing_mm)).max()
    echo_ms = (one.facts.echo_time_ms or 0.0) - (other.facts.echo_time_ms or 0.0)
    return bool(
        one.matrix == other.matrix
        and one.echo_number == other.echo_number
        and one.temporal_position == other.temporal_position
        and one.image_type == other.image_type
        and plane_across(one.orientation) is plane_across(other.orientation)
        and scaled <= _SPACING_TOLERANCE * min(one.spacing_mm)
        and abs(echo_ms) <= _ECHO_TOLERANCE_MS
    )


def stacked(group: Sequence[SliceHeader]) -> Stack:
    """Orders one group along its normal and builds its geometry.

    Raises:
        InputError: If the slices aren't evenly spaced, share a place, or don't lie in line.
    """
    across, down = _in_plane_directions(group)
    normal = np.cross(across, down)
    positions = np.asarray([item.position_mm for item in group], dtype=np.float64)
    order = np.argsort(positions @ normal, kind="stable")
    slices = tuple(group[index] for index in order)
    step_mm = _step(slices, positions[order], normal)
    row_spacing_mm, column_spacing_mm = slices[0].spacing_mm
    matrix: FloatArray = np.eye(4, dtype=np.float64)
    matrix[:3, 0] = across * column_spacing_mm
    matrix[:3, 1] = down * row_spacing_mm
    matrix[:3, 2] = step_mm
    matrix[:3, 3] = positions[order[0]]
    rows, columns = slices[0].matrix
    return Stack(slices, VolumeGeometry.from_matrix(matrix, (len(slices), rows, columns)))


def _in_plane_directions(group: Sequence[SliceHeader]) -> tuple[FloatArray, FloatArray]:
    cosines = np.mean([item.orientation for item in group], axis=0).reshape(2, 3)
    lengths = np.linalg.norm(cosines, axis=1)
    skew = abs(float(cosines[0] @ cosines[1]))
    if np.abs(lengths - 1).max() > _ORTHONORMAL_TOLERANCE or skew > _ORTHONORMAL_TOLERANCE:
        raise InputError(
            "Its orientation isn't two perpendicular directions, so that nothing could be"
            " measured: export the original images."
        )
    across = cosines[0] / lengths[0]
    # Written with six digits or fewer, the two are perpendicular only nearly: make them so.
    down = cosines[1] - across * float(across @ cosines[1])
    return across, down / np.linalg.norm(down)


def _step(slices: Sequence[SliceHeader], positions: FloatArray, normal: FloatArray) -> FloatArray:
    """The way from one slice to the next, LPS millimetres."""
    if len(slices) == 1:
        facts = slices[0].facts
        distance_mm = facts.slice_distance_mm or facts.slice_thickness_mm
        if distance_mm is None:
            raise InputError(
                "It is a single slice that doesn't say how thick it is: export the whole series."
            )
        return normal * distance_mm
    gaps_mm = np.diff(positions @ normal)
    usual_mm = float(np.median(gaps_mm))
    tolerance_mm = max(_GAP_TOLERANCE_MM, _GAP_TOLERANCE * usual_mm)
    if gaps_mm.min() <= _GAP_TOLERANCE_MM:
        raise InputError(
            f"Several of the {len(slices)} slices of its stack lie in one place, so that they"
            " don't form one volume: export each acquisition as its own series."
        )
    if np.abs(gaps_mm - usual_mm).max() > tolerance_mm:
        raise InputError(
            f"The {len(slices)} slices of its stack are {gaps_mm.min():.2f} to"
            f" {gaps_mm.max():.2f} mm apart: a slice is missing, or two stacks are mixed."
            " Export the whole series again."
        )
    step = (positions[-1] - positions[0]) / (len(slices) - 1)
    expected = positions[0] + np.arange(len(slices))[:, None] * step
    if np.abs(positions - expected).max() > max(tolerance_mm, _GAP_TOLERANCE_MM * len(slices)):
        raise InputError(
            "The slices of its stack are shifted against each other, so that they don't form"
            " one volume: export the original images."
        )
    return np.asarray(step, dtype=np.float64)
