"""A simulated cohort as arrays with the acquisition of each visit, kept on disk visit by visit."""

import hashlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.simulated_acquisition import acquisition_features
from spinegrader import simulate
from spinegrader.domain.anatomy import REGULAR_LEVELS, TRAINING_LEVELS, VertebraLevel
from spinegrader.simulate.ageing.grades import grades_of
from spinegrader.simulate.output.arrays import ArrayShapes, cut_volumes
from spinegrader.simulate.painting.canal_shape import SpinalCanal
from spinegrader.simulate.person.spine import Spine
from spinegrader.simulate.plan import CohortPlan, PlannedVisit
from spinegrader.simulate.scanner.config import AcquisitionConfig
from spinegrader.simulate.visit import simulate_visit

GRADING = "degeneration"
"""The target of the published experiment."""

Array = npt.NDArray[np.float16]


@dataclass(frozen=True, eq=False)
class VisitRecord:
    """What is kept of one visit.

    Args:
        subject: Number of the person.
        day: Of the visit, counted from the calendar's first.
        features: What only the acquisition decides, by name.
        vertebrae: Shape (n, slices, rows, columns).
        levels: Place of each in TRAINING_LEVELS, shape (n,).
        discs: Shape (m, slices, rows, columns).
        grades: True grades, shape (m,).
        disc_levels: Place of the vertebra above each, shape (m,).
    """

    subject: int
    day: int
    features: dict[str, float]
    vertebrae: Array
    levels: npt.NDArray[np.int64]
    discs: Array
    grades: npt.NDArray[np.int64]
    disc_levels: npt.NDArray[np.int64]


def visit_records(
    folder: Path, plan: CohortPlan, config: AcquisitionConfig, shapes: ArrayShapes
) -> Iterator[VisitRecord]:
    """The visits of a cohort; those that a broken-off run has left are not made again.

    Args:
        folder: Where each is kept; it should hold nothing else and be named by what is in it.
        plan: Who comes when.
        config: Of the stacks.
        shapes: Of the volumes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for planned in plan.visits():
        path = folder / f"{planned.number:04d}-{planned.count}.npz"
        if not path.exists():
            _write(path, _made(planned, config, shapes))
        yield _read(path)


def simulator_fingerprint() -> str:
    """Of the simulator's own code: images that another one made are not taken for its own."""
    digest = hashlib.sha256()
    for path in sorted(Path(simulate.__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _made(planned: PlannedVisit, config: AcquisitionConfig, shapes: ArrayShapes) -> VisitRecord:
    visit = simulate_visit(planned.person(), planned.age_years, planned.rng(), config)
    volumes = cut_volumes(visit, _absent(visit.spine), shapes)
    places = {str(level): place for place, level in enumerate(TRAINING_LEVELS)}
    grades = _true_grades(visit.spine)
    vertebrae = {name: item for name, item in volumes.vertebrae.items() if name in places}
    discs = {
        name: item
        for name, item in volumes.discs.items()
        if name in grades and name.split("/")[0] in places
    }
    return VisitRecord(
        subject=planned.number,
        day=planned.at.toordinal(),
        features=acquisition_features(visit),
        vertebrae=_stacked(vertebrae, shapes.vertebra),
        levels=np.asarray([places[name] for name in vertebrae], dtype=np.int64),
        discs=_stacked(discs, shapes.disc),
        grades=np.asarray([grades[name] for name in discs], dtype=np.int64),
        disc_levels=np.asarray([places[name.split("/")[0]] for name in discs], dtype=np.int64),
    )


def _stacked(volumes: dict[str, Array], shape: tuple[int, int, int]) -> Array:
    return np.stack([*volumes.values()]) if volumes else np.empty((0, *shape), dtype=np.float16)


def _absent(spine: Spine) -> list[VertebraLevel]:
    there = {body.shape.level for body in spine.bodies if body.shape.level is not None}
    first = min(level.position for level in there)
    return [
        level
        for level in REGULAR_LEVELS
        if first < level.position < VertebraLevel.S1.position and level not in there
    ]


def _true_grades(spine: Spine) -> dict[str, int]:
    canal = SpinalCanal(spine)
    return {
        str(disc.level): grades_of(
            disc.state,
            sac_depth_mm=canal.sac_depth_mm(disc),
            disc_height_mm=disc.height_mm,
            depth_mm=disc.depth_mm,
        )[GRADING]
        for disc in spine.discs
        if disc.level is not None
    }


def _write(path: Path, record: VisitRecord) -> None:
    """In one step: a file that is there is whole."""
    held: dict[str, Any] = vars(record) | {"features": json.dumps(record.features)}
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        np.savez(file, **held)
    Path(file.name).replace(path)


def _read(path: Path) -> VisitRecord:
    with np.load(path) as held:
        return VisitRecord(
            int(held["subject"]),
            int(held["day"]),
            json.loads(str(held["features"])),
            held["vertebrae"],
            held["levels"],
            held["discs"],
            held["grades"],
            held["disc_levels"],
        )
