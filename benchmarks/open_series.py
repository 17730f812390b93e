"""From DICOM files to a sorted volume, beside SimpleITK (GDCM) and plain pydicom."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.material import LARGE_SERIES, simulated_series, working_folder
from benchmarks.measuring import BenchmarkError, Row, interleaved_ms, median

Pixels = npt.NDArray[Any]


def measure(rounds: int = 25) -> list[Row]:
    """Opens one series of 15 slices of 512 x 512 in three ways; the files are in memory.

    Raises:
        BenchmarkError: If the three don't read the same pixels.
    """
    with working_folder() as folder:
        series = simulated_series(folder / "images", LARGE_SERIES)
        ways = {"ours": open_ours, "sitk": open_with_simpleitk, "pydicom": open_with_pydicom}
        _compare([way(series) for way in ways.values()])
        durations = interleaved_ms(
            {name: lambda way=way: way(series) for name, way in ways.items()}, rounds
        )
    what = f"Opening 15 slices of 512 x 512, checked and sorted, median of {rounds}"
    ours = median(durations["ours"])
    return [
        Row(what, ours, "ms", median(durations["sitk"]), "SimpleITK ImageSeriesReader, GDCM"),
        Row(what, ours, "ms", median(durations["pydicom"]), "pydicom, sorted by hand"),
    ]


def open_ours(series: Path) -> Pixels:
    """The headers of the folder, checked and grouped, and then the pixels."""
    from spinegrader.imaging.dicom import read_series
    from spinegrader.imaging.scan import scan

    (found,) = scan([series]).series
    return read_series(found).volumes[0].pixels


def open_with_simpleitk(series: Path) -> Pixels:
    """GDCM sorts the files by their place; it checks nothing else."""
    import SimpleITK as sitk  # noqa: N813 - its usual name

    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(series)))
    return sitk.GetArrayFromImage(reader.Execute())


def open_with_pydicom(series: Path) -> Pixels:
    """What one writes by hand: read all, sort along the normal, stack."""
    import pydicom

    slices = [pydicom.dcmread(path) for path in series.iterdir()]
    orientation = slices[0].ImageOrientationPatient
    normal = np.cross(orientation[:3], orientation[3:])
    slices.sort(key=lambda item: float(np.dot(normal, item.ImagePositionPatient)))
    return np.stack([item.pixel_array for item in slices])


def _compare(volumes: list[Pixels]) -> None:
    """The same slices in the same order, or in the opposite one."""
    first = volumes[0]
    for other in volumes[1:]:
        if not (np.array_equal(first, other) or np.array_equal(first, other[::-1])):
            raise BenchmarkError("The readers do not agree on the pixels.")
