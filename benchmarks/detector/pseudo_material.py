"""Material from real mid-slices, labelled by a detector that was trained without them.

    python -m benchmarks.detector.pseudo_material MATERIAL RUN SHEETS

Writes MATERIAL/pseudo/SERIES.npz for the training patients' T1 and T2 mid-slices on which the
detector of RUN names a whole spine without doubt, and pictures of all of them into SHEETS.
``pseudo_looked_at.csv`` names those that were looked at and left out.
"""

import csv
import os
import sys
from pathlib import Path

import numpy as np
from PySide6.QtGui import QGuiApplication

from benchmarks.detector.material_format import (
    BODY,
    CANAL,
    DISC,
    PIXEL_MM,
    UNKNOWN,
    About,
    Material,
    UnsignedArray,
    as_images,
    half_plane,
)
from benchmarks.detector.mid_slices import RealSlice, real_slices
from benchmarks.detector.sheets import overlay_picture, write_sheets
from spinegrader.domain.anatomy import REGULAR_LEVELS
from spinegrader.domain.geometry import FloatArray
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.imaging.detection.finding import SpineFinding, find_spine
from spinegrader.imaging.detection.maps import SliceMaps, slice_inputs, view_mm
from spinegrader.model.detector.detect import Detector
from spinegrader.model.detector.weights import detector_in

_LOOKED_AT = Path(__file__).with_name("pseudo_looked_at.csv")
_SURE, _DOUBTFUL = 0.7, 0.3
_LEAST_BODIES = 6


def main() -> None:
    """Labels, draws, writes."""
    material, run, sheets = (Path(word) for word in sys.argv[1:4])
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QGuiApplication([])
    left_out = left_out_series()
    (material / "pseudo").mkdir(parents=True, exist_ok=True)
    detector = Detector(detector_in(run))
    pictures = []
    for item in real_slices("train"):
        maps, finding = looked_at(item, detector)
        is_kept = item.name not in left_out and is_whole(finding)
        path = material / "pseudo" / f"{item.name}.npz"
        path.unlink(missing_ok=True)
        if is_kept:
            material_of(item, maps, finding).save(path)
        title = f"{item.name} ({item.bodies} counted){'' if is_kept else ' LEFT OUT'}"
        pictures.append((title, overlay_picture(item, finding)))
    write_sheets(pictures, sheets, "pseudo")
    application.quit()


def left_out_series() -> set[str]:
    """Names of the series whose labels somebody has looked at and found wrong."""
    with _LOOKED_AT.open(encoding="utf-8") as file:
        return {row["series"] for row in csv.DictReader(file)}


def looked_at(item: RealSlice, detector: Detector) -> tuple[SliceMaps, SpineFinding]:
    """What a detector sees and finds in a slice."""
    seen = detector.look(slice_inputs(item.volume, (0,)))
    geometry = item.volume.geometry
    maps = SliceMaps((0,), seen.masks, seen.centre, seen.corners, seen.levels, view_mm(geometry))
    return maps, find_spine(maps, geometry)


def is_whole(finding: SpineFinding) -> bool:
    """Whether a spine down to the sacrum was named without doubt."""
    return (
        finding.is_numbering_sure
        and finding.sacrum_in_view
        and not finding.guessed
        and len(finding.vertebrae) >= _LEAST_BODIES
        and not any(body.level.is_transitional for body in finding.vertebrae)
    )


def material_of(item: RealSlice, maps: SliceMaps, finding: SpineFinding) -> Material:
    """The slice with what the detector is sure of; nothing above and below what it named."""
    images = as_images(item.volume.pixels, item.spacing_mm)
    corners = np.stack([_in_slice(body, item) for body in finding.vertebrae])
    size = np.asarray(images.shape[:0:-1]) * PIXEL_MM
    mask = _mask(maps, images.shape[1:])
    for line in (corners[0, [1, 0]], corners[-1, [3, 2]]):
        mask[half_plane(mask.shape, (PIXEL_MM, PIXEL_MM), line)] = UNKNOWN
    corners[np.any((corners < 0) | (corners > size), axis=2)] = np.nan
    return Material(
        images,
        mask[None],
        corners[None].astype(np.float32),
        np.asarray([REGULAR_LEVELS.index(body.level) for body in finding.vertebrae], np.int8),
        About(
            "pseudo",
            str(item.patient),
            item.part,
            item.sequence,
            tuple(body.level.value for body in finding.vertebrae),
        ),
    )


def _in_slice(body: Vertebra, item: RealSlice) -> FloatArray:
    """Corners in millimetres in the slice, shape (4, 2)."""
    indices = item.volume.geometry.to_index(body.corners_mm)[:, :2]
    return np.asarray(indices * item.spacing_mm[::-1])


def _mask(maps: SliceMaps, shape: tuple[int, ...]) -> UnsignedArray:
    """What each pixel is, ``UNKNOWN`` where the detector doubts."""
    from scipy import ndimage

    rows, columns = np.indices(shape) * PIXEL_MM
    shares = np.stack(
        [
            ndimage.map_coordinates(channel, (rows, columns), order=1, mode="nearest")
            for channel in maps.masks[0]
        ]
    )
    mask = np.asarray([BODY, DISC, CANAL], np.uint8)[shares.argmax(axis=0)]
    highest = shares.max(axis=0)
    mask[highest < _SURE] = UNKNOWN
    mask[highest < _DOUBTFUL] = 0
    return np.asarray(mask, np.uint8)


if __name__ == "__main__":
    main()
