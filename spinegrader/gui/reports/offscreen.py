"""Painting without a window: for reports that are written from the command line."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtWidgets import QApplication


@contextmanager
def painting() -> Iterator[None]:
    """Qt with its fonts and without a screen; nothing happens where a window is there already."""
    if QApplication.instance() is not None:
        yield
        return
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    app = QApplication(["spinegrader"])
    try:
        yield
    finally:
        app.shutdown()
