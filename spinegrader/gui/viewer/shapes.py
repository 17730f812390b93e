"""What of an overlay is to be drawn on one slice, in the slice's own millimetres."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import FloatArray, VolumeGeometry
from spinegrader.domain.overlays import Overlay, OverlayState
from spinegrader.domain.vertebrae import Disc, Vertebra, disc_between
from spinegrader.gui.viewer.slice_plane import SlicePlane

BODY_REACH = 0.6
"""A body is drawn up to this share of its depth to either side of its centre.

Lumbar bodies are wider than deep: this reaches nearly to their sides.
"""

_EDGE_ON = 0.5
"""Below this share of its true area a quad is seen from the side and isn't drawn."""

_CUT_MM = 1.0
"""A corner that lies no further beyond the picture than this still counts as within."""


@dataclass(frozen=True, eq=False)
class VertebraShape:
    """A body: corners, shape (4, 2), in the order of `Vertebra.corners_mm`.

    It is cut where a corner lies beyond the picture: only a part of it can be seen.
    """

    level: VertebraLevel
    points_mm: FloatArray
    on_own_slice: bool
    is_cut: bool = False


@dataclass(frozen=True, eq=False)
class DiscShape:
    """A disc: closed outline, shape (points, 2), and whether a reader has drawn it."""

    level: DiscLevel
    points_mm: FloatArray
    on_own_slice: bool
    is_edited: bool = False


@dataclass(frozen=True, eq=False)
class OverlayShapes:
    """Everything that one slice shows of an overlay, head to feet."""

    vertebrae: tuple[VertebraShape, ...] = ()
    discs: tuple[DiscShape, ...] = ()
    confirmed: bool = True

    def vertebra(self, level: VertebraLevel) -> VertebraShape | None:
        """The body of that level, if the slice shows it."""
        return next((shape for shape in self.vertebrae if shape.level == level), None)

    def disc(self, level: DiscLevel) -> DiscShape | None:
        """The disc of that level, if the slice shows it."""
        return next((shape for shape in self.discs if shape.level == level), None)


def shapes_on_slice(overlay: Overlay, geometry: VolumeGeometry, index: int) -> OverlayShapes:
    """The bodies and discs that a slice crosses."""
    vertebrae, discs = [], []
    for vertebra in overlay.vertebrae:
        outline = _body_outline(vertebra, geometry)
        if outline.is_on(index):
            own = outline.own_slice == index
            is_cut = not SlicePlane(geometry, index).extent.holds(outline.points_mm, _CUT_MM)
            vertebrae.append(VertebraShape(vertebra.level, outline.points_mm, own, is_cut))
    edited = {disc.level: disc for disc in overlay.edited_discs}
    for level, (upper, lower) in overlay.spaces.items():
        outline = _disc_outline(upper, lower, edited.get(level), geometry)
        if outline.is_on(index):
            own = outline.own_slice == index
            drawn = level in edited and not edited[level].is_found
            discs.append(DiscShape(level, outline.points_mm, own, drawn))
    confirmed = overlay.state is OverlayState.CONFIRMED
    return OverlayShapes(tuple(vertebrae), tuple(discs), confirmed)


@dataclass(frozen=True, eq=False)
class _Outline:
    """An outline in the stack: the same on every slice that shows it.

    Args:
        points_mm: In the slices' plane, shape (n, 2).
        own_slice: The slice nearest to its centre.
        first, last: The slices that show it; none if first > last.
    """

    points_mm: FloatArray
    own_slice: int
    first: float
    last: float

    def is_on(self, index: int) -> bool:
        return self.first <= index <= self.last


# While a corner is dragged, only one body and its two discs change from frame to frame.
@lru_cache(maxsize=256)
def _body_outline(vertebra: Vertebra, geometry: VolumeGeometry) -> _Outline:
    points = SlicePlane(geometry, 0).to_plane(vertebra.corners_mm)
    true_area = vertebra.depth_mm * vertebra.height_mm
    reach_mm = BODY_REACH * vertebra.depth_mm
    if polygon_area(points) < _EDGE_ON * true_area:
        reach_mm = -1.0
    return _outline(points, vertebra.centre_mm, reach_mm, geometry)


@lru_cache(maxsize=256)
def _disc_outline(
    upper: Vertebra, lower: Vertebra, edited: Disc | None, geometry: VolumeGeometry
) -> _Outline:
    disc = edited if edited is not None else disc_between(upper, lower)
    points = SlicePlane(geometry, 0).to_plane(disc.outline_mm)
    bodies = (_body_outline(upper, geometry), _body_outline(lower, geometry))
    reach_mm = BODY_REACH * (upper.depth_mm + lower.depth_mm) / 2
    if any(body.first > body.last for body in bodies):
        reach_mm = -1.0
    return _outline(points, disc.centre_mm, reach_mm, geometry)


def _outline(
    points_mm: FloatArray, centre_mm: FloatArray, reach_mm: float, geometry: VolumeGeometry
) -> _Outline:
    """An outline that reaches so far to either side of its centre; negative: nowhere."""
    middle = float(geometry.to_index(centre_mm)[2])
    reach = reach_mm / geometry.spacing_mm[2]
    return _Outline(points_mm, geometry.nearest_slice(centre_mm), middle - reach, middle + reach)


def polygon_area(points: FloatArray) -> float:
    """Area of a simple polygon, shape (points, 2), by the shoelace formula."""
    x, y = points[:, 0], points[:, 1]
    return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2
