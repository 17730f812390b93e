"""From DICOM files to a sorted volume, beside SimpleITK, pydicom, highdicom and dcm2niix."""

import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.material import LARGE_SERIES, simulated_series, working_folder
from benchmarks.measuring import BenchmarkError, Row, duration_ms, interleaved_ms, median
from spinegrader.imaging.dicom import read_series
from spinegrader.imaging.sandbox import Sandbox
from spinegrader.imaging.scan import scan
from spinegrader.imaging.sources import Sources
from spinegrader.services.untrusted import PRELOADED

Pixels = npt.NDArray[Any]


_SITK_RATIO = 1 / 3


def measure(rounds: int = 25) -> list[Row]:
    """Opens one series of 15 slices of 512 x 512 in several ways; the files are in memory.

    Ours parses in child processes that run already; starting them is a row of its own.

    Raises:
        BenchmarkError: If they don't read the same pixels.
    """
    with working_folder() as folder, Sandbox(preload=PRELOADED) as sandbox:
        series = simulated_series(folder / "images", LARGE_SERIES)
        ways = {
            "ours": lambda series: open_ours(series, sandbox),
            "SimpleITK ImageSeriesReader, GDCM": open_with_simpleitk,
            "pydicom, sorted by hand": open_with_pydicom,
            "highdicom get_volume_from_series": open_with_highdicom,
        }
        _compare([way(series) for way in ways.values()])
        actions = {name: lambda way=way: way(series) for name, way in ways.items()}
        actions["dcm2niix, its process and NIfTI file included"] = lambda: _convert(series)
        durations = interleaved_ms(actions, rounds)
        cold = [duration_ms(lambda: _open_cold(series)) for _ in range(5)]
    what = f"Opening 15 slices of 512 x 512, checked and sorted, median of {rounds}"
    ours = median(durations.pop("ours"))
    rows = [Row(what, ours, "ms", median(times), name) for name, times in durations.items()]
    rows[0] = replace(rows[0], goal_ratio=_SITK_RATIO)
    started = "The same with child processes started first, median of 5"
    return [*rows, Row(started, median(cold), "ms")]


def open_ours(series: Path, sandbox: Sandbox) -> Pixels:
    """The headers of the folder, checked and grouped, and then the pixels."""
    with Sources([series], sandbox.run) as sources:
        (found,) = scan(sources, sandbox).series
        return read_series(found, sandbox).volumes[0].pixels


def _open_cold(series: Path) -> None:
    with Sandbox(preload=PRELOADED) as sandbox:
        open_ours(series, sandbox)


def open_with_highdicom(series: Path) -> Pixels:
    """Reads with highdicom, which checks that the slices form a volume."""
    import highdicom
    import pydicom

    datasets = [pydicom.dcmread(path) for path in sorted(series.iterdir())]
    volume = highdicom.get_volume_from_series(datasets)
    # It turns numbers into float64 where that is asked for only.
    return volume.array


def _convert(series: Path) -> None:
    import dcm2niix

    with tempfile.TemporaryDirectory() as folder:
        command = [dcm2niix.bin, "-b", "n", "-z", "n", "-o", folder, str(series)]
        subprocess.run(command, check=True, capture_output=True)


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
