"""Slices that belong together -> stacks of parallel, evenly spaced ones, ordered in space.

Nothing is resampled and no place is guessed: slices come in where they say that they lie, in as
many stacks as that takes, or not at all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, takewhile
from typing import NamedTuple

import numpy as np

from spinegrader.domain.geometry import FloatArray, VolumeGeometry
from spinegrader.errors import InputError
from spinegrader.imaging.grouping import SAME_PLACE_MM, Refusal, has_repeats, share_a_place, split
from spinegrader.imaging.pixel_reading import holds_same_picture
from spinegrader.imaging.slices import SliceHeader

_ORIENTATION_TOLERANCE = 1e-3
_ORTHONORMAL_TOLERANCE = 1e-2
_GAP_TOLERANCE = 0.01
_GAP_TOLERANCE_MM = 0.05
_TILT_TOLERANCE_DEG = 0.5
_WIDE = 1.5
"""Times the distance that the images tell, from which slices between may be missing."""
_FEWEST_A_RUN = 2
"""Slices, on average, of a run without gaps; below it the spacing is called uneven."""


@dataclass(frozen=True)
class Stack:
    """Slices in their order along the normal, and where they lie.

    Args:
        slices: From the first to the last along the normal (columns x rows direction).
        geometry: As acquired, not yet turned for reading.
    """

    slices: tuple[SliceHeader, ...]
    geometry: VolumeGeometry


@dataclass
class Stacking:
    """What became of some slices: each is in a stack or refused."""

    stacks: list[Stack] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def stack_up(group: Iterable[SliceHeader]) -> Stacking:
    """Makes stacks of one group: one for each direction and each run without a gap."""
    result = Stacking()
    for parallel in split(group, _are_parallel):
        try:
            directions = _directions(parallel)
            ordered = _ordered(parallel, directions.normal)
            single = _without_copies(ordered, directions.normal, result)
            _stack_runs(single, directions, result)
        except InputError as error:
            refused = {id(item) for item, _ in result.refused}
            left = (item for item in parallel if id(item) not in refused)
            result.refused += [(item, error.message) for item in left]
    return result


def _are_parallel(one: SliceHeader, other: SliceHeader) -> bool:
    if one.common is other.common:
        return True
    turned = np.abs(np.subtract(one.common.orientation, other.common.orientation)).max()
    return bool(turned <= _ORIENTATION_TOLERANCE)


class _Directions(NamedTuple):
    """Unit vectors of growing column and row index, and across both."""

    across: FloatArray
    down: FloatArray
    normal: FloatArray


def _directions(group: Sequence[SliceHeader]) -> _Directions:
    told = [item.common.orientation for item in group]
    cosines = np.mean(told, axis=0).reshape(2, 3)
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
    down = down / np.linalg.norm(down)
    return _Directions(across, down, np.cross(across, down))


def _ordered(group: Sequence[SliceHeader], normal: FloatArray) -> list[SliceHeader]:
    depths_mm = np.asarray([item.position_mm for item in group], dtype=np.float64) @ normal
    return [group[index] for index in np.argsort(depths_mm, kind="stable")]


def _without_copies(
    ordered: Sequence[SliceHeader], normal: FloatArray, result: Stacking
) -> list[SliceHeader]:
    """Leaves out slices that show the same picture in the same place as one before."""
    if not has_repeats(ordered):
        return list(ordered)
    depths_mm = np.asarray([item.position_mm for item in ordered], dtype=np.float64) @ normal
    kept: list[int] = []
    for index, item in enumerate(ordered):
        beyond_mm = depths_mm[index] - SAME_PLACE_MM
        near = takewhile(lambda other: depths_mm[other] >= beyond_mm, reversed(kept))  # noqa: B023
        first = next(
            (
                ordered[other]
                for other in near
                if share_a_place(ordered[other], item) and holds_same_picture(ordered[other], item)
            ),
            None,
        )
        if first is None:
            kept.append(index)
        else:
            reason = f"It shows the same picture in the same place as {first.file.name}."
            result.refused.append((item, reason))
    return [ordered[index] for index in kept]


def _stack_runs(ordered: Sequence[SliceHeader], directions: _Directions, result: Stacking) -> None:
    normal = directions.normal
    positions = np.asarray([item.position_mm for item in ordered], dtype=np.float64)
    gaps_mm = np.diff(positions @ normal)
    bounds = [0, *_breaks(ordered, gaps_mm), len(ordered)]
    result.warnings += _wide_warning(ordered, gaps_mm)
    for begin, end in pairwise(bounds):
        run = ordered[begin:end]
        usual_mm = float(np.median(gaps_mm)) if gaps_mm.size else None
        step_mm = _step(run, positions[begin:end], normal, usual_mm)
        result.stacks.append(_stack(run, directions, step_mm))
        result.warnings += _tilt_warning(run, step_mm, normal)
        if end < len(ordered):
            result.warnings.append(
                f"Series {run[0].common.facts.number}: {run[-1].file.name} and"
                f" {ordered[end].file.name} lie {gaps_mm[end - 1]:.2f} mm apart, the other slices"
                f" {usual_mm:.2f} mm: a slice is missing there, or two stacks follow each other."
                " They came in as separate stacks."
            )


def _breaks(ordered: Sequence[SliceHeader], gaps_mm: FloatArray) -> list[int]:
    """Indices of slices before which a gap lies.

    Raises:
        InputError: If slices share a place or are uneven throughout.
    """
    if not gaps_mm.size:
        return []
    usual_mm = float(np.median(gaps_mm))
    tolerance_mm = max(_GAP_TOLERANCE_MM, _GAP_TOLERANCE * usual_mm)
    narrow = int(np.argmin(gaps_mm))
    if gaps_mm[narrow] <= _GAP_TOLERANCE_MM:
        raise InputError(
            f"Several of the {len(ordered)} slices of its stack lie in one place"
            f" ({ordered[narrow].file.name} and {ordered[narrow + 1].file.name}, say), so that"
            " they don't form one volume: export each acquisition as its own series."
        )
    breaks = [int(index) + 1 for index in np.flatnonzero(np.abs(gaps_mm - usual_mm) > tolerance_mm)]
    wide = int(np.argmax(gaps_mm))
    is_uneven = (len(breaks) + 1) * _FEWEST_A_RUN > len(ordered)
    if breaks and (is_uneven or gaps_mm[narrow] < usual_mm - tolerance_mm):
        raise InputError(
            f"The {len(ordered)} slices of its stack are {gaps_mm[narrow]:.2f} to"
            f" {gaps_mm[wide]:.2f} mm apart (widest between {ordered[wide].file.name} and"
            f" {ordered[wide + 1].file.name}): slices are missing, or two stacks are mixed."
            " Export the whole series again."
        )
    return breaks


def _step(
    run: Sequence[SliceHeader],
    positions: FloatArray,
    normal: FloatArray,
    usual_mm: float | None,
) -> FloatArray:
    """The way from one slice to the next, LPS millimetres."""
    if len(run) == 1:
        facts = run[0].common.facts
        distance_mm = usual_mm or facts.slice_distance_mm or facts.slice_thickness_mm
        if distance_mm is None:
            raise InputError(
                "It is a single slice that doesn't say how thick it is: export the whole series."
            )
        return normal * distance_mm
    step = (positions[-1] - positions[0]) / (len(run) - 1)
    expected = positions[0] + np.arange(len(run))[:, None] * step
    off_mm = np.abs(positions - expected).max(axis=1)
    tolerance_mm = max(_GAP_TOLERANCE * float(np.linalg.norm(step)), _GAP_TOLERANCE_MM * len(run))
    if off_mm.max() > tolerance_mm:
        raise InputError(
            "The slices of its stack are shifted against each other"
            f" ({run[int(np.argmax(off_mm))].file.name} by {off_mm.max():.2f} mm), so that they"
            " don't form one volume: export the original images."
        )
    return np.asarray(step, dtype=np.float64)


def _stack(run: Sequence[SliceHeader], directions: _Directions, step_mm: FloatArray) -> Stack:
    row_spacing_mm, column_spacing_mm = run[0].common.spacing_mm
    matrix: FloatArray = np.eye(4, dtype=np.float64)
    matrix[:3, 0] = directions.across * column_spacing_mm
    matrix[:3, 1] = directions.down * row_spacing_mm
    matrix[:3, 2] = step_mm
    matrix[:3, 3] = run[0].position_mm
    rows, columns = run[0].common.matrix
    return Stack(tuple(run), VolumeGeometry.from_matrix(matrix, (len(run), rows, columns)))


def _wide_warning(ordered: Sequence[SliceHeader], gaps_mm: FloatArray) -> Iterable[str]:
    facts = ordered[0].common.facts
    told_mm = max(facts.slice_distance_mm or 0.0, facts.slice_thickness_mm or 0.0)
    if told_mm and gaps_mm.size and np.median(gaps_mm) > _WIDE * told_mm:
        yield (
            f"Series {facts.number}: the slices from {ordered[0].file.name} to"
            f" {ordered[-1].file.name} lie {np.median(gaps_mm):.2f} mm apart, but say"
            f" {told_mm:.2f} mm: some between them may be missing. Their positions were used."
        )


def _tilt_warning(
    run: Sequence[SliceHeader], step_mm: FloatArray, normal: FloatArray
) -> Iterable[str]:
    along = float(step_mm @ normal)
    aside = float(np.linalg.norm(step_mm - along * normal))
    tilt_deg = float(np.degrees(np.arctan2(aside, abs(along))))
    if len(run) > 1 and tilt_deg > _TILT_TOLERANCE_DEG:
        yield (
            f"Series {run[0].common.facts.number}: from {run[0].file.name} to {run[-1].file.name}"
            f" each slice is shifted by {aside:.2f} mm against the one before (tilt"
            f" {tilt_deg:.1f}°). They are shown and measured where they lie, not resampled."
        )
