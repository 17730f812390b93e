"""Choices of a fine-tuning."""

from pathlib import Path
from typing import Any, get_args

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from spinegrader.gui.training.device_chooser import DeviceChooser
from spinegrader.gui.training.forms import Advanced, StartForm, chooser, spin_box, with_note
from spinegrader.gui.training.jobs import RunJob, start_finetuning
from spinegrader.gui.training.notices import secondary_label
from spinegrader.gui.training.wording import headline, run_title
from spinegrader.gui.workbench import Workbench
from spinegrader.model.config import FinetuneConfig, Freeze
from spinegrader.model.runs import RunCard
from spinegrader.services.runs import is_paper_sized, runs_to_start_from
from spinegrader.services.surveys import Survey, learnable_gradings, survey_finetuning
from spinegrader.services.wording import counted
from spinegrader.texts import for_translation, translate

_FREEZE: dict[Freeze, tuple[str, str]] = {
    "conv": (
        for_translation("The upper layers (convolutions stay as pre-trained)"),
        for_translation("As in the paper; the best choice for few graded discs."),
    ),
    "none": (for_translation("All layers"), for_translation("Needs more graded discs.")),
    "all-but-heads": (
        for_translation("Only the last layer"),
        for_translation("The quickest; for very few graded discs."),
    ),
}
_LAPTOP, _PAPER = for_translation("Laptop"), for_translation("Paper")
_PRESETS = {_LAPTOP: FinetuneConfig.laptop(), _PAPER: FinetuneConfig.paper()}


class FinetuneForm(StartForm):
    """Where to start from, what to learn, which layers."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(workbench, parent)
        self.origin = chooser(translate("Start from"))
        self._cards = _finished_pretrainings(workbench)
        for card in self._cards:
            self.origin.addItem(_origin_text(card), card)
        self.origin.addItem(translate("From scratch (no pre-training)"), None)
        self.gradings = QListWidget()
        self.gradings.setAccessibleName(translate("Gradings to learn"))
        self._fill_gradings()
        self.freeze = chooser(translate("What is trained"))
        self._about = secondary_label()
        self.preset = chooser(translate("Size of the network"))
        for name in _PRESETS:
            self.preset.addItem(translate(name), name)
        self.epochs = spin_box(1, 10_000)
        self.device = DeviceChooser(workbench)
        self.advanced = Advanced()
        self.advanced.form.insertRow(0, translate("Compute on"), self.device)
        self.advanced.form.insertRow(0, translate("Size"), self.preset)
        self.form.addRow(translate("Start from"), self.origin)
        self.form.addRow(translate("Gradings"), self.gradings)
        self.form.addRow(translate("Train"), with_note(self.freeze, self._about))
        self.form.addRow(translate("Epochs"), self.epochs)
        self.form.addRow(self.advanced)
        self.origin.currentIndexChanged.connect(self._follow_origin)
        self.preset.currentIndexChanged.connect(self._show_preset)
        self.freeze.currentIndexChanged.connect(self._say_freeze)
        self.gradings.itemChanged.connect(self.changed)
        self.device.changed.connect(self.changed)
        self._follow_origin()

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
        keys: tuple[Freeze, ...] = get_args(Freeze) if card is not None else ("none",)
        for key in keys:
            self.freeze.addItem(translate(_FREEZE[key][0]), key)
        self.freeze.setEnabled(card is not None)
        self.preset.setEnabled(card is None)
        wanted = _PAPER if card is not None and is_paper_sized(card) else _LAPTOP
        self.preset.setCurrentIndex(self.preset.findData(wanted))
        self._show_preset()

    def _say_freeze(self) -> None:
        key: Freeze | None = self.freeze.currentData()
        self._about.setText("" if key is None else translate(_FREEZE[key][1]))

    def _show_preset(self) -> None:
        preset = _PRESETS[self.preset.currentData()]
        self.epochs.setValue(preset.epochs)
        self.advanced.show_defaults(preset)
        self._say_freeze()

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
        preset = _PRESETS[self.preset.currentData()]
        return preset.model_copy(
            update={
                "gradings": self.chosen_gradings,
                "freeze": self.freeze.currentData(),
                "epochs": self.epochs.value(),
                "device": self.device.device,
                "batch_size": self.advanced.batch.value(),
                "seed": self.advanced.seed.value(),
                "optimiser": self.advanced.optimiser(preset),
            }
        )

    def start(self) -> RunJob | None:
        """Queues the fine-tuning."""
        return start_finetuning(self.workbench, self.config(), self.start_from)


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
