"""The sampled field of view that tissues are painted on.

Everything is painted in the person's own straightened frame: ``left`` is the distance from the
(sideways curved) mid-plane of the spine to the patient's left, ``back`` grows to posterior,
``head`` to the head; millimetres.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from spinegrader.domain.geometry import FloatArray
from spinegrader.simulate.scanner.tissues import Signal

Field: TypeAlias = npt.NDArray[np.floating[Any]]
"""A value at each sample. Single precision throughout, for speed; NumPy's types can't say so."""


def coverage(distance_mm: Field, edge_mm: float) -> Field:
    """Share of a pixel that lies inside, from the signed distance to the edge (inside > 0)."""
    share = distance_mm * np.float32(1 / edge_mm) + np.float32(0.5)
    return np.asarray(np.clip(share, 0, 1, out=share), dtype=np.float32)


def length(first: Field, second: Field) -> Field:
    """Length of vectors of two components; quicker than ``numpy.hypot``, which guards overflow."""
    return np.asarray(np.sqrt(first * first + second * second))


def outline_radius(across: Field, aside: Field) -> Field:
    """Radius in a superellipse of power 3 (1 on it), from places in half axes, none negative."""
    return np.asarray(np.cbrt(across * across * across + aside * aside * aside))


@dataclass(frozen=True)
class Region:
    """A block of the canvas with the place of its samples; painting writes to the canvas.

    Args:
        signal: View of the canvas, shape (2, samples, rows, columns).
        left: Place of every sample, shape (samples, rows, columns).
        back: Likewise.
        head: Likewise.
        edge_mm: Width over which edges are blurred: one pixel.
    """

    signal: Signal
    left: Field
    back: Field
    head: Field
    edge_mm: float

    def paint(self, cover: Field, colour: Signal) -> None:
        """Covers what is there with a signal of shape (2,) or (2, samples, rows, columns)."""
        for channel in range(2):
            below = self.signal[channel]
            below += cover * (colour[channel] - below)

    def fill(self, distance_mm: Field, colour: Signal) -> None:
        """Paints all that lies inside, by the signed distance to the edge (inside > 0)."""
        self.paint(coverage(distance_mm, self.edge_mm), colour)


class Canvas:
    """Both weightings of a stack of sagittal slices, sampled within each slice.

    Args:
        index_to_person: 4 x 4, (column, row, slice, 1) to (x, y, z) of the person, millimetres.
        shape: Slices, rows, columns.
        lateral: Sideways place of the spine's mid-plane at a height, in the person's frame.
    """

    def __init__(
        self,
        index_to_person: FloatArray,
        shape: tuple[int, int, int],
        lateral: Callable[[Field], Field],
    ) -> None:
        self._matrix = index_to_person
        self._lateral = lateral
        self._slices = np.arange(shape[0], dtype=np.float64)
        self._rows = shape[1]
        self._columns = shape[2]
        self._per_slice = 1
        self.signal: Signal = np.zeros((2, *shape), dtype=np.float32)

    @property
    def edge_mm(self) -> float:
        """Pixel spacing, mean of both directions."""
        lengths = np.linalg.norm(self._matrix[:3, :2], axis=0)
        return float(lengths.mean())

    def subdivide(self, per_slice: int, thickness_mm: float) -> None:
        """From here on every slice is painted as several thinner ones and averaged at the end."""
        spacing_mm = float(np.linalg.norm(self._matrix[:3, 2]))
        offsets = (np.arange(per_slice) + 0.5) / per_slice - 0.5
        centres = self._slices[:, None] + offsets * thickness_mm / spacing_mm
        self._slices = centres.reshape(-1)
        self._per_slice = per_slice
        self.signal = np.repeat(self.signal, per_slice, axis=1)

    def averaged(self) -> Signal:
        """The slices as a scanner sees them, shape (2, slices, rows, columns)."""
        _, samples, rows, columns = self.signal.shape
        slices = samples // self._per_slice
        stacked = self.signal.reshape(2, slices, self._per_slice, rows, columns)
        return np.asarray(stacked.mean(axis=2), dtype=np.float32)

    def everywhere(self) -> Region:
        """The whole field of view."""
        return self._region(slice(0, self._rows), slice(0, self._columns))

    def around(self, lowest: tuple[float, float], highest: tuple[float, float]) -> Region | None:
        """The block that holds all samples between two (back, head) places, if any is in view."""
        corners = np.array(
            [
                (x, back, head, 1.0)
                for x in (-30.0, 30.0)
                for back in (lowest[0], highest[0])
                for head in (lowest[1], highest[1])
            ]
        )
        indices = corners @ np.linalg.inv(self._matrix).T
        first = np.floor(indices.min(axis=0)).astype(int)
        last = np.ceil(indices.max(axis=0)).astype(int) + 1
        columns = slice(max(int(first[0]), 0), min(int(last[0]), self._columns))
        rows = slice(max(int(first[1]), 0), min(int(last[1]), self._rows))
        if columns.start >= columns.stop or rows.start >= rows.stop:
            return None
        return self._region(rows, columns)

    def _region(self, rows: slice, columns: slice) -> Region:
        j = np.arange(columns.start, columns.stop)[None, None, :]
        i = np.arange(rows.start, rows.stop)[None, :, None]
        k = self._slices[:, None, None]
        x, back, head = (
            ((line[0] * j + line[3]) + line[1] * i + line[2] * k).astype(np.float32)
            for line in self._matrix[:3]
        )
        left = x - self._lateral(head)
        return Region(self.signal[:, :, rows, columns], left, back, head, self.edge_mm)
