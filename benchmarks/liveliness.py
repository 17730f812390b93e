"""How fast the window answers while a real pre-training runs beside it."""

import json
import tempfile
import time
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from benchmarks.rows import Row, machine, median_and_p99_ms
from spinegrader.gui.main_window import MainWindow
from spinegrader.gui.training.jobs import start_pretraining
from spinegrader.model.config import PretrainConfig
from spinegrader.services.demo import read_truth
from spinegrader.services.settings import Settings
from spinegrader.simulate.cohort import simulate_cohort

_EPOCHS = 6
_BEAT_MS = 10


def measure() -> list[Row]:
    """A 10 ms heartbeat on the window's thread; lateness is what a key would wait."""
    app = QApplication.instance() or QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        window = _window(Path(folder))
        config = PretrainConfig.laptop().model_copy(update={"epochs": _EPOCHS})
        late: list[float] = []
        beats = QTimer()
        beats.setInterval(_BEAT_MS)
        last = time.perf_counter()

        def beat() -> None:
            nonlocal last
            now = time.perf_counter()
            late.append(max(0.0, now - last - _BEAT_MS / 1e3))
            last = now

        beats.timeout.connect(beat)
        window.show_page("page_models")
        job = start_pretraining(window.workbench, config)
        if job is None:
            raise AssertionError("the training did not start")
        start = time.perf_counter()
        beats.start()
        _live_until(lambda: job.is_over)
        beats.stop()
        seconds = (time.perf_counter() - start) / _EPOCHS
        window.close()
        app.processEvents()
    median, p99 = median_and_p99_ms(late)
    return [
        Row(
            "liveliness",
            f"lateness of an event while pre-training runs beside, {machine()}, median / p99 / "
            "worst (torch's import included)",
            f"{median:.1f} / {p99:.1f} / {1e3 * max(late):.0f} ms, {seconds:.1f} s an epoch",
            goal="p99 at most 50 ms",
        )
    ]


def _window(folder: Path) -> MainWindow:
    simulate_cohort(folder / "cohort", 8, 6, 2)
    window = MainWindow(Settings(reader="Reader"))
    window.resize(1360, 850)
    window.show()
    window.projects.make(folder / "project")
    finished: list[object] = []
    window.projects.import_finished.connect(finished.append)
    window.projects.start_import([folder / "cohort"])
    _live_until(lambda: bool(finished))
    truth = json.loads((folder / "cohort" / "truth.json").read_text(encoding="utf-8"))
    read_truth(window.workbench.session, truth)
    return window


def _live_until(condition) -> None:  # noqa: ANN001 - a callable without arguments
    while not condition():
        loop = QEventLoop()
        QTimer.singleShot(50, loop.quit)
        loop.exec()
