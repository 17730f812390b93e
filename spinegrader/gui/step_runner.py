"""Long work on the window's own thread, a little at a time."""

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from spinegrader.gui.workbench import Workbench
from spinegrader.services.steps import Steps

_AT_ONCE_S = 0.05
"""Work that is done so soon needs no sign."""

_A_TIME_S = 0.008
_PAUSE_MS = 2


class StepRunner(QObject):
    """Does steps in the pauses between keys and paints; new work takes the place of the old."""

    progressed = Signal(float)
    """The share that is done of work that takes a while."""

    failed = Signal()
    """The work ended in an error, which was announced."""

    def __init__(self, workbench: Workbench, parent: QObject) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._steps: Steps[Any] | None = None
        self._done: Callable[[Any], None] = lambda _: None
        self._share = 0.0
        self.is_stepping = False
        """Whether a step is under way: a change that is told now is the work's own."""
        self._timer = QTimer(self)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(lambda: self._go_on(_A_TIME_S))
        workbench.project_changed.connect(self.stop)

    @property
    def is_running(self) -> bool:
        """Whether something is left to do."""
        return self._steps is not None

    def run(self, steps: Steps[Any], done: Callable[[Any], None]) -> None:
        """Begins, and ends at once if it is soon done.

        Args:
            steps: The work; an error that it raises is announced, and nothing follows.
            done: Takes what comes of it.
        """
        self.stop()
        self._steps, self._done = steps, done
        self._go_on(_AT_ONCE_S)
        if self.is_running:
            self._timer.start()

    def stop(self) -> None:
        """Gives up what isn't done."""
        self._timer.stop()
        self._steps = None

    def _go_on(self, seconds: float) -> None:
        steps, end = self._steps, time.perf_counter() + seconds
        result: list[Any] = []
        if steps is None:
            return
        succeeded = self._workbench.attempt(lambda: self._take(steps, end, result))
        self._workbench.grew.emit()
        if not succeeded:
            self.stop()
            self.failed.emit()
        elif result:
            self.stop()
            self._done(result[0])
        else:
            self.progressed.emit(self._share)

    def _take(self, steps: Steps[Any], end: float, result: list[Any]) -> None:
        self.is_stepping = True
        try:
            while time.perf_counter() < end:
                self._share = next(steps)
        except StopIteration as last:
            result.append(last.value)
        finally:
            self.is_stepping = False
