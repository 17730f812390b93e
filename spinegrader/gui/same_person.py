"""Looks for the same study or person beside the window, and asks."""

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from spinegrader.domain.study import Series
from spinegrader.gui.dialogs.same_person import SamePersonDialog
from spinegrader.gui.workbench import Workbench
from spinegrader.services.jobs import Job, JobState
from spinegrader.services.suggestions import Suggestion, suggestion_plan
from spinegrader.texts import translate


class SamePersonFinder(QObject):
    """Runs the look as a quick job; the answers to it are edits like any others."""

    found = Signal(object)
    """A look after an import found something: a tuple of ``Suggestion``. Nothing is shown yet."""

    def __init__(self, workbench: Workbench, window: QWidget) -> None:
        super().__init__(window)
        self._workbench = workbench
        self._window = window
        self._job: Job | None = None
        self._was_asked = False
        workbench.job_changed.connect(self._on_job)
        workbench.project_changed.connect(self._forget)

    def look(self) -> None:
        """Looks through the whole project and shows what is found, or says that nothing is."""
        self._start(None, was_asked=True)

    def look_after_import(self, series: Iterable[Series]) -> None:
        """Looks at what new series bring up; ``found`` tells, if anything."""
        self._start([item.uid for item in series], was_asked=False)

    def show_suggestions(self, suggestions: Iterable[Suggestion]) -> None:
        """Asks about suggestions."""
        SamePersonDialog(self._workbench, suggestions, self._window).show()

    def _start(self, new_series: list[str] | None, *, was_asked: bool) -> None:
        if not self._workbench.has_session or new_series == []:
            return
        if self._job is not None and not self._job.is_over:
            if was_asked:
                self._was_asked = True
                self._workbench.notified.emit(
                    translate("Still comparing images; the result will be shown.")
                )
            return
        plan = suggestion_plan(self._workbench.session, new_series)
        self._was_asked = was_asked
        self._job = Job(translate("Looking for the same person"), plan.run)
        self._workbench.start_quick_job(self._job)

    def _forget(self) -> None:
        if self._job is not None:
            self._job.request_stop()
            self._job = None

    def _on_job(self, job: Job) -> None:
        if job is not self._job or not job.is_over:
            return
        self._job = None
        if job.state is JobState.FAILED and job.error is not None:
            self._workbench.failed.emit(job.error)
        elif job.state is JobState.DONE and isinstance(job.result, tuple):
            self._tell(job.result)

    def _tell(self, suggestions: tuple[Suggestion, ...]) -> None:
        if self._was_asked:
            if suggestions:
                self.show_suggestions(suggestions)
            else:
                self._workbench.notified.emit(translate("Nobody looks like the same person."))
        elif suggestions:
            self.found.emit(suggestions)
