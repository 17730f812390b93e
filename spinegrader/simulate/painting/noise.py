"""Random textures: a fine-grained tile that is looked up, and smooth fields over a block."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from spinegrader.simulate.fields import Field

_GRAIN_SHAPE = (32, 128, 128)
_GRAIN_MM = 0.7


@dataclass(frozen=True, eq=False)
class Grain:
    """A periodic random field in space: mean 0, spread 1, on a grid of 0.7 mm.

    Args:
        values: Shape (left, back, head).
    """

    values: Field

    @classmethod
    def drawn(cls, rng: np.random.Generator, smooth_mm: tuple[float, float, float]) -> "Grain":
        """A tile whose grain has that size to the left, the back and the head."""
        rough = rng.standard_normal(_GRAIN_SHAPE, dtype=np.float32)
        sigmas = [size / _GRAIN_MM for size in smooth_mm]
        fine = ndimage.gaussian_filter(rough, sigmas, mode="wrap", truncate=3)
        # The spread of smoothed white noise is known, so that no sum over the tile is needed.
        spread = np.prod([_kept(sigma) for sigma in sigmas])
        return cls(np.asarray(fine * np.float32(1 / spread)))

    def at(self, left: Field, back: Field, head: Field, offset: int = 0) -> Field:
        """Its value at places in millimetres; another ``offset`` gives another part of it."""
        step = np.float32(1 / _GRAIN_MM)
        index = (left * step + np.float32(4096 + 7 * offset)).astype(np.int32)
        index &= _GRAIN_SHAPE[0] - 1
        for place, size, turn in ((back, _GRAIN_SHAPE[1], 37), (head, _GRAIN_SHAPE[2], 53)):
            part = (place * step + np.float32(4096 + turn * offset)).astype(np.int32)
            part &= size - 1
            index *= size
            index += part
        return np.asarray(self.values.reshape(-1)[index])


def _kept(sigma: float) -> float:
    """Spread that one-dimensional smoothing leaves of white noise."""
    if sigma <= 0:
        return 1.0
    reach = int(3 * sigma + 0.5)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    return float(np.sqrt((kernel**2).sum()))


@dataclass(frozen=True, eq=False)
class SmoothField:
    """A smooth random field of mean 0 and spread about 1 over a block of slices.

    Args:
        coarse: Spline coefficients, fine along the slices only.
        nodes: Of the coarse grid along rows and columns.
        size: Rows and columns.
    """

    coarse: Field
    nodes: tuple[int, int]
    size: tuple[int, int]

    @classmethod
    def drawn(
        cls, shape: tuple[int, ...], nodes: tuple[int, int, int], rng: np.random.Generator
    ) -> "SmoothField":
        """A field over an array of that shape (slices, rows, columns).

        Args:
            shape: Slices, rows, columns.
            nodes: Of the coarse grid along each of them.
            rng: Where it comes from.
        """
        coarse = rng.standard_normal([count + 3 for count in nodes]).astype(np.float32)
        coarse *= np.float32(1.7)
        return cls(_refined(coarse, 0, nodes[0], shape[0]), nodes[1:], (shape[1], shape[2]))

    def plane(self, index: int) -> Field:
        """One slice, shape (1, rows, columns)."""
        rows = _refined(self.coarse[index : index + 1], 1, self.nodes[0], self.size[0])
        return _refined(rows, 2, self.nodes[1], self.size[1])


def _refined(coarse: Field, axis: int, count: int, size: int) -> Field:
    """A uniform cubic B-spline through coarse coefficients along one axis."""
    places = np.linspace(0, count, size, endpoint=False)
    first = places.astype(np.intp)
    t = places - first
    weights = ((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3)
    form = [1, 1, 1]
    form[axis] = size
    total = np.zeros(
        [size if i == axis else length for i, length in enumerate(coarse.shape)], dtype=np.float32
    )
    for step, weight in enumerate(weights):
        part = np.take(coarse, first + step, axis=axis)
        part *= (weight / 6).astype(np.float32).reshape(form)
        total += part
    return total
