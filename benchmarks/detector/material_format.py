"""The one form of all training material of the detector: slices, masks, corners and levels.

Places are (x, y) millimetres in the slice: x along growing columns to posterior, y along growing
rows to the feet, from the middle of the first pixel.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.detector.split import Part
from spinegrader.domain.anatomy import REGULAR_LEVELS, VertebraLevel
from spinegrader.domain.geometry import FloatArray

PIXEL_MM = 0.8
"""Side of the square pixels."""

BACKGROUND, BODY, DISC, CANAL, UNKNOWN = 0, 1, 2, 3, 255
"""What a mask says of a pixel; nothing is learnt from what is unknown."""

_CLASSES = (BACKGROUND, BODY, DISC, CANAL, UNKNOWN)
_BRIGHT_PERCENTILE, _BRIGHT = 99.5, 200.0

UnsignedArray = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class About:
    """Where a piece of material comes from.

    Args:
        source: What it was made from.
        patient: In the numbering of the source.
        part: Whether it trains or validates.
        sequence: T1, T2, STIR or SPACE.
        true_levels: The names that the source gives the bodies, in the order of ``levels``.
    """

    source: str
    patient: str
    part: Part
    sequence: str
    true_levels: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Material:
    """Slices of one series with all that is known of them.

    Args:
        images: Shape (slices, rows, columns), the brightest of them at about 200.
        masks: Likewise, what each pixel is.
        corners: Of each body in each slice, shape (slices, bodies, 4, 2), NaN where unknown.
        levels: Class of each body, 0 (T9) to 10 (S2), shape (bodies,).
        about: Where it comes from.
    """

    images: UnsignedArray
    masks: UnsignedArray
    corners: npt.NDArray[np.float32]
    levels: npt.NDArray[np.int8]
    about: About

    def save(self, path: Path) -> None:
        """Writes it, or nothing if that fails half way."""
        unfinished = path.with_suffix(".part")
        with unfinished.open("wb") as file:
            np.savez_compressed(
                file,
                images=self.images,
                masks=self.masks,
                corners=self.corners,
                levels=self.levels,
                meta=np.asarray(json.dumps(asdict(self.about))),
            )
        unfinished.rename(path)

    @classmethod
    def load(cls, path: Path) -> "Material":
        """Reads it back."""
        with np.load(path, allow_pickle=False) as file:
            about = json.loads(str(file["meta"]))
            about["true_levels"] = tuple(about["true_levels"])
            return cls(
                file["images"], file["masks"], file["corners"], file["levels"], About(**about)
            )


def level_class(level: VertebraLevel) -> int:
    """The class of a regular level, 0 (T9) to 10 (S2)."""
    return REGULAR_LEVELS.index(level)


def as_images(pixels: npt.NDArray[Any], spacing_mm: tuple[float, float]) -> UnsignedArray:
    """A stack on pixels of 0.8 mm, antialiased, with its 99.5th percentile at 200.

    Args:
        pixels: Shape (slices, rows, columns).
        spacing_mm: From row to row and from column to column.
    """
    resampled = np.stack([_resampled(item.astype(np.float32), spacing_mm) for item in pixels])
    bright = max(float(np.percentile(resampled, _BRIGHT_PERCENTILE)), 1e-6)
    return np.asarray(np.clip(np.rint(resampled * (_BRIGHT / bright)), 0, 255), dtype=np.uint8)


def as_masks(masks: npt.NDArray[Any], spacing_mm: tuple[float, float]) -> UnsignedArray:
    """Masks on pixels of 0.8 mm: each is what most of it is.

    Args:
        masks: Shape (slices, rows, columns).
        spacing_mm: From row to row and from column to column.
    """
    return np.stack([_resampled_mask(item, spacing_mm) for item in masks])


def _resampled_mask(mask: npt.NDArray[Any], spacing_mm: tuple[float, float]) -> UnsignedArray:
    shares = [_resampled((mask == item).astype(np.float32), spacing_mm) for item in _CLASSES]
    return np.take(np.asarray(_CLASSES, dtype=np.uint8), np.argmax(shares, axis=0))


def _resampled(
    pixels: npt.NDArray[np.float32], spacing_mm: tuple[float, float]
) -> npt.NDArray[np.float32]:
    from scipy import ndimage

    steps = [PIXEL_MM / mm for mm in spacing_mm]
    blur = [0.5 * np.sqrt(max(step**2 - 1, 0.0)) for step in steps]
    smooth = ndimage.gaussian_filter(pixels, blur)
    size = [int((n - 1) / step + 1e-6) + 1 for n, step in zip(pixels.shape, steps, strict=True)]
    return np.asarray(
        ndimage.affine_transform(smooth, steps, output_shape=tuple(size), order=1, mode="nearest")
    )


def half_plane(
    shape: Sequence[int], spacing_mm: tuple[float, float], line: FloatArray
) -> npt.NDArray[np.bool_]:
    """Whether the pixels of a slice lie to the right of a line, seen along it.

    With rows growing to the feet, that is below a line that runs from front to back.

    Args:
        shape: Rows and columns of the slice.
        spacing_mm: From row to row and from column to column.
        line: Two places on it, millimetres, shape (2, 2).
    """
    y, x = (np.arange(n) * mm for n, mm in zip(shape, spacing_mm, strict=True))
    (along_x, along_y), (start_x, start_y) = line[1] - line[0], line[0]
    side = along_x * (y[:, None] - start_y) - along_y * (x[None, :] - start_x)
    return np.asarray(side > 0)
