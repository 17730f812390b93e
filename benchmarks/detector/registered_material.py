"""Material from T1 and T2 mid-slices, onto which the masks of the same patient's T2-SPACE are laid.

Run as ``python -m benchmarks.detector.registered_material OUT [GOOD]``; writes
OUT/registered/PATIENT_WEIGHTING.npz. GOOD is a text file with one PATIENT_WEIGHTING a line: of
those that were looked at and found to fit; without it all are written, to be looked at.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.detector.material_format import (
    UNKNOWN,
    About,
    Material,
    UnsignedArray,
    as_images,
    as_masks,
    level_class,
)
from benchmarks.detector.registration import Laid, Pictures, laid_onto
from benchmarks.detector.space_material import MaskedSeries, masked_series
from benchmarks.detector.split import masked_patients, part_of
from benchmarks.simulated_spider import read_pixels, real_folder

_AROUND_MM = 8.0
"""How far beyond the labels the two series are compared."""

_FIELD_MM = 300.0
_UPSIDE_DOWN = ("52_t1",)


@dataclass(frozen=True, eq=False)
class MidSlicePicture:
    """A mid-slice as the test data have it.

    Args:
        pixels: Shape (rows, columns).
        spacing_mm: From row to row and from column to column.
    """

    pixels: npt.NDArray[Any]
    spacing_mm: tuple[float, float]


def picture_of(name: str, pixels: npt.NDArray[Any]) -> MidSlicePicture:
    """A mid-slice, upright and with its spacing.

    All of these were taken on fields of 300 mm by 300 mm, but slices that stood askew were drawn
    with more or fewer rows than columns. What the overview says fits worse, where it says anything
    else.

    Args:
        name: Patient and weighting.
        pixels: Shape (rows, columns).
    """
    rows, columns = pixels.shape
    upright = pixels[::-1] if name in _UPSIDE_DOWN else pixels
    return MidSlicePicture(upright, (_FIELD_MM / rows, _FIELD_MM / columns))


def laid(picture: MidSlicePicture, series: MaskedSeries) -> Laid:
    """Lays a masked series onto a mid-slice."""
    from scipy import ndimage

    known = (series.masks > 0) & (series.masks != UNKNOWN)
    near = [
        ndimage.distance_transform_edt(~item, sampling=series.spacing_mm) < _AROUND_MM
        for item in known
    ]
    return laid_onto(
        Pictures(
            picture.pixels, picture.spacing_mm, series.pixels, np.stack(near), series.spacing_mm
        )
    )


def moved_masks(
    masks: UnsignedArray,
    masks_mm: tuple[float, float],
    picture: MidSlicePicture,
    found: Laid,
) -> UnsignedArray:
    """The masks of a slice on another one's pixels; unknown where they don't reach.

    Args:
        masks: Of the laid slice of the stack, shape (rows, columns).
        masks_mm: Its spacing, from row to row and from column to column.
        picture: Onto which it is laid.
        found: How.
    """
    rows, columns = picture.pixels.shape
    y, x = np.meshgrid(
        np.arange(rows) * picture.spacing_mm[0],
        np.arange(columns) * picture.spacing_mm[1],
        indexing="ij",
    )
    places = found.to_stack(np.stack([x, y], axis=-1))
    index = np.rint(places[..., ::-1] / masks_mm).astype(np.int64)
    inside = np.all((index >= 0) & (index < masks.shape), axis=-1)
    moved = np.full(picture.pixels.shape, UNKNOWN, dtype=np.uint8)
    moved[inside] = masks[index[inside, 0], index[inside, 1]]
    return moved


def material_of(
    picture: MidSlicePicture, series: MaskedSeries, found: Laid, about: About
) -> Material:
    """The mid-slice with the masks and corners of the slice that is laid onto it."""
    masks = moved_masks(series.masks[found.number], series.spacing_mm, picture, found)
    corners = found.to_single(series.corners[found.number])
    return Material(
        as_images(picture.pixels[None], picture.spacing_mm),
        as_masks(masks[None], picture.spacing_mm),
        corners[None].astype(np.float32),
        np.asarray([level_class(level) for level in series.levels], dtype=np.int8),
        about,
    )


def main() -> None:
    """Writes one file for each mid-slice that fits."""
    out = Path(sys.argv[1]) / "registered"
    out.mkdir(parents=True, exist_ok=True)
    good = Path(sys.argv[2]).read_text(encoding="utf-8").split() if len(sys.argv) > 2 else None
    folder = real_folder()
    for patient in masked_patients(folder):
        paths = [folder / "midslices" / f"{patient}_{kind}.png" for kind in ("t1", "t2")]
        wanted = [path for path in paths if good is None or path.stem in good]
        wanted = [path for path in wanted if path.exists()]
        if not wanted:
            continue
        series = masked_series(folder, patient)
        for path in wanted:
            name = path.stem
            picture = picture_of(name, read_pixels(path))
            found = laid(picture, series)
            levels = tuple(str(level) for level in series.levels)
            sequence = name.split("_")[1].upper()
            about = About("registered", str(patient), part_of(patient), sequence, levels)
            material_of(picture, series, found, about).save(out / f"{name}.npz")
            print(
                f"{name} slice {found.number}, {found.information:.3f} nats, "
                f"turned {found.turned_degrees:.1f} degrees",
                flush=True,
            )


if __name__ == "__main__":
    main()
