"""Whole mid-slices without any outline: histogram and spectrum after a robust scaling."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.simulated_material import MidSlice
from benchmarks.simulated_spectra import radial_power
from benchmarks.simulated_spider import TSE_MATRIX, TSE_MM, read_pixels
from benchmarks.simulated_statistics import quantiles
from spinegrader.domain.geometry import FloatArray

_WHITE = 92.0
"""Percentile that becomes 1, and what lies above it too: up to 7.4 % of the pixels of real images
were cut off when they were written in 8 bits."""


@dataclass(frozen=True)
class WholeSlices:
    """One group of slices.

    Args:
        histograms: Quantiles of each.
        spectra: Mean log10 spectrum of each.
    """

    histograms: list[FloatArray]
    spectra: list[FloatArray]


def real_slices(folder: Path, weighting: str) -> WholeSlices:
    """SPIDER's TSE mid-slices of square matrices: others were resampled when they were written.

    Args:
        folder: Of SPIDER.
        weighting: ``t2`` or ``t1``.
    """
    found = []
    with (folder / "overview.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            name = row["new_file_name"]
            path = folder / "midslices" / f"{name}.png"
            if not name.endswith(f"_{weighting}") or not path.exists():
                continue
            pixels = read_pixels(path)
            if pixels.shape[0] != pixels.shape[1]:
                continue
            told_mm = float(re.findall(r"[\d.]*\d", row["PixelSpacing"])[0])
            found.append((pixels, TSE_MM if pixels.shape == TSE_MATRIX else told_mm))
    return _measured(found)


def simulated_slices(slices: Sequence[MidSlice]) -> WholeSlices:
    """The simulated ones."""
    return _measured([(item.pixels, item.pixel_mm[0]) for item in slices])


def _measured(pictures: Sequence[tuple[FloatArray, float]]) -> WholeSlices:
    histograms, spectra = [], []
    for pixels, pixel_mm in pictures:
        scaled = np.clip(pixels / np.percentile(pixels, _WHITE), 0, 1)
        histograms.append(quantiles(scaled.ravel()))
        spectra.append(np.log10(radial_power(scaled, pixel_mm)))
    return WholeSlices(histograms, spectra)
