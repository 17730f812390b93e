"""How far the job is that runs in a lane, and a button that stops it."""

import time

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from spinegrader.gui.workbench import Workbench
from spinegrader.services.jobs import Job, JobState, SerialLane
from spinegrader.services.wording import duration_text
from spinegrader.texts import translate

_SHOWN_AFTER_MS = 300
_TIME_LEFT_AFTER_S = 5.0


class JobSlot(QWidget):
    """Hidden while nothing runs, and for the first moments, so that short jobs don't flicker.

    Training has a place of its own: only jobs of one other lane are shown.
    """

    def __init__(
        self, workbench: Workbench, lane: SerialLane, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._lane = lane
        self._job: Job | None = None
        self._began = 0.0
        self._step = ""
        self.label = QLabel()
        self.bar = QProgressBar()
        self.bar.setFixedWidth(110)
        self.bar.setTextVisible(False)
        self.cancel = QPushButton(translate("Cancel"))
        self.cancel.setStyleSheet("padding: 1px 8px")
        self.cancel.clicked.connect(self._on_cancel)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.label, self.bar, self.cancel):
            layout.addWidget(widget)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_SHOWN_AFTER_MS)
        self._patience.timeout.connect(self.show)
        workbench.job_changed.connect(self._on_job_changed)
        workbench.job_event.connect(self._on_job_event)
        self.hide()

    def _on_job_changed(self, job: Job) -> None:
        if job is self._job and job.is_over:
            self._end()
        unfinished = self._lane.unfinished
        running = next((item for item in unfinished if item.state is JobState.RUNNING), None)
        if running is not None and running is not self._job:
            self._begin(running)

    def _begin(self, job: Job) -> None:
        self._job, self._began, self._step = job, time.monotonic(), ""
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName(translate("Progress of {title}").format(title=job.title))
        self.cancel.setEnabled(True)
        self.cancel.setText(translate("Cancel"))
        self.cancel.setAccessibleName(translate("Cancel {title}").format(title=job.title))
        self.label.setText(job.title)
        if self.isHidden():
            self._patience.start()

    def _end(self) -> None:
        self._job = None
        self._patience.stop()
        self.hide()

    def _on_job_event(self, job: Job, event: object) -> None:
        done, total = getattr(event, "done", None), getattr(event, "total", None)
        if job is not self._job or not isinstance(done, int) or not isinstance(total, int):
            return
        step = translate(str(getattr(event, "step", ""))) or job.title
        if step != self._step:
            # Each step counts anew, and so does the time that is left of it.
            self._step, self._began = step, time.monotonic()
        if done >= total:
            # The total grows as an archive is unpacked: a full bar would promise the end.
            total = 0
        self.bar.setRange(0, total)
        self.bar.setValue(done if total else 0)
        count = f" {done}/{total}" if total else f" {done}"
        self.label.setText(step + count + self._time_left(done, total))

    def _time_left(self, done: int, total: int) -> str:
        elapsed_s = time.monotonic() - self._began
        if done <= 0 or total <= done or elapsed_s < _TIME_LEFT_AFTER_S:
            return ""
        left_s = elapsed_s / done * (total - done)
        # An estimate: steps of 5 s, so that it doesn't flicker.
        return ", " + translate("{time} left").format(
            time=duration_text(max(5, round(left_s / 5) * 5))
        )

    def _on_cancel(self) -> None:
        if self._job is not None:
            self._job.request_stop()
            self.cancel.setEnabled(False)
            self.cancel.setText(translate("Stopping…"))
