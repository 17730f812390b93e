"""A Qt application, real mouse events, a watch on paints, a loop that lets other threads run."""

import math
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from PySide6.QtCore import QEvent, QEventLoop, QObject, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from benchmarks.measuring import BenchmarkError, duration_ms

_PLATFORM = "QT_QPA_PLATFORM"
_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY")
_PAINT_LIMIT_S = 10.0
_DRAG_RADIUS = 14.0
_DRAG_STEPS = 24


def offscreen_application() -> QApplication:
    """The process's application, drawing into memory; garbage is collected as in the program."""
    from spinegrader.gui.garbage import GarbageCollector
    from spinegrader.gui.theme import apply_theme
    from spinegrader.services.settings import Theme

    os.environ[_PLATFORM] = "offscreen"
    app = QApplication([])
    GarbageCollector(app)
    apply_theme(app, Theme.DARK)
    return app


@contextmanager
def on_a_screen() -> Iterator[None]:
    """Lets processes that start now draw on a screen: the present one, else a virtual one.

    Raises:
        BenchmarkError: If there is neither a screen nor Xvfb.
    """
    before = dict(os.environ)
    # Else they would draw offscreen all the same.
    os.environ.pop(_PLATFORM, None)
    try:
        if sys.platform != "linux" or any(os.environ.get(name) for name in _SCREENS):
            yield
        else:
            with _virtual_screen() as os.environ["DISPLAY"]:
                yield
    finally:
        for name in (_PLATFORM, "DISPLAY"):
            os.environ.pop(name, None)
            if name in before:
                os.environ[name] = before[name]


@contextmanager
def _virtual_screen() -> Iterator[str]:
    """Starts Xvfb; the name of its display."""
    xvfb = shutil.which("Xvfb")
    if xvfb is None:
        raise BenchmarkError("This needs a screen, or Xvfb (package xvfb) for a virtual one.")
    reading, writing = os.pipe()
    command = (xvfb, "-displayfd", str(writing), "-screen", "0", "1600x1200x24", "-nolisten", "tcp")
    with subprocess.Popen(
        command, pass_fds=(writing,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        os.close(writing)
        try:
            with os.fdopen(reading, encoding="ascii") as told:
                display = told.readline().strip()
            if not display:
                raise BenchmarkError("Xvfb, the virtual screen, did not start.")
            yield f":{display}"
        finally:
            server.terminate()


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
    """Counts how often a widget is painted, and notes when each paint was through."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        self._ends_s: dict[int, float] = {}
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Counts, and lets the paint happen."""
        del watched
        if event.type() is QEvent.Type.Paint:
            self.count += 1
            # What is posted now comes behind the window's paint, but before any timer.
            QApplication.postEvent(self, QEvent(QEvent.Type.User))
        return False

    def event(self, event: QEvent) -> bool:
        """The paint is through."""
        if event.type() is QEvent.Type.User:
            self._ends_s[self.count] = time.perf_counter()
            return True
        return super().event(event)

    def first_end_s(self, before: int) -> float:
        """Waits until the first paint behind so many others is through; ``time.perf_counter``.

        Raises:
            BenchmarkError: If there is none.
        """
        start = time.perf_counter()
        while not (ends := [end for count, end in self._ends_s.items() if count > before]):
            QApplication.processEvents()
            if time.perf_counter() - start > _PAINT_LIMIT_S:
                raise BenchmarkError("Nothing was painted.")
        return min(ends)


class PaintCount(Protocol):
    """What counts paints."""

    count: int


def painted_ms(paints: PaintCount, action: Callable[[], object]) -> float:
    """Milliseconds from an action to the end of the paint that it brings about.

    Raises:
        BenchmarkError: If nothing was painted.
    """
    before = paints.count
    start = time.perf_counter()
    action()
    _wait_for_paint(paints, before)
    return 1000 * (time.perf_counter() - start)


def unpainted_ms(paints: PaintCount, action: Callable[[], object]) -> float:
    """Milliseconds of an action alone; the paint that it brings about is awaited, not timed.

    Raises:
        BenchmarkError: If nothing was painted.
    """
    before = paints.count
    taken = duration_ms(action)
    _wait_for_paint(paints, before)
    return taken


def _wait_for_paint(paints: PaintCount, before: int) -> None:
    start = time.perf_counter()
    while paints.count == before:
        QApplication.processEvents()
        if time.perf_counter() - start > _PAINT_LIMIT_S:
            raise BenchmarkError("Nothing was painted.")


def back_and_forth(first: int, last: int) -> Iterator[int]:
    """Whole numbers from the first to the last and back again, without end."""
    while True:
        yield from range(first, last)
        yield from range(last, first, -1)


def drag_durations_ms(
    area: QWidget, paints: PaintCount, start: QPointF, count: int, *, goes_back: bool
) -> list[float]:
    """Drags what is at a place round and round with the left button.

    Args:
        area: Takes the mouse.
        paints: Of the area.
        start: Logical pixels of the area.
        count: How many moves are timed, each to the end of its paint.
        goes_back: Whether a last move, which isn't timed, ends where the drag began.

    Raises:
        BenchmarkError: If a move isn't painted.
    """
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    _send(area, QEvent.Type.MouseMove, start, none, none)
    _send(area, QEvent.Type.MouseButtonPress, start, left, left)
    # A drag begins only behind the least distance that a click may waver.
    _send(area, QEvent.Type.MouseMove, _on_circle(start, 0), none, left)
    QApplication.processEvents()
    places = [_on_circle(start, step) for step in range(1, count + 1)]
    if goes_back:
        places.append(start)
    durations = [
        painted_ms(paints, lambda at=at: _send(area, QEvent.Type.MouseMove, at, none, left))
        for at in places
    ]
    _send(area, QEvent.Type.MouseButtonRelease, places[-1], left, none)
    QApplication.processEvents()
    return durations[:count]


def _on_circle(middle: QPointF, step: int) -> QPointF:
    angle = 2 * math.pi * step / _DRAG_STEPS
    return middle + QPointF(math.cos(angle), math.sin(angle)) * _DRAG_RADIUS


def _send(
    area: QWidget, kind: QEvent.Type, at: QPointF, button: Qt.MouseButton, held: Qt.MouseButton
) -> None:
    no_key = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(area, QMouseEvent(kind, at, area.mapToGlobal(at), button, held, no_key))
