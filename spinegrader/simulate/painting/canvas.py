"""The sampled field of view that tissues are painted on.

Everything is painted in the person's own straightened frame: ``left`` is the distance from the
(sideways curved) mid-plane of the spine to the patient's left, ``back`` grows to posterior,
``head`` to the head; millimetres.

Only exactly rounded operations are used on pixels (see docs/decisions), so that every machine
paints the same bytes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from spinegrader.domain.geometry import FloatArray
from spinegrader.simulate.fields import Field, Labels


@dataclass(frozen=True)
class Region:
    """A block of the canvas with the place of its samples; painting writes to the canvas.

    Args:
        signal: View of the canvas, shape (channels, samples, rows, columns).
        labels: View of the labels, shape (slices, rows, columns).
        middles: Which of the samples are the middles of those slices.
        left: Place of every sample, shape (samples, rows, columns).
        back: Likewise.
        head: Likewise.
        edge_mm: Width over which edges are blurred: one pixel.
    """

    signal: Field
    labels: Labels
    middles: slice
    left: Field
    back: Field
    head: Field
    edge_mm: float

    def coverage(self, distance_mm: Field, soft_mm: float = 0.0) -> Field:
        """Share of each pixel that lies inside, from the signed distance to the edge (inside > 0).

        Args:
            distance_mm: Shape (samples, rows, columns).
            soft_mm: Width of a softer edge, added to the pixel's.
        """
        share = distance_mm * np.float32(1 / (self.edge_mm + soft_mm))
        share += np.float32(0.5)
        return np.asarray(np.clip(share, 0, 1, out=share))

    def paint(self, cover: Field, colour: Field, label: int | None = None) -> None:
        """Covers what is there with a colour of shape (channels,) or (channels, samples, …)."""
        rest = 1 - cover
        for channel, hue in enumerate(colour):
            self.signal[channel] *= rest
            self.signal[channel] += cover * hue
        if label is not None:
            self.labels[cover[self.middles] > np.float32(0.5)] = label

    def fill(
        self, distance_mm: Field, colour: Field, label: int | None = None, soft_mm: float = 0.0
    ) -> None:
        """Paints all that lies inside, by the signed distance to the edge (inside > 0)."""
        self.paint(self.coverage(distance_mm, soft_mm), colour, label)


class Canvas:
    """A stack of sagittal slices, one or more samples to each.

    Args:
        index_to_person: 4 x 4, (column, row, slice, 1) to (x, y, z) of the person, millimetres.
        signal: What is on it, shape (channels, samples, rows, columns).
        labels: Shape (slices, rows, columns).
        lateral: Sideways place of the spine's mid-plane at a height, in the person's frame.
        places: Of the samples, counted in slices.
        first_column: Column of the stack that the canvas begins with.
    """

    def __init__(
        self,
        index_to_person: FloatArray,
        signal: Field,
        labels: Labels,
        lateral: Callable[[Field], Field],
        places: FloatArray | None = None,
        first_column: int = 0,
    ) -> None:
        self.signal = signal
        self.labels = labels
        self._matrix = index_to_person
        self._inverse = np.linalg.inv(index_to_person)
        self._lateral = lateral
        slices = np.arange(labels.shape[0], dtype=np.float64)
        self._places = slices if places is None else places
        self._per_slice = signal.shape[1] // labels.shape[0]
        self._first_column = first_column

    @property
    def edge_mm(self) -> float:
        """Pixel spacing, mean of both directions."""
        return float(np.linalg.norm(self._matrix[:3, :2], axis=0).mean())

    def divided(self, columns: slice, per_slice: int, thickness_mm: float) -> "Canvas":
        """A copy of some columns with each slice made of several thinner ones."""
        spacing_mm = float(np.linalg.norm(self._matrix[:3, 2]))
        offsets = ((np.arange(per_slice) + 0.5) / per_slice - 0.5) * thickness_mm / spacing_mm
        return Canvas(
            self._matrix,
            np.repeat(self.signal[:, :, :, columns], per_slice, axis=1),
            self.labels[:, :, columns],
            self._lateral,
            (self._places[:, None] + offsets).reshape(-1),
            columns.start,
        )

    def averaged(self) -> Field:
        """The slices as a scanner sees them, shape (channels, slices, rows, columns)."""
        channels, samples, rows, columns = self.signal.shape
        split = self.signal.reshape(
            channels, samples // self._per_slice, self._per_slice, rows, columns
        )
        total = split[:, :, 0].copy()
        for index in range(1, self._per_slice):
            total += split[:, :, index]
        total *= np.float32(1 / self._per_slice)
        return total

    def everywhere(self) -> Region:
        """All of the canvas."""
        _, samples, rows, columns = self.signal.shape
        return self._region(slice(0, samples), slice(0, rows), slice(0, columns))

    def block(self, sample: int, columns: slice) -> Region:
        """All rows of some columns of one sample."""
        return self._region(slice(sample, sample + 1), slice(0, self.signal.shape[2]), columns)

    def columns_between(self, first_back_mm: float, last_back_mm: float) -> slice:
        """The columns in which any place between two posterior ones lies, maybe none."""
        corners = (
            self._matrix[1]
            @ np.array(
                [
                    (0.0, row, place, 1.0)
                    for row in (0, self.signal.shape[2] - 1)
                    for place in (self._places[0], self._places[-1])
                ]
            ).T
        )
        step = self._matrix[1, 0]
        first = int(np.floor((first_back_mm - corners.max()) / step)) - self._first_column
        last = int(np.ceil((last_back_mm - corners.min()) / step)) + 1 - self._first_column
        width = self.signal.shape[3]
        return slice(min(max(first, 0), width), min(max(last, 0), width))

    def around(
        self, lowest: tuple[float, float], highest: tuple[float, float], half_width_mm: float
    ) -> Region | None:
        """The block with all samples between two (back, head) places, or None out of view.

        Args:
            lowest: Smallest (back, head).
            highest: Largest (back, head).
            half_width_mm: To the left and to the right of the mid-plane.
        """
        heads = np.linspace(lowest[1], highest[1], 3)
        middle = self._lateral(heads.astype(np.float32)).astype(np.float64)
        corners = np.array(
            [
                (x, back, head, 1.0)
                for x in (middle.min() - half_width_mm, middle.max() + half_width_mm)
                for back in (lowest[0], highest[0])
                for head in (lowest[1], highest[1])
            ]
        )
        indices = corners @ self._inverse.T
        low, high = indices.min(axis=0), indices.max(axis=0)
        _, _, rows, columns = self.signal.shape
        across = _within(low[0] - self._first_column, high[0] - self._first_column, columns)
        down = _within(low[1], high[1], rows)
        first = int(np.searchsorted(self._places, low[2]))
        last = int(np.searchsorted(self._places, high[2], side="right"))
        # Whole slices, so that each has its middle.
        first -= first % self._per_slice
        last += -last % self._per_slice
        if first >= last or across.start >= across.stop or down.start >= down.stop:
            return None
        return self._region(slice(first, last), down, across)

    def _region(self, samples: slice, rows: slice, columns: slice) -> Region:
        j = np.arange(columns.start, columns.stop)[None, None, :] + self._first_column
        i = np.arange(rows.start, rows.stop)[None, :, None]
        k = self._places[samples][:, None, None]
        x, back, head = (
            (line[0] * j + line[3]).astype(np.float32)
            + (line[1] * i + line[2] * k).astype(np.float32)
            for line in self._matrix[:3]
        )
        per_slice = self._per_slice
        slices = slice(samples.start // per_slice, samples.stop // per_slice)
        x -= self._lateral(head)
        return Region(
            self.signal[:, samples, rows, columns],
            self.labels[slices, rows, columns],
            slice(per_slice // 2, None, per_slice),
            x,
            back,
            head,
            self.edge_mm,
        )


def _within(low: float, high: float, size: int) -> slice:
    return slice(max(int(np.floor(low)), 0), min(int(np.ceil(high)) + 1, size))
