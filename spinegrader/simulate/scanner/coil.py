"""What the coil sees, as a table over depth below the skin and height along the body."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spinegrader.domain.geometry import FloatArray
from spinegrader.simulate.fields import Field
from spinegrader.simulate.scanner.scanners import Coil

_FIRST_DEPTH_MM, _LAST_DEPTH_MM = -30, 320
_LOWEST_MM, _HIGHEST_MM = -320, 320
_PADDING_MM = 15.0
"""From the skin to the elements."""

_REFERENCE_DEPTH_MM = 70.0
"""Where the sensitivity is 1: about the bodies' back walls."""

_STRONGEST_CORRECTION = 8.0

Table = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class CoilMap:
    """Tables with one cell a millimetre of depth (rows) and of height (columns).

    Args:
        sensitivity: Signal against that at the spine's depth.
        correction: By which the scanner then evens the shading out, in part.
    """

    sensitivity: Table
    correction: Table

    def cells(self, depth_mm: Field, head_mm: Field) -> npt.NDArray[np.intp]:
        """Cell of each pixel in the flattened tables."""
        height = _LAST_DEPTH_MM - _FIRST_DEPTH_MM, _HIGHEST_MM - _LOWEST_MM
        deep = np.clip(depth_mm - np.float32(_FIRST_DEPTH_MM), 0, height[0] - 1)
        high = np.clip(head_mm - np.float32(_LOWEST_MM), 0, height[1] - 1)
        cell: npt.NDArray[np.intp] = deep.astype(np.intp)
        cell *= height[1]
        cell += high.astype(np.intp)
        return cell


def coil_map(coil: Coil, centre_mm: float, evening: float) -> CoilMap:
    """The coil's tables.

    Each round element sees as on its axis, (1 + r^2 / R^2)^(-3/2), and all of them are combined
    as the root of the sum of squares (Roemer et al., Magn Reson Med 16:192, 1990).

    Args:
        coil: Elements and reach.
        centre_mm: Height of the middle of the elements.
        evening: Share of the shading that is corrected.
    """
    depths = np.arange(_FIRST_DEPTH_MM, _LAST_DEPTH_MM, dtype=np.float64) + 0.5
    heights = np.arange(_LOWEST_MM, _HIGHEST_MM, dtype=np.float64) + 0.5
    seen = _seen(coil, depths[:, None], heights[None, :] - centre_mm)
    seen /= _seen(coil, np.array([_REFERENCE_DEPTH_MM]), np.array([0.0]))[0]
    correction = np.minimum(seen**-evening, _STRONGEST_CORRECTION)
    return CoilMap(seen.astype(np.float32), correction.astype(np.float32))


def _seen(coil: Coil, depth_mm: FloatArray, height_mm: FloatArray) -> FloatArray:
    far = np.maximum(depth_mm, 0) + _PADDING_MM
    total = np.zeros(np.broadcast_shapes(far.shape, height_mm.shape))
    for element in range(coil.elements):
        place = (element - (coil.elements - 1) / 2) * coil.distance_mm
        squares = (far**2 + (height_mm - place) ** 2) / coil.radius_mm**2
        total += (1 + squares) ** -3.0
    return np.asarray(np.sqrt(total) + coil.even)
