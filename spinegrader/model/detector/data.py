"""What the detector learns from: slices with bodies, discs and canal drawn on them."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinegrader.errors import TrainingError

BODY, DISC, CANAL = 1, 2, 3
UNKNOWN = 255
"""In a mask, beside 0 for the background; of what is unknown nothing is learnt."""


@dataclass(frozen=True, eq=False)
class DetectorSlice:
    """One slice in reading orientation.

    Plane coordinates (x, y) are millimetres to posterior and to the feet, from the middle of the
    first pixel.

    Args:
        image: Brightness, any unit, shape (rows, columns), uint8 or float32.
        mask: ``BODY``, ``DISC``, ``CANAL``, ``UNKNOWN``, else 0; uint8, same shape.
        spacing_mm: Side of a pixel.
        corners_mm: Of the n bodies seen in this slice, in the order of ``Vertebra``, shape
            (n, 4, 2); NaN where a corner isn't known.
        levels: Index in ``LEVELS``, shape (n,); -1 where it isn't known.
        rough: Numbers of the bodies whose corners only tell where their middle is.
    """

    image: NDArray[np.generic]
    mask: NDArray[np.uint8]
    spacing_mm: float
    corners_mm: NDArray[np.float32]
    levels: NDArray[np.int8]
    rough: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        bodies = len(self.levels)
        if self.mask.shape != self.image.shape or self.corners_mm.shape != (bodies, 4, 2):
            raise TrainingError("A slice to learn from has a mask or corners of another shape.")


@dataclass(frozen=True, eq=False)
class DetectorData:
    """Slices to learn from.

    Args:
        slices: All of them.
        subjects: Anonymous token of the person, for each slice.
        sources: What each slice is: a source is drawn first, then one of its slices.
        weights: How often each source is drawn, relative to the others.
    """

    slices: tuple[DetectorSlice, ...]
    subjects: tuple[str, ...]
    sources: tuple[str, ...]
    weights: dict[str, float]

    def __post_init__(self) -> None:
        if not len(self.slices) == len(self.subjects) == len(self.sources):
            raise TrainingError("Each slice to learn from needs a subject and a source.")
        if missing := set(self.sources) - set(self.weights):
            raise TrainingError(f"No weight is given for slices of {', '.join(sorted(missing))}.")

    def fingerprint(self) -> str:
        """SHA-256 of all that is learnt from."""
        digest = hashlib.sha256()
        for item, subject, source in zip(self.slices, self.subjects, self.sources, strict=True):
            digest.update(
                f"{subject}/{source}/{item.spacing_mm}/{item.image.shape}/{sorted(item.rough)}".encode()
            )
            for array in (item.image, item.mask, item.corners_mm, item.levels):
                digest.update(np.ascontiguousarray(array).tobytes())
        digest.update(repr(sorted(self.weights.items())).encode())
        return digest.hexdigest()
