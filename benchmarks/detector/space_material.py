"""Material for the detector from SPIDER's masked T2-SPACE series.

Run as ``python -m benchmarks.detector.space_material OUT``; writes OUT/space/PATIENT.npz.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk  # noqa: N813 - its usual name

from benchmarks.detector.material_format import (
    BACKGROUND,
    BODY,
    CANAL,
    DISC,
    UNKNOWN,
    About,
    Material,
    UnsignedArray,
    as_images,
    as_masks,
    half_plane,
    level_class,
)
from benchmarks.detector.space_labels import NamedLabels, named_labels
from benchmarks.detector.split import masked_patients, part_of
from benchmarks.simulated_spider import real_folder
from spinegrader.domain.anatomy import REGULAR_LEVELS, VertebraLevel
from spinegrader.domain.geometry import FloatArray, VolumeGeometry
from spinegrader.imaging.files import read_volume_file
from spinegrader.imaging.mask_conventions import Convention
from spinegrader.imaging.mask_files import read_label_map
from spinegrader.imaging.masks import MaskRequest, read_mask

_NEAR_MM = 6.0
"""How far from its own mid-slice a body still has about the same corners."""

_BEHIND_MM = 2.0
"""What lies farther behind a body's back wall is pedicle."""

_TRUSTED_DOWN_TO = {50: VertebraLevel.L3}
"""Scoliosis takes the lower bodies of these patients out of the slices that are masked."""

_LOWEST = REGULAR_LEVELS.index(VertebraLevel.L5)


@dataclass(frozen=True, eq=False)
class MaskedSeries:
    """A T2-SPACE series in reading orientation with its bodies, at its own resolution.

    Args:
        pixels: Shape (slices, rows, columns).
        masks: Likewise, as :class:`Material` has them.
        corners: Shape (slices, bodies, 4, 2), millimetres in the slice.
        levels: Of the bodies, head to feet.
        spacing_mm: From row to row and from column to column.
        warnings: Of the reading of the masks.
    """

    pixels: npt.NDArray[Any]
    masks: UnsignedArray
    corners: FloatArray
    levels: tuple[VertebraLevel, ...]
    spacing_mm: tuple[float, float]
    warnings: tuple[str, ...]


def masked_series(folder: Path, patient: int) -> MaskedSeries:
    """Reads a series and its masks.

    Args:
        folder: Of SPIDER.
        patient: Its number.
    """
    stem = folder / "t2_space" / f"{patient}_t2_SPACE"
    volume = read_volume_file(stem.with_name(f"{stem.name}_image.nii.gz"))
    tissues = read_label_map(stem.with_name(f"{stem.name}_mask.nii.gz"))
    column_mm, row_mm, slice_mm = volume.geometry.spacing_mm
    named = named_labels(tissues.pixels, (slice_mm, row_mm, column_mm))
    quads, warnings = _fitted(named, volume.geometry)
    last = _TRUSTED_DOWN_TO.get(patient, VertebraLevel.S1)
    quads = {level: quad for level, quad in quads.items() if level.position <= last.position}
    levels = tuple(sorted(quads, key=_position))
    spacing_mm = (row_mm, column_mm)
    masks = _masks(named, {level: quads[level][:, :2] for level in levels}, spacing_mm)
    middles = np.asarray([quads[level][:, 2].mean() for level in levels]) * slice_mm
    corners = np.stack([quads[level][:, :2] for level in levels])
    if VertebraLevel.S1 in quads:
        corners[levels.index(VertebraLevel.S1), 2:] = np.nan
    places_mm = np.asarray(np.arange(len(volume.pixels)) * slice_mm, dtype=np.float64)
    in_slices = spread(corners, middles, places_mm)
    shown = (masks == CANAL).any(axis=(1, 2))
    return MaskedSeries(
        volume.pixels[shown], masks[shown], in_slices[shown], levels, spacing_mm, warnings
    )


def spread(corners: FloatArray, middles_mm: FloatArray, slices_mm: FloatArray) -> FloatArray:
    """Corners of every body in the slices near its own mid-slice, NaN in the others.

    Args:
        corners: In the mid-slice, shape (bodies, 4, 2).
        middles_mm: Where the mid-slices are along the stack, shape (bodies,).
        slices_mm: Where the slices are.

    Returns:
        Shape (slices, bodies, 4, 2).
    """
    near = np.abs(slices_mm[:, None] - middles_mm[None]) <= _NEAR_MM
    return np.where(near[..., None, None], corners[None], np.nan)


