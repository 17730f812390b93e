"""The real window: from one study to another, and the memory that it takes at rest."""

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.material import LARGE_SERIES, read_project
from benchmarks.measuring import BenchmarkError, Row, median, p99
from benchmarks.window_subject import IDLE, STUDIES

_PEOPLE = 5
_GOAL_STUDY_MS = 100.0
_GOAL_MEMORY_MB = 250.0
_PLACES: dict[str, dict[str, str]] = {
    "on the screen": {},
    "offscreen": {"QT_QPA_PLATFORM": "offscreen"},
}


def study_rows(folder: Path, rounds: int) -> list[Row]:
    """Goes round the studies of a project in the real window, in a fresh process each round.

    When a study is chosen for the first time, its image is read; the second time, the window
    still has it.
    """
    project = _project(folder, large=True)
    durations: dict[str, list[float]] = {"for the first time": [], "again": []}
    for _ in range(rounds):
        told = [float(word) for word in _told(STUDIES, project, {}).split()]
        half = len(told) // 2
        durations["for the first time"] += told[:half]
        durations["again"] += told[half:]
    return [
        Row(
            f"Study chosen {when} to its slice painted in the window, 512 x 512 x 15, "
            f"{name} of {len(taken)}",
            figure(taken),
            "ms",
            goal=_GOAL_STUDY_MS,
        )
        for when, taken in durations.items()
        for name, figure in (("median", median), ("p99", p99))
    ]


def idle_memory_rows(folder: Path, rounds: int) -> list[Row]:
    """Resident memory of fresh processes whose window rests with a demo project open."""
    project = _project(folder, large=False)
    rows = []
    for place, settings in _PLACES.items():
        megabytes = [float(_told(IDLE, project, settings)) for _ in range(rounds)]
        what = f"Memory of the idle window with a demo project open, {place}, most of {rounds}"
        rows.append(Row(what, max(megabytes), "MB", goal=_GOAL_MEMORY_MB))
    return rows


def _project(folder: Path, *, large: bool) -> Path:
    session = read_project(folder, _PEOPLE, 1, LARGE_SERIES if large else None)
    try:
        return session.store.folder
    finally:
        session.close()


def _told(what: str, project: Path, settings: dict[str, str]) -> str:
    """What the window says.

    Raises:
        BenchmarkError: If it broke down.
    """
    done = subprocess.run(
        (sys.executable, "-m", "benchmarks.window_subject", what, str(project)),
        check=False,
        capture_output=True,
        env={**os.environ, **settings},
        text=True,
    )
    if done.returncode:
        raise BenchmarkError(f"The window broke down: {done.stderr[-2000:]}")
    return done.stdout
