"""Power spectra of normalised crops, averaged around the centre of the frequency plane."""

import numpy as np

from spinegrader.domain.geometry import FloatArray

EDGES_PER_MM = (0.03, 0.06, 0.12, 0.24, 0.36, 0.5, 0.7, 1.0)
"""Bands in periods per millimetre: from a body's shape to two pixels of a fine matrix."""


def radial_power(picture: FloatArray, pixel_mm: float) -> FloatArray:
    """Mean power spectral density in each band, in squared signal times square millimetres.

    A Hann window takes the edges away; the mean goes first.

    Args:
        picture: Shape (rows, columns), square pixels.
        pixel_mm: Side of a pixel.

    Returns:
        One value a band; NaN beyond what the pixels can hold.
    """
    rows, columns = picture.shape
    window = np.hanning(rows)[:, None] * np.hanning(columns)[None, :]
    weighted = (picture - np.average(picture, weights=window)) * window
    power = np.abs(np.fft.fft2(weighted)) ** 2 * pixel_mm**2 / np.sum(window**2)
    frequency = np.hypot(
        np.fft.fftfreq(rows, pixel_mm)[:, None], np.fft.fftfreq(columns, pixel_mm)[None, :]
    )
    band = np.digitize(frequency.ravel(), EDGES_PER_MM)
    sums = np.bincount(band, power.ravel(), minlength=len(EDGES_PER_MM) + 1)
    counts = np.bincount(band, minlength=len(EDGES_PER_MM) + 1)
    with np.errstate(invalid="ignore"):
        found = sums / counts
    highest = np.asarray(EDGES_PER_MM[1:]) <= 0.5 / pixel_mm
    return np.asarray(np.where(highest, found[1:-1], np.nan))


def slope(power: FloatArray) -> float:
    """Of log power over log frequency, least squares over the bands that there are."""
    middle = np.sqrt(np.asarray(EDGES_PER_MM[1:]) * np.asarray(EDGES_PER_MM[:-1]))
    held = np.isfinite(power) & (power > 0)
    return float(np.polyfit(np.log(middle[held]), np.log(power[held]), 1)[0])
