"""How long the window keeps an event waiting while a training runs beside it."""

import itertools
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer

from benchmarks.material import READER, read_project, working_folder
from benchmarks.measuring import BenchmarkError, Row, median, p99
from benchmarks.screen import live, offscreen_application

if TYPE_CHECKING:
    from spinegrader.gui.main_window import MainWindow
    from spinegrader.model.config import PretrainConfig

_BEAT_MS = 10.0
_REST_S = 10.0
_LIMIT_S = 300.0
_REST, _FIRST_START, _START, _TRAINING = "at rest", "first start", "start", "training"
_PAGES = {"Read": "page_read", "Models": "page_models"}


class Heartbeat(QObject):
    """A timer every 10 ms that notes how late it fires, by phase."""

    def __init__(self) -> None:
        super().__init__()
        self.phase = _REST
        self.late_ms: dict[str, list[float]] = defaultdict(list)
        self._last_s = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(int(_BEAT_MS))
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Begins to beat."""
        self._last_s = time.perf_counter()
        self._timer.start()

    def stop(self) -> None:
        """Beats no more."""
        self._timer.stop()

    def _beat(self) -> None:
        now_s = time.perf_counter()
        late_ms = max(0.0, 1000 * (now_s - self._last_s) - _BEAT_MS)
        self._last_s = now_s
        # One long wait swallows many beats; each of them would have waited for its rest.
        # (G. Tene, "How NOT to measure latency", 2013: coordinated omission.)
        while late_ms >= 0:
            self.late_ms[self.phase].append(late_ms)
            late_ms -= _BEAT_MS


def measure(
    rounds: int = 3, epochs: int = 6, subjects: int = 12, follow_ups: int = 10
) -> list[Row]:
    """Trains in turn beside the window, on each of two pages, and without its event loop.

    Raises:
        BenchmarkError: If a training fails.
    """
    from spinegrader.gui.long_lived import spare_long_lived
    from spinegrader.gui.main_window import MainWindow
    from spinegrader.model.config import PretrainConfig
    from spinegrader.services.settings import Settings

    config = PretrainConfig.laptop().model_copy(update={"epochs": epochs, "device": "cpu"})
    with working_folder() as folder:
        read_project(folder, subjects, follow_ups).close()
        app = offscreen_application()
        window = MainWindow(Settings(reader=READER))
        spare_long_lived(window.workbench)
        window.show()
        if not window.projects.open(folder / "project"):
            raise BenchmarkError("The project did not open.")
        beats = {page: Heartbeat() for page in _PAGES}
        # The very first job also loads torch and cuts the volumes, while the reader reads.
        beginning = _FIRST_START
        epoch_s: dict[str, list[float]] = {"with": [], "without": []}
        for _ in range(rounds):
            for page, action in _PAGES.items():
                window.show_page(action)
                _rest(beats[page])
                epoch_s["with"] += _epochs_beside(window, config, beats[page], beginning)
                beginning = _START
                epoch_s["without"] += _epochs_alone(window, config)
        window.close()
        app.processEvents()
    return [*_latency_rows(beats), _epoch_row(epoch_s)]


def _rest(beat: Heartbeat) -> None:
    """The same window while nothing trains."""
    end = time.monotonic() + _REST_S
    beat.phase = _REST
    beat.start()
    live(lambda: time.monotonic() >= end, _LIMIT_S)
    beat.stop()


def _epochs_beside(
    window: "MainWindow", config: "PretrainConfig", beat: Heartbeat, beginning: str
) -> list[float]:
    """Trains in the window's training lane; seconds of each epoch behind the first."""
    from spinegrader.gui.training.jobs import start_pretraining
    from spinegrader.model.events import StartedEvent
    from spinegrader.services.jobs import JobState

    def follow(_: object, event: object) -> None:
        if isinstance(event, StartedEvent):
            beat.phase = _TRAINING

    bench = window.workbench
    bench.job_event.connect(follow)
    beat.phase = beginning
    beat.start()
    job = start_pretraining(bench, config)
    if job is None:
        raise BenchmarkError("The training did not start.")
    live(lambda: job.is_over, _LIMIT_S)
    beat.stop()
    bench.job_event.disconnect(follow)
    if job.state is not JobState.DONE:
        raise BenchmarkError(f"The training ended as {job.state}: {job.error}")
    return _epoch_durations_s(job.run_folder)


def _epochs_alone(window: "MainWindow", config: "PretrainConfig") -> list[float]:
    """The same training while no event loop runs, on a thread as well."""
    from spinegrader.model.runs import new_run_folder
    from spinegrader.services.training import pretrain_plan

    session = window.workbench.session
    folder = new_run_folder(session.store.runs_folder, "pretrain")
    plan = pretrain_plan(session, config)
    with ThreadPoolExecutor(1) as lane:
        lane.submit(plan.run, folder, lambda _: None, lambda: False).result()
    return _epoch_durations_s(folder)


def _epoch_durations_s(run_folder: Path) -> list[float]:
    from spinegrader.model.events import EpochEvent
    from spinegrader.model.runs import read_events

    ends_s = [event.elapsed_s for event in read_events(run_folder) if isinstance(event, EpochEvent)]
    return [after - before for before, after in itertools.pairwise(ends_s)]


def _latency_rows(beats: dict[str, Heartbeat]) -> list[Row]:
    figures = (("median", median), ("p99", p99), ("longest", max))
    rows: list[Row] = []
    for page, beat in beats.items():
        rest = beat.late_ms[_REST]
        rows += [
            Row(
                f"Wait of an event while pre-training runs, {page} page, "
                f"{name} of {len(beat.late_ms[_TRAINING])}",
                figure(beat.late_ms[_TRAINING]),
                "ms",
                figure(rest),
                "the same window at rest",
            )
            for name, figure in figures
        ]
    start = beats["Read"].late_ms[_FIRST_START]
    rows += [
        Row(
            "Wait of an event while the first training loads torch and cuts its volumes, "
            f"{name} of {len(start)}",
            figure(start),
            "ms",
        )
        for name, figure in figures
    ]
    return rows


def _epoch_row(epoch_s: dict[str, list[float]]) -> Row:
    return Row(
        f"Pre-training beside the window, an epoch, median of {len(epoch_s['with'])}",
        median(epoch_s["with"]),
        "s",
        median(epoch_s["without"]),
        "the same without window",
    )
