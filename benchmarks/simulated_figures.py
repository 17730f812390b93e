"""All that is measured of one group of people, real or simulated, by person."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.simulated_material import MidSlice, by_quads
from benchmarks.simulated_shapes import Sizes, sizes_of
from benchmarks.simulated_signals import (
    BodySignal,
    DiscSignal,
    body_signals,
    disc_signals,
    normalised_values,
)
from benchmarks.simulated_spectra import radial_power
from benchmarks.simulated_statistics import quantiles
from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import FloatArray
from spinegrader.errors import InputError
from spinegrader.imaging.crops import (
    CROP_PER_BODY_DEPTH,
    CROP_PER_DISC_WIDTH,
    disc_volume,
    vertebra_volume,
)

_VERTEBRA_SHAPE = (1, 224, 224)
_DISC_SHAPE = (1, 112, 224)


@dataclass(frozen=True)
class Group:
    """One group of people.

    Args:
        sizes: In millimetres, one value a person and level.
        discs: Signals of all discs.
        bodies: Signals of all bodies.
        histograms: By structure, one person's quantiles each, after normalisation.
        spectra: By kind of crop, one person's mean log10 spectrum each.
    """

    sizes: Sizes
    discs: list[DiscSignal]
    bodies: list[BodySignal]
    histograms: dict[str, list[FloatArray]]
    spectra: dict[str, list[FloatArray]]


def group_of(slices: Sequence[MidSlice]) -> Group:
    """Measures slices with the structures as they are drawn on them."""
    histograms: dict[str, list[FloatArray]] = defaultdict(list)
    spectra: dict[str, list[FloatArray]] = defaultdict(list)
    for slice_ in slices:
        for name, values in normalised_values(slice_).items():
            if len(values):
                histograms[name].append(quantiles(values))
        spectra["vertebra crops"].append(_vertebra_spectrum(slice_))
        spectra["disc crops"].append(_disc_spectrum(slice_))
    return Group(
        sizes_of(slices),
        [signal for slice_ in slices for signal in disc_signals(slice_)],
        [signal for slice_ in slices for signal in body_signals(slice_)],
        histograms,
        spectra,
    )


def group_by_quads(slices: Sequence[MidSlice]) -> Group:
    """Measures slices with quads for bodies: all that is known where there are no masks."""
    return group_of([by_quads(slice_) for slice_ in slices])


def _vertebra_spectrum(slice_: MidSlice) -> FloatArray:
    found = []
    for body in slice_.overlay.vertebrae:
        if body.level is VertebraLevel.S1:
            continue
        try:
            crop = vertebra_volume(slice_.volume, slice_.overlay, body, _VERTEBRA_SHAPE)
        except InputError:
            continue
        pixel_mm = CROP_PER_BODY_DEPTH * body.depth_mm / _VERTEBRA_SHAPE[2]
        found.append(_log_power(crop[0], pixel_mm))
    return np.asarray(np.mean(found, axis=0))


def _disc_spectrum(slice_: MidSlice) -> FloatArray:
    found = []
    for level, (upper, lower) in slice_.overlay.spaces.items():
        try:
            crop = disc_volume(slice_.volume, slice_.overlay, level, _DISC_SHAPE)
        except InputError:
            continue
        ends = (*upper.corners_mm[2:], *lower.corners_mm[:2])
        places = np.asarray(ends)
        width_mm = (
            np.linalg.norm(places[0] - places[1]) + np.linalg.norm(places[2] - places[3])
        ) / 2
        pixel_mm = CROP_PER_DISC_WIDTH * float(width_mm) / _DISC_SHAPE[2]
        found.append(_log_power(crop[0], pixel_mm))
    return np.asarray(np.mean(found, axis=0))


def _log_power(picture: FloatArray, pixel_mm: float) -> FloatArray:
    power = radial_power(np.asarray(picture, dtype=np.float64), pixel_mm)
    return np.asarray(np.log10(np.maximum(power, np.finfo(np.float64).tiny)))
