"""From the choice of a series that the project holds to the paint of its slice."""

import time
from pathlib import Path

from PySide6.QtWidgets import QApplication

from benchmarks.material import LARGE_SERIES, read_project, working_folder
from benchmarks.measuring import BenchmarkError, Row, median, p99
from benchmarks.screen import Paints, offscreen_application

_PEOPLE = 5
_GOAL_MS = 50.0


def measure(rounds: int = 60) -> list[Row]:
    """Goes round series of 15 slices of 512 x 512 in the real window.

    What the window remembers of them is cleared, so that each is read and verified anew.

    Raises:
        BenchmarkError: If a series was not painted.
    """
    app = offscreen_application()
    with working_folder() as folder:
        session = read_project(folder, _PEOPLE, 0, LARGE_SERIES)
        project = session.store.folder
        session.close()
        durations = _measure(app, project, rounds)
    what = "A series of the project chosen to its slice painted, 15 slices of 512 x 512"
    return [
        Row(f"{what}, median of {rounds}", median(durations), "ms", goal=_GOAL_MS),
        Row(f"{what}, p99 of {rounds}", p99(durations), "ms"),
    ]


def _measure(app: QApplication, project: Path, rounds: int) -> list[float]:
    from spinegrader.gui.main_window import MainWindow
    from spinegrader.services.settings import Settings

    window = MainWindow(Settings(reader="Benchmark"))
    window.show()
    if not window.projects.open(project):
        raise BenchmarkError("The project did not open.")
    app.processEvents()
    bench = window.workbench
    studies = list(bench.session.state.studies)
    paints = Paints(window.read_page.viewer.mouse_area)
    durations: list[float] = []
    for number in range(rounds):
        study = studies[number % len(studies)]
        # The first series comes to the front with its study; the second is read anew.
        series = bench.session.state.series_of(study)[1]
        bench.select_study(study)
        app.processEvents()
        window.read_page.images_area.volumes.clear()
        before = paints.count
        start = time.perf_counter()
        bench.select_series(series.uid)
        app.processEvents()
        durations.append(1000 * (paints.first_end_s(before) - start))
    window.close()
    return durations
