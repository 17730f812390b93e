"""Choices of a prediction."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from spinegrader.errors import InputError
from spinegrader.gui.training.forms import StartForm, chooser, with_note
from spinegrader.gui.training.jobs import PredictionJob, start_prediction
from spinegrader.gui.training.model_texts import model_text
from spinegrader.gui.training.notices import secondary_label
from spinegrader.gui.workbench import Workbench
from spinegrader.services.graders import GradingModel, grading_models
from spinegrader.services.job_commands import predict_command
from spinegrader.services.job_estimates import Measurement, measurement_of
from spinegrader.services.model_words import about_model
from spinegrader.services.predicting import predict_plan
from spinegrader.services.surveys import Survey, survey_prediction
from spinegrader.services.wording import RESEARCH_NOTICE
from spinegrader.texts import translate


class PredictForm(StartForm):
    """Which model, which studies."""

    def __init__(
        self, workbench: Workbench, parent: QWidget | None = None, run_folder: Path | None = None
    ) -> None:
        super().__init__(workbench, parent)
        self.model = chooser(translate("Model"))
        for model in grading_models(workbench.session):
            self.model.addItem(model_text(model), model)
            if model.folder == run_folder:
                self.model.setCurrentIndex(self.model.count() - 1)
        self.model.setToolTip(translate("Which network grades"))
        self._about = secondary_label()
        self._about.setTextFormat(Qt.TextFormat.PlainText)
        self.studies = chooser(translate("Studies"))
        self.studies.addItem(translate("All studies with vertebrae"), None)
        self.studies.setToolTip(translate("Which studies are graded"))
        if workbench.study_uid:
            self.studies.addItem(translate("The study in front"), workbench.study_uid)
        self.form.addRow(translate("Model"), with_note(self.model, self._about))
        self.form.addRow(translate("Studies"), self.studies)
        self.form.addRow(
            secondary_label(
                translate(
                    "The predictions stand in Review beside the reader's grades; nothing is "
                    "overwritten."
                )
                + f" {translate(RESEARCH_NOTICE)}"
            )
        )
        self.model.currentIndexChanged.connect(self._on_model)
        self.studies.currentIndexChanged.connect(self.changed)
        self._say_about()

    def _on_model(self) -> None:
        self._say_about()
        # It may be unable to judge what another one can.
        self.changed.emit()

    def _say_about(self) -> None:
        """What the chosen model grades, and what it was trained on."""
        model = self.chosen_model
        if model is None:
            self._about.setText("")
            return
        scheme = self.workbench.session.scheme
        known = {item.id: item.name for item in scheme.gradings}
        names = [known.get(item, item) for item in model.card.gradings]
        grades = translate("Grades {names}.").format(names=", ".join(names))
        self._about.setText(" ".join([grades, *about_model(model, scheme)]))

    @property
    def chosen_model(self) -> GradingModel | None:
        """The model that is to grade; None where there is none."""
        model: Any = self.model.currentData()
        return model if isinstance(model, GradingModel) else None

    @property
    def chosen_studies(self) -> tuple[str, ...] | None:
        """UIDs of the studies to grade; None for all."""
        study_uid = self.studies.currentData()
        return None if study_uid is None else (str(study_uid),)

    def survey(self) -> Survey:
        """Discs in the chosen studies that the chosen model can judge."""
        model = self.chosen_model
        card = None if model is None else model.card
        return survey_prediction(self.workbench.session, self.chosen_studies, card)

    def problem(self) -> str:
        """No model: the one that comes with the program is missing too."""
        if self.chosen_model is None:
            return translate("There is no grading model yet: fine-tune one first.")
        return ""

    def start(self) -> PredictionJob | None:
        """Queues the prediction."""
        model = self.chosen_model
        if model is None:
            return None
        return start_prediction(self.workbench, model.folder, self.chosen_studies)

    @property
    def writes_network(self) -> bool:
        """Grades are small."""
        return False

    def measurement(self) -> Measurement | None:
        """Of the chosen model on the chosen studies."""
        model = self.chosen_model
        if model is None:
            return None
        session = self.workbench.session
        return measurement_of(lambda: predict_plan(session, model.folder, self.chosen_studies))

    def command(self, *, several: bool = False) -> str:
        """The command line that grades all studies."""
        del several
        if self.chosen_studies is not None:
            raise InputError(translate("The command line grades all studies: choose them."))
        model = self.chosen_model
        return predict_command(self.workbench.session, "default" if model is None else model.name)
