"""Where to compute: a choice that is looked at before the training starts."""

import sys
from collections.abc import Callable
from typing import get_args

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from spinegrader.gui.training.notices import secondary_label
from spinegrader.gui.workbench import Workbench
from spinegrader.model.config import DeviceName
from spinegrader.services.jobs import Job, JobState
from spinegrader.services.run_words import device_text
from spinegrader.texts import for_translation, translate

_NAMES: dict[DeviceName, str] = {
    "auto": for_translation("Automatic (GPU if there is one)"),
    "cuda": for_translation("NVIDIA GPU (CUDA)"),
    "mps": for_translation("Apple GPU (MPS)"),
    "cpu": for_translation("Processor (CPU)"),
}
_NEEDS_LOOK = ("cuda", "mps")


class DeviceChooser(QWidget):
    """A list of devices; a GPU is looked for as soon as it is chosen.

    The look runs as a job, since it loads the library that trains: the window stays free.
    """

    changed = Signal()
    """The choice, or what is known of it, has changed."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._look: Job | None = None
        self.problem = ""
        self.box = QComboBox()
        self.box.setAccessibleName(translate("Device to compute on"))
        self.box.setToolTip(translate("Which part of this computer does the work"))
        for name in get_args(DeviceName):
            if name != "mps" or sys.platform == "darwin":
                self.box.addItem(translate(_NAMES[name]), name)
        self._note = secondary_label()
        self._note.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.box)
        layout.addWidget(self._note)
        self.box.currentIndexChanged.connect(self._on_choice)
        workbench.job_changed.connect(self._on_job)

    @property
    def device(self) -> DeviceName:
        """What was chosen."""
        name: DeviceName = self.box.currentData()
        return name

    def choose(self, device: DeviceName) -> None:
        """Chooses a device."""
        self.box.setCurrentIndex(self.box.findData(device))

    def _on_choice(self) -> None:
        self._look = None
        self._say("", "")
        if self.device in _NEEDS_LOOK:
            self._say(
                translate("Looking for the GPU…"),
                translate("The GPU is being looked for: wait a moment."),
            )
            self._look = self._workbench.start_quick_job(
                Job(translate("Looking for the GPU"), _look_for(self.device))
            )

    def _on_job(self, job: Job) -> None:
        if job is not self._look or not job.is_over:
            return
        if job.state is JobState.DONE:
            self._say(translate("Found: {device}.").format(device=job.result), "")
        else:
            problem = (
                translate("The GPU could not be looked for.")
                if job.error is None
                else job.error.message
            )
            self._say("", problem)

    def _say(self, note: str, problem: str) -> None:
        self._note.setText(note)
        self._note.setVisible(bool(note))
        self.problem = problem
        self.changed.emit()


def _look_for(
    device: DeviceName,
) -> Callable[[Callable[[object], None], Callable[[], bool]], object]:
    def look(_emit: Callable[[object], None], _stop: Callable[[], bool]) -> str:
        from spinegrader.model.devices import choose_device, describe_device

        return device_text(describe_device(choose_device(device)))

    return look
