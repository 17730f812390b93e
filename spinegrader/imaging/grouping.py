"""Slices of one SeriesInstanceUID -> groups that belong together, and what is set aside."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from spinegrader.domain.study import Plane
from spinegrader.imaging.slices import SliceHeader
from spinegrader.imaging.volume import plane_across

_SPACING_TOLERANCE = 1e-3
_ECHO_TOLERANCE_MS = 0.1
SAME_PLACE_MM = 0.05
"""Closer slices lie in one place."""

_MOST_LOCALISER_SLICES = 9

Refusal = tuple[SliceHeader, str]
"""A slice that is left out, and why."""


def plane_of_slice(item: SliceHeader) -> Plane:
    """The plane in which a slice lies."""
    return plane_across(item.common.orientation)


def grouped(slices: Iterable[SliceHeader]) -> list[list[SliceHeader]]:
    """Splits slices with one SeriesInstanceUID where they can't belong to one series.

    Plane, matrix, pixel spacing, echo, kind of image and temporal position must agree; where
    slices still lie in one place, so must the acquisition. The groups come in a lasting order:
    by time and echo, then as acquired.
    """
    ordered = sorted(slices, key=lambda item: (item.instance_number, item.sop_uid))
    groups = [part for group in split(ordered, _are_alike) for part in _by_acquisition(group)]
    return sorted(groups, key=_rank)


def split(
    slices: Iterable[SliceHeader], fit: Callable[[SliceHeader, SliceHeader], bool]
) -> list[list[SliceHeader]]:
    """Puts each slice to the first group whose first slice it fits."""
    groups: list[list[SliceHeader]] = []
    for item in slices:
        home = next((group for group in groups if fit(group[0], item)), None)
        if home is None:
            groups.append([item])
        else:
            home.append(item)
    return groups


def localisers(groups: Sequence[list[SliceHeader]]) -> list[list[SliceHeader]]:
    """Groups of one series that were made for planning.

    A series of few slices in all three planes is a localiser; so is a single slice across the
    many of its series.
    """
    planes = [plane_of_slice(group[0]) for group in groups]
    largest = max(groups, key=len)
    if len(set(planes)) == len(Plane) and len(largest) <= _MOST_LOCALISER_SLICES:
        return list(groups)
    main = plane_of_slice(largest[0])
    return [
        group
        for group, plane in zip(groups, planes, strict=True)
        if len(group) == 1 < len(largest) and plane is not main
    ]


def share_a_place(one: SliceHeader, other: SliceHeader) -> bool:
    """Whether two parallel slices lie in the same place."""
    apart = np.abs(np.subtract(one.position_mm, other.position_mm)).max()
    return bool(apart <= SAME_PLACE_MM)


def _by_acquisition(group: list[SliceHeader]) -> list[list[SliceHeader]]:
    """Splits a group that was acquired several times over.

    The acquisition isn't asked otherwise: one stack is often acquired in several, in turn.
    """
    if len({item.acquisition for item in group}) < 2 or not has_repeats(group):
        return [group]
    parts: dict[int, list[SliceHeader]] = {}
    for item in group:
        parts.setdefault(item.acquisition, []).append(item)
    return list(parts.values()) if not any(map(has_repeats, parts.values())) else [group]


def has_repeats(group: Sequence[SliceHeader]) -> bool:
    """Whether two slices of a group lie in the same place."""
    if len(group) < 2:
        return False
    places = np.asarray([item.position_mm for item in group])
    # In order along the widest direction, slices of one place are neighbours, or nearly so.
    widest = int(np.argmax(np.ptp(places, axis=0)))
    if np.diff(np.sort(places[:, widest])).min() > SAME_PLACE_MM:
        return False
    from scipy.spatial import cKDTree

    nearest_mm = np.asarray(cKDTree(places).query(places, k=2, p=np.inf)[0])
    return bool(nearest_mm[:, 1].min() <= SAME_PLACE_MM)


def _rank(group: list[SliceHeader]) -> tuple[bool, int, int, float, int, tuple[str, ...], int]:
    first = group[0]
    return (
        len(group) == 1,
        first.common.temporal_position,
        first.acquisition,
        first.common.facts.echo_time_ms or 0.0,
        first.common.echo_number,
        first.common.image_type,
        first.instance_number,
    )


def _are_alike(one: SliceHeader, other: SliceHeader) -> bool:
    first, second = one.common, other.common
    if first is second:
        return True
    scaled = np.abs(np.subtract(first.spacing_mm, second.spacing_mm)).max()
    echo_ms = (first.facts.echo_time_ms or 0.0) - (second.facts.echo_time_ms or 0.0)
    return bool(
        first.matrix == second.matrix
        and first.echo_number == second.echo_number
        and first.temporal_position == second.temporal_position
        and first.image_type == second.image_type
        and plane_of_slice(one) is plane_of_slice(other)
        and scaled <= _SPACING_TOLERANCE * min(first.spacing_mm)
        and abs(echo_ms) <= _ECHO_TOLERANCE_MS
    )
