"""SPIDER's T2-SPACE masks, which only tell three tissues apart, with every body and disc named.

The masks hold vertebrae with their posterior parts, discs and the canal; the sacrum isn't
labelled, so that the lowest disc is the one upon it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.detector.material_format import half_plane
from benchmarks.simulated_material import CANAL, DISC, VERTEBRA, BoolArray
from spinegrader.domain.geometry import FloatArray
from spinegrader.imaging.mask_bodies import before_canal

_LEAST_DISC_MM3 = 400.0
_LEAST_BODY_MM3 = 2000.0
_LEAST_CANAL_MM3 = 1000.0
"""The masks have crumbs of canal between other structures."""

_CANAL_LABEL, _DISC_LABEL = 100, 200
"""In SPIDER's own convention; bodies are counted from the lowest one, 1, up."""


@dataclass(frozen=True, eq=False)
class NamedLabels:
    """Bodies, discs and canal.

    Args:
        labels: In SPIDER's convention, shape (slices, rows, columns): bodies without their
            posterior parts from 1 (the lowest one) up, the discs below them from 201, canal 100.
        bodies: Number of bodies.
        disc_lines: Along each disc from front to back, from the lowest disc up; two places each,
            millimetres in the slice, shape (discs, 2, 2).
    """

    labels: npt.NDArray[np.uint16]
    bodies: int
    disc_lines: FloatArray


def named_labels(tissues: npt.NDArray[Any], spacing_mm: tuple[float, float, float]) -> NamedLabels:
    """Parts bodies from posterior parts and counts bodies and discs from the lowest disc up.

    Args:
        tissues: 1 vertebra, 2 disc, 3 canal; shape (slices, rows, columns).
        spacing_mm: From slice to slice, row to row and column to column.
    """
    volume_mm3 = float(np.prod(spacing_mm))
    discs = _parts(tissues == DISC, _LEAST_DISC_MM3 / volume_mm3)
    in_plane = (spacing_mm[1], spacing_mm[2])
    lines = np.asarray([_long_axis(disc, in_plane) for disc in discs])
    large = _parts(tissues == CANAL, _LEAST_CANAL_MM3 / volume_mm3)
    canal: BoolArray = np.zeros(tissues.shape, dtype=bool)
    for part in large:
        canal |= part
    front = (tissues == VERTEBRA) & in_front_of_canal(canal)
    above = np.zeros(tissues.shape[1:], dtype=np.int64)
    for line in lines:
        above += ~half_plane(above.shape, in_plane, line)
    labels = np.zeros(tissues.shape, dtype=np.uint16)
    bodies = 0
    for number in range(1, len(discs) + 1):
        found = _parts(front & (above == number), _LEAST_BODY_MM3 / volume_mm3)
        if not found:
            break
        labels[max(found, key=np.count_nonzero)] = bodies = number
    for number, disc in enumerate(discs, start=1):
        labels[disc] = _DISC_LABEL + number
    labels[canal] = _CANAL_LABEL
    return NamedLabels(labels, bodies, lines)


def in_front_of_canal(canal: BoolArray) -> BoolArray:
    """What lies in front of the canal, slice by slice.

    Where a slice doesn't show the canal in a row, the nearest slice that does counts: beside the
    canal, bodies and pedicles are one.

    Args:
        canal: Shape (slices, rows, columns).
    """
    shown = canal.any(axis=2)
    filled = canal.copy()
    for row in np.flatnonzero(shown.any(axis=0)):
        with_canal = np.flatnonzero(shown[:, row])
        for index in np.flatnonzero(~shown[:, row]):
            nearest = with_canal[np.argmin(np.abs(with_canal - index))]
            filled[index, row] = canal[nearest, row]
    return np.stack([before_canal(item) for item in filled])


def _parts(inside: BoolArray, least_voxels: float) -> list[BoolArray]:
    """Connected parts that are large enough, from the feet to the head."""
    from scipy import ndimage

    numbered, _ = ndimage.label(inside)
    found = []
    for number, box in enumerate(ndimage.find_objects(numbered), start=1):
        part = numbered[box] == number
        if np.count_nonzero(part) >= least_voxels:
            row = box[1].start + np.nonzero(part)[1].mean()
            found.append((-float(row), numbered == number))
    return [part for _, part in sorted(found, key=lambda item: item[0])]


def _long_axis(disc: BoolArray, spacing_mm: tuple[float, float]) -> FloatArray:
    """Two places on a disc's long axis, front one first, 20 mm apart."""
    _, rows, columns = np.nonzero(disc)
    places = np.column_stack([columns * spacing_mm[1], rows * spacing_mm[0]])
    centre = places.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov((places - centre).T))
    axis = vectors[:, int(values.argmax())]
    axis = axis if axis[0] > 0 else -axis
    return np.asarray([centre - 10 * axis, centre + 10 * axis])
