"""Bodies in their own mid-slice, apart from the posterior parts of the vertebra.

In all known conventions a vertebra's label holds its posterior parts as well. In the body's own
mid-slice the canal lies between body and spinous process, so that the two are apart there.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from spinegrader.domain.geometry import FloatArray
from spinegrader.errors import InputError
from spinegrader.imaging.mask_cuts import STEP_MM, BoolArray, Cut, LabelMap

_MARGIN_MM = 6.0
_BODY_SHARE = 0.35
"""The front part of a vertebra, as a share of its depth, that is body alone: the body makes up
some two fifths of it (33 of 80 mm)."""

_CORE_SHARE = 0.6
_LEAST_BODY_SHARE = 0.3
"""Of the largest part in the mid-slice; a spinous process alone has about half of a body's area."""

_OPENINGS_MM = (1.5, 3.0, 4.5, 6.0)
"""Radii by which bridges to the posterior parts are opened until the body is no deeper than this
share of a usual one:"""

_WIDEST_BODY = 1.5


def mid_slice_mm(
    labels: LabelMap, label: int, canal: Iterable[int], share: float = _BODY_SHARE
) -> float:
    """Where along the series' slices the middle of a body or disc lies.

    The middle of its front part; where the map cuts that off at a side, the middle of the canal
    behind it, if that is labelled.

    Args:
        labels: The map.
        label: Of the vertebra or disc.
        canal: Labels of the canal.
        share: How much of its depth is looked at, from the front.
    """
    places = labels.places(label)
    near, far = np.percentile(places[:, 0], (1, 99))
    in_front = places[:, 0] <= near + share * (far - near)
    front = places[in_front]
    if labels.is_clipped_aside(label, in_front):
        top, bottom = front[:, 1].min(), front[:, 1].max()
        behind = [labels.places(item) for item in canal if item in labels.labels]
        behind = [item[(item[:, 1] >= top) & (item[:, 1] <= bottom)] for item in behind]
        lateral = np.concatenate([item[:, 2] for item in behind]) if behind else np.empty(0)
        if lateral.size:
            return float((lateral.min() + lateral.max()) / 2)
    return float(front[:, 2].mean())


def core_middle_mm(labels: LabelMap, label: int, corners: FloatArray) -> float | None:
    """Where along the slices the middle of a body lies, from its core inside a first quad.

    The core has no processes, and turned or leaning bodies reach as far to either side there.

    Args:
        labels: The map.
        label: Of the vertebra.
        corners: Of the quad, clockwise, shape (4, 2).

    Returns:
        None where the map cuts the body off at a side, or nothing of it lies in the core.
    """
    places = labels.places(label)
    centre = corners.mean(axis=0)
    core = within(centre + _CORE_SHARE * (corners - centre), places[:, :2])
    if not core.any() or labels.is_clipped_aside(label, core):
        return None
    return float(places[core, 2].mean())


def cuts_apart(
    labels: LabelMap,
    members: Sequence[int],
    canal: Iterable[int],
    left_mm: float | None = None,
) -> tuple[Cut, Cut]:
    """A structure and the canal in the structure's own mid-slice, in one window.

    Args:
        labels: The map.
        members: Label of the structure (first) and of what belongs to it.
        canal: Labels of the canal.
        left_mm: Where the mid-slice is, if that is known.
    """
    canal = tuple(canal)
    places = labels.places(members[0])
    if left_mm is None:
        left_mm = mid_slice_mm(labels, members[0], canal)
    low, high = places[:, :2].min(axis=0) - _MARGIN_MM, places[:, :2].max(axis=0) + _MARGIN_MM
    return labels.cut(members, low, high, left_mm), labels.cut(canal, low, high, left_mm)


def body_cut(
    labels: LabelMap,
    members: Sequence[int],
    canal: Iterable[int],
    usual_depth_mm: float,
    left_mm: float | None = None,
) -> Cut:
    """The body alone, in its own mid-slice.

    Args:
        labels: The map.
        members: Label of the vertebra (first) and of what belongs to its body.
        canal: Labels of the canal, to part the body from what lies behind it.
        usual_depth_mm: How deep such a body usually is.
        left_mm: Where the mid-slice is, if that is known.

    Raises:
        InputError: If the label doesn't reach its mid-slice or its body can't be told apart.
    """
    whole, behind = cuts_apart(labels, members, canal, left_mm)
    front = whole.kept(whole.inside & before_canal(behind.inside))
    for opening_mm in _OPENINGS_MM:
        found = _foremost(opened(front.inside, opening_mm))
        if found is None:
            break
        if _depth_mm(found) <= _WIDEST_BODY * usual_depth_mm:
            return front.kept(found)
    raise InputError("its body can't be told from its posterior parts")


def is_larger_behind(labels: LabelMap, members: Sequence[int], body: Cut) -> bool:
    """Whether more of a vertebra lies beside its body than in it, in the body's mid-slice.

    That is so where a body has collapsed, and for all of them where a map lies back to front.
    """
    whole, _ = cuts_apart(labels, members, (), body.left_mm)
    rest = opened(whole.inside & ~body.inside, _OPENINGS_MM[0])
    return bool(np.count_nonzero(rest) > np.count_nonzero(body.inside))


def _depth_mm(inside: BoolArray) -> float:
    """From front to back of nearly the deepest row."""
    rows = inside[inside.any(axis=1)]
    extents = rows.shape[1] - rows.argmax(axis=1) - rows[:, ::-1].argmax(axis=1)
    return STEP_MM * float(np.quantile(extents, 0.9))


def before_canal(canal: BoolArray) -> BoolArray:
    """What lies in front of the canal, row by row; all of it where there is no canal."""
    rows = np.flatnonzero(canal.any(axis=1))
    if not rows.size:
        return np.ones_like(canal)
    fronts = np.interp(np.arange(len(canal)), rows, canal[rows].argmax(axis=1))
    return np.asarray(np.arange(canal.shape[1]) < fronts[:, None])


def opened(inside: BoolArray, radius_mm: float) -> BoolArray:
    """Without what is thinner than twice the radius."""
    from scipy import ndimage

    # By distances: quicker than a large structuring element.
    core = ndimage.distance_transform_edt(np.pad(inside, 1)) > radius_mm / STEP_MM
    if not core.any():
        return np.zeros_like(inside)
    grown = ndimage.distance_transform_edt(~core) <= radius_mm / STEP_MM
    return np.asarray(grown[1:-1, 1:-1] & inside)


def _foremost(inside: BoolArray) -> BoolArray | None:
    """The connected part that lies foremost, small ones left out; None where there is none."""
    from scipy import ndimage

    parts, count = ndimage.label(inside)
    if count == 0:
        return None
    numbers = np.arange(1, count + 1)
    areas = ndimage.sum_labels(inside, parts, numbers)
    places = np.broadcast_to(np.arange(inside.shape[1]), inside.shape)
    columns = np.asarray(ndimage.mean(places, parts, numbers))
    columns[areas < _LEAST_BODY_SHARE * areas.max()] = np.inf
    return np.asarray(parts == numbers[columns.argmin()])


def within(corners: FloatArray, places: FloatArray) -> BoolArray:
    """Whether places, shape (..., 2), lie in a convex quad whose corners run clockwise."""
    inside = np.ones(places.shape[:-1], dtype=bool)
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        along, towards = end - start, places - start
        inside &= along[0] * towards[..., 1] - along[1] * towards[..., 0] >= 0
    return inside
