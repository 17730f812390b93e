"""Real mid-sagittal slices to hold the simulated ones against: SPIDER's, where they are here.

SPIDER (van der Graaf et al., Sci Data 2024;11:264), CC BY 4.0; not part of the project. Looked
for where SPINEGRADER_DATA points, or in ``../shared/data``.
"""

import csv
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.measuring import BenchmarkError
from benchmarks.simulated_material import CANAL, MidSlice, mid_slice
from benchmarks.simulated_transfer import labels_on
from spinegrader.errors import InputError

_BESIDE = Path(__file__).resolve().parents[1].parent / "shared" / "data"
_SPACE_MM = (0.46875, 0.46875)
TSE_MATRIX = (512, 512)
TSE_MM = 300 / 512
"""The overview names 0.469 mm for some of these, the spacing of their T2-SPACE; registered to
that, all of them fit at 0.586 mm and none at 0.469 mm."""

_LEAST_INFORMATION = 0.4
"""Series that say less of one another (nats) don't show the same slice."""

_MISGRADED = ("234",)
"""Five black discs of this patient are graded 1: its grades are left out."""

_SCOLIOTIC = ("50",)
"""No slice shows the canal along the whole spine."""


def real_folder() -> Path:
    """Where the real images are.

    Raises:
        BenchmarkError: If they are not here.
    """
    folder = Path(os.environ.get("SPINEGRADER_DATA", _BESIDE)) / "spider"
    if not folder.is_dir():
        raise BenchmarkError("no real images here: SPINEGRADER_DATA names no folder with SPIDER")
    return folder


def read_pixels(path: Path) -> npt.NDArray[Any]:
    """The pixels of a PNG or NIfTI file, slices first."""
    import SimpleITK as sitk  # noqa: N813 - its usual name

    return np.asarray(sitk.GetArrayFromImage(sitk.ReadImage(str(path))))


def pfirrmann_upward(folder: Path) -> dict[str, list[int | None]]:
    """Grades by patient, from L5/S1 up."""
    grades: dict[str, dict[int, int]] = defaultdict(dict)
    with (folder / "radiological_gradings.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            graded = row["Pfirrman grade"].strip() and row["Patient"] not in _MISGRADED
            if graded:
                grades[row["Patient"]][int(row["IVD label"])] = int(row["Pfirrman grade"])
    return {name: [discs.get(number) for number in range(1, 9)] for name, discs in grades.items()}


def tse_slices(folder: Path) -> dict[str, list[MidSlice]]:
    """TSE mid-slices of the patients whose T2-SPACE is masked, the masks moved onto them.

    Args:
        folder: Of SPIDER.

    Returns:
        By weighting, T2 and T1; a T1 of another matrix than its T2 is left out.
    """
    grades = pfirrmann_upward(folder)
    found: dict[str, list[MidSlice]] = {"T2": [], "T1": []}
    for path in sorted((folder / "t2_space").glob("*_image.nii.gz")):
        name = path.name.split("_")[0]
        t2_path = folder / "midslices" / f"{name}_t2.png"
        if not t2_path.exists():
            continue
        t2 = read_pixels(t2_path)
        if t2.shape != TSE_MATRIX:
            continue
        labels = read_pixels(path.with_name(path.name.replace("_image", "_mask")))
        moved = labels_on(t2, TSE_MM, read_pixels(path), labels, _SPACE_MM[0])
        if moved.information < _LEAST_INFORMATION:
            continue
        t1 = read_pixels(t2_path.with_name(f"{name}_t1.png"))
        for weighting, pixels in (("T2", t2), ("T1", t1)):
            if pixels.shape == TSE_MATRIX:
                found[weighting].append(
                    mid_slice(name, pixels, moved.labels, (TSE_MM, TSE_MM), grades.get(name, []))
                )
    return found


def space_slices(folder: Path) -> list[MidSlice]:
    """T2-SPACE mid-slices with their masks."""
    grades = pfirrmann_upward(folder)
    found = []
    for path in sorted((folder / "t2_space").glob("*_image.nii.gz")):
        name = path.name.split("_")[0]
        if name in _SCOLIOTIC:
            continue
        pixels = read_pixels(path)
        labels = read_pixels(path.with_name(path.name.replace("_image", "_mask")))
        middle = int((labels == CANAL).sum(axis=(1, 2)).argmax())
        try:
            found.append(
                mid_slice(name, pixels[middle], labels[middle], _SPACE_MM, grades.get(name, []))
            )
        except InputError as error:
            print(f"left out: {error.message}")
    return found
