"""Starts the window; the only place that wires everything."""

import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QLocale, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from spinegrader import __version__
from spinegrader.errors import SpineGraderError
from spinegrader.texts import use_languages

_HEAVY = ("torch", "pydicom", "SimpleITK")


def start(project: Path | None, *, screenshot: Path | None, started: float | None) -> int:
    """Opens the window and runs it until it is closed.

    Args:
        project: Project to open; None shows the ways in.
        screenshot: Where to save a picture of the first view, then quit.
        started: ``time.perf_counter()`` when the program's code began; if given, milliseconds
            from process start to first paint are printed, then the window closes.

    Returns:
        The exit code.
    """
    from spinegrader.gui.garbage import GarbageCollector
    from spinegrader.gui.long_lived import spare_long_lived
    from spinegrader.gui.main_window import MainWindow
    from spinegrader.gui.theme import apply_theme
    from spinegrader.gui.unexpected import present_unexpected
    from spinegrader.services.logs import note_crashes
    from spinegrader.services.resources import resources_folder
    from spinegrader.services.settings import load_settings

    note_crashes()
    _choose_screen(needs_person=screenshot is None and started is None)
    app = QApplication(sys.argv[:1])
    collector = GarbageCollector()
    app.setApplicationName("SpineGrader")
    app.setApplicationVersion(__version__)
    use_languages(QLocale().uiLanguages(), resources_folder() / "locale")
    settings = load_settings()
    apply_theme(app, settings.theme)
    window = MainWindow(settings)
    present_unexpected(window.workbench)
    spare_long_lived(window.workbench)
    painted = _FirstPaint(window)
    if started is not None:
        painted.then(lambda: _report_startup(window, started))
    if project is not None:
        window.announce_opening()
        painted.then(lambda: window.open_at_start(project))
    if screenshot is not None:
        painted.then(lambda: QTimer.singleShot(500, window, lambda: _save(window, screenshot)))
    window.show()
    code = app.exec()
    collector.stop()
    if window.workbench.has_unfinished_jobs:
        _end_at_once(code)
    return code


def _end_at_once(code: int) -> None:
    """Ends the process beneath a job that its reader didn't wait for.

    All edits and checkpoints are on the disk. Python taken apart while torch computes would abort.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


class _FirstPaint(QObject):
    """Calls back once the window has been painted for the first time."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._callbacks: list[Callable[[], object]] = []
        self._widget = widget
        widget.installEventFilter(self)

    def then(self, callback: Callable[[], object]) -> None:
        self._callbacks.append(callback)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() is QEvent.Type.Paint and watched is self._widget:
            self._widget.removeEventFilter(self)
            for callback in self._callbacks:
                QTimer.singleShot(0, self._widget, callback)
        return False


def _report_startup(window: QWidget, started: float) -> None:
    elapsed_ms = 1000 * _process_age_s(started)
    early = [name for name in _HEAVY if name in sys.modules]
    note = f" (imported before it: {', '.join(early)})" if early else ""
    sys.stdout.write(f"first paint after {elapsed_ms:.0f} ms{note}\n")
    sys.stdout.flush()
    window.close()


def _process_age_s(started: float) -> float:
    """Seconds since the process began; where the system doesn't tell, since our code began."""
    try:
        fields = Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        began = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return time.clock_gettime(time.CLOCK_BOOTTIME) - began
    except (OSError, AttributeError, ValueError, IndexError):
        return time.perf_counter() - started


def _save(window: QWidget, path: Path) -> None:
    window.grab().save(str(path))
    window.close()


def _choose_screen(*, needs_person: bool) -> None:
    """Without any screen Qt would abort; offscreen it can still save a screenshot.

    Raises:
        SpineGraderError: If somebody should see the window and nobody can.
    """
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if not sys.platform.startswith("linux") or any(os.environ.get(name) for name in names):
        return
    if needs_person:
        raise SpineGraderError(
            "There is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set): start "
            "SpineGrader on a desktop, or use its commands; see spinegrader --help."
        )
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
