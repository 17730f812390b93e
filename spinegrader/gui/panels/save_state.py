"""Whether the reader's work is on the disk: always shown, and always true."""

from datetime import datetime

from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QLabel, QWidget

from spinegrader.errors import NotSavedError, SpineGraderError
from spinegrader.gui.theme import contrast_ratio, tabular_font
from spinegrader.gui.workbench import Workbench

ALERT_COLOURS = ("#ff8a80", "#b3261e")
"""The red of a warning on a dark and on a light window."""


class SaveState(QLabel):
    """“Saved 10:42:07”, or “Not saved” in red until the next change is kept."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._failed = False
        self.setFont(tabular_font(self.font()))
        self.setAccessibleName("State of saving")
        workbench.project_changed.connect(self._on_project)
        workbench.saved.connect(self._on_saved)
        workbench.failed.connect(self._on_failed)
        self._on_project()

    def _on_project(self) -> None:
        self._failed = False
        if not self._workbench.has_session:
            self._say("", "")
        elif isinstance(self._workbench.session.saved_at, datetime):
            self._on_saved(self._workbench.session.saved_at)
        else:
            self._say("Nothing changed yet", "Every change is saved at once")

    def _on_saved(self, at: datetime) -> None:
        self._failed = False
        self._say(f"Saved {at.astimezone():%H:%M:%S}", "The latest change is on the disk")

    def _on_failed(self, error: SpineGraderError) -> None:
        if isinstance(error, NotSavedError) and self._workbench.has_session:
            self._failed = True
            self._say("✕ Not saved", error.message)

    def _say(self, text: str, tip: str) -> None:
        self.setText(text)
        self.setToolTip(tip)
        self.setAccessibleDescription(tip)
        self._paint_in_its_colour()

    def _paint_in_its_colour(self) -> None:
        colour = alert_colour()
        wanted = f"color: {colour.name()}; font-weight: bold" if self._failed else ""
        if wanted != self.styleSheet():
            self.setStyleSheet(wanted)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Another theme needs another red."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._paint_in_its_colour()


def alert_colour() -> QColor:
    """The red that reads best on the application's windows."""
    window = QPalette().window().color()
    return max((QColor(name) for name in ALERT_COLOURS), key=lambda c: contrast_ratio(c, window))
