"""The detector on a real study as its scanner wrote it, against places that somebody pointed at.

The study (published CC0 by the person imaged) isn't part of the project: it is looked for where
SPINEGRADER_DATA points, or in ``../shared/data``.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.detector.matching import NEAR_MM
from benchmarks.measuring import BenchmarkError
from benchmarks.simulated_spider import real_folder
from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import FloatArray
from spinegrader.domain.study import Plane, Series
from spinegrader.imaging.detection.finding import SpineFinding
from spinegrader.imaging.dicom import read_series
from spinegrader.imaging.sandbox import Sandbox
from spinegrader.imaging.scan import scan
from spinegrader.imaging.sources import Sources
from spinegrader.imaging.volume import Volume
from spinegrader.services.untrusted import PRELOADED

_POINTED_AT = Path(__file__).with_name("study_centres.csv")


def study_volumes(plane: Plane) -> Iterator[tuple[Series, Volume]]:
    """The study's series of one plane, read as the program reads them.

    Raises:
        BenchmarkError: If the study is not here.
    """
    folder = real_folder().parent / "lumbar_cc0" / "hospital_a"
    if not folder.is_dir():
        raise BenchmarkError("no real study here: SPINEGRADER_DATA names no folder with one")
    with Sandbox(preload=PRELOADED) as sandbox, Sources([folder], sandbox.run) as sources:
        for found in scan(sources, sandbox).series:
            if found.series.plane is plane:
                for volume in read_series(found, sandbox).volumes:
                    yield found.series, volume


def pointed_at() -> dict[VertebraLevel, FloatArray]:
    """Centres of the study's bodies, patient millimetres, to about 3 mm."""
    with _POINTED_AT.open(encoding="utf-8") as file:
        return {
            VertebraLevel(row["level"]): np.asarray([float(row[name]) for name in ("x", "y", "z")])
            for row in csv.DictReader(file)
        }


def is_right(finding: SpineFinding) -> bool:
    """Whether every body that was pointed at was found, is near its place, and bears its name."""
    found = {body.level: body.centre_mm for body in finding.vertebrae}
    return all(
        level in found and float(np.linalg.norm((found[level] - place)[1:])) <= NEAR_MM
        for level, place in pointed_at().items()
    )
