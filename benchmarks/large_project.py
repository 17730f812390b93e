"""A project of 10,000 studies and 500,000 grades: opening, one study's grades, compaction.

Its journals and project.h5 are made by the store itself, from changes as readers make them; the
people in it are made up. Nothing of the pixels is there: opening doesn't look at them.
"""

import datetime as dt
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.material import working_folder
from benchmarks.measuring import BenchmarkError, Row, median, p99
from spinegrader.domain.anatomy import STANDARD_DISCS, TRAINING_LEVELS
from spinegrader.domain.edits import Edit, EditGroup, ImportStudies, SetGrade, SetOverlay
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.grades import Answer, Grade, GradeKey, Reason
from spinegrader.domain.overlays import Overlay, OverlayState
from spinegrader.domain.study import Patient, Plane, Series, Study, Weighting
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.services.resources import load_scheme
from spinegrader.store.compaction import compact_project
from spinegrader.store.project import ProjectStore

_STUDIES, _GRADES = 10_000, 500_000
_STUDIES_AN_IMPORT = 100
_READERS = ("Dr. Abel", "Dr. Berg", "Dr. Conrad")
_MOST_S, _MOST_MB, _MOST_STUDY_MS, _MOST_WAIT_MS = 2.0, 500.0, 5.0, 50.0
_OPENINGS = 5
_NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


def measure(studies: int = _STUDIES, grades: int = _GRADES) -> list[Row]:
    """Makes the project, compacts it, opens it again and again, and compacts beside a window.

    Raises:
        BenchmarkError: If what is opened isn't what was made.
    """
    with working_folder() as folder:
        project = folder / "project"
        make_project(project, studies, grades)
        compacted_s = _compacted_s(project)
        opened = [_in_fresh_process("open_large", project) for _ in range(_OPENINGS)]
        if any(item["studies"] != studies or item["grades"] != grades for item in opened):
            raise BenchmarkError("The project that was opened isn't the one that was made.")
        window = _in_fresh_process("compact_beside_window", project)
    size = f"{studies} studies and {grades} grades"
    waits_ms = [value for item in opened for value in item["study_ms"]]
    return [
        Row(
            f"Opening {size}, in a fresh process, median of {_OPENINGS}",
            median([item["open_s"] for item in opened]),
            "s",
            goal=_MOST_S,
        ),
        Row(
            "Peak memory of that process",
            max(item["peak_mb"] for item in opened),
            "MB",
            goal=_MOST_MB,
        ),
        Row("A study's grades in it, median", median(waits_ms), "ms", goal=_MOST_STUDY_MS),
        Row("A study's grades in it, p99", p99(waits_ms), "ms", goal=_MOST_STUDY_MS),
        Row("Its first compaction, from the journals alone", compacted_s, "s"),
        Row("Compaction of it after one change, beside the window", window["compaction_s"], "s"),
        Row(
            "Wait of an event in the window meanwhile, longest",
            window["longest_ms"],
            "ms",
            window["longest_at_rest_ms"],
            "the same window at rest",
            goal=_MOST_WAIT_MS,
        ),
        Row("Opening it in the window until its work list is shown", window["shown_s"], "s"),
    ]


def make_project(folder: Path, studies: int, grades: int) -> None:
    """Writes the journals of a project as three readers would."""
    with ProjectStore.create(folder) as store:
        for edit in edits(studies, grades):
            store.append(edit, by=_READERS[0])
        store.close(compact=False)


def edits(studies: int, grades: int) -> Iterator[Edit]:
    """Imports, confirmed overlays, and grades, some of them changed."""
    rng = np.random.default_rng(5)
    uids = [f"1.2.826.0.1.3680043.8.498.{10**30 + number}" for number in range(studies)]
    for start in range(0, studies, _STUDIES_AN_IMPORT):
        yield _import(uids[start : start + _STUDIES_AN_IMPORT], start)
    for uid in uids:
        yield SetOverlay(f"{uid}.1", None, _overlay(f"{uid}.1", rng))
    for uid, number in zip(uids, _shares(grades, studies), strict=True):
        yield _readings(uid, number, rng)


def _shares(total: int, parts: int) -> Iterator[int]:
    """Almost equal numbers that add up."""
    for part in range(parts):
        yield total * (part + 1) // parts - total * part // parts


def _import(uids: list[str], start: int) -> ImportStudies:
    geometry = VolumeGeometry.from_matrix(
        [[0, 0, 4.4, -30], [0.7, 0, 0, -130], [0, -0.7, 0, 130], [0, 0, 0, 1]], (15, 384, 384)
    )
    people = [f"P{(start + place) * 6 // 10:06d}" for place in range(len(uids))]
    return ImportStudies(
        patients=tuple(Patient(name, f"Made^Up {name}", "F") for name in dict.fromkeys(people)),
        studies=tuple(
            Study(uid, person, dt.date(2020, 1, 1) + dt.timedelta(days=start + place))
            for place, (uid, person) in enumerate(zip(uids, people, strict=True))
        ),
        series=tuple(
            Series(
                uid=f"{uid}.{number}",
                study_uid=uid,
                pixels=f"{start + place:060x}{number:04x}",
                geometry=geometry,
                plane=plane,
                weighting=weighting,
                number=number,
                slice_hashes=tuple(f"{start + place:012x}{slice_:04x}" for slice_ in range(15)),
            )
            for place, uid in enumerate(uids)
            for number, plane, weighting in (
                (1, Plane.SAGITTAL, Weighting.T2),
                (2, Plane.SAGITTAL, Weighting.T1),
                (3, Plane.AXIAL, Weighting.T2),
            )
        ),
    )


def _overlay(series_uid: str, rng: np.random.Generator) -> Overlay:
    bodies = []
    for place, level in enumerate(TRAINING_LEVELS):
        corners = np.array([[0, -15, 12], [0, 15, 12], [0, 15, -12], [0, -15, -12]])
        moved = corners + rng.normal(size=(4, 3)) + [0, 0, -36 * place]
        first, second, third, fourth = ((float(x), float(y), float(z)) for x, y, z in moved)
        bodies.append(Vertebra(level, (first, second, third, fourth)))
    return Overlay(series_uid, tuple(bodies), OverlayState.CONFIRMED, _READERS[0])


def _readings(uid: str, number: int, rng: np.random.Generator) -> EditGroup:
    """So many answers of a study; every 25th is a correction of the one before."""
    places = [(disc, grading) for disc in STANDARD_DISCS for grading in load_scheme().gradings]
    made: list[SetGrade] = []
    while len(made) < number:
        before = made[-1].after if len(made) % 25 == 24 else None
        fresh = len(made) - len(made) // 25
        disc, grading = places[fresh % len(places)]
        reader = _READERS[fresh // len(places)]
        at = _NOON + dt.timedelta(seconds=len(made))
        value = int(rng.choice(grading.values))
        if before is None:
            key = GradeKey(uid, disc, grading.id, reader)
            grade = Grade(key, Answer.GRADED, value, 1, at, 2.5, program_version="0.1.0")
        else:
            grade = before.superseding(before, at, Reason.CORRECTED)
        made.append(SetGrade(before, grade))
    return EditGroup("Grades", tuple(made))


def _compacted_s(project: Path) -> float:
    start = time.perf_counter()
    if not compact_project(project):
        raise BenchmarkError("Another process was at the project.")
    return time.perf_counter() - start


def _in_fresh_process(module: str, project: Path) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{module}", str(project)],
        check=True,
        stdout=subprocess.PIPE,
    )
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found
