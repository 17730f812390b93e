"""A labelled mid-sagittal slice, real or simulated, made ready to be measured in one way."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import FloatArray, Point, VolumeGeometry, as_point
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.errors import InputError
from spinegrader.imaging.mask_corners import FittedQuad, below_disc, fitted_quad
from spinegrader.imaging.mask_cuts import STEP_MM, Cut
from spinegrader.imaging.volume import Volume

VERTEBRA, DISC, CANAL = 1, 2, 3
"""Labels of the three structures, as in the SPIDER masks of the test data."""

UPWARD = (
    VertebraLevel.L5,
    VertebraLevel.L4,
    VertebraLevel.L3,
    VertebraLevel.L2,
    VertebraLevel.L1,
    VertebraLevel.T12,
)
"""Bodies counted from the lowest one; transitional anatomy is counted like this too."""

_LEAST_BODY_MM2 = 250.0
_LEAST_DISC_MM2 = 40.0

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Structure:
    """One body or disc in the slice.

    Args:
        inside: Its pixels, shape (rows, columns).
        centre: Row and column of its middle.
    """

    inside: BoolArray
    centre: tuple[float, float]


@dataclass(frozen=True, eq=False)
class MidSlice:
    """One person's mid-sagittal slice with what is drawn on it.

    Args:
        subject: Who, in the numbering of its source.
        pixels: Signal, float64, shape (rows, columns); rows to the feet, columns to posterior.
        pixel_mm: Distance of neighbouring pixels along a column and along a row.
        bodies: By level.
        discs: By the level of the vertebra above.
        canal: Pixels of the spinal canal.
        overlay: Quads fitted to the bodies, S1 from the lowest disc.
        pfirrmann: Grades 1 to 5 by the level of the vertebra above.
    """

    subject: str
    pixels: FloatArray
    pixel_mm: tuple[float, float]
    bodies: Mapping[VertebraLevel, Structure]
    discs: Mapping[VertebraLevel, Structure]
    canal: BoolArray
    overlay: Overlay
    pfirrmann: Mapping[VertebraLevel, int]

    @property
    def volume(self) -> Volume:
        """The slice as a stack of one, in patient millimetres of its own."""
        return Volume(self.pixels[None], slice_geometry(self.pixels.shape, self.pixel_mm))

    def disc_levels(self) -> list[DiscLevel]:
        """Discs with a quad above and below, head to feet."""
        return [*self.overlay.spaces]


def slice_geometry(shape: tuple[int, ...], pixel_mm: tuple[float, float]) -> VolumeGeometry:
    """A single sagittal slice with its first pixel at the origin."""
    matrix = np.zeros((4, 4))
    matrix[1, 0], matrix[2, 1], matrix[0, 2], matrix[3, 3] = pixel_mm[1], -pixel_mm[0], 1.0, 1.0
    return VolumeGeometry.from_matrix(matrix, (1, shape[0], shape[1]))


def mid_slice(
    subject: str,
    pixels: npt.NDArray[Any],
    labels: npt.NDArray[Any],
    pixel_mm: tuple[float, float],
    pfirrmann_upward: Sequence[int | None],
) -> MidSlice:
    """Tells bodies and discs apart and counts them from the lowest disc up.

    Args:
        subject: Who.
        pixels: Shape (rows, columns).
        labels: 1 vertebra with its posterior parts, 2 disc, 3 canal; likewise.
        pixel_mm: Along a column and along a row.
        pfirrmann_upward: Grades from the lowest disc up; None where there is none.

    Raises:
        InputError: If bodies and discs don't follow one another.
    """
    canal = labels == CANAL
    area = pixel_mm[0] * pixel_mm[1]
    discs = _parts(labels == DISC, _LEAST_DISC_MM2 / area)
    bodies = _parts((labels == VERTEBRA) & _before(canal), _LEAST_BODY_MM2 / area)
    bodies, discs = _alternating(bodies, discs)
    if len(bodies) < 3:
        raise InputError(f"Bodies and discs of {subject} don't follow one another.")
    named = dict(zip(UPWARD, bodies, strict=False))
    between = dict(zip(UPWARD, discs, strict=False))
    grades = zip(UPWARD, pfirrmann_upward, strict=False)
    return MidSlice(
        subject,
        np.asarray(pixels, dtype=np.float64),
        pixel_mm,
        named,
        between,
        canal,
        _overlay(subject, named, between[VertebraLevel.L5], pixel_mm, labels.shape),
        {level: grade for level, grade in grades if grade is not None and level in between},
    )


def by_quads(slice_: MidSlice) -> MidSlice:
    """The same slice with the quads for its bodies and the space between them for its discs."""
    geometry = slice_.volume.geometry
    upward = [*reversed(slice_.overlay.vertebrae)]
    return replace(
        slice_,
        bodies={
            body.level: filled(geometry, body.corners_mm)
            for body in upward
            if body.level is not VertebraLevel.S1
        },
        discs={
            disc.level.upper: filled(geometry, disc.outline_mm)
            for disc in reversed(slice_.overlay.discs)
        },
    )


def filled(geometry: VolumeGeometry, outline_mm: Sequence[Point]) -> Structure:
    """The pixels of a slice within an outline, by counting crossings to the right of each."""
    columns, rows = geometry.to_index(outline_mm)[:, :2].T
    first = max(int(rows.min()), 0), max(int(columns.min()), 0)
    last = (int(rows.max()) + 2, int(columns.max()) + 2)
    y, x = np.mgrid[first[0] : last[0], first[1] : last[1]]
    inside: BoolArray = np.zeros(x.shape, dtype=bool)
    for start in range(len(columns)):
        end = (start + 1) % len(columns)
        if rows[start] == rows[end]:
            continue
        spans = (rows[start] > y) != (rows[end] > y)
        share = (y - rows[start]) / (rows[end] - rows[start])
        inside ^= spans & (x < columns[start] + share * (columns[end] - columns[start]))
    whole: BoolArray = np.zeros(geometry.shape[1:], dtype=bool)
    part = whole[first[0] : last[0], first[1] : last[1]]
    part |= inside[: part.shape[0], : part.shape[1]]
    row, column = (float(values.mean()) for values in np.nonzero(whole))
    return Structure(whole, (row, column))


def _parts(inside: BoolArray, least_pixels: float) -> list[Structure]:
    """Connected parts that are large enough, from the feet to the head."""
    from scipy import ndimage

    numbered, count = ndimage.label(inside)
    found = []
    for number in range(1, count + 1):
        part = numbered == number
        if np.count_nonzero(part) >= least_pixels:
            row, column = (float(values.mean()) for values in np.nonzero(part))
            found.append(Structure(part, (row, column)))
    return sorted(found, key=lambda part: -part.centre[0])


def _before(canal: BoolArray) -> BoolArray:
    """Pixels in front of the canal's middle, which is drawn on above and below it."""
    rows, columns = np.nonzero(canal)
    if not len(rows):
        raise InputError("The canal isn't labelled.")
    present = np.unique(rows)
    middle = np.asarray([columns[rows == row].mean() for row in present])
    line = np.interp(np.arange(canal.shape[0]), present, middle)
    return np.asarray(np.arange(canal.shape[1])[None, :] < line[:, None])


