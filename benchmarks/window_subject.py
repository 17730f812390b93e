"""The real window as a process that measures itself: study changes, or memory at rest.

It imports nothing that the program itself doesn't import.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from PySide6.QtWidgets import QApplication

from benchmarks.measuring import BenchmarkError
from benchmarks.screen import Paints, live
from spinegrader.gui.garbage import GarbageCollector
from spinegrader.gui.long_lived import spare_long_lived
from spinegrader.gui.main_window import MainWindow
from spinegrader.gui.theme import apply_theme
from spinegrader.services.settings import Settings, Theme

STUDIES, IDLE = "studies", "idle"
_REST_S = 2.0
_LIMIT_S = 60.0


def main(what: str, project: Path) -> None:
    """Opens the project in the window, measures one thing and prints it.

    Raises:
        BenchmarkError: If the project doesn't open or torch was imported.
    """
    app = QApplication(sys.argv[:1])
    GarbageCollector(app)
    apply_theme(app, Theme.DARK)
    window = MainWindow(Settings(reader="Benchmark reader"))
    spare_long_lived(window.workbench)
    window.resize(1440, 900)
    window.show()
    if not window.projects.open(project):
        raise BenchmarkError("The project did not open.")
    start = time.monotonic()
    live(lambda: time.monotonic() - start > _REST_S, _LIMIT_S)
    if what == IDLE:
        if "torch" in sys.modules:
            raise BenchmarkError("The window imported torch.")
        print(resident_mb())
    else:
        print(*_study_durations_ms(window))
    window.close()


def _study_durations_ms(window: MainWindow) -> list[float]:
    """From the choice of a study to the paint of a slice of it: all but the first, twice."""
    bench = window.workbench
    paints = Paints(window.read_page.viewer.mouse_area)
    first, *others = (study for study in bench.session.state.studies if study != bench.study_uid)
    durations: list[float] = []
    for study in (*others, first, *others, first):
        before = paints.count
        start = time.perf_counter()
        bench.select_study(study)
        QApplication.processEvents()
        durations.append(1000 * (paints.first_end_s(before) - start))
        shown = window.read_page.images.series
        if paints.count == before or shown is None or shown.study_uid != study:
            raise BenchmarkError("A study was not painted.")
    return durations


def resident_mb() -> float:
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
