"""The real window: from one study to another, and the memory that it takes at rest."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.material import LARGE_SERIES, READER, read_project
from benchmarks.measuring import BenchmarkError, Row, median, p99
from benchmarks.screen import Paints, live

if TYPE_CHECKING:
    from spinegrader.gui.main_window import MainWindow

_PEOPLE = 5
_GOAL_STUDY_MS = 100.0
_GOAL_MEMORY_MB = 250.0
_REST_S = 2.0
_LIMIT_S = 60.0
_STUDIES, _IDLE = "studies", "idle"
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
        told = [float(word) for word in _told(_STUDIES, project, {}).split()]
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
        megabytes = [float(_told(_IDLE, project, settings)) for _ in range(rounds)]
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
    """What this module says as a program.

    Raises:
        BenchmarkError: If it broke down.
    """
    done = subprocess.run(
        (sys.executable, "-m", __name__, what, str(project)),
        check=False,
        capture_output=True,
        env={**os.environ, **settings},
        text=True,
    )
    if done.returncode:
        raise BenchmarkError(f"The window broke down: {done.stderr[-2000:]}")
    return done.stdout


def main(what: str, project: Path) -> None:
    """Opens the project in the window, measures one thing and prints it.

    Raises:
        BenchmarkError: If the project doesn't open or torch was imported.
    """
    from PySide6.QtWidgets import QApplication

    from spinegrader.gui.main_window import MainWindow
    from spinegrader.gui.theme import apply_theme
    from spinegrader.services.settings import Settings, Theme

    app = QApplication(sys.argv[:1])
    apply_theme(app, Theme.DARK)
    window = MainWindow(Settings(reader=READER))
    window.resize(1440, 900)
    window.show()
    if not window.projects.open(project):
        raise BenchmarkError("The project did not open.")
    start = time.monotonic()
    live(lambda: time.monotonic() - start > _REST_S, _LIMIT_S)
    if what == _IDLE:
        if "torch" in sys.modules:
            raise BenchmarkError("The window imported torch.")
        print(_resident_mb())
    else:
        print(*_study_durations_ms(window))
    window.close()


def _study_durations_ms(window: "MainWindow") -> list[float]:
    """From the choice of a study to the paint of a slice of it: all but the first, twice."""
    from PySide6.QtWidgets import QApplication

    bench = window.workbench
    paints = Paints(window.read_page.viewer.mouse_area)
    first, *others = (study for study in bench.session.state.studies if study != bench.study_uid)
    durations: list[float] = []
    for study in (*others, first, *others, first):
        before = paints.count
        start = time.perf_counter()
        bench.select_study(study)
        QApplication.processEvents()
        durations.append(1000 * (time.perf_counter() - start))
        shown = window.read_page.images.series
        if paints.count == before or shown is None or shown.study_uid != study:
            raise BenchmarkError("A study was not painted.")
    return durations


def _resident_mb() -> float:
    """Resident memory of this process, in millions of bytes, as the system tells it."""
    told = subprocess.run(
        (shutil.which("ps") or "ps", "-o", "rss=", "-p", str(os.getpid())),
        check=True,
        capture_output=True,
        text=True,
    )
    return int(told.stdout) * 1024 / 1e6


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
