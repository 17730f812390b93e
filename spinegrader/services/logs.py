"""The log file: for finding faults, without anything of a patient."""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

import platformdirs

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


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
    handler.setFormatter(logging.Formatter(_FORMAT))
    root.addHandler(handler)
