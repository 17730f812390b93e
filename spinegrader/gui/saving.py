"""Keeps what is on screen and what is on the disk together: trying again, asking, renewing."""

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QMessageBox, QWidget

from spinegrader.gui.workbench import Workbench
from spinegrader.services.unsaved_words import cause_words, leaving_words, unsaved_count
from spinegrader.texts import translate, translate_count

RETRY_MS = 10_000
"""How often unsaved changes are tried again by themselves."""

_LOOK_MS = 5_000
"""How often it is looked whether the moment is right for renewing project.h5."""


class Saving(QObject):
    """What the window does about saving beside the reader's own changes."""

    def __init__(self, workbench: Workbench, window: QWidget) -> None:
        super().__init__(window)
        self._workbench = workbench
        self._window = window
        self.retry = QTimer(self)
        self.retry.setInterval(RETRY_MS)
        self.retry.timeout.connect(self._write)
        self.quiet = QTimer(self)
        self.quiet.setInterval(_LOOK_MS)
        self.quiet.timeout.connect(self._renew_if_quiet)
        workbench.unsaved_changed.connect(self._on_unsaved)
        workbench.project_changed.connect(self._on_project)

    # -- what waits -------------------------------------------------------------------------

    def try_again(self) -> None:
        """Writes what waits, because somebody asked; says what came of it."""
        if not self._write():
            unsaved = self._workbench.session.unsaved
            words = (translate("Still not saved."), cause_words(unsaved))
            self._workbench.notified.emit(" ".join(words))

    def discard(self) -> None:
        """Throws away what waits; redo makes it again."""
        session = self._workbench.session
        discarded = len(session.unsaved)
        session.discard_unsaved()
        self._workbench.notified.emit(
            translate_count(
                "{count} unsaved change discarded; redo (Ctrl+Y) makes it again.",
                "{count} unsaved changes discarded; redo (Ctrl+Y) makes it again.",
                discarded,
            ).format(count=discarded)
        )

    def may_leave(self) -> bool:
        """Asks before unsaved changes are left behind; says whether the project may be closed."""
        if not self._workbench.has_session:
            return True
        session = self._workbench.session
        while not self._write():
            box = QMessageBox(
                QMessageBox.Icon.Warning,
                "SpineGrader",
                f"{unsaved_count(session.unsaved)}.",
                parent=self._window,
            )
            box.setInformativeText(leaving_words(session.unsaved, session.scheme))
            again = box.addButton(translate("&Try again"), QMessageBox.ButtonRole.AcceptRole)
            leave = box.addButton(
                translate("Close &without them"), QMessageBox.ButtonRole.DestructiveRole
            )
            box.addButton(QMessageBox.StandardButton.Cancel)
            box.setDefaultButton(again)
            box.exec()
            if box.clickedButton() is leave:
                session.discard_unsaved()
                return True
            if box.clickedButton() is not again:
                return False
        return True

    def _write(self) -> bool:
        """Writes what waits, as far as the disk takes it; says whether all is saved."""
        session = self._workbench.session
        waited = len(session.unsaved)
        if waited:
            session.try_again()
            self._workbench.look_at_unsaved()
            if not session.unsaved:
                self._workbench.notified.emit(
                    translate_count(
                        "{count} change that waited is saved.",
                        "{count} changes that waited are saved.",
                        waited,
                    ).format(count=waited)
                )
        return not session.unsaved

    def _on_unsaved(self) -> None:
        waits = self._workbench.has_session and bool(self._workbench.session.unsaved)
        if not waits:
            self.retry.stop()
        elif not self.retry.isActive():
            self.retry.start()

    # -- quiet moments ----------------------------------------------------------------------

    def _on_project(self) -> None:
        if self._workbench.has_session:
            self.quiet.start()
        else:
            self.quiet.stop()

    def _renew_if_quiet(self) -> None:
        self._workbench.session.renewal.renew_if_quiet()
