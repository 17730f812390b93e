"""Vertebrae as a reader places them, not quite where they are."""

from collections.abc import Iterable

import numpy as np

from spinegrader.domain.geometry import VolumeGeometry, as_point
from spinegrader.domain.vertebrae import Vertebra

_CORNER_SD_MM = 0.8
"""Of each corner along the rows and the columns of the image."""

_ASIDE_SD_MM = 1.5
"""Of a body across the slices: a reader takes one of the slices near its middle. Both are our
choice: about a pixel, and a third of a slice."""


def placed_by_reader(
    vertebrae: Iterable[Vertebra], geometry: VolumeGeometry, rng: np.random.Generator
) -> tuple[Vertebra, ...]:
    """Bodies with the error of a careful reader, to 0.0001 mm.

    Args:
        vertebrae: Where they are, patient millimetres.
        geometry: Of the images that they are placed on.
        rng: The visit's own.
    """
    return tuple(_placed(vertebra, geometry, rng) for vertebra in vertebrae)


def _placed(vertebra: Vertebra, geometry: VolumeGeometry, rng: np.random.Generator) -> Vertebra:
    within = rng.normal(0, _CORNER_SD_MM, (4, 2)) @ geometry.directions[:, :2].T
    aside = rng.normal(0, _ASIDE_SD_MM) * geometry.directions[:, 2]
    corners = np.round(np.asarray(vertebra.corners_mm) + within + aside, 4)
    first, second, third, fourth = (as_point(corner) for corner in corners)
    return Vertebra(vertebra.level, (first, second, third, fourth))
