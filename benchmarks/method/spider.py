"""Real vertebrae and discs: SPIDER's mid-slices, the detector's vertebrae, one reader's grades.

Volumes are of one slice. The detector's own validating patients validate here too, so that their
vertebrae were found by a network that never saw them. Cut volumes are kept in ``build/method``,
which is no part of the project.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.detector.mid_slices import RealSlice, real_slices
from benchmarks.detector.weights_chosen import chosen_finder
from benchmarks.simulated_spider import real_folder
from spinegrader.domain.anatomy import TRAINING_LEVELS, VertebraLevel
from spinegrader.domain.overlays import Overlay
from spinegrader.errors import InputError
from spinegrader.imaging.crops import disc_volume, vertebra_volume
from spinegrader.model.config import VolumeShape
from spinegrader.model.data import MISSING
from spinegrader.services.finder import found_overlay

GRADINGS: Mapping[str, tuple[str, tuple[int, ...]]] = {
    "pfirrmann": ("Pfirrman grade", (1, 2, 3, 4, 5)),
    "endplate_upper": ("UP endplate", (0, 1)),
    "endplate_lower": ("LOW endplate", (0, 1)),
    "spider_modic": ("Modic", (0, 1, 2, 3)),
    "spider_narrowing": ("Disc narrowing", (0, 1)),
    "spider_bulging": ("Disc bulging", (0, 1)),
    "spider_herniation": ("Disc herniation", (0, 1)),
    "spider_slip": ("Spondylolisthesis", (0, 1)),
}
"""By id, the column and the digits of its classes. Those called ``spider_`` are SPIDER's own: our
scheme has other classes, so that they may help a network to learn, but are no grades of ours."""

_MISGRADED = "234"
"""Five black discs of this patient are graded 1."""

Volume16 = npt.NDArray[np.float16]


@dataclass(frozen=True, eq=False)
class RealArrays:
    """Volumes of all slices; row ``i`` of everything that belongs together is one body or disc.

    Args:
        vertebrae: (N, 1, rows, columns).
        vertebra_series: Name of each one's slice, such as ``100_t2``.
        levels: Index into ``TRAINING_LEVELS``.
        discs: (M, 1, rows, columns).
        disc_series: As above.
        disc_numbers: 1 for L5/S1, counted upward.
        validating: Patients that validate.
    """

    vertebrae: Volume16
    vertebra_series: npt.NDArray[np.str_]
    levels: npt.NDArray[np.int64]
    discs: Volume16
    disc_series: npt.NDArray[np.str_]
    disc_numbers: npt.NDArray[np.int64]
    validating: npt.NDArray[np.str_]


def real_arrays(folder: Path, vertebra: VolumeShape, disc: VolumeShape) -> RealArrays:
    """Cuts all volumes, or reads those that were cut before.

    Args:
        folder: Where they are kept.
        vertebra: Slices, rows and columns of a vertebral body.
        disc: Likewise.

    Raises:
        BenchmarkError: If the images are not here.
    """
    sizes = "-".join("x".join(map(str, shape)) for shape in (vertebra, disc))
    path = folder / f"spider-{sizes}.npz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        cut = _cut_all(vertebra, disc)
        np.savez(path.with_suffix(".new.npz"), **vars(cut))
        path.with_suffix(".new.npz").replace(path)
    with np.load(path, allow_pickle=False) as content:
        return RealArrays(**{name: content[name] for name in content.files})


def patient_of(series: str) -> str:
    """Number of the patient of a slice."""
    return series.split("_", 1)[0]


def grades() -> dict[tuple[str, int], dict[str, int]]:
    """By patient and number of the disc, the class by grading; missing ones are left out."""
    found: dict[tuple[str, int], dict[str, int]] = {}
    with (real_folder() / "radiological_gradings.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            place = (row["Patient"], int(row["IVD label"]))
            if place[0] == _MISGRADED or place[1] == 0:
                continue
            found[place] = {
                grading: values.index(int(row[column]))
                for grading, (column, values) in GRADINGS.items()
                if row[column].strip()
            }
    return found


def labels(arrays: RealArrays, rows: npt.NDArray[np.int64]) -> dict[str, npt.NDArray[np.int64]]:
    """Class by grading of some of the discs, ``MISSING`` where there is no grade."""
    known = grades()
    of_rows = [
        known.get((patient_of(str(arrays.disc_series[row])), int(arrays.disc_numbers[row])), {})
        for row in rows
    ]
    return {
        grading: np.array([item.get(grading, MISSING) for item in of_rows], np.int64)
        for grading in GRADINGS
    }


def _cut_all(vertebra: VolumeShape, disc: VolumeShape) -> RealArrays:
    find = chosen_finder()
    bodies: list[tuple[Volume16, str, int]] = []
    discs: list[tuple[Volume16, str, int]] = []
    validating: set[str] = set()
    for part in ("train", "validation"):
        for item in real_slices(part, ("T1", "T2", "SPACE")):
            if part == "validation":
                validating.add(str(item.patient))
            overlay = found_overlay(item.name, find(item.volume))
            if overlay is not None:
                bodies += _bodies(item, overlay, vertebra)
                discs += _discs(item, overlay, disc)
    return RealArrays(
        np.stack([volume for volume, _, _ in bodies]),
        np.array([name for _, name, _ in bodies]),
        np.array([level for _, _, level in bodies], np.int64),
        np.stack([volume for volume, _, _ in discs]),
        np.array([name for _, name, _ in discs]),
        np.array([number for _, _, number in discs], np.int64),
        np.array(sorted(validating)),
    )


def _bodies(
    item: RealSlice, overlay: Overlay, shape: VolumeShape
) -> Iterator[tuple[Volume16, str, int]]:
    for body in overlay.vertebrae:
        if body.level not in TRAINING_LEVELS:
            continue
        try:
            cut = vertebra_volume(item.volume, overlay, body, shape)
        except InputError:
            continue
        yield cut.astype(np.float16), item.name, TRAINING_LEVELS.index(body.level)


def _discs(
    item: RealSlice, overlay: Overlay, shape: VolumeShape
) -> Iterator[tuple[Volume16, str, int]]:
    """SPIDER counts discs from the one upon the sacrum, whatever the vertebra above is called."""
    if overlay.vertebra(VertebraLevel.S1) is None:
        return
    upward = sorted(overlay.spaces, key=lambda level: -level.lower.position)
    above_sacrum = [level for level in upward if level.upper.position < VertebraLevel.S1.position]
    for number, level in enumerate(above_sacrum, start=1):
        try:
            cut = disc_volume(item.volume, overlay, level, shape)
        except InputError:
            continue
        yield cut.astype(np.float16), item.name, number