def _fitted(
    named: NamedLabels, geometry: VolumeGeometry
) -> tuple[dict[VertebraLevel, FloatArray], tuple[str, ...]]:
    """Corners by level, shape (4, 3): millimetres along columns and rows, number of the slice."""
    image = sitk.GetImageFromArray(named.labels)
    image.SetSpacing(geometry.spacing_mm)
    image.SetOrigin(geometry.matrix[:3, 3].tolist())
    image.SetDirection(geometry.directions.ravel().tolist())
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "named.nii.gz"
        sitk.WriteImage(image, str(path))
        finding = read_mask(MaskRequest(path, geometry, Convention.SPIDER))
    column_mm, row_mm, _ = geometry.spacing_mm
    quads = {
        vertebra.level: geometry.to_index(vertebra.corners_mm) * (column_mm, row_mm, 1.0)
        for vertebra in finding.vertebrae
    }
    return quads, finding.warnings


def _masks(
    named: NamedLabels,
    quads: dict[VertebraLevel, FloatArray],
    spacing_mm: tuple[float, float],
) -> UnsignedArray:
    """Masks of the stack; unknown are the sacrum, what lies above the labels, and lost bodies."""
    labels = named.labels
    shape = labels.shape[1:]
    masks = np.full(labels.shape, BACKGROUND, dtype=np.uint8)
    highest = VertebraLevel.L5
    for number in range(1, named.bodies + 1):
        level = REGULAR_LEVELS[_LOWEST + 1 - number] if number <= _LOWEST + 1 else None
        inside = labels == number
        if level is None or level not in quads:
            masks[inside] = UNKNOWN
            continue
        highest = level
        back_wall = quads[level][[1, 2]] + (_BEHIND_MM, 0.0)
        pedicle = ~half_plane(shape, spacing_mm, back_wall)
        masks[inside & ~pedicle] = BODY
    below = half_plane(shape, spacing_mm, _lower_line(named, quads))
    above = ~half_plane(shape, spacing_mm, _upper_line(named, quads, highest))
    masks[(masks == BACKGROUND) & (below | above)] = UNKNOWN
    lowest = min(max(quads, key=_position), VertebraLevel.L5, key=_position)
    masks[labels > 200] = UNKNOWN
    masks[labels > 200 + _LOWEST - REGULAR_LEVELS.index(lowest)] = DISC
    masks[labels == 100] = CANAL
    return masks


def _position(level: VertebraLevel) -> int:
    return level.position


def _lower_line(named: NamedLabels, quads: dict[VertebraLevel, FloatArray]) -> FloatArray:
    """Along the upper endplate of S1, or the disc below the lowest body, from front to back."""
    if VertebraLevel.S1 in quads:
        return quads[VertebraLevel.S1][[0, 1]]
    lowest = max(quads, key=_position)
    return np.asarray(named.disc_lines[_LOWEST - REGULAR_LEVELS.index(lowest)])


def _upper_line(
    named: NamedLabels, quads: dict[VertebraLevel, FloatArray], highest: VertebraLevel
) -> FloatArray:
    """Along the upper edge of the highest body, or the disc upon it, from front to back."""
    number = _LOWEST + 1 - REGULAR_LEVELS.index(highest)
    if len(named.disc_lines) > number:
        return np.asarray(named.disc_lines[number])
    return quads[highest][[0, 1]]


def main() -> None:
    """Writes one file a patient."""
    out = Path(sys.argv[1]) / "space"
    out.mkdir(parents=True, exist_ok=True)
    folder = real_folder()
    for patient in masked_patients(folder):
        series = masked_series(folder, patient)
        names = tuple(str(level) for level in series.levels)
        about = About("space", str(patient), part_of(patient), "SPACE", names)
        Material(
            as_images(series.pixels, series.spacing_mm),
            as_masks(series.masks, series.spacing_mm),
            series.corners.astype(np.float32),
            np.asarray([level_class(level) for level in series.levels], dtype=np.int8),
            about,
        ).save(out / f"{patient}.npz")
        print(patient, about.part, *names, *series.warnings, flush=True)


if __name__ == "__main__":
    main()
