"""Choices of a pre-training."""

from PySide6.QtWidgets import QWidget

from spinegrader.gui.training.device_chooser import DeviceChooser
from spinegrader.gui.training.forms import Advanced, StartForm, chooser, spin_box, with_note
from spinegrader.gui.training.jobs import RunJob, start_pretraining
from spinegrader.gui.training.notices import secondary_label
from spinegrader.gui.workbench import Workbench
from spinegrader.model.config import PretrainConfig
from spinegrader.services.surveys import Survey, survey_pretraining

_PRESETS = {"Laptop": PretrainConfig.laptop(), "Paper": PretrainConfig.paper()}
_ABOUT = {
    "Laptop": (
        "A small network on small volumes: seconds an epoch for a few hundred vertebral bodies "
        "on a processor, in well under 2 GB of memory."
    ),
    "Paper": (
        "The published size (224 pixels, full width): wants a GPU; on a processor an epoch takes "
        "many minutes."
    ),
}


class PretrainForm(StartForm):
    """Size, epochs, device."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(workbench, parent)
        self.preset = chooser("Size of the network")
        self.preset.addItems(list(_PRESETS))
        self._about = secondary_label()
        self.epochs = spin_box(1, 10_000)
        self.device = DeviceChooser(workbench)
        self.advanced = Advanced()
        self.form.addRow("Size", with_note(self.preset, self._about))
        self.form.addRow("Epochs", self.epochs)
        self.form.addRow("Compute on", self.device)
        self.form.addRow(self.advanced)
        self.preset.currentTextChanged.connect(self._show_preset)
        self.device.changed.connect(self.changed)
        self._show_preset()

    def _show_preset(self) -> None:
        name = self.preset.currentText()
        preset = _PRESETS[name]
        self._about.setText(_ABOUT[name])
        self.epochs.setValue(preset.epochs)
        self.advanced.show_defaults(preset)

    def survey(self) -> Survey:
        """People, follow-ups, vertebral bodies."""
        return survey_pretraining(self.workbench.session)

    def problem(self) -> str:
        """What keeps the device from being used."""
        return self.device.problem

    def config(self) -> PretrainConfig:
        """The settings as chosen."""
        preset = _PRESETS[self.preset.currentText()]
        return preset.model_copy(
            update={
                "epochs": self.epochs.value(),
                "device": self.device.device,
                "batch_pairs": self.advanced.batch.value(),
                "seed": self.advanced.seed.value(),
                "optimiser": self.advanced.optimiser(preset),
            }
        )

    def start(self) -> RunJob | None:
        """Queues the pre-training."""
        return start_pretraining(self.workbench, self.config())
