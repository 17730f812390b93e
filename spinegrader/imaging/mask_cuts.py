"""A label map seen from a series: its voxels in the series' frame, and cuts along its slices."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spinegrader.domain.geometry import FloatArray, Point, VolumeGeometry, as_point
from spinegrader.imaging.volume import Volume

STEP_MM = 0.5
"""Distance of the samples of a cut."""

BoolArray = npt.NDArray[np.bool_]

_MOST_POINTS = 40_000
"""Voxels of a label that are looked at for its place; enough for a tenth of a millimetre."""


@dataclass(frozen=True)
class SeriesFrame:
    """A sagittal series' slices as a frame in millimetres.

    Coordinates are (to posterior, to the feet, to the left) along columns, rows and slices.
    """

    geometry: VolumeGeometry

    def from_patient(self, places_mm: npt.ArrayLike) -> FloatArray:
        """LPS millimetres, shape (..., 3), to the frame."""
        return np.asarray(self.geometry.to_index(places_mm) * self.geometry.spacing_mm)

    def to_patient(self, place: npt.ArrayLike) -> Point:
        """One place in the frame, shape (3,), to LPS millimetres."""
        return as_point(self.geometry.to_mm(np.asarray(place) / self.geometry.spacing_mm))

    @property
    def size(self) -> FloatArray:
        """Extent of the pixel centres along the three axes, shape (3,)."""
        slices, rows, columns = self.geometry.shape
        return np.asarray(
            [columns - 1, rows - 1, slices - 1] * np.asarray(self.geometry.spacing_mm)
        )


@dataclass(frozen=True)
class Cut:
    """Where in a slice plane something lies.

    Args:
        inside: Whether each sample belongs to it, shape (rows, columns), STEP_MM apart.
        origin: (to posterior, to the feet) of the first sample, millimetres.
        left_mm: Place of the plane along the series' slices.
    """

    inside: BoolArray
    origin: FloatArray
    left_mm: float

    @property
    def places(self) -> FloatArray:
        """(to posterior, to the feet) of the samples inside, shape (n, 2)."""
        rows, columns = np.nonzero(self.inside)
        return np.asarray(self.origin + np.stack([columns, rows], axis=-1) * STEP_MM)

    def kept(self, inside: BoolArray) -> "Cut":
        """The same cut with other samples inside."""
        return Cut(inside, self.origin, self.left_mm)


class LabelMap:
    """A label map seen from a series.

    Args:
        volume: Labels in sagittal reading orientation.
        frame: The series that bodies are put on.
    """

    def __init__(self, volume: Volume, frame: SeriesFrame) -> None:
        from scipy import ndimage

        self._labels = volume.pixels
        self._geometry = volume.geometry
        self.frame = frame
        self._boxes = {
            index + 1: box
            for index, box in enumerate(ndimage.find_objects(self._labels))
            if box is not None
        }
        self._places: dict[int, tuple[FloatArray, npt.NDArray[np.intp]]] = {}

    @property
    def labels(self) -> tuple[int, ...]:
        """Every label that occurs, ascending, without 0."""
        return tuple(self._boxes)

    def places(self, label: int) -> FloatArray:
        """Voxels of a label in the series' frame, shape (n, 3); thinned out where they are many."""
        return self._voxels(label)[0]

    def is_clipped_aside(self, label: int, chosen: BoolArray) -> bool:
        """Whether a good part of some voxels of a label lies in the map's outermost slices."""
        slices = self._voxels(label)[1][chosen]
        last = self._labels.shape[0] - 1
        usual = 1 / max(len(np.unique(slices)), 1)
        ends = max(float(np.mean(slices == 0)), float(np.mean(slices == last)))
        return ends > usual / 2

    def _voxels(self, label: int) -> tuple[FloatArray, npt.NDArray[np.intp]]:
        if label not in self._places:
            box = self._boxes[label]
            found = np.argwhere(self._labels[box] == label) + [axis.start for axis in box]
            found = found[:: 1 + len(found) // _MOST_POINTS]
            places_mm = self._geometry.to_mm(found[:, ::-1])
            self._places[label] = self.frame.from_patient(places_mm), found[:, 0]
        return self._places[label]

    def cut(self, labels: Iterable[int], low: FloatArray, high: FloatArray, left_mm: float) -> Cut:
        """Where one of the labels lies in a window of a slice plane.

        Args:
            labels: What counts as inside.
            low: (to posterior, to the feet) of the window's first corner.
            high: Of its last one.
            left_mm: The plane.
        """
        from scipy import ndimage

        x, y = np.meshgrid(*(np.arange(a, b, STEP_MM) for a, b in zip(low, high, strict=True)))
        places = np.stack([x, y, np.full_like(x, left_mm)], axis=-1)
        geometry = self.frame.geometry
        index = self._geometry.to_index(geometry.to_mm(places / geometry.spacing_mm))[..., ::-1]
        first = np.clip(np.floor(index.min(axis=(0, 1))).astype(int), 0, None)
        last = np.ceil(index.max(axis=(0, 1))).astype(int) + 1
        part = self._labels[tuple(slice(a, max(b, a)) for a, b in zip(first, last, strict=True))]
        if not part.size:
            return Cut(np.zeros(x.shape, dtype=bool), np.asarray(low), left_mm)
        inside = np.isin(part, list(labels)).astype(np.float32)
        # The outermost voxels reach half a voxel beyond their centres.
        share = ndimage.map_coordinates(
            inside, np.moveaxis(index - first, -1, 0), order=1, mode="nearest"
        )
        low_edge, high_edge = -0.5, np.asarray(self._labels.shape) - 0.5
        held = np.all((index >= low_edge) & (index <= high_edge), axis=-1)
        return Cut((share >= 0.5) & held, np.asarray(low, dtype=np.float64), left_mm)

    def holds(self, places: FloatArray, left_mm: float, margin_mm: float) -> bool:
        """Whether places in a slice plane, shape (n, 2), lie within the map's rows and columns."""
        placed = np.column_stack([places, np.full(len(places), left_mm)])
        geometry = self.frame.geometry
        index = self._geometry.to_index(geometry.to_mm(placed / geometry.spacing_mm))[:, :2]
        _, rows, columns = self._labels.shape
        margin = margin_mm / np.asarray(self._geometry.spacing_mm[:2]) - 0.5
        return bool(np.all((index >= margin) & (index <= (columns - 1, rows - 1) - margin)))
