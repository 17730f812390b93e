"""The page before the start: what was found, the choices that matter, Start."""

from collections.abc import Sequence
from enum import StrEnum
from html import escape
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from spinegrader.errors import SpineGraderError
from spinegrader.gui.training.curve_form import CurveForm
from spinegrader.gui.training.estimate_line import EstimateLine
from spinegrader.gui.training.evaluate_form import EvaluateForm
from spinegrader.gui.training.finetune_form import FinetuneForm
from spinegrader.gui.training.fitting_area import FittingArea
from spinegrader.gui.training.forms import StartForm
from spinegrader.gui.training.notices import NoticeBox, heading, secondary_label
from spinegrader.gui.training.predict_form import PredictForm
from spinegrader.gui.training.pretrain_form import PretrainForm
from spinegrader.gui.training.retrain_form import RetrainForm
from spinegrader.gui.training.settings_menu import SettingsButton
from spinegrader.gui.workbench import Workbench
from spinegrader.services.disk_room import room_problem
from spinegrader.services.job_estimates import Measurement
from spinegrader.services.job_settings import with_choices
from spinegrader.services.jobs import Job
from spinegrader.texts import translate

_WIDTH = 640


class JobKind(StrEnum):
    """What can be started."""

    PRETRAIN = "pretrain"
    FINETUNE = "finetune"
    RETRAIN = "retrain"
    PREDICT = "predict"
    EVALUATE = "evaluate"
    CURVE = "learning_curve"

    @property
    def button_text(self) -> str:
        """What the button is called that opens the dialog."""
        return {
            JobKind.PRETRAIN: translate("Pre-train…"),
            JobKind.FINETUNE: translate("Fine-tune…"),
            JobKind.PREDICT: translate("Predict…"),
            JobKind.RETRAIN: translate("Retrain detector…"),
            JobKind.EVALUATE: translate("Evaluate…"),
            JobKind.CURVE: translate("Learning curve…"),
        }[self]

    @property
    def dialog_title(self) -> str:
        """Title of the dialog."""
        return {
            JobKind.PRETRAIN: translate("Pre-train on follow-up scans"),
            JobKind.FINETUNE: translate("Fine-tune on graded discs"),
            JobKind.PREDICT: translate("Predict grades"),
            JobKind.RETRAIN: translate("Retrain the detector"),
            JobKind.EVALUATE: translate("Evaluate a model"),
            JobKind.CURVE: translate("Learning curve"),
        }[self]

    @property
    def purpose(self) -> str:
        """What it is good for, in a sentence."""
        return {
            JobKind.PRETRAIN: translate(
                "The network learns to recognise the same person's vertebrae years "
                "apart. No grades are needed."
            ),
            JobKind.FINETUNE: translate(
                "The network learns to grade discs as the readers of this project did."
            ),
            JobKind.PREDICT: translate(
                "A trained model grades discs; you then accept or overrule its grades in Review."
            ),
            JobKind.RETRAIN: translate(
                "The detector learns to find vertebrae and discs as the readers of this project "
                "confirmed them."
            ),
            JobKind.EVALUATE: translate(
                "A model grades discs that readers have graded, and both are compared."
            ),
            JobKind.CURVE: translate(
                "Many networks are trained with ever more graded studies, to see what pre-training "
                "saves in grading. Takes hours in large projects; it can be stopped and gone on "
                "with."
            ),
        }[self]


