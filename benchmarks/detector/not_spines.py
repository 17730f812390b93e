"""Pictures without a lumbar spine, on which no vertebra may be found."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.detector.study_figures import study_volumes
from benchmarks.measuring import BenchmarkError
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.study import Plane
from spinegrader.imaging.volume import Volume

_SIDE, _SLICES = 320, 11
_SPACING_MM = (0.8, 0.8, 4.5)
_SEED = 7

_KNEE = (
    # Brightness; centre (x, y) and half axes in shares of the side; turn in degrees.
    (0.35, (0.5, 0.5), (0.26, 0.62), 0), (0.75, (0.48, 0.18), (0.12, 0.30), 3),
    (0.80, (0.5, 0.42), (0.19, 0.10), 0), (0.75, (0.52, 0.80), (0.12, 0.26), -3),
    (0.78, (0.5, 0.60), (0.19, 0.06), 0), (0.05, (0.5, 0.515), (0.17, 0.02), 4),
    (0.70, (0.28, 0.40), (0.04, 0.09), 12), (0.15, (0.66, 0.50), (0.02, 0.14), 20),
)  # fmt: skip
_HEAD = (
    (0.90, (0.5, 0.42), (0.38, 0.38), 0), (0.05, (0.5, 0.42), (0.355, 0.355), 0),
    (0.55, (0.5, 0.41), (0.34, 0.33), 0), (0.70, (0.5, 0.37), (0.17, 0.08), 0),
    (0.10, (0.5, 0.40), (0.13, 0.03), 10), (0.55, (0.66, 0.66), (0.12, 0.08), 20),
    (0.60, (0.55, 0.70), (0.05, 0.12), -10), (0.30, (0.58, 0.88), (0.04, 0.2), 0),
)  # fmt: skip


def not_spines() -> Iterator[tuple[str, Volume]]:
    """What each shows, and a volume that says it is sagittal."""
    rng = np.random.default_rng(_SEED)
    shape = (_SLICES, _SIDE, _SIDE)
    noise = rng.rayleigh(100, shape)
    yield "noise", _volume(noise)
    from scipy import ndimage

    yield "smooth noise", _volume(np.abs(ndimage.gaussian_filter(noise - 125, (1, 8, 8))))
    yield "nothing", _volume(np.zeros(shape))
    yield "one brightness", _volume(np.full(shape, 700.0))
    yield "a gradient", _volume(np.broadcast_to(np.linspace(0, 900, _SIDE)[:, None], shape))
    yield (
        "stripes",
        _volume(np.broadcast_to(400 * (1 + np.sin(np.arange(_SIDE) / 6))[:, None], shape)),
    )
    for name, ellipses in (("a drawn knee", _KNEE), ("a drawn head", _HEAD)):
        picture = np.broadcast_to(_drawn(ellipses), shape)
        yield name, _volume(picture * 800 + rng.rayleigh(15, shape))
    try:
        for number, (_, volume) in enumerate(study_volumes(Plane.AXIAL), start=1):
            yield f"real axial stack {number}", _volume(volume.pixels, volume.geometry.spacing_mm)
    except BenchmarkError as error:
        print(error)


def _volume(pixels: npt.NDArray[Any], spacing_mm: tuple[float, ...] = _SPACING_MM) -> Volume:
    """Pixels that claim to be sagittal."""
    column_mm, row_mm, slice_mm = spacing_mm
    matrix = np.zeros((4, 4))
    matrix[1, 0], matrix[2, 1], matrix[0, 2], matrix[3, 3] = column_mm, -row_mm, slice_mm, 1
    slices, rows, columns = pixels.shape
    return Volume(np.asarray(pixels), VolumeGeometry.from_matrix(matrix, (slices, rows, columns)))


def _drawn(
    ellipses: tuple[tuple[float, tuple[float, float], tuple[float, float], int], ...],
) -> npt.NDArray[Any]:
    y, x = np.mgrid[0:_SIDE, 0:_SIDE] / _SIDE
    picture = np.zeros((_SIDE, _SIDE))
    for brightness, (centre_x, centre_y), (half_x, half_y), turn in ellipses:
        angle = np.radians(turn)
        across = (x - centre_x) * np.cos(angle) + (y - centre_y) * np.sin(angle)
        down = (y - centre_y) * np.cos(angle) - (x - centre_x) * np.sin(angle)
        picture[(across / half_x) ** 2 + (down / half_y) ** 2 <= 1] = brightness
    return picture
