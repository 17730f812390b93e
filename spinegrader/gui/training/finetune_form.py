"""Choices of a fine-tuning."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QListWidget, QListWidgetItem, QWidget

from spinegrader.gui.training.device_chooser import DeviceChooser
from spinegrader.gui.training.forms import (
    AdvancedTraining,
    StartForm,
    choose,
    chooser,
    spin_box,
    with_note,
)
from spinegrader.gui.training.jobs import RunJob, start_finetuning
from spinegrader.gui.training.notices import secondary_label
from spinegrader.gui.training.size_chooser import SizeChooser
from spinegrader.gui.training.wording import headline, run_title
from spinegrader.gui.workbench import Workbench
from spinegrader.model.config import FinetuneConfig, Freeze
from spinegrader.model.runs import RunCard
from spinegrader.services.job_commands import finetune_command
from spinegrader.services.job_estimates import Measurement, measurement_of
from spinegrader.services.job_settings import chosen_config, load_config
from spinegrader.services.runs import is_paper_sized, runs_to_start_from
from spinegrader.services.surveys import Survey, learnable_gradings, survey_finetuning
from spinegrader.services.training import finetune_plan
from spinegrader.services.wording import counted
from spinegrader.texts import for_translation, translate

_FREEZE: dict[Freeze, tuple[str, str]] = {
    "none": (
        for_translation("All layers"),
        for_translation("In our experiments this graded better than frozen convolutions."),
    ),
    "conv": (
        for_translation("The upper layers (convolutions stay as pre-trained)"),
        for_translation("As published, and quicker."),
    ),
    "all-but-heads": (
        for_translation("Only the last layer"),
        for_translation("The quickest; the network stays as it was pre-trained."),
    ),
}
_LAPTOP, _PAPER = for_translation("Laptop"), for_translation("Paper")
_PRESETS = {_LAPTOP: FinetuneConfig.laptop(), _PAPER: FinetuneConfig.paper()}
_SHOWN = (
    *("gradings", "freeze", "epochs", "device", "loss", "balanced"),
    *("batch_size", "patience_epochs", "seed"),
)
_LOSSES: dict[Literal["cross_entropy", "ordinal"], str] = {
    "cross_entropy": for_translation("Each wrong grade counts the same, as published"),
    "ordinal": for_translation("Far grades count as more wrong than near ones"),
}


class FinetuneForm(StartForm):
    """Where to start from, what to learn, which layers."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(workbench, parent)
        self.origin = chooser(translate("Start from"))
        self._cards = _finished_pretrainings(workbench)
        for card in self._cards:
            self.origin.addItem(_origin_text(card), card)
        self.origin.addItem(translate("From scratch (no pre-training)"), None)
        self.origin.setToolTip(translate("Whose weights the network begins with"))
        self.gradings = QListWidget()
        self.gradings.setAccessibleName(translate("Gradings to learn"))
        self.gradings.setToolTip(translate("What the network learns to grade"))
        self._fill_gradings()
        self.freeze = chooser(translate("What is trained"))
        self.freeze.setToolTip(translate("Layers that aren't trained stay as they are"))
        self._about = secondary_label()
        self.preset: SizeChooser[FinetuneConfig] = SizeChooser(_PRESETS, {}, _SHOWN)
        self.epochs = spin_box(1, 10_000)
        self.epochs.setToolTip(translate("How often all graded discs are gone through"))
        self.device = DeviceChooser(workbench)
        self._make_advanced()
        self.form.addRow(translate("Start from"), self.origin)
        self.form.addRow(translate("Gradings"), self.gradings)
        self.form.addRow(translate("Train"), with_note(self.freeze, self._about))
        self.form.addRow(translate("Epochs"), self.epochs)
        self.form.addRow(self.advanced)
        self._follow_origin()
        self._listen()

    def _make_advanced(self) -> None:
        self.advanced = AdvancedTraining()
        self.loss = chooser(translate("Loss"))
        self.loss.setToolTip(translate("How wrong grades count, in gradings with an order"))
        for loss, text in _LOSSES.items():
            self.loss.addItem(translate(text), loss)
        self.balanced = QCheckBox(translate("Rare grades count as much as common ones"))
        self.balanced.setToolTip(translate("Each disc weighs by how rare its grade is"))
        for place, (label, field) in enumerate(
            (
                (translate("Size"), self.preset),
                (translate("Compute on"), self.device),
                (translate("Loss"), self.loss),
                ("", self.balanced),
            )
        ):
            self.advanced.form.insertRow(place, label, field)

    def _listen(self) -> None:
        self.origin.currentIndexChanged.connect(self._on_origin)
        self.preset.changed.connect(self._on_size)
        self.freeze.currentIndexChanged.connect(self._say_freeze)
        self.gradings.itemChanged.connect(self.changed)
        self.device.changed.connect(self.changed)
        for signal in (
            self.freeze.currentIndexChanged,
            self.epochs.valueChanged,
            self.advanced.changed,
        ):
            signal.connect(self.cost_changed)

    def _fill_gradings(self) -> None:
        for grading, discs in learnable_gradings(self.workbench.session):
            graded = counted(discs, "disc", "discs")
            entry = QListWidgetItem(f"{grading.name}  ({graded})")
            entry.setData(Qt.ItemDataRole.UserRole, grading.id)
            entry.setFlags(entry.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            entry.setCheckState(Qt.CheckState.Checked)
            self.gradings.addItem(entry)
        row = max(16, self.gradings.sizeHintForRow(0))
        rows = min(max(2, self.gradings.count()), 6)
        self.gradings.setFixedHeight(row * rows + 2 * self.gradings.frameWidth() + 4)

    def _follow_origin(self) -> None:
        card = self._card
        self.freeze.clear()
        # From scratch frozen layers would keep random weights: there is only one sensible choice.
        keys: tuple[Freeze, ...] = tuple(_FREEZE) if card is not None else ("none",)
        for key in keys:
            self.freeze.addItem(translate(_FREEZE[key][0]), key)
        self.freeze.setEnabled(card is not None)
        self.preset.setEnabled(card is None)
        self.preset.choose(_PAPER if card is not None and is_paper_sized(card) else _LAPTOP)
        self._show(self.preset.base)

    def _on_origin(self) -> None:
        self._follow_origin()
        self.changed.emit()

    def _on_size(self) -> None:
        self._show(self.preset.base)
        self.changed.emit()

    def _say_freeze(self) -> None:
        key: Freeze | None = self.freeze.currentData()
        self._about.setText("" if key is None else translate(_FREEZE[key][1]))

    def _show(self, config: FinetuneConfig) -> None:
        self.epochs.setValue(config.epochs)
        choose(self.loss, config.loss)
        self.balanced.setChecked(config.balanced)
        self.advanced.show_config(config)
        self._say_freeze()

    def show_config(self, config: FinetuneConfig) -> None:
        """Chooses what settings say, as far as the project has it."""
        self.preset.take(config)
        self._show(config)
        choose(self.freeze, config.freeze)
        self.device.choose(config.device)
        entries = [self.gradings.item(row) for row in range(self.gradings.count())]
        known = {str(entry.data(Qt.ItemDataRole.UserRole)) for entry in entries}
        wanted = known & set(config.gradings) or known
        for entry in entries:
            is_wanted = entry.data(Qt.ItemDataRole.UserRole) in wanted
            entry.setCheckState(Qt.CheckState.Checked if is_wanted else Qt.CheckState.Unchecked)

    @property
    def _card(self) -> RunCard | None:
        card: Any = self.origin.currentData()
        return card if isinstance(card, RunCard) else None

    @property
    def start_from(self) -> Path | None:
        """Folder of the pre-training to start from; None for scratch."""
        card = self._card
        return None if card is None else self.workbench.session.store.runs_folder / card.name

    @property
    def chosen_gradings(self) -> tuple[str, ...]:
        """Ids of the checked gradings."""
        entries = (self.gradings.item(row) for row in range(self.gradings.count()))
        return tuple(
            str(entry.data(Qt.ItemDataRole.UserRole))
            for entry in entries
            if entry.checkState() is Qt.CheckState.Checked
        )

    def survey(self) -> Survey:
        """Graded discs by grading."""
        return survey_finetuning(self.workbench.session)

    def problem(self) -> str:
        """Nothing to learn, or a device that is missing."""
        if self.gradings.count() and not self.chosen_gradings:
            return translate("Choose at least one grading to learn.")
        return self.device.problem

    def config(self) -> FinetuneConfig:
        """The settings as chosen."""
        base = self.preset.base
        return base.model_copy(
            update={
                "gradings": self.chosen_gradings,
                "freeze": self.freeze.currentData(),
                "epochs": self.epochs.value(),
                "device": self.device.device,
                "loss": self.loss.currentData(),
                "balanced": self.balanced.isChecked(),
                "batch_size": self.advanced.batch.value(),
                "patience_epochs": self.advanced.patience.value(),
                "seed": self.advanced.seed.value(),
                "optimiser": self.advanced.optimiser(base),
            }
        )

    def start(self) -> RunJob | None:
        """Queues the fine-tuning."""
        return start_finetuning(self.workbench, self.config(), self.start_from)

    def choices(self) -> dict[str, Any]:
        """All settings; which run it starts from is chosen anew, since newer ones come."""
        return {"config": self.config().model_dump(mode="json")}

    def show_choices(self, choices: Mapping[str, Any]) -> None:
        """The settings of the last time."""
        config = chosen_config(choices, FinetuneConfig)
        if config is not None:
            self.show_config(config)

    def settings_file(self) -> FinetuneConfig:
        """The settings as chosen."""
        return self.config()

    def load_settings_file(self, path: Path) -> None:
        """Chooses what a file says."""
        self.show_config(load_config(path, FinetuneConfig))

    def command(self, *, several: bool = False) -> str:
        """The command line that does the same."""
        session = self.workbench.session
        return finetune_command(session, self.config(), self.start_from, several=several)

    @property
    def runs_in_several(self) -> bool:
        """Several GPUs can share it."""
        return True

    def measurement(self) -> Measurement | None:
        """Of a fine-tuning as chosen."""
        session = self.workbench.session
        return measurement_of(lambda: finetune_plan(session, self.config(), self.start_from))


def _finished_pretrainings(workbench: Workbench) -> list[RunCard]:
    """Networks to start from: newest first, finished before stopped ones, imported ones last."""
    usable = runs_to_start_from(workbench.session)
    return sorted(usable, key=lambda card: (card.imported is not None, card.state != "finished"))


def _origin_text(card: RunCard) -> str:
    parts = [run_title(card.kind, card.started_at), headline(card)]
    if card.imported is not None:
        parts.append(translate("trained elsewhere"))
    if card.state == "stopped":
        parts.append(translate("stopped after epoch {epoch}").format(epoch=card.epochs_done))
    return ", ".join(part for part in parts if part)
