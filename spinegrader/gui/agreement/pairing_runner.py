"""Keeps the grades of two sides paired: step by step, and anew when something changes."""

from PySide6.QtCore import QObject, QTimer, Signal

from spinegrader.domain.edits import Changes
from spinegrader.gui.agreement.sides_bar import SidesBar
from spinegrader.gui.step_runner import StepRunner
from spinegrader.gui.workbench import Workbench
from spinegrader.services.agreement import Compared, KnownSides, Pairing, are_known, gather_sides

_AGAIN_MS = 1000
_MOST_AT_ONCE = 20
"""Studies whose grades are paired anew in one go."""


class PairingRunner(QObject):
    """Pairs what the bar of sides asks for, while somebody looks.

    Args:
        workbench: Of the project.
        sides: Where the sides are chosen; it is told who has graded.
        parent: Of the runner.
    """

    paired = Signal()
    """``compared`` is up to date."""
    forgotten = Signal()
    """Nothing of what was paired before may be shown."""
    progressed = Signal(float)
    """The share that is done of pairing that takes a while."""

    def __init__(self, workbench: Workbench, sides: SidesBar, parent: QObject) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._sides = sides
        self._sides.changed.connect(self._pair)
        self.compared: Compared | None = None
        """What came of it; None while nothing is known, or nothing is asked for."""
        self.pairing: Pairing | None = None
        """Of which sides."""
        self._is_watched = False
        self._is_stale = True
        self._reader = ""
        self._touched: frozenset[str] | None = frozenset()
        """Studies whose answers have changed; None where all may be other ones."""
        self._steps = StepRunner(workbench, self)
        self._steps.progressed.connect(self.progressed)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(_AGAIN_MS)
        self._again.timeout.connect(self._renew)
        workbench.project_changed.connect(self._start_anew)
        workbench.changed.connect(self._on_changes)

    @property
    def is_busy(self) -> bool:
        """Whether grades are being paired, or soon will be."""
        return self._steps.is_running or self._again.isActive()

    def watch(self, *, is_watched: bool) -> None:
        """Says whether somebody looks: nothing is paired that nobody sees."""
        self._is_watched = is_watched
        if is_watched:
            if self._is_stale:
                self.reload()
            return
        self._is_stale = self._is_stale or self.is_busy
        self._again.stop()
        self._steps.stop()

    def reload(self) -> None:
        """Looks anew who has graded something, and pairs; later, if nobody looks."""
        if not self._is_watched:
            self._is_stale = True
            return
        self._is_stale = False
        self._touched = frozenset()
        self._again.stop()
        if self._workbench.has_session:
            self._reader = self._workbench.session.reader
            self._steps.run(gather_sides(self._workbench.session), self._on_sides)
        else:
            self._on_sides(KnownSides({}, ()))

    def _on_sides(self, known: KnownSides) -> None:
        has_session = self._workbench.has_session
        self._sides.show_sides(known, self._workbench.session.reader if has_session else "")

    def _pair(self) -> None:
        if not self._is_watched:
            self._is_stale = True
            return
        asked = self._sides.sides
        if asked is None or not self._workbench.has_session:
            self.pairing = None
            self._steps.stop()
            self._take(None)
        else:
            self.pairing = Pairing(self._workbench.session, *asked)
            self._steps.run(self.pairing.gather(), self._take)

    def _take(self, compared: Compared | None) -> None:
        self.compared = compared
        self.paired.emit()

    def _renew(self) -> None:
        """Counts the answers anew that have changed, or all of them where that may not do."""
        session, studies = self._workbench.session, self._touched
        if (
            self.pairing is None
            or self.compared is None
            or self._steps.is_running
            or studies is None
            or len(studies) > _MOST_AT_ONCE
            or not are_known(session, self._sides.known, studies)
        ):
            self.reload()
            return
        self._touched = frozenset()
        self._take(self.pairing.renewed(self.compared, studies))

    def _start_anew(self) -> None:
        self._steps.stop()
        self._again.stop()
        self.compared = self.pairing = None
        self.forgotten.emit()
        self.reload()

    def _on_changes(self, changes: Changes) -> None:
        if self._reader not in ("", self._workbench.session.reader):
            # What this reader may see is another matter.
            self._start_anew()
            return
        if not (changes.grades or changes.predictions or changes.studies or changes.settings):
            return
        if not self._is_watched:
            self._is_stale = True
            return
        if changes.predictions or changes.studies or changes.settings:
            self._touched = None
        elif self._touched is not None:
            self._touched |= changes.grades
        self._again.start()
