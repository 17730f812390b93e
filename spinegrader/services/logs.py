"""The log file: for finding faults, without anything of a patient."""

import faulthandler
import logging
import os
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import TextIO, TypeAlias

import platformdirs

from spinegrader.errors import SpineGraderError

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


_ExceptionInfo: TypeAlias = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)

_crash_file: TextIO | None = None
"""Held open as long as the program runs: a crashing one can't open it any more."""


class PlacesOnly(logging.Formatter):
    """Tells where an error arose and of which type it is.

    What the libraries say of an error may quote a name or a date from an image; only sentences of
    our own, which never do, are kept.
    """

    def formatException(self, ei: _ExceptionInfo) -> str:  # noqa: N802 - logging's name
        """File, line and function of each frame, from the error back through its causes."""
        error = ei[1]
        parts: list[str] = []
        while error is not None:
            said = f": {error.message}" if isinstance(error, SpineGraderError) else ""
            frames = traceback.extract_tb(error.__traceback__)
            places = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
            parts.append("\n".join([f"{type(error).__name__}{said}", *places]))
            error = error.__cause__ or error.__context__
        return "\ncaused by ".join(parts)


def log_file() -> Path:
    """Where the log is kept."""
    return platformdirs.user_log_path("SpineGrader", appauthor=False) / "spinegrader.log"


def start_logging() -> None:
    """Sends warnings and errors to the log file; without a writable folder to nowhere."""
    root = logging.getLogger("spinegrader")
    if root.handlers:
        return
    root.setLevel(logging.INFO)
    root.propagate = False
    handler: logging.Handler
    try:
        log_file().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handler = RotatingFileHandler(log_file(), maxBytes=1_000_000, backupCount=3)
        log_file().chmod(0o600)
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(PlacesOnly(_FORMAT))
    root.addHandler(handler)


def crash_file() -> Path:
    """Where the program's last steps are kept if a library brings it down."""
    return log_file().with_name("crash.log")


def note_crashes() -> None:
    """Keeps the places in the code where the program was, should it be brought down."""
    global _crash_file  # noqa: PLW0603 - one for the process, as the signal handlers are
    if _crash_file is not None:
        return
    try:
        crash_file().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(crash_file(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError:
        return
    _crash_file = os.fdopen(descriptor, "a", encoding="utf-8")
    faulthandler.enable(_crash_file)
