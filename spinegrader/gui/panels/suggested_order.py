"""Asks a model which studies to grade next, beside the window."""

from PySide6.QtCore import QObject, Signal

from spinegrader.gui.workbench import Workbench
from spinegrader.services.jobs import Job, JobState
from spinegrader.services.suggested_reading import (
    SuggestedReading,
    SuggestionPlan,
    suggestion_plan,
)
from spinegrader.texts import translate

_MOST = 50
"""Studies at once: once these are graded, the model is asked better than it could guess now."""


class SuggestedOrder(QObject):
    """One question at a time; the answer comes by a signal.

    Args:
        workbench: The window's.
        parent: The work list.
    """

    found = Signal(object)
    """The answer: ``SuggestedReading``."""
    given_up = Signal()
    """There will be no answer; why not was announced."""

    def __init__(self, workbench: Workbench, parent: QObject) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._job: Job | None = None
        workbench.job_changed.connect(self._on_job)

    @property
    def is_asking(self) -> bool:
        """Whether an answer is on its way."""
        return self._job is not None

    def ask(self) -> None:
        """Asks the newest model of the project, else the one that comes with the program."""
        bench = self._workbench
        if self.is_asking:
            return
        plans: list[SuggestionPlan] = []
        if not bench.attempt(lambda: plans.append(suggestion_plan(bench.session))):
            self.given_up.emit()
            return
        self._job = Job(
            translate("What to grade next"), lambda emit, stop: plans[0].run(_MOST, emit, stop)
        )
        bench.start_quick_job(self._job)

    def stop(self) -> None:
        """Nobody waits for the answer any more."""
        job, self._job = self._job, None
        if job is not None:
            job.request_stop()

    def _on_job(self, job: Job) -> None:
        if job is not self._job or not job.is_over:
            return
        self._job = None
        if isinstance(job.result, SuggestedReading):
            self.found.emit(job.result)
            return
        if job.state is JobState.FAILED and job.error is not None:
            self._workbench.failed.emit(job.error)
        self.given_up.emit()
