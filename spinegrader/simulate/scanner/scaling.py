"""From signal to the whole numbers that a maker stores."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spinegrader.simulate.fields import Field
from spinegrader.simulate.scanner.scanners import Scaling
from spinegrader.simulate.scanner.sequence import Sequence
from spinegrader.simulate.scanner.tissues import FAT, FLUID

Pixels = npt.NDArray[np.uint16] | npt.NDArray[np.int16]
"""Stored values, shape (slices, rows, columns)."""

_BRIGHT_SHARE = 0.02
_SLOPE_DECIMALS = 6


@dataclass(frozen=True, eq=False)
class Received:
    """One series as the scanner stores it.

    Args:
        sequence: Which made it.
        pixels: Stored values; signed where the maker's are.
        bits_stored: 12 or 16.
        rescale_slope: From stored to the maker's units; None where the maker writes none.
        rescale_intercept: Likewise.
    """

    sequence: Sequence
    pixels: Pixels
    bits_stored: int
    rescale_slope: float | None
    rescale_intercept: float | None


def store(
    stack: Field,
    sequence: Sequence,
    field_strength_t: float,
    scaling: Scaling,
    rng: np.random.Generator,
) -> Received:
    """Scales, rounds and clips a series.

    Args:
        stack: Signal, shape (slices, rows, columns).
        sequence: Which made it.
        field_strength_t: Of the scanner.
        scaling: The maker's.
        rng: Of the visit.
    """
    nominal = max(sequence.signal(tissue, field_strength_t) for tissue in (FLUID, FAT))
    bright = _bright(stack[stack.shape[0] // 2]) if scaling.adapts else nominal
    gain = float(rng.uniform(*scaling.bright)) / max(bright, nominal / 10)
    highest = (1 << (scaling.bits_stored - scaling.signed)) - 1
    shape = stack.shape
    pixels: Pixels = np.empty(shape, np.int16) if scaling.signed else np.empty(shape, np.uint16)
    for index, image in enumerate(stack):
        scaled = image * np.float32(gain)
        np.rint(scaled, out=scaled)
        np.minimum(scaled, highest, out=scaled)
        pixels[index] = scaled
    slope = None
    if scaling.slope is not None:
        slope = round(float(rng.uniform(*scaling.slope)), _SLOPE_DECIMALS)
    return Received(sequence, pixels, scaling.bits_stored, slope, None if slope is None else 0.0)


def _bright(image: Field) -> float:
    """The value that two hundredths of the pixels surpass."""
    place = int(image.size * (1 - _BRIGHT_SHARE))
    return float(np.partition(image, place, axis=None)[place])
