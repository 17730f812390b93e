"""The shape of spinous processes: no two are alike."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from spinegrader.simulate.fields import Field
from spinegrader.simulate.painting.shaping import rounded, spindle
from spinegrader.simulate.person.spine import PlacedBody, Spine

_LOWEST = (0.66, 0.40, 0.4, 5.0, 0.0)
_HIGHEST = (0.90, 0.80, 1.6, 9.0, 9.0)
"""Of the fields of ``SpinousShape``, in their order; set by eye after real slices."""


@dataclass(frozen=True)
class SpinousShape:
    """What a spinous process has beyond the length, height and tilt of its body's kind.

    Args:
        upper: Height of its upper edge, as a share of half its height.
        drop: How far the lower edge drops to the end, likewise.
        hollow: How far the upper edge is drawn in, likewise.
        rounding_mm: Of its corners.
        slant_deg: More footward than usual.
    """

    upper: float
    drop: float
    hollow: float
    rounding_mm: float
    slant_deg: float

    @classmethod
    def of(cls, spine: Spine, index: int) -> Self:
        """That of the body at a place in a person's spine, the same at every visit."""
        rng = np.random.default_rng([spine.person.detail_seed, 3, index])
        return cls(*(float(value) for value in rng.uniform(_LOWEST, _HIGHEST)))


def spinous_distance(
    body: PlacedBody, own: SpinousShape, behind: Field, headward: Field, aside: Field
) -> Field:
    """Signed distance, inside > 0, millimetres: a hatchet, on the sacrum a crest.

    Args:
        body: Whose.
        own: What is its own.
        behind: Places behind the back wall, in the body's frame.
        headward: Places above the body's middle.
        aside: Distance from the mid-plane.
    """
    shape = body.shape
    height, canal = shape.height_mm, shape.canal_depth
    if shape.is_sacral:
        start, end = (canal + 3.5, -0.1 * height), (canal + 7.5, -0.25 * height)
        crest = spindle(behind, headward, start, end, (2.6, 3.4))
        return rounded(1.2, crest, np.float32(3.4) - aside)
    radius = shape.spinous_height / 2
    tilt = np.radians(shape.spinous_tilt_deg + own.slant_deg)
    cosine, sine = np.float32(np.cos(tilt)), np.float32(np.sin(tilt))
    from_y = behind - np.float32(canal + 4.0)
    from_z = headward + np.float32(0.12 * height + 0.5 * radius)
    along = from_y * cosine - from_z * sine
    off = from_z * cosine + from_y * sine
    share = np.clip(along * np.float32(1 / shape.spinous_length), 0, 1)
    upper = np.float32(radius) * (np.float32(own.upper) + np.float32(0.10) * share) - off
    upper -= np.float32(own.hollow * radius) * (share - share * share)
    lower = off + np.float32(radius) * (np.float32(0.70) + np.float32(own.drop) * share * share)
    end_mm = np.float32(shape.spinous_length) - along
    blade = rounded(own.rounding_mm, upper, lower, end_mm, along + np.float32(4))
    thick = np.float32(2.4) + np.float32(2.2) * share
    return rounded(1.8, blade, thick - aside)
