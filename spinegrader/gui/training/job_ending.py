"""A job comes into the training lane, and what follows when it has ended."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from spinegrader.gui.workbench import Workbench
from spinegrader.services.jobs import Job, JobState


def queue_job(workbench: Workbench, job: Job) -> None:
    """Puts a job into the lane of the trainings, and lets the views know of it."""
    workbench.start_training_job(job)
    # A job that has to wait says nothing by itself: the views must know of it at once.
    workbench.job_changed.emit(job)


class JobEnding(QObject):
    """Waits for the end of one job, on the window's thread, and then goes away.

    Args:
        workbench: The window's; it is told of an error.
        job: That is waited for.
        when_done: Called where the job came to its end.
        when_broken_off: Called where it was stopped or failed.
    """

    def __init__(
        self,
        workbench: Workbench,
        job: Job,
        when_done: Callable[[], None],
        when_broken_off: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(workbench)
        self._workbench = workbench
        self._job = job
        self._when_done = when_done
        self._when_broken_off = when_broken_off
        workbench.job_changed.connect(self._look)

    def _look(self, job: Job) -> None:
        if job is not self._job or not job.is_over:
            return
        self._workbench.job_changed.disconnect(self._look)
        if job.state is JobState.DONE:
            self._when_done()
        else:
            self._when_broken_off()
        if job.error is not None:
            self._workbench.failed.emit(job.error)
        self.deleteLater()
