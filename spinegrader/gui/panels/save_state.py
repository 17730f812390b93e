"""Whether the reader's work is on the disk: always shown, and always true."""

from datetime import datetime

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QLabel, QWidget

from spinegrader.errors import NotSavedError, SpineGraderError
from spinegrader.gui.theme import alert_colour, tabular_font
from spinegrader.gui.workbench import Workbench
from spinegrader.services.unsaved_words import cause_words, unsaved_count
from spinegrader.texts import translate


class SaveState(QLabel):
    """“Saved 10:42:07”, or in red what is not saved."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._failed = False
        self.setFont(tabular_font(self.font()))
        self.setAccessibleName(translate("State of saving"))
        workbench.project_changed.connect(self._on_project)
        workbench.saved.connect(self._on_saved)
        workbench.failed.connect(self._on_failed)
        workbench.unsaved_changed.connect(self._refresh)
        self._on_project()

    def _on_project(self) -> None:
        self._failed = False
        self._refresh()

    def _on_saved(self, _: datetime) -> None:
        self._failed = False
        self._refresh()

    def _refresh(self) -> None:
        if not self._workbench.has_session:
            self._say("", "")
            return
        session = self._workbench.session
        if session.unsaved:
            self._failed = True
            self._say(f"✕ {unsaved_count(session.unsaved)}", cause_words(session.unsaved))
            return
        self._failed = False
        if session.saved_at is None:
            self._say(translate("Nothing changed yet"), translate("Every change is saved at once"))
        else:
            at = session.saved_at.astimezone()
            self._say(
                translate("Saved {time}").format(time=f"{at:%H:%M:%S}"),
                translate("The latest change is on the disk"),
            )

    def _on_failed(self, error: SpineGraderError) -> None:
        is_told = self._workbench.has_session and bool(self._workbench.session.unsaved)
        if isinstance(error, NotSavedError) and self._workbench.has_session and not is_told:
            self._failed = True
            self._say(translate("✕ Not saved"), error.message)

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
