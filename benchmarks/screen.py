"""A Qt application offscreen, a watch on paints, an event loop that lets other threads run."""

import os
import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

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


class Paints(QObject):
    """Counts how often a widget is painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Counts, and lets the paint happen."""
        del watched
        self.count += event.type() is QEvent.Type.Paint
        return False
