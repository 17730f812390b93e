"""Noise of the receiver."""

from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.simulate.fields import Field
from spinegrader.simulate.scanner.protocol import Protocol
from spinegrader.simulate.scanner.sequence import Sequence

_LEVELS = 1 << 16
_REFERENCE_SD = 0.010
"""Of an ideal scanner at 1.5 T, voxels of 0.8 x 0.8 x 4 mm, one average, 200 Hz a pixel; signal of
relaxed water is 1. Set by eye."""

_WEIGHTING_NOISE = {"T2": 1.0, "T1": 1.7, "STIR": 1.0}
"""T1-weighted images are taken in less time: beside their marrow they are as grainy as T2."""

_REFERENCE_FIELD_T = 1.5
_REFERENCE_VOXEL_MM3 = 0.8 * 0.8 * 4
_REFERENCE_BANDWIDTH_HZ = 200.0
_LOWEST_SD, _HIGHEST_SD = 0.003, 0.05


@cache
def _normal_quantiles() -> npt.NDArray[np.float32]:
    """Quantiles of the normal distribution at 65536 even probabilities."""
    return np.asarray(ndtri((np.arange(_LEVELS) + 0.5) / _LEVELS), dtype=np.float32)


def draw_noise(shape: tuple[int, ...], sd: float, rng: np.random.Generator) -> Field:
    """White normal noise.

    Looked up from random whole numbers, which is quicker than ``standard_normal`` and, unlike it,
    needs no logarithm, whose last bits differ between computers.
    """
    table = _normal_quantiles() * np.float32(sd)
    numbers = rng.integers(0, _LEVELS, shape, dtype=np.uint16)
    return np.asarray(table[numbers])


def noise_sd(sequence: Sequence, protocol: Protocol, geometry: VolumeGeometry) -> float:
    """Standard deviation in each of the two channels, against relaxed water at the spine's depth.

    Falls with field strength, voxel volume, the root of the number of averages and that of the
    sampling time (Edelstein et al., Magn Reson Med 3:604, 1986; Macovski, Magn Reson Med 36:494,
    1996). Kept within what hospitals would accept.
    """
    across_mm, down_mm, _ = geometry.spacing_mm
    acquired = sequence.acquired_frequency * sequence.acquired_phase
    voxel_mm3 = across_mm * down_mm * protocol.slice_thickness_mm / acquired
    sd = _REFERENCE_SD * protocol.scanner.noise * _WEIGHTING_NOISE[sequence.weighting]
    sd *= _REFERENCE_FIELD_T / protocol.field_strength_t * _REFERENCE_VOXEL_MM3 / voxel_mm3
    sd *= float(np.sqrt(sequence.bandwidth_hz / _REFERENCE_BANDWIDTH_HZ / sequence.averages))
    return min(max(sd, _LOWEST_SD), _HIGHEST_SD)
