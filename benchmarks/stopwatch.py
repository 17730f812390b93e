"""From opening the demo project to one study's predictions accepted or overruled: keys, waiting.

Everything is done by keys that go to the window, as a keyboard sends them. Thinking isn't counted.
"""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from benchmarks.material import working_folder
from benchmarks.measuring import BenchmarkError, Row
from benchmarks.screen import live, offscreen_application

if TYPE_CHECKING:
    from spinegrader.gui.main_window import MainWindow
    from spinegrader.services.review_rows import ReviewRow

_LIMIT_S = 180.0
_NO_KEY = Qt.KeyboardModifier.NoModifier
_ALT, _CONTROL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier


@dataclass
class Stopwatch:
    """Presses keys, counts them, and takes the time until each has done what it is for."""

    window: "MainWindow"
    keys: int = 0
    waited_s: float = 0.0

    def step(self, what: str, action: Callable[[], None]) -> None:
        """Does one part of the way, and tells what it cost."""
        keys, waited_s = self.keys, self.waited_s
        action()
        taken_s = self.waited_s - waited_s
        print(f"{what}: {self.keys - keys} keys, {taken_s:.1f} s", flush=True)

    def press(
        self,
        key: Qt.Key,
        until: Callable[[], object],
        held: Qt.KeyboardModifier = _NO_KEY,
    ) -> None:
        """Presses one key, alone or with one that is held, and waits until something is so.

        Raises:
            BenchmarkError: If it doesn't become so.
        """
        self.keys += 1
        start = time.perf_counter()
        QTest.keyClick(self._front().windowHandle(), key, held)
        QApplication.processEvents()
        if not until():
            live(lambda: bool(until()), _LIMIT_S)
        self.waited_s += time.perf_counter() - start

    def _front(self) -> QWidget:
        """The window that has the keyboard; where a dialog has closed, the one behind it."""
        if QApplication.activeWindow() is None:
            # On a screen, the manager of its windows does this.
            self.window.activateWindow()
            live(lambda: QApplication.activeWindow() is not None, _LIMIT_S)
        front = QApplication.activeWindow()
        return self.window if front is None else front

    def choose(self, letter: Qt.Key, until: Callable[[], object]) -> None:
        """Takes an entry of the menu Training."""
        self.press(Qt.Key.Key_T, lambda: QApplication.activePopupWidget() is not None, _ALT)
        self.press(letter, until)


def measure(subjects: int = 12, follow_ups: int = 8) -> list[Row]:
    """Goes the way with the model that comes along, then with one of the project's own.

    Raises:
        BenchmarkError: If a step doesn't come to its end.
    """
    rows: list[Row] = []
    with working_folder() as folder:
        app = offscreen_application()
        made = _demo(folder, subjects, follow_ups)
        for name, trains in (("with the model that comes along", False), ("trained here", True)):
            project = folder / ("own" if trains else "shipped")
            shutil.copytree(made, project)
            print(f"{name}:", flush=True)
            watch = _go(project, trains=trains)
            rows += [
                Row(
                    f"Keys from opening to one study's predictions answered, {name}", watch.keys, ""
                ),
                Row(f"Waiting on the way, {name}", watch.waited_s, "s"),
            ]
            app.processEvents()
    return rows


def _demo(folder: Path, subjects: int, follow_ups: int) -> Path:
    from spinegrader.services.demo import make_demo
    from spinegrader.services.session import Session

    session = Session.open_or_create(folder / "demo", "")
    make_demo(session, subjects, follow_ups, 1)
    session.close()
    return folder / "demo"


def _go(project: Path, *, trains: bool) -> Stopwatch:
    from spinegrader.gui.main_window import MainWindow
    from spinegrader.services.demo import SIMULATED_READER
    from spinegrader.services.settings import Settings

    window = MainWindow(Settings(reader=SIMULATED_READER))
    watch = Stopwatch(window)
    watch.step("the project opens", lambda: _open(watch, project))
    watch.step("the study is read blinded", lambda: _read(watch))
    if trains:
        watch.step("pre-training", lambda: _train(watch, Qt.Key.Key_P))
        watch.step("fine-tuning", lambda: _train(watch, Qt.Key.Key_F))
        watch.step("predicting", lambda: _predict(watch))
    watch.step("Review shows the study", lambda: _review(watch))
    watch.step("its predictions are answered", lambda: _answer(watch))
    window.close()
    return watch


def _open(watch: Stopwatch, project: Path) -> None:
    start = time.perf_counter()
    watch.window.show()
    if not watch.window.projects.open(project):
        raise BenchmarkError("The project did not open.")
    watch.window.activateWindow()
    live(watch.window.read_page.viewer.hasFocus, _LIMIT_S)
    watch.waited_s += time.perf_counter() - start


def _read(watch: Stopwatch) -> None:
    """Confirms the vertebrae and answers every item."""
    from spinegrader.domain.overlays import OverlayState
    from spinegrader.services import reading

    bench = watch.window.workbench
    session, study_uid, series_uid = bench.session, bench.study_uid, bench.series_uid
    watch.press(
        Qt.Key.Key_Return,
        lambda: session.state.overlay(series_uid).state is OverlayState.CONFIRMED,
    )
    gradings = {grading.id: grading for grading in session.scheme.gradings}
    for done in range(len(reading.items_of(session, study_uid))):
        value = gradings[bench.item.grading].values[0]
        watch.press(
            Qt.Key(Qt.Key.Key_0 + value),
            lambda done=done: reading.study_progress(session, study_uid).answered == done + 1,
        )


def _train(watch: Stopwatch, letter: Qt.Key) -> None:
    from spinegrader.gui.training.start_dialog import StartDialog

    window = watch.window
    lane = window.workbench.training_lane
    watch.choose(letter, lambda: isinstance(QApplication.activeWindow(), StartDialog))
    runs = len(window.models_page.model.entries)
    watch.press(
        Qt.Key.Key_Return,
        lambda: len(window.models_page.model.entries) > runs and not lane.is_busy,
    )


def _predict(watch: Stopwatch) -> None:
    from spinegrader.gui.training.start_dialog import StartDialog

    watch.choose(Qt.Key.Key_D, lambda: isinstance(QApplication.activeWindow(), StartDialog))
    watch.press(Qt.Key.Key_Return, watch.window.workspaces.predicted.isVisible)


def _review(watch: Stopwatch) -> None:
    """Shows the rows of the study that was read."""
    window = watch.window
    review, study_uid = window.review_page, window.workbench.study_uid
    watch.press(Qt.Key.Key_2, lambda: review.focused_row is not None, _CONTROL)
    watch.press(
        Qt.Key.Key_S,
        lambda: review.focused_row is not None and review.focused_row.study_uid == study_uid,
    )


def _answer(watch: Stopwatch) -> None:
    """Every prediction of the study: accepted, each second one overruled."""
    from spinegrader.services import reading

    review, session = watch.window.review_page, watch.window.workbench.session

    def answer_of(row: "ReviewRow") -> object:
        return reading.own_grade(session, row.study_uid, row.item)

    answered: set[object] = set()
    while True:
        row = review.focused_row
        if row is None or row.prediction is None or row.item in answered:
            break
        answered.add(row.item)
        before = answer_of(row)
        key = Qt.Key.Key_A
        if len(answered) % 2:
            values = row.prediction.values
            key = Qt.Key(Qt.Key.Key_0 + values[(values.index(row.prediction.value) + 1) % 2])
        watch.press(key, lambda row=row, before=before: answer_of(row) != before)
    if not answered:
        raise BenchmarkError("The study has no predictions.")
