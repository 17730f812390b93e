"""A Qt application offscreen, and an event loop that lets other threads run."""

import os
import time
from collections.abc import Callable

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from benchmarks.measuring import BenchmarkError


def offscreen_application() -> QApplication:
    """The process's application, drawing into memory."""
    from spinegrader.gui.theme import apply_theme
    from spinegrader.services.settings import Theme

    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    app = QApplication([])
    apply_theme(app, Theme.DARK)
    return app


def live(condition: Callable[[], bool], limit_s: float) -> None:
    """Runs the event loop until something is so.

    ``QTest.qWait`` would hold Python's interpreter lock and starve the other threads.

    Raises:
        BenchmarkError: If it took too long.
    """
    end = time.monotonic() + limit_s
    loop = QEventLoop()
    look = QTimer()
    look.setInterval(50)
    look.timeout.connect(lambda: (condition() or time.monotonic() > end) and loop.quit())
    look.start()
    loop.exec()
    look.stop()
    if not condition():
        raise BenchmarkError(f"It did not come to an end in {limit_s:.0f} s.")
