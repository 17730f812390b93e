"""Where the rows of Review come from: put together in steps, or looked at again at once."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from spinegrader.gui.review.rows import RowFilter
from spinegrader.gui.step_runner import StepRunner
from spinegrader.gui.workbench import Workbench
from spinegrader.services.review_rows import ReviewRow, gather_rows, review_rows


class RowSource(QObject):
    """Gathers the rows of the open project; that they are seen is recorded before they are shown.

    Args:
        workbench: Whose project.
        parent: The page.
    """

    gathered = Signal(object, object)
    """All rows there are, and the ``RowFilter`` that was asked for."""
    progressed = Signal(float)
    """Which part of the studies is looked through, 0 to 1, where that takes a while."""

    def __init__(self, workbench: Workbench, parent: QObject) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._wanted = RowFilter()
        self._is_looking = False
        self._steps = StepRunner(workbench, self)
        self._steps.progressed.connect(self.progressed)
        self._steps.failed.connect(lambda: self.gathered.emit([], self._wanted))

    def gather(self, wanted: RowFilter) -> None:
        """Puts the rows together anew; :attr:`gathered` brings them, none where that failed."""
        self._wanted = wanted
        studies = [wanted.study_uid] if wanted.study_uid else None
        self._steps.run(
            gather_rows(self._workbench.session, studies),
            lambda known: self.gathered.emit(known, wanted),
        )

    def look(self, studies: Sequence[str]) -> list[ReviewRow]:
        """The rows that may be shown; none where it couldn't be recorded that they are seen."""
        found: list[ReviewRow] = []
        session = self._workbench.session
        self._is_looking = True
        try:
            self._workbench.attempt(lambda: found.extend(review_rows(session, studies)))
        finally:
            self._is_looking = False
        return found

    def stop(self) -> None:
        """Gives up what is being put together."""
        self._steps.stop()

    @property
    def is_gathering(self) -> bool:
        """Whether rows are being put together."""
        return self._steps.is_running

    @property
    def is_recording(self) -> bool:
        """Whether a change that is told now is the record of what is seen: no reason to look."""
        return self._is_looking or self._steps.is_stepping
