"""Choices of a retraining of the detector."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QWidget

from spinegrader.gui.training.device_chooser import DeviceChooser
from spinegrader.gui.training.forms import StartForm, spin_box, with_note
from spinegrader.gui.training.jobs import RunJob, start_retraining
from spinegrader.gui.training.notices import secondary_label
from spinegrader.gui.workbench import Workbench
from spinegrader.model.detector.config import DetectorConfig
from spinegrader.services.detector_requests import survey_retraining
from spinegrader.services.detector_training import retraining_plan
from spinegrader.services.job_commands import retrain_command
from spinegrader.services.job_estimates import Measurement, measurement_of
from spinegrader.services.job_settings import chosen_config
from spinegrader.services.surveys import Survey
from spinegrader.texts import for_translation, translate

_PRESET = DetectorConfig.fine_tuning()
_ABOUT = for_translation(
    "Starts from the detector that comes with the program. At the end the new detector is "
    "compared with the one in use; nothing is replaced until you say so on the Models page."
)


class RetrainForm(StartForm):
    """Epochs, device."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(workbench, parent)
        self.epochs = spin_box(1, 1000)
        self.epochs.setValue(_PRESET.epochs)
        self.epochs.setAccessibleName(translate("Epochs"))
        self.epochs.setToolTip(translate("How long it learns; more take longer"))
        self.device = DeviceChooser(workbench)
        note = secondary_label(translate(_ABOUT))
        self.form.addRow(translate("Epochs"), with_note(self.epochs, note))
        self.form.addRow(translate("Compute on"), self.device)
        self.device.changed.connect(self.changed)
        self.epochs.valueChanged.connect(self.cost_changed)

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

    def measurement(self) -> Measurement | None:
        """Of a retraining as chosen."""
        return measurement_of(lambda: retraining_plan(self.workbench.session, self.config()))

    def choices(self) -> dict[str, Any]:
        """Epochs and device."""
        return {"config": self.config().model_dump(mode="json")}

    def show_choices(self, choices: Mapping[str, Any]) -> None:
        """Epochs and device of the last time."""
        config = chosen_config(choices, DetectorConfig)
        if config is not None:
            self.epochs.setValue(config.epochs)
            self.device.choose(config.device)

    def command(self, *, several: bool = False) -> str:
        """The command line that does the same."""
        del several
        return retrain_command(self.workbench.session, self.config())
