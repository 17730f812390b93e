"""A job of the training lane that makes no run: a prediction, an evaluation, a learning curve."""

from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from spinegrader.gui.training.jobs import RunJob, hold_job, stop_job
from spinegrader.gui.training.lane_status import LaneStatus
from spinegrader.gui.workbench import Workbench
from spinegrader.model.events import CurveProgress
from spinegrader.services.cutting import CuttingProgress
from spinegrader.services.jobs import Job
from spinegrader.services.predicting import GradingProgress
from spinegrader.texts import for_translation, translate

_KEEPS = for_translation("Ends it; what is done so far is kept, and can be gone on with")
_KEEPS_NOTHING = for_translation("Ends it before it is done; nothing is kept of it")


class OtherJobBar(QWidget):
    """How far it is, with Pause and Stop; hidden while a training or nothing runs.

    Args:
        workbench: The window's.
        status: Says where the job is.
        parent: The page.
    """

    def __init__(self, workbench: Workbench, status: LaneStatus, parent: QWidget) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._status = status
        self._followed: Job | None = None
        self.label = QLabel()
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(translate("Progress of the job"))
        self.pause_button = QPushButton()
        self.stop_button = QPushButton(translate("Stop"))
        self.pause_button.clicked.connect(self._pause_or_go_on)
        self.stop_button.clicked.connect(self._stop)
        row = QHBoxLayout()
        row.addWidget(self.progress, 1)
        row.addWidget(self.pause_button)
        row.addWidget(self.stop_button)
        layout = QVBoxLayout(self)
        # As the list of runs below it.
        layout.setContentsMargins(9, 9, 9, 0)
        layout.addWidget(self.label)
        layout.addLayout(row)
        workbench.job_changed.connect(self.refresh)
        workbench.job_event.connect(self._on_job_event)
        status.changed.connect(self._say)
        self.refresh()

    @property
    def job(self) -> Job | None:
        """What runs now and is no training; None for nothing."""
        job = self._workbench.training_lane.current
        return None if job is None or job.is_over or isinstance(job, RunJob) else job

    def refresh(self, *_: object) -> None:
        """Shows the job that runs now."""
        job = self.job
        self.setVisible(job is not None)
        if job is not self._followed:
            self._followed = job
            # Moves to and fro until something is told.
            self.progress.setRange(0, 0)
        if job is None:
            return
        self._say(self._status.text)
        self.pause_button.setText(translate("Go on") if job.pause_requested else translate("Pause"))
        for button in (self.pause_button, self.stop_button):
            button.setEnabled(not job.stop_requested)
        self.stop_button.setToolTip(translate(_KEEPS if job.keeps_part else _KEEPS_NOTHING))

    def _say(self, text: str) -> None:
        self.label.setText(f"{text[:1].upper()}{text[1:]}")

    def _on_job_event(self, job: Job, event: object) -> None:
        if job is self.job and isinstance(event, CuttingProgress | GradingProgress | CurveProgress):
            self.progress.setRange(0, max(1, event.total))
            self.progress.setValue(event.done)

    def _pause_or_go_on(self) -> None:
        job = self.job
        if job is not None:
            hold_job(self._workbench, job, holds=not job.pause_requested)

    def _stop(self) -> None:
        job = self.job
        if job is not None:
            stop_job(self._workbench, job)