class StartDialog(QDialog):
    """Says what was found and starts a training or a prediction."""

    started = Signal(object)
    """The job was queued: ``Job``."""

    def __init__(
        self,
        workbench: Workbench,
        kind: JobKind,
        parent: QWidget | None = None,
        *,
        run_folder: Path | None = None,
    ) -> None:
        """Makes the dialog; ``run_folder`` is the model to choose at first for a prediction."""
        super().__init__(parent)
        self.job: Job | None = None
        self._workbench = workbench
        self._kind = kind
        self.setWindowTitle(kind.dialog_title)
        self.form: StartForm = _form(workbench, kind, run_folder)
        self.form.show_choices(workbench.settings.jobs.get(kind, {}))
        self.findings = QLabel()
        self.findings.setWordWrap(True)
        self.findings.setTextFormat(Qt.TextFormat.RichText)
        self.estimate = EstimateLine(workbench, self._measurement)
        self.problem = NoticeBox()
        self.said = secondary_label()
        self.said.hide()
        self.settings_button = SettingsButton(self.form, str(kind))
        self.settings_button.said.connect(self._say)
        self.settings_button.failed.connect(self._say)
        self.start_button = QPushButton(translate("Start"))
        self.start_button.clicked.connect(self.start)
        self._lay_out(kind)
        # Only here it has a dialog to be the default of.
        self.start_button.setDefault(True)
        self.form.changed.connect(self.look_again)
        self.form.cost_changed.connect(self.estimate.look_again)
        workbench.changed.connect(self.look_again)
        workbench.project_changed.connect(self.reject)
        self.finished.connect(self.estimate.stop)
        self.look_again()

    def _lay_out(self, kind: JobKind) -> None:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self.start_button, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.rejected.connect(self.reject)
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setAutoDefault(False)
        bottom = QHBoxLayout()
        bottom.addWidget(self.settings_button)
        bottom.addWidget(self.said, 1)
        bottom.addWidget(buttons)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(20, 18, 20, 0)
        column.setSpacing(10)
        column.addWidget(heading(kind.dialog_title, 1.4))
        column.addWidget(secondary_label(kind.purpose))
        column.addWidget(heading(translate("What was found"), 1.1))
        column.addWidget(self.findings)
        column.addWidget(self.estimate)
        column.addWidget(self.problem)
        column.addSpacing(6)
        column.addWidget(self.form)
        column.addStretch(1)
        self.form.setMinimumWidth(_WIDTH)
        self._area = FittingArea(content)
        bottom.setContentsMargins(20, 0, 20, 16)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self._area, 1)
        layout.addLayout(bottom)
        self.resize(content.sizeHint().width(), self.sizeHint().height())

    def look_again(self) -> None:
        """Tells what there is now; Start is free only if nothing is in its way."""
        survey = self.form.survey()
        self.findings.setText(_as_list(survey.findings))
        self.findings.setVisible(bool(survey.findings))
        problem = survey.problem or self.form.problem()
        if not problem and self.form.writes_network:
            problem = room_problem(self._workbench.session)
        self.problem.set_text(problem)
        self.start_button.setEnabled(not problem)
        self.settings_button.copy_action.setEnabled(not problem)
        self.estimate.look_again()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt's name)
        """Now the width is known that texts are wrapped at."""
        super().showEvent(event)
        self._area.fit()

    def _measurement(self) -> Measurement | None:
        return self.form.measurement() if self.start_button.isEnabled() else None

    def _tell_failure(self, error: SpineGraderError) -> None:
        self.problem.set_text(error.message)

    def _say(self, text: str) -> None:
        self.said.setText(text)
        self.said.setVisible(bool(text))

    def start(self) -> None:
        """Queues the job, remembers the choices and closes; stays open where it can't start."""
        self.estimate.stop()
        # The window says it too, but stands behind.
        self._workbench.failed.connect(self._tell_failure)
        try:
            job = self.form.start()
        finally:
            self._workbench.failed.disconnect(self._tell_failure)
        if job is None:
            return
        settings = self._workbench.settings
        self._workbench.set_settings(with_choices(settings, self._kind, self.form.choices()))
        self.job = job
        self.started.emit(job)
        self.accept()


def _form(workbench: Workbench, kind: JobKind, run_folder: Path | None) -> StartForm:
    if kind is JobKind.PRETRAIN:
        return PretrainForm(workbench)
    if kind is JobKind.FINETUNE:
        return FinetuneForm(workbench)
    if kind is JobKind.RETRAIN:
        return RetrainForm(workbench)
    if kind is JobKind.EVALUATE:
        return EvaluateForm(workbench, run_folder=run_folder)
    if kind is JobKind.CURVE:
        return CurveForm(workbench)
    return PredictForm(workbench, run_folder=run_folder)


def _as_list(findings: Sequence[str]) -> str:
    """Sentences as a list whose lines hang; names in them may hold any letters."""
    rows = "".join(f"<li>{escape(finding)}</li>" for finding in findings)
    return f'<ul style="margin-left: 16px; -qt-list-indent: 0;">{rows}</ul>'
