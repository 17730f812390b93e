"""Garbage is collected on the window's thread alone.

Python collects on whichever thread happens to make the next object. Widgets and timers that are
part of a cycle would then be taken apart on a thread that trains or reads files, which Qt forbids:
it ends in a crash, seldom and anywhere.
"""

import gc

from PySide6.QtCore import QObject, QTimer

_INTERVAL_MS = 500


class GarbageCollector(QObject):
    """Takes over from Python's own collector until it is stopped.

    Each look collects the youngest generation that is due, by Python's own thresholds.
    """

    def __init__(self, parent: QObject | None = None, interval_ms: int = _INTERVAL_MS) -> None:
        super().__init__(parent)
        self._was_enabled = gc.isenabled()
        gc.disable()
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
        if due:
            gc.collect(due[-1])

    def stop(self) -> None:
        """Gives the work back."""
        self._timer.stop()
        if self._was_enabled:
            gc.enable()
