"""Choices of a pre-training."""

from PySide6.QtWidgets import QWidget

from spinegrader.gui.training.device_chooser import DeviceChooser
from spinegrader.gui.training.forms import Advanced, StartForm, chooser, spin_box, with_note
from spinegrader.gui.training.jobs import RunJob, start_pretraining
from spinegrader.gui.training.notices import secondary_label
from spinegrader.gui.workbench import Workbench
from spinegrader.model.config import PretrainConfig
from spinegrader.services.surveys import Survey, survey_pretraining
from spinegrader.texts import for_translation, translate

_LAPTOP, _PAPER = for_translation("Laptop"), for_translation("Paper")
_PRESETS = {_LAPTOP: PretrainConfig.laptop(), _PAPER: PretrainConfig.paper()}
_ABOUT = {
    _LAPTOP: for_translation(
        "A small network on small volumes: seconds an epoch for a few hundred vertebral bodies "
        "on a processor, in well under 2 GB of memory."
    ),
    _PAPER: for_translation(
        "The published size (224 pixels, full width): wants a GPU; on a processor an epoch takes "
        "many minutes."
    ),
}


class PretrainForm(StartForm):
    """Size, epochs, device."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(workbench, parent)
        self.preset = chooser(translate("Size of the network"))
        for name in _PRESETS:
            self.preset.addItem(translate(name), name)
        self._about = secondary_label()
        self.epochs = spin_box(1, 10_000)
        self.device = DeviceChooser(workbench)
        self.advanced = Advanced()
        self.form.addRow(translate("Size"), with_note(self.preset, self._about))
        self.form.addRow(translate("Epochs"), self.epochs)
        self.form.addRow(translate("Compute on"), self.device)
        self.form.addRow(self.advanced)
        self.preset.currentIndexChanged.connect(self._show_preset)
        self.device.changed.connect(self.changed)
        self._show_preset()

    def _show_preset(self) -> None:
        name = self.preset.currentData()
        preset = _PRESETS[name]
        self._about.setText(translate(_ABOUT[name]))
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
        preset = _PRESETS[self.preset.currentData()]
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
