"""A quiet line with the time and memory that a job is expected to take."""

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from spinegrader.gui.training.notices import secondary_label
from spinegrader.gui.workbench import Workbench
from spinegrader.services.job_estimates import Estimate, Measurement
from spinegrader.services.jobs import Job, JobState
from spinegrader.texts import translate

_PAUSE_MS = 400
"""Who types a number isn't done with its first digit."""


class EstimateLine(QWidget):
    """Measures behind the window and says what it found; nothing while nothing can start.

    While a training runs nothing is measured: the two would take each other's time.
    """

    def __init__(
        self,
        workbench: Workbench,
        measurement: Callable[[], Measurement | None],
        parent: QWidget | None = None,
    ) -> None:
        """Makes the line; ``measurement`` is asked for what tells time and memory."""
        super().__init__(parent)
        self._workbench = workbench
        self._measurement = measurement
        self._job: Job | None = None
        self._waits = False
        self._label = secondary_label()
        self._label.setToolTip(
            translate(
                "From a few steps that were tried on this computer just now. Cutting discs and "
                "vertebrae out of the images is counted where that wasn't done before."
            )
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._label)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._measure)
        workbench.job_changed.connect(self._on_job)

    @property
    def text(self) -> str:
        """What it says."""
        return self._label.text()

    @property
    def is_measuring(self) -> bool:
        """Whether the answer is still to come."""
        return self._job is not None or self._soon.isActive()

    def look_again(self) -> None:
        """Something was chosen that time or memory may depend on."""
        self.stop()
        self._soon.start(_PAUSE_MS)

    def stop(self) -> None:
        """Nobody wants to know any more."""
        self._soon.stop()
        self._waits = False
        if self._job is not None:
            self._job.request_stop()
            self._job = None

    def _measure(self) -> None:
        tell = self._measurement() if self._workbench.has_session else None
        if tell is None:
            self._say("")
            return
        self._waits = self._workbench.training_lane.is_busy
        if self._waits:
            self._say(translate("Time and memory are told when no other job runs."))
            return
        self._say(translate("Trying a few steps to tell time and memory…"))
        self._job = self._workbench.start_quick_job(
            Job(translate("Time and memory"), lambda _emit, stop: tell(stop))
        )

    def _on_job(self, job: Job) -> None:
        if self._waits and not self._workbench.training_lane.is_busy:
            self.look_again()
        if job is not self._job or not job.is_over:
            return
        self._job = None
        if job.state is JobState.DONE and isinstance(job.result, Estimate):
            self._say(job.result.sentence())
        else:
            self._say("" if job.error is None else job.error.message)

    def _say(self, text: str) -> None:
        self._label.setText(text)
        self.setVisible(bool(text))
