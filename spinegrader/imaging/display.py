"""How a volume is first shown: grey window and the letters at the image's edges."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spinegrader.domain.geometry import FloatArray, VolumeGeometry

_SAMPLES = 60_000
_BODY_SHARE = 0.1
"""Pixels brighter than this share of the bright end count as body, not air."""

_SECOND_LETTER = 0.414
"""tan 22.5 degrees: beyond it a direction lies nearer to a diagonal than to its main axis."""

_LETTERS = (("R", "L"), ("A", "P"), ("F", "H"))


@dataclass(frozen=True)
class OrientationLetters:
    """Letters at the edges of an image: R L A P H F, two where the slice is strongly oblique."""

    left: str
    right: str
    top: str
    bottom: str


def default_window(
    pixels: npt.NDArray[Any], proposed: tuple[float, float] | None = None
) -> tuple[float, float]:
    """The grey values shown as black and as white.

    Args:
        pixels: Any shape; not changed.
        proposed: Window centre and width that the images carry; taken if they fit the pixels.

    Returns:
        Low and high value, low < high.
    """
    step = max(1, pixels.size // _SAMPLES)
    # An odd stride that shares no factor with usual matrices samples all columns alike.
    values = np.asarray(pixels.reshape(-1)[:: step | 1], dtype=np.float64)
    values = values[np.isfinite(values)]
    if values.size == 0:
        return 0.0, 1.0
    low, high = _robust_range(values)
    if proposed is not None and _is_sane(proposed, low, high):
        centre, width = proposed
        return centre - width / 2, centre + width / 2
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _robust_range(values: FloatArray) -> tuple[float, float]:
    floor, bright = np.percentile(values, (0.5, 99.5))
    body = values[values > floor + _BODY_SHARE * (bright - floor)]
    if body.size == 0:
        return float(floor), float(bright)
    dark, high = np.percentile(body, (1.0, 99.5))
    # A little below the darkest tissue, so that cortical bone and air stay apart.
    return float(floor + 0.5 * (dark - floor)), float(high)


def _is_sane(proposed: tuple[float, float], low: float, high: float) -> bool:
    centre, width = proposed
    if not (np.isfinite(centre) and np.isfinite(width)) or width <= 0 or high <= low:
        return False
    span = high - low
    return bool(0.2 * span <= width <= 3 * span and low < centre < high)


def orientation_letters(geometry: VolumeGeometry) -> OrientationLetters:
    """The patient's side at each edge of a slice."""
    columns, rows = geometry.directions[:, 0], geometry.directions[:, 1]
    return OrientationLetters(
        left=_letters(-columns), right=_letters(columns), top=_letters(-rows), bottom=_letters(rows)
    )


def _letters(direction: FloatArray) -> str:
    first, second = np.argsort(-np.abs(direction), kind="stable")[:2]
    text = _letter(direction, int(first))
    if abs(direction[second]) >= _SECOND_LETTER * abs(direction[first]):
        text += _letter(direction, int(second))
    return text


def _letter(direction: FloatArray, axis: int) -> str:
    return _LETTERS[axis][int(direction[axis] > 0)]
