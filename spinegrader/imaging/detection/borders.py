"""Corners drawn to the borders of the bone that the network saw.

The network gives the corners of a body as a whole, steadily but rounded off; its mask follows the
borders. Lines along these borders, as for label maps of other tools, meet nearer to the rims.
"""

import numpy as np

from spinegrader.domain.geometry import FloatArray
from spinegrader.errors import InputError
from spinegrader.imaging.detection.bodies import sampled
from spinegrader.imaging.detection.maps import BODY, PlaneMaps
from spinegrader.imaging.mask_bodies import within
from spinegrader.imaging.mask_corners import fitted_quad
from spinegrader.imaging.mask_cuts import STEP_MM, Cut

GROWTH = 1.44
"""Bone this much farther from the middle than the corners may still be the body's."""

FARTHEST_MM = 5.0
"""A corner that would move farther has met something else: a spur, a neighbour, a void."""

LEAST_SHARED = 0.8
"""Of bone and quad: less is no body-shaped piece of bone."""

_HALF = 0.5
_MARGIN_MM = 10.0


def on_borders(corners: FloatArray, plane: PlaneMaps) -> FloatArray:
    """A body's corners where the borders of its bone meet.

    Args:
        corners: As the network gave them, (x, y) millimetres, shape (4, 2).
        plane: The maps.

    Returns:
        Shape (4, 2); the corners as they were where the bone has no such borders.
    """
    bone = _bone(corners, plane)
    if bone is None:
        return corners
    backward = corners[1] + corners[2] - corners[0] - corners[3]
    try:
        found = fitted_quad(bone, float(np.arctan2(-backward[1], backward[0])))
    except InputError:
        return corners
    moved_mm = np.linalg.norm(found.corners - corners, axis=1)
    fits = found.confidence >= LEAST_SHARED and moved_mm.max() <= FARTHEST_MM
    return found.corners if fits else corners


def _bone(corners: FloatArray, plane: PlaneMaps) -> Cut | None:
    """The largest piece of bone around a body; None where there is none."""
    from scipy import ndimage

    low, high = corners.min(axis=0) - _MARGIN_MM, corners.max(axis=0) + _MARGIN_MM
    x, y = np.meshgrid(np.arange(low[0], high[0], STEP_MM), np.arange(low[1], high[1], STEP_MM))
    places = np.stack([x, y], axis=-1)
    middle = corners.mean(axis=0)
    inside = within(middle + GROWTH * (corners - middle), places)
    inside &= sampled(plane, BODY, places) > _HALF
    pieces, count = ndimage.label(inside)
    if count == 0:
        return None
    largest = 1 + int(np.bincount(pieces.ravel())[1:].argmax())
    return Cut(pieces == largest, low, 0.0)
