"""Garbage is collected on the window's thread alone.

Python collects on whichever thread happens to make the next object. Widgets and timers that are
part of a cycle would then be taken apart on a thread that trains or reads files, which Qt forbids:
it ends in a crash, seldom and anywhere.
"""

import gc
import time

from PySide6.QtCore import QObject, QTimer

_INTERVAL_MS = 500
_OLDEST = 2
_FULL_SHARE = 0.001
"""Of the time that full collections may take: each holds the window up for as long as it lasts."""


class GarbageCollector(QObject):
    """Takes over from Python's own collector until it is stopped.

    Each look collects the oldest generation that is due by Python's own thresholds. All objects
    are looked through more seldom, the more of them there are.
    """

    def __init__(self, parent: QObject | None = None, interval_ms: int = _INTERVAL_MS) -> None:
        super().__init__(parent)
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._next_full_s = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(interval_ms)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Collects what is due."""
        due = [
            generation
            for generation, (count, most) in enumerate(
                zip(gc.get_count(), gc.get_threshold(), strict=True)
            )
            if most and count > most
        ]
        if not due:
            return
        start_s = time.perf_counter()
        if due[-1] < _OLDEST or start_s < self._next_full_s:
            gc.collect(min(due[-1], _OLDEST - 1))
            return
        gc.collect()
        end_s = time.perf_counter()
        self._next_full_s = end_s + (end_s - start_s) / _FULL_SHARE

    def stop(self) -> None:
        """Gives the work back."""
        self._timer.stop()
        if self._was_enabled:
            gc.enable()
