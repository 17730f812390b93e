"""Choices of a pre-training."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget

from spinegrader.gui.training.device_chooser import DeviceChooser
from spinegrader.gui.training.forms import AdvancedTraining, StartForm, choose, chooser, spin_box
from spinegrader.gui.training.jobs import RunJob, start_pretraining
from spinegrader.gui.training.size_chooser import SizeChooser
from spinegrader.gui.workbench import Workbench
from spinegrader.model.config import Objective, PairKind, PretrainConfig, Structure
from spinegrader.services.job_commands import pretrain_command
from spinegrader.services.job_estimates import Measurement, measurement_of
from spinegrader.services.job_settings import chosen_config, load_config
from spinegrader.services.pretraining_material import survey_pretraining
from spinegrader.services.surveys import Survey
from spinegrader.services.training import pretrain_plan
from spinegrader.texts import for_translation, translate

_LAPTOP, _PAPER = for_translation("Laptop"), for_translation("Paper")
_PRESETS = {_LAPTOP: PretrainConfig.laptop(), _PAPER: PretrainConfig.paper()}
_ABOUT = {
    _LAPTOP: for_translation("A small network on small volumes, for a processor."),
    _PAPER: for_translation("The published size (224 pixels, full width): wants a GPU."),
}
_PAIRS: dict[PairKind, str] = {
    "follow-up": for_translation("Follow-ups: the same person on two days"),
    "same-study": for_translation("Two series of one study, a weaker stand-in"),
    "both": for_translation("Both"),
}
_STRUCTURES: dict[Structure, str] = {
    "vertebra": for_translation("Vertebral bodies"),
    "disc": for_translation("Discs"),
}
_OBJECTIVES: dict[Objective, str] = {
    "contrastive": for_translation("Contrastive, as published"),
    "nt_xent": for_translation("NT-Xent: all others of the batch are strangers"),
    "vicreg": for_translation("VICReg: without strangers"),
}
_SHOWN = (
    *("epochs", "device", "pairs", "objective", "level_weight"),
    *("batch_pairs", "patience_epochs", "seed"),
)
_FLATTER = 2
"""Discs are cut by half as many rows as bodies, as in fine-tuning."""


class PretrainForm(StartForm):
    """Size, epochs, device; what is paired under Advanced."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(workbench, parent)
        self.preset: SizeChooser[PretrainConfig] = SizeChooser(_PRESETS, _ABOUT, _SHOWN)
        self.epochs = spin_box(1, 10_000)
        self.epochs.setToolTip(translate("How often all pairs are gone through"))
        self.device = DeviceChooser(workbench)
        self.advanced = AdvancedTraining()
        self.pairs = _choice(translate("Pairs"), _PAIRS)
        self.pairs.setToolTip(translate("Which two images show the same person"))
        self.structure = _choice(translate("What is paired"), _STRUCTURES)
        self.structure.setToolTip(
            translate("Bodies change little over years; discs are closer to what is graded")
        )
        self.objective = _choice(translate("Objective"), _OBJECTIVES)
        self.objective.setToolTip(translate("How pairs are compared"))
        self.levels = QCheckBox(translate("Learn the names of vertebrae too, as published"))
        self.levels.setToolTip(
            translate(
                "Without them a network looked more closely at what is graded, in our experiments; "
                "but it can't doubt the level of a vertebra"
            )
        )
        for place, (label, field) in enumerate(
            (
                (translate("Pairs"), self.pairs),
                (translate("What is paired"), self.structure),
                (translate("Objective"), self.objective),
            )
        ):
            self.advanced.form.insertRow(place, label, field)
        self.advanced.form.insertRow(3, "", self.levels)
        self.form.addRow(translate("Size"), self.preset)
        self.form.addRow(translate("Epochs"), self.epochs)
        self.form.addRow(translate("Compute on"), self.device)
        self.form.addRow(self.advanced)
        self._show(self.preset.base)
        self._listen()

    def _listen(self) -> None:
        self.preset.changed.connect(self._on_size)
        self.device.changed.connect(self.changed)
        self.pairs.currentIndexChanged.connect(self.changed)
        for signal in (
            self.epochs.valueChanged,
            self.structure.currentIndexChanged,
            self.objective.currentIndexChanged,
            self.levels.toggled,
            self.advanced.changed,
        ):
            signal.connect(self.cost_changed)

    def _on_size(self) -> None:
        self._show(self.preset.base)
        self.changed.emit()

    def _show(self, config: PretrainConfig) -> None:
        self.epochs.setValue(config.epochs)
        choose(self.structure, config.structure)
        choose(self.objective, config.objective)
        self._level_weight = config.level_weight or 1.0
        self.levels.setChecked(config.level_weight > 0)
        self.advanced.show_config(config)

    def show_config(self, config: PretrainConfig) -> None:
        """Chooses what settings say."""
        self.preset.take(_on_bodies(config))
        self._show(config)
        choose(self.pairs, config.pairs)
        self.device.choose(config.device)

    def survey(self) -> Survey:
        """People, follow-ups, vertebral bodies."""
        survey = survey_pretraining(self.workbench.session, self.pairs.currentData())
        if survey.problem:
            # The way out may be another kind of pairs.
            self.advanced.toggle.setChecked(True)
        return survey

    def problem(self) -> str:
        """What keeps the device from being used."""
        return self.device.problem

    def config(self) -> PretrainConfig:
        """The settings as chosen."""
        base = self.preset.base
        if self.structure.currentData() == "disc":
            slices, rows, columns = base.volume_shape
            base = base.on_discs((slices, max(1, rows // _FLATTER), columns))
        return base.model_copy(
            update={
                "epochs": self.epochs.value(),
                "device": self.device.device,
                "pairs": self.pairs.currentData(),
                "objective": self.objective.currentData(),
                "level_weight": self._level_weight if self.levels.isChecked() else 0.0,
                "batch_pairs": self.advanced.batch.value(),
                "patience_epochs": self.advanced.patience.value(),
                "seed": self.advanced.seed.value(),
                "optimiser": self.advanced.optimiser(base),
            }
        )

    def start(self) -> RunJob | None:
        """Queues the pre-training."""
        return start_pretraining(self.workbench, self.config())

    def choices(self) -> dict[str, Any]:
        """All settings."""
        return {"config": self.config().model_dump(mode="json")}

    def show_choices(self, choices: Mapping[str, Any]) -> None:
        """The settings of the last time."""
        config = chosen_config(choices, PretrainConfig)
        if config is not None:
            self.show_config(config)

    def settings_file(self) -> PretrainConfig:
        """The settings as chosen."""
        return self.config()

    def load_settings_file(self, path: Path) -> None:
        """Chooses what a file says."""
        self.show_config(load_config(path, PretrainConfig))

    def command(self, *, several: bool = False) -> str:
        """The command line that does the same."""
        return pretrain_command(self.workbench.session, self.config(), several=several)

    @property
    def runs_in_several(self) -> bool:
        """Several GPUs can share it."""
        return True

    def measurement(self) -> Measurement | None:
        """Of a pre-training as chosen."""
        return measurement_of(lambda: pretrain_plan(self.workbench.session, self.config()))


def _on_bodies(config: PretrainConfig) -> PretrainConfig:
    """The same settings for vertebral bodies: what the form changes for discs."""
    if config.structure == "vertebra":
        return config
    slices, rows, columns = config.volume_shape
    shape = (slices, rows * _FLATTER, columns)
    return config.model_copy(update={"structure": "vertebra", "volume_shape": shape})


def _choice(name: str, entries: Mapping[Any, str]) -> QComboBox:
    box = chooser(name)
    for value, text in entries.items():
        box.addItem(translate(text), value)
    return box
