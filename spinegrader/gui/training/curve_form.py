"""Choices of a learning curve."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QWidget

from spinegrader.errors import SpineGraderError
from spinegrader.gui.training.curve_view import CurveDialog
from spinegrader.gui.training.device_chooser import DeviceChooser
from spinegrader.gui.training.earlier_row import EarlierRow
from spinegrader.gui.training.forms import Advanced, StartForm, choose, chooser, spin_box
from spinegrader.gui.training.result_jobs import CurveJob, start_curve
from spinegrader.gui.training.wording import local_time_text
from spinegrader.gui.workbench import Workbench
from spinegrader.model.config import FinetuneConfig, PretrainConfig
from spinegrader.model.learning_curve_rows import CurveRow
from spinegrader.services.curve_estimates import estimate_curve
from spinegrader.services.curve_surveys import BegunCurve, begun_curves, curve_plan, survey_curve
from spinegrader.services.job_commands import curve_command
from spinegrader.services.job_estimates import Measurement
from spinegrader.services.learning_curves import CurveChoices
from spinegrader.services.surveys import Survey, learnable_gradings
from spinegrader.texts import for_translation, translate

_LAPTOP, _PAPER = for_translation("Laptop"), for_translation("Paper")
_PRESETS = {
    "laptop": (_LAPTOP, PretrainConfig.laptop(), FinetuneConfig.laptop()),
    "paper": (_PAPER, PretrainConfig.paper(), FinetuneConfig.paper()),
}
_ROWS: dict[CurveRow, str] = {
    "scratch": for_translation("From scratch"),
    "random": for_translation("Frozen random convolutions"),
    "level": for_translation("Level loss alone"),
    "contrastive": for_translation("Contrastive loss alone"),
    "both": for_translation("Both losses"),
    "both-trained": for_translation("Both losses, all layers trained"),
    "discs-trained": for_translation("Both losses on discs, all layers trained"),
    "contrastive-trained": for_translation("Contrastive loss alone, all layers trained"),
    "discs-contrastive": for_translation("Contrastive loss alone on discs"),
    "discs-contrastive-trained": for_translation(
        "Contrastive loss alone on discs, all layers trained"
    ),
}
_ROW_TIPS: dict[CurveRow, str] = {
    "scratch": for_translation("No pre-training: all is learnt from the grades"),
    "random": for_translation("What sees the image stays as drawn by lot; a measure of chance"),
    "level": for_translation("Pre-trained to name the level of a vertebra only"),
    "contrastive": for_translation("Pre-trained to recognise the same person only"),
    "both": for_translation("Pre-trained to do both; what sees the image then stays as it is"),
    "both-trained": for_translation("Pre-trained to do both; all goes on learning from the grades"),
    "discs-trained": for_translation("As before, pre-trained on discs instead of vertebrae"),
    "contrastive-trained": for_translation(
        "Pre-trained to recognise the same person only; all goes on learning from the grades"
    ),
    "discs-contrastive": for_translation("Pre-trained to recognise the same person by the discs"),
    "discs-contrastive-trained": for_translation("As before; all goes on learning from the grades"),
}
_FIRST: tuple[CurveRow, ...] = ("scratch", "both-trained", "contrastive-trained")
_STEPS = 1000


class CurveForm(StartForm):
    """A new curve or one to go on with: grading, rows, sizes, seeds."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(workbench, parent)
        self._curves = begun_curves(workbench.session)
        self.curve = chooser(translate("Curve"))
        self.curve.setToolTip(translate("A new one, or the rest of one that was stopped"))
        self.curve.addItem(translate("A new one"), None)
        for curve in self._curves:
            if curve.is_unfinished:
                self.curve.addItem(_unfinished_text(curve), curve.folder.name)
        self.grading = chooser(translate("Grading"))
        self.grading.setToolTip(translate("What the networks learn to grade"))
        for grading, _ in learnable_gradings(workbench.session):
            self.grading.addItem(grading.name, grading.id)
        self.rows = _row_list()
        self.sizes = QLineEdit()
        self.sizes.setAccessibleName(translate("Sizes"))
        self.sizes.setPlaceholderText(translate("An eighth, a quarter, a half and all"))
        self.sizes.setToolTip(
            translate("Numbers of annotated studies, rising, such as 5, 10, 20; empty for usual")
        )
        self.seeds = spin_box(1, 50)
        self.seeds.setValue(3)
        self.seeds.setToolTip(translate("How many networks each point of the curve is the mean of"))
        self._make_advanced()
        if self.curve.count() > 1:
            self.form.addRow(translate("Curve"), self.curve)
        self.form.addRow(translate("Grading"), self.grading)
        self.form.addRow(translate("Compare"), self.rows)
        self.form.addRow(translate("Sizes"), self.sizes)
        self.form.addRow(translate("Seeds"), self.seeds)
        self.form.addRow(self.advanced)
        self._add_earlier()
        self._listen()

    def _make_advanced(self) -> None:
        self.advanced = Advanced()
        self.preset = chooser(translate("Size of the network"))
        self.preset.setToolTip(translate("How large the networks and their volumes are"))
        for key, (name, _, _) in _PRESETS.items():
            self.preset.addItem(translate(name), key)
        self.device = DeviceChooser(self.workbench)
        self.epochs = spin_box(1, 10_000)
        self.epochs.setToolTip(translate("How often a grading network goes through its discs"))
        self.pretrain_epochs = spin_box(1, 10_000)
        self.pretrain_epochs.setToolTip(
            translate("How often a pre-training goes through its pairs")
        )
        self.least_steps = spin_box(1, 1_000_000)
        self.least_steps.setValue(_STEPS)
        self.least_steps.setToolTip(
            translate("Networks with few discs go through them more often, up to so many steps")
        )
        for label, field in (
            (translate("Size"), self.preset),
            (translate("Compute on"), self.device),
            (translate("Epochs"), self.epochs),
            (translate("Epochs of pre-training"), self.pretrain_epochs),
            (translate("At least steps"), self.least_steps),
        ):
            self.advanced.form.addRow(label, field)
        self._show_preset()

    def _add_earlier(self) -> None:
        shown = [curve for curve in self._curves if curve.has_result]
        self.earlier: EarlierRow | None = None
        if shown:
            self.earlier = EarlierRow(
                translate("Earlier learning curves"),
                [(_when(curve), partial(CurveDialog, curve.folder)) for curve in shown],
            )
            self.form.addRow(translate("Earlier"), self.earlier)

    def _listen(self) -> None:
        self.curve.currentIndexChanged.connect(self._on_curve)
        self.preset.currentIndexChanged.connect(self._on_preset)
        self.grading.currentIndexChanged.connect(self.changed)
        self.rows.itemChanged.connect(self.changed)
        self.sizes.textChanged.connect(self.changed)
        self.seeds.valueChanged.connect(self.changed)
        self.device.changed.connect(self.changed)
        for box in (self.epochs, self.pretrain_epochs, self.least_steps):
            box.valueChanged.connect(self.cost_changed)

    def _on_curve(self) -> None:
        is_new = self.resumed is None
        for field in (
            *(self.grading, self.rows, self.sizes, self.seeds),
            *(self.preset, self.epochs, self.pretrain_epochs, self.least_steps),
        ):
            # A curve that is gone on with keeps its settings.
            field.setEnabled(is_new)
        self.changed.emit()

    def _on_preset(self) -> None:
        self._show_preset()
        self.changed.emit()

    def _show_preset(self) -> None:
        _, pretraining, finetuning = _PRESETS[self.preset.currentData()]
        self.epochs.setValue(finetuning.epochs)
        self.pretrain_epochs.setValue(pretraining.epochs)

    @property
    def resumed(self) -> str | None:
        """Name of the curve to go on with; None for a new one."""
        name: str | None = self.curve.currentData()
        return name

    @property
    def chosen_rows(self) -> tuple[str, ...]:
        """Ids of the checked rows."""
        entries = (self.rows.item(place) for place in range(self.rows.count()))
        return tuple(
            str(entry.data(Qt.ItemDataRole.UserRole))
            for entry in entries
            if entry.checkState() is Qt.CheckState.Checked
        )

    def _sizes(self) -> tuple[int, ...] | None:
        """What was entered; None if it is no list of numbers."""
        items = self.sizes.text().replace(",", " ").split()
        if not all(item.isdecimal() for item in items):
            return None
        return tuple(sorted({int(item) for item in items if int(item)}))

    def curve_choices(self) -> CurveChoices:
        """What was chosen of a new curve."""
        return CurveChoices(
            grading=self.grading.currentData() or "",
            sizes=self._sizes() or (),
            seeds=self.seeds.value(),
            rows=self.chosen_rows,
            preset=self.preset.currentData(),
            epochs=self.epochs.value(),
            least_steps=self.least_steps.value(),
            pretrain_epochs=self.pretrain_epochs.value(),
            device=self.device.device,
        )

    def survey(self) -> Survey:
        """Studies, people kept aside, networks to train."""
        return survey_curve(self.workbench.session, self.curve_choices(), self.resumed)

    def problem(self) -> str:
        """A list that can't be read, nothing to compare, or a device that is missing."""
        if self.resumed is None and self._sizes() is None:
            return translate("Sizes must be numbers of studies, such as 5, 10, 20.")
        if self.resumed is None and not self.chosen_rows:
            return translate("Choose at least one row to compare.")
        return self.device.problem

    def start(self) -> CurveJob | None:
        """Queues the learning curve."""
        over = self.window().parentWidget()
        return start_curve(self.workbench, self.curve_choices(), self.resumed, over)

    def choices(self) -> dict[str, Any]:
        """All but the sizes, which another project has others of."""
        its = self.curve_choices()
        return {
            "rows": list(its.rows),
            "seeds": its.seeds,
            "preset": its.preset,
            "device": its.device,
            "epochs": its.epochs,
            "pretrain_epochs": its.pretrain_epochs,
            "least_steps": its.least_steps,
        }

    def show_choices(self, choices: Mapping[str, Any]) -> None:
        """What was chosen the last time."""
        choose(self.preset, choices.get("preset"))
        for name, box in (
            ("seeds", self.seeds),
            ("epochs", self.epochs),
            ("pretrain_epochs", self.pretrain_epochs),
            ("least_steps", self.least_steps),
        ):
            if isinstance(value := choices.get(name), int):
                box.setValue(value)
        choose(self.device.box, choices.get("device"))
        wanted = choices.get("rows")
        for place in range(self.rows.count()):
            entry = self.rows.item(place)
            if isinstance(wanted, list) and wanted:
                is_wanted = entry.data(Qt.ItemDataRole.UserRole) in wanted
                state = Qt.CheckState.Checked if is_wanted else Qt.CheckState.Unchecked
                entry.setCheckState(state)

    def measurement(self) -> Measurement | None:
        """Of all trainings."""
        try:
            plan = curve_plan(self.workbench.session, self.curve_choices(), self.resumed)
        except SpineGraderError:
            return None
        return partial(estimate_curve, plan)

    def command(self, *, several: bool = False) -> str:
        """The command line that does the same."""
        del several
        return curve_command(self.workbench.session, self.curve_choices(), self.resumed)


def _row_list() -> QListWidget:
    rows = QListWidget()
    rows.setAccessibleName(translate("Rows of the curve"))
    rows.setToolTip(translate("What the networks start from"))
    for row, text in _ROWS.items():
        entry = QListWidgetItem(translate(text))
        entry.setData(Qt.ItemDataRole.UserRole, row)
        entry.setToolTip(translate(_ROW_TIPS[row]))
        entry.setFlags(entry.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        state = Qt.CheckState.Checked if row in _FIRST else Qt.CheckState.Unchecked
        entry.setCheckState(state)
        rows.addItem(entry)
    height = max(16, rows.sizeHintForRow(0)) * rows.count()
    rows.setFixedHeight(height + 2 * rows.frameWidth() + 4)
    return rows


def _when(curve: BegunCurve) -> str:
    when = local_time_text(curve.card.started_at) or curve.folder.name
    return translate("{when}, {done} of {total} networks").format(
        when=when, done=curve.done, total=curve.total
    )


def _unfinished_text(curve: BegunCurve) -> str:
    return translate("Go on with that of {curve}").format(curve=_when(curve))
