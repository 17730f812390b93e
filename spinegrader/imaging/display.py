"""How a volume is shown: grey windows and the letters at the image's edges."""

from dataclasses import dataclass
from enum import StrEnum
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


class PresetKind(StrEnum):
    """What a grey window is good for."""

    PROPOSED = "as proposed by the scanner"
    TISSUE = "marrow and fluid"
    EVERYTHING = "full range"
    NARROW = "bone and disc"


@dataclass(frozen=True)
class WindowPreset:
    """A grey window to choose: the values shown as black and as white, low < high."""

    kind: PresetKind
    low: float
    high: float


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
    presets = {preset.kind: preset for preset in window_presets(pixels, proposed)}
    chosen = presets.get(PresetKind.PROPOSED, presets[PresetKind.TISSUE])
    return chosen.low, chosen.high


def window_presets(
    pixels: npt.NDArray[Any], proposed: tuple[float, float] | None = None
) -> tuple[WindowPreset, ...]:
    """The grey windows to choose from, in the order of `PresetKind`.

    Args:
        pixels: Any shape; not changed.
        proposed: Window centre and width that the images carry; offered if they fit the pixels.

    Returns:
        Each with low < high: the images' own, if they carry one that fits; marrow and fluid,
        from halfway between air and the darkest tissue (percentile 1 of the body) to percentile
        99.5 of the body; everything, from the least to the greatest value; bone and disc,
        percentiles 5 to 85 of the body, where fluid and fat are white. The body is what is
        brighter than air by a tenth of the way to the bright end (percentiles 0.5 and 99.5).
    """
    values = _sample(pixels)
    if values.size == 0:
        return tuple(WindowPreset(kind, 0.0, 1.0) for kind in list(PresetKind)[1:])
    floor, bright = np.percentile(values, (0.5, 99.5))
    body = values[values > floor + _BODY_SHARE * (bright - floor)]
    if body.size:
        darkest, dark, light, brightest = np.percentile(body, (1.0, 5.0, 85.0, 99.5))
        # A little below the darkest tissue, so that cortical bone and air stay apart.
        tissue = float(floor + 0.5 * (darkest - floor)), float(brightest)
        narrow = float(dark), float(light)
    else:
        tissue = narrow = float(floor), float(bright)
    found = {
        PresetKind.TISSUE: tissue,
        PresetKind.EVERYTHING: _whole_range(pixels),
        PresetKind.NARROW: narrow,
    }
    presets = [WindowPreset(kind, *_widened(*ends)) for kind, ends in found.items()]
    if proposed is not None and _is_sane(proposed, *tissue):
        centre, width = proposed
        own = WindowPreset(PresetKind.PROPOSED, centre - width / 2, centre + width / 2)
        presets.insert(0, own)
    return tuple(presets)


def _sample(pixels: npt.NDArray[Any]) -> FloatArray:
    """Some tens of thousands of the finite values, spread over the whole."""
    step = max(1, pixels.size // _SAMPLES)
    # An odd stride that shares no factor with usual matrices samples all columns alike.
    values = np.asarray(pixels.reshape(-1)[:: step | 1], dtype=np.float64)
    return values[np.isfinite(values)]


def _whole_range(pixels: npt.NDArray[Any]) -> tuple[float, float]:
    finite = pixels if pixels.dtype.kind in "iub" else pixels[np.isfinite(pixels)]
    return float(finite.min()), float(finite.max())


def _widened(low: float, high: float) -> tuple[float, float]:
    return (low, high) if high > low else (low - 0.5, low + 0.5)


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
