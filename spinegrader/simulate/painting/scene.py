"""What lies in the slices of one visit, before the receiver makes an image of it."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from spinegrader.simulate.fields import Field


class Structure(IntEnum):
    """Labels of the rendered tissue; bodies and discs count on from theirs, head to feet."""

    BACKGROUND = 0
    SAC = 1
    CORD = 2
    POSTERIOR = 3
    FIRST_BODY = 20
    FIRST_DISC = 60


@dataclass(frozen=True, eq=False)
class Scene:
    """The slices with their partial volumes, painted a little beyond the field of view.

    Args:
        fat: Amount of fat protons, 1 is pure fat, shape (slices, rows, columns), float32.
        water: Signal of the water by sequence, shape (sequences, slices, rows, columns); 1 is pure
            water, fully relaxed.
        labels: ``Structure`` in the middle of each slice, shape (slices, rows, columns), uint8.
        fluid: Share of cerebrospinal fluid, which flows; shape as ``fat``.
        depth_mm: Distance below the skin of the back, negative in the air behind; likewise.
        head_mm: Height in the person's frame (origin L3's middle); likewise.
        margin: Rows and columns painted beyond the field of view at each side.
    """

    fat: Field
    water: Field
    labels: npt.NDArray[np.uint8]
    fluid: Field
    depth_mm: Field
    head_mm: Field
    margin: tuple[int, int]
