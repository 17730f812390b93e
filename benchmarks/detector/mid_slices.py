"""SPIDER's mid-sagittal slices as stacks of one slice, with what is known of them."""

import ast
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.detector.split import Part, part_of
from benchmarks.simulated_spider import real_folder
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.imaging.volume import Volume

_SLICE_MM = 4.0
_FIELDS_MM = {
    0.286: 300,
    0.312: 280,
    0.365: 280,
    0.391: 300,
    0.456: 320,
    0.469: 300,
    0.478: 320,
    0.573: 300,
    0.586: 300,
    0.625: 280,
    0.677: 260,
    0.729: 280,
    0.781: 300,
    0.812: 260,
    0.875: 280,
    0.938: 300,
}
"""Field of view by the spacing that the overview names, for T1 and T2. The pictures were redrawn to
other numbers of rows and columns and the overview still names the scanner's spacing; every one of
them shows a square field. Three things say so: registered to their T2-SPACE, 47 of 50 fit that way
and none as named; T1 and T2 of a patient show bodies of one size; and a lumbar body is then
0.6 to 1.0 times as tall as deep, not 0.5 to 1.4 times."""

_UPSIDE_DOWN = ("52_t1", "52_t2_SPACE")
SEQUENCES = {"t1": "T1", "t2": "T2", "t2_SPACE": "SPACE"}


@dataclass(frozen=True, eq=False)
class RealSlice:
    """One slice.

    Args:
        name: As in the overview.
        patient: Number in SPIDER.
        part: Whether the patient trains or validates.
        sequence: T1, T2 or SPACE.
        bodies: How many vertebrae SPIDER counts on the series.
        volume: In reading orientation; its own patient coordinates begin at the first pixel.
    """

    name: str
    patient: int
    part: Part
    sequence: str
    bodies: int
    volume: Volume

    @property
    def spacing_mm(self) -> tuple[float, float]:
        """From row to row and from column to column."""
        column_mm, row_mm, _ = self.volume.geometry.spacing_mm
        return row_mm, column_mm


def real_slices(part: Part, sequences: tuple[str, ...] = ("T1", "T2")) -> Iterator[RealSlice]:
    """The slices of one part, by patient.

    Raises:
        BenchmarkError: If the images are not here.
    """
    from benchmarks.simulated_spider import read_pixels

    folder = real_folder()
    with (folder / "overview.csv").open(encoding="utf-8") as file:
        overview = {row["new_file_name"].lower(): row for row in csv.DictReader(file)}
    paths = sorted((folder / "midslices").glob("*.png"), key=_order)
    for path in paths:
        patient, kind = _order(path)
        if part_of(patient) != part or SEQUENCES[kind] not in sequences:
            continue
        row = overview[path.stem.lower()]
        pixels = np.squeeze(read_pixels(path))
        if path.stem in _UPSIDE_DOWN:
            pixels = pixels[::-1]
        yield RealSlice(
            path.stem,
            patient,
            part,
            SEQUENCES[kind],
            int(row["num_vertebrae"]),
            _volume(pixels, _spacing(row["PixelSpacing"], pixels.shape, kind)),
        )


def _order(path: Path) -> tuple[int, str]:
    number, kind = path.stem.split("_", 1)
    return int(number), kind


def _spacing(text: str, shape: tuple[int, ...], kind: str) -> tuple[float, float]:
    row_mm, column_mm = ast.literal_eval(text)
    if kind == "t2_SPACE":
        return float(row_mm), float(column_mm)
    told_mm = min(_FIELDS_MM, key=lambda known_mm: abs(known_mm - column_mm))
    return _FIELDS_MM[told_mm] / shape[0], _FIELDS_MM[told_mm] / shape[1]


def _volume(pixels: npt.NDArray[Any], spacing_mm: tuple[float, float]) -> Volume:
    matrix = np.zeros((4, 4))
    matrix[1, 0], matrix[2, 1], matrix[3, 3] = spacing_mm[1], -spacing_mm[0], 1
    matrix[0, 2] = _SLICE_MM
    return Volume(pixels[None], VolumeGeometry.from_matrix(matrix, (1, *pixels.shape)))
