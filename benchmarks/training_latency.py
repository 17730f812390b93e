"""How long an event waits in the window where a reader grades while two cores train as well."""

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtTest import QTest

from benchmarks.liveliness import Heartbeat
from benchmarks.material import read_project, working_folder
from benchmarks.measuring import BenchmarkError, Row, median, p99
from benchmarks.screen import live, offscreen_application

if TYPE_CHECKING:
    from spinegrader.gui.main_window import MainWindow
    from spinegrader.gui.training.jobs import RunJob

_CORES = 2
_GOAL_MS = 50.0
_REST_S = 15.0
_TRAINING_S = 45.0
_PAUSE_S = 5.0
_LIMIT_S = 300.0
_KEY_PAUSE_MS = 400
_KEYS = (Qt.Key.Key_2, Qt.Key.Key_Down, Qt.Key.Key_Backspace, Qt.Key.Key_Up)
"""A grade, the next slice, the grade taken back, the slice before: may be gone on with for ever."""

_READER = "Second reader"
_EPOCHS = 1000
_REST = "at rest"
_PAGES = {"grading on the Read page": "page_read", "looking at the Models page": "page_models"}

Start = Callable[["MainWindow"], "RunJob | None"]


class BusyReader(QObject):
    """Presses the keys of a reader. No other study: opening one keeps events waiting by itself."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__()
        self._window = window
        self.presses = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_KEY_PAUSE_MS)
        self._timer.timeout.connect(self._press)
        self._timer.start()

    def stop(self) -> None:
        """Takes the hands off the keyboard."""
        self._timer.stop()

    def _press(self) -> None:
        if self._window.pages.currentWidget() is not self._window.read_page:
            return
        key = _KEYS[self.presses % len(_KEYS)]
        QTest.keyClick(self._window.read_page.viewer.mouse_area, key)
        self.presses += 1


def measure(subjects: int = 12, follow_ups: int = 10) -> list[Row]:
    """Reads at rest, then beside each kind of training.

    Raises:
        BenchmarkError: If a training doesn't start or fails.
    """
    from spinegrader.gui.long_lived import spare_long_lived
    from spinegrader.gui.main_window import MainWindow
    from spinegrader.services.settings import Settings

    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:_CORES])
    with working_folder() as folder:
        read_project(folder, subjects, follow_ups).close()
        app = offscreen_application()
        window = MainWindow(Settings(reader=_READER))
        spare_long_lived(window.workbench)
        window.show()
        if not window.projects.open(folder / "project"):
            raise BenchmarkError("The project did not open.")
        reader = BusyReader(window)
        rest = {page: _rest(window, action) for page, action in _PAGES.items()}
        rows: list[Row] = []
        for kind, start in (("pre-training", _pretraining), ("fine-tuning", _finetuning)):
            rows += _beside(window, kind, start, rest)
        reader.stop()
        window.close()
        app.processEvents()
    return rows


def _rest(window: "MainWindow", action: str) -> list[float]:
    window.show_page(action)
    return _beats(_REST_S)


def _beats(duration_s: float) -> list[float]:
    """How late each beat comes in some seconds, in ms."""
    beat = Heartbeat()
    end = time.monotonic() + duration_s
    beat.start()
    live(lambda: time.monotonic() >= end, _LIMIT_S)
    beat.stop()
    return beat.late_ms[beat.phase]


def _beside(
    window: "MainWindow", kind: str, start: Start, rest: dict[str, list[float]]
) -> list[Row]:
    from spinegrader.model.events import BatchEvent
    from spinegrader.services.jobs import JobState

    told: list[object] = []

    def listen(_: object, event: object) -> None:
        told.append(event)

    window.workbench.job_event.connect(listen)
    job = start(window)
    if job is None:
        raise BenchmarkError(f"The {kind} did not start.")
    live(lambda: job.is_over or any(isinstance(item, BatchEvent) for item in told), _LIMIT_S)
    rows: list[Row] = []
    for page, action in _PAGES.items():
        window.show_page(action)
        late_ms = _beats(_TRAINING_S)
        rows += _latency_rows(kind, page, late_ms, rest[page])
    if job.state is not JobState.RUNNING:
        raise BenchmarkError(f"The {kind} ended too early, as {job.state}: {job.error}")
    rows += _pause_rows(kind, job)
    job.request_cancel()
    live(lambda: job.is_over, _LIMIT_S)
    window.workbench.job_event.disconnect(listen)
    return rows


def _latency_rows(kind: str, page: str, late_ms: list[float], rest_ms: list[float]) -> list[Row]:
    figures = (("median", median, None), ("p99", p99, _GOAL_MS), ("longest", max, None))
    return [
        Row(
            f"Wait of an event while {kind} runs on the same {_CORES} cores, {page}, "
            f"{name} of {len(late_ms)}",
            figure(late_ms),
            "ms",
            figure(rest_ms),
            "while nothing trains",
            goal=goal,
        )
        for name, figure, goal in figures
    ]


def _pause_rows(kind: str, job: "RunJob") -> list[Row]:
    from spinegrader.services.jobs import JobState

    asked_s = time.perf_counter()
    job.request_pause()
    while job.state is not JobState.PAUSED and not job.is_over:
        time.sleep(0.001)
    stood_s = time.perf_counter() - asked_s
    used_s, end = time.process_time(), time.monotonic() + _PAUSE_S
    live(lambda: time.monotonic() >= end, _LIMIT_S)
    share = (time.process_time() - used_s) / _PAUSE_S
    job.go_on()
    return [
        Row(f"Time from Pause until a {kind} stands still", 1000 * stood_s, "ms"),
        Row(
            f"Of one core that the whole window uses while a {kind} is paused, Models page",
            100 * share,
            "%",
        ),
    ]


def _pretraining(window: "MainWindow") -> "RunJob | None":
    from spinegrader.gui.training.jobs import start_pretraining
    from spinegrader.model.config import PretrainConfig

    changes = {"epochs": _EPOCHS, "patience_epochs": 0, "device": "cpu"}
    return start_pretraining(window.workbench, PretrainConfig.laptop().model_copy(update=changes))


def _finetuning(window: "MainWindow") -> "RunJob | None":
    from spinegrader.gui.training.jobs import start_finetuning
    from spinegrader.model.config import FinetuneConfig

    changes = {"epochs": _EPOCHS, "patience_epochs": 0, "device": "cpu", "freeze": "none"}
    return start_finetuning(
        window.workbench, FinetuneConfig.laptop().model_copy(update=changes), None
    )