def _alternating(
    bodies: list[Structure], discs: list[Structure]
) -> tuple[list[Structure], list[Structure]]:
    """The run disc, body, disc, body … from the lowest disc up, as far as nothing is missing."""
    kept_bodies: list[Structure] = []
    kept_discs: list[Structure] = []
    everything = sorted(
        [(part.centre[0], 0, part) for part in discs]
        + [(part.centre[0], 1, part) for part in bodies],
        key=lambda item: -item[0],
    )
    for _, kind, part in everything:
        if kind != (len(kept_bodies) + len(kept_discs)) % 2:
            break
        (kept_bodies if kind else kept_discs).append(part)
    return kept_bodies, kept_discs


def _overlay(
    subject: str,
    bodies: Mapping[VertebraLevel, Structure],
    lowest_disc: Structure,
    pixel_mm: tuple[float, float],
    shape: tuple[int, ...],
) -> Overlay:
    """Quads of the bodies, and S1 from the disc above it."""
    quads: dict[VertebraLevel, FittedQuad] = {}
    centres = [np.multiply(part.centre, pixel_mm) for part in bodies.values()]
    slopes = np.gradient(np.asarray(centres), axis=0)
    for (level, part), run in zip(bodies.items(), slopes, strict=True):
        tilt = float(np.arctan2(-run[1], -run[0]))
        try:
            quads[level] = fitted_quad(_cut(part.inside, pixel_mm), tilt)
        except InputError:
            break
    with contextlib.suppress(InputError):
        quads[VertebraLevel.S1] = below_disc(_cut(lowest_disc.inside, pixel_mm))
    geometry = slice_geometry(shape, pixel_mm)
    placed = []
    for level in sorted(quads, key=lambda item: item.position):
        corners = quads[level].corners / (pixel_mm[1], pixel_mm[0])
        a, b, c, d = (as_point(geometry.to_mm((x, y, 0.0))) for x, y in corners)
        placed.append(Vertebra(level, (a, b, c, d), quads[level].confidence))
    return Overlay(subject, tuple(placed))


def _cut(inside: BoolArray, pixel_mm: tuple[float, float]) -> Cut:
    """A structure on the grid that quads are fitted on."""
    from scipy import ndimage

    rows, columns = np.nonzero(inside)
    low = (max(rows.min() - 4, 0), max(columns.min() - 4, 0))
    part = inside[low[0] : rows.max() + 5, low[1] : columns.max() + 5].astype(np.float32)
    sizes = [
        int((size - 1) * mm / STEP_MM) + 1 for size, mm in zip(part.shape, pixel_mm, strict=True)
    ]
    grid = np.meshgrid(*(np.arange(size) * STEP_MM for size in sizes), indexing="ij")
    places = [axis / mm for axis, mm in zip(grid, pixel_mm, strict=True)]
    fine = ndimage.map_coordinates(part, places, order=1) >= 0.5
    origin = np.asarray((low[1] * pixel_mm[1], low[0] * pixel_mm[0]))
    return Cut(fine, origin, 0.0)
