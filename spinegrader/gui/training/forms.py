"""What the dialogs have in common: choices that matter, and the rest folded away."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from spinegrader.gui.workbench import Workbench
from spinegrader.model.config import FinetuneConfig, OptimiserConfig, PretrainConfig
from spinegrader.model.settings import Settings as JobSettings
from spinegrader.services.job_estimates import Measurement
from spinegrader.services.jobs import Job
from spinegrader.services.surveys import Survey
from spinegrader.texts import translate


class StartForm(QWidget):
    """The choices of one kind of job.

    Subclasses give the survey and start the job, and where there are such, the choices to be
    remembered, the settings as a file and the command line.
    """

    changed = Signal()
    """Something was chosen: survey and problem may be others now."""
    cost_changed = Signal()
    """Time and memory may be others now."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workbench = workbench
        self.form = QFormLayout(self)
        self.form.setContentsMargins(0, 0, 0, 0)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        self.form.setVerticalSpacing(10)

    def survey(self) -> Survey:
        """What the job would find."""
        raise NotImplementedError

    def problem(self) -> str:
        """Why these choices can't start, beside what the survey says; empty if they can."""
        return ""

    def start(self) -> Job | None:
        """Queues the job as chosen."""
        raise NotImplementedError

    def choices(self) -> dict[str, Any]:
        """What is remembered for the next time, as plain data."""
        return {}

    def show_choices(self, choices: Mapping[str, Any]) -> None:
        """Chooses what was chosen the last time, as far as it is there still."""

    def settings_file(self) -> JobSettings | None:
        """The settings that can be saved to a file; None where there are no such."""
        return None

    def load_settings_file(self, path: Path) -> None:
        """Chooses what a file says.

        Raises:
            InputError: If the file can't be read or is of another kind.
        """
        raise NotImplementedError

    def command(self, *, several: bool = False) -> str:
        """The command line that does the same.

        Args:
            several: Whether torchrun starts a process for each GPU.
        """
        raise NotImplementedError

    @property
    def writes_network(self) -> bool:
        """Whether it trains, and so needs room on the disk."""
        return True

    @property
    def runs_in_several(self) -> bool:
        """Whether several processes can share the job."""
        return False

    def measurement(self) -> Measurement | None:
        """What tells time and memory where it is called, on any thread; None for nothing."""
        return None


class Advanced(QWidget):
    """Settings for those who know why, folded away at first."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.toggle = QToolButton()
        self.toggle.setText(translate("Advanced"))
        self.toggle.setToolTip(translate("Shows what seldom needs another value"))
        self.toggle.setCheckable(True)
        self.toggle.setArrowType(Qt.ArrowType.RightArrow)
        self.toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.toggle.toggled.connect(self._unfold)
        self._content = QWidget()
        self._content.hide()
        self.form = QFormLayout(self._content)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.toggle)
        layout.addWidget(self._content)

    def _unfold(self, open_: bool) -> None:
        self.toggle.setArrowType(Qt.ArrowType.DownArrow if open_ else Qt.ArrowType.RightArrow)
        self._content.setVisible(open_)


class AdvancedTraining(Advanced):
    """The advanced settings that every training of the method has."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.learning_rate = QDoubleSpinBox()
        self.learning_rate.setDecimals(5)
        self.learning_rate.setRange(0.00001, 1.0)
        self.learning_rate.setSingleStep(0.001)
        self.learning_rate.setMinimumHeight(self.learning_rate.sizeHint().height())
        self.learning_rate.setToolTip(
            translate("How far each step goes; lower it where the loss jumps about")
        )
        self.batch = spin_box(1, 4096)
        self.batch.setToolTip(translate("How many are looked at in one step; more take memory"))
        self.patience = spin_box(0, 10_000)
        self.patience.setSpecialValueText(translate("Never"))
        self.patience.setToolTip(
            translate("Ends the training after so many epochs in a row without gain")
        )
        self.seed = spin_box(0, 2**31 - 1)
        self.seed.setToolTip(translate("The same seed and data give the same run"))
        batch, seed = QLabel(translate("Batch")), QLabel(translate("Seed"))
        # One below the other, as the fields that they name.
        batch.setMinimumWidth(max(batch.sizeHint().width(), seed.sizeHint().width()))
        seed.setMinimumWidth(batch.minimumWidth())
        self.learning_rate.setAccessibleName(translate("Learning rate"))
        self.patience.setAccessibleName(translate("End early after"))
        self.form.addRow(translate("Learning rate"), beside(self.learning_rate, batch, self.batch))
        self.form.addRow(translate("End early after"), beside(self.patience, seed, self.seed))
        self.batch.valueChanged.connect(self.changed)

    def show_config(self, config: PretrainConfig | FinetuneConfig) -> None:
        """Fills in what settings have."""
        self.learning_rate.setValue(config.optimiser.learning_rate)
        batch = config.batch_pairs if isinstance(config, PretrainConfig) else config.batch_size
        self.batch.setValue(batch)
        self.patience.setValue(config.patience_epochs)
        self.seed.setValue(config.seed)

    def optimiser(self, config: PretrainConfig | FinetuneConfig) -> OptimiserConfig:
        """The optimiser of settings with the learning rate that was entered."""
        return config.optimiser.model_copy(update={"learning_rate": self.learning_rate.value()})


def spin_box(least: int, most: int) -> QSpinBox:
    """A field for a whole number."""
    box = QSpinBox()
    box.setRange(least, most)
    box.setGroupSeparatorShown(True)
    box.setMinimumHeight(box.sizeHint().height())
    return box


def chooser(name: str) -> QComboBox:
    """A list to choose from, short entries not cut off."""
    box = QComboBox()
    box.setAccessibleName(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(28)
    return box


def with_note(field: QWidget, note: QWidget) -> QWidget:
    """A field with a quiet line close below it."""
    both = QWidget()
    layout = QVBoxLayout(both)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(4)
    layout.addWidget(field)
    layout.addWidget(note)
    return both


def beside(field: QWidget, label: QLabel, other: QWidget) -> QWidget:
    """Two short fields in one row, the second one with its name before it."""
    label.setBuddy(other)
    row = QWidget()
    row.setFocusProxy(field)
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(12)
    layout.addWidget(field, 1)
    layout.addWidget(label)
    layout.addWidget(other, 1)
    return row


def choose(box: QComboBox, value: object) -> None:
    """Chooses the entry with a value, if there is one."""
    place = box.findData(value)
    if place >= 0:
        box.setCurrentIndex(place)
