"""What the training lane does at the moment, in a few words for the status line."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from spinegrader.gui.training.history import RunHistory
from spinegrader.gui.training.jobs import PredictionJob, RunJob, prediction_text
from spinegrader.gui.training.result_jobs import CurveJob
from spinegrader.gui.training.wording import kind_name
from spinegrader.gui.workbench import Workbench
from spinegrader.services.cutting import CuttingProgress
from spinegrader.services.jobs import Job, JobState
from spinegrader.services.predicting import GradingProgress
from spinegrader.texts import translate


class LaneStatus(QObject):
    """Listens to trainings, predictions and learning curves; the first one that isn't over counts.

    Args:
        workbench: Whose jobs are told.
        history_of: What a run has told so far; None for nothing.
        parent: The page.
    """

    changed = Signal(str)
    """:attr:`text` says something else."""

    def __init__(
        self,
        workbench: Workbench,
        history_of: Callable[[Path], RunHistory | None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._history_of = history_of
        self._jobs: list[RunJob | PredictionJob | CurveJob] = []
        self._progress: dict[Job, CuttingProgress | GradingProgress] = {}
        self._told = ""
        workbench.project_changed.connect(self._forget)
        workbench.job_changed.connect(self._on_job_changed)
        workbench.job_event.connect(self._on_job_event)

    @property
    def text(self) -> str:
        """What the lane does; empty while it rests."""
        job = next((item for item in self._jobs if not item.is_over), None)
        if job is None:
            return ""
        if isinstance(job, CurveJob):
            return job.running_text()
        if isinstance(job, PredictionJob):
            return prediction_text(job, self._progress.get(job))
        history = self._history_of(job.run_folder) or RunHistory()
        doing = history.status_text()
        if job.stop_requested:
            doing = translate("stopping")
        elif job.state is JobState.PAUSED:
            doing = translate("paused, {where}").format(where=doing)
        return f"{kind_name(job.kind).lower()}: {doing}"

    def _forget(self) -> None:
        self._progress.clear()
        self._jobs.clear()

    def _on_job_changed(self, job: Job) -> None:
        if not isinstance(job, RunJob | PredictionJob | CurveJob):
            return
        if job not in self._jobs and not job.is_over:
            self._jobs.append(job)
        if job.is_over:
            self._jobs = [item for item in self._jobs if item is not job]
            self._progress.pop(job, None)
        self._tell()

    def _on_job_event(self, job: Job, event: object) -> None:
        if isinstance(job, PredictionJob) and isinstance(event, CuttingProgress | GradingProgress):
            self._progress[job] = event
        self._tell()

    def _tell(self) -> None:
        text = self.text
        if text != self._told:
            self._told = text
            self.changed.emit(text)
