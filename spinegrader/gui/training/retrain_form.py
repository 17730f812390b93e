"""Choices of a retraining of the detector."""

from PySide6.QtWidgets import QWidget

from spinegrader.gui.training.device_chooser import DeviceChooser
from spinegrader.gui.training.forms import StartForm, spin_box, with_note
from spinegrader.gui.training.jobs import RunJob, start_retraining
from spinegrader.gui.training.notices import secondary_label
from spinegrader.gui.workbench import Workbench
from spinegrader.model.detector.config import DetectorConfig
from spinegrader.services.detector_requests import survey_retraining
from spinegrader.services.surveys import Survey
from spinegrader.texts import for_translation, translate

_PRESET = DetectorConfig.fine_tuning()
_ABOUT = for_translation(
    "Starts from the detector that comes with the program. An epoch takes under a minute on a "
    "processor. At the end the new detector is compared with the one in use; nothing is replaced "
    "until you say so on the Models page."
)


class RetrainForm(StartForm):
    """Epochs, device."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(workbench, parent)
        self.epochs = spin_box(1, 1000)
        self.epochs.setValue(_PRESET.epochs)
        self.epochs.setAccessibleName(translate("Epochs"))
        self.device = DeviceChooser(workbench)
        note = secondary_label(translate(_ABOUT))
        self.form.addRow(translate("Epochs"), with_note(self.epochs, note))
        self.form.addRow(translate("Compute on"), self.device)
        self.device.changed.connect(self.changed)

    def survey(self) -> Survey:
        """People, series, what is kept aside."""
        return survey_retraining(self.workbench.session)

    def problem(self) -> str:
        """What keeps the device from being used."""
        return self.device.problem

    def config(self) -> DetectorConfig:
        """The settings as chosen."""
        return _PRESET.model_copy(
            update={"epochs": self.epochs.value(), "device": self.device.device}
        )

    def start(self) -> RunJob | None:
        """Queues the retraining."""
        return start_retraining(self.workbench, self.config())
