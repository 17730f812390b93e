"""Undo and redo: what they are called, and where the window goes then."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from spinegrader.domain.edits import Edit
from spinegrader.gui.actions import WINDOW_ACTIONS
from spinegrader.gui.workbench import Workbench
from spinegrader.services.places import Place, place_of, undo_words
from spinegrader.texts import translate

_WORDS = {spec.id: spec.text for spec in WINDOW_ACTIONS if spec.id in ("undo", "redo")}


class UndoCommands(QObject):
    """Takes changes back and shows where they were.

    Args:
        workbench: The window's.
        show: Brings a place to the front.
        parent: The window.
    """

    def __init__(
        self, workbench: Workbench, show: Callable[[Place], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._show = show

    def undo(self) -> None:
        """Takes the latest change back and goes there."""
        session = self._workbench.session
        self._step(session.undo, session.next_undo)

    def redo(self) -> None:
        """Makes the change again that was taken back last, and goes there."""
        session = self._workbench.session
        self._step(session.redo, session.next_redo)

    def _step(self, step: Callable[[], object], edit: Edit | None) -> None:
        place = place_of(edit, self._workbench.session.state)
        if self._workbench.attempt(step) and place is not None:
            self._show(place)

    def name(self, actions: Mapping[str, QAction]) -> None:
        """Lets the actions say what they would take back or make again."""
        for name, text in _WORDS.items():
            words = self._words(name) or ""
            actions[name].setEnabled(bool(words))
            shown = words.replace("&", "&&")
            plain = translate(text)
            actions[name].setText(f"{plain}: {shown}" if shown else plain)

    def _words(self, name: str) -> str | None:
        bench = self._workbench
        if not bench.has_session:
            return None
        edit = bench.session.next_undo if name == "undo" else bench.session.next_redo
        hidden = bench.settings.identity_hidden
        return undo_words(bench.session, edit, bench.study_uid, identity_hidden=hidden)
