"""Choices of an evaluation."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QWidget

from spinegrader.errors import InputError
from spinegrader.gui.training.earlier_row import EarlierRow
from spinegrader.gui.training.evaluation_view import evaluation_dialog
from spinegrader.gui.training.forms import Advanced, StartForm, choose, chooser, with_note
from spinegrader.gui.training.model_texts import model_text
from spinegrader.gui.training.notices import secondary_label
from spinegrader.gui.training.result_jobs import EvaluationJob, start_evaluation
from spinegrader.gui.training.wording import local_time_text, title_of_run
from spinegrader.gui.workbench import Workbench
from spinegrader.services.evaluating import evaluation_plan
from spinegrader.services.evaluation import PEOPLE_NAMES, Evaluation, People, list_evaluations
from spinegrader.services.evaluation_survey import readers_with_grades, survey_evaluation
from spinegrader.services.graders import GradingModel, grading_models
from spinegrader.services.job_commands import evaluate_command
from spinegrader.services.job_estimates import Measurement, measurement_of
from spinegrader.services.model_words import about_model
from spinegrader.services.surveys import Survey
from spinegrader.services.wording import RESEARCH_NOTICE
from spinegrader.texts import translate


class EvaluateForm(StartForm):
    """Which model, on whom; whose grades under Advanced."""

    def __init__(
        self, workbench: Workbench, parent: QWidget | None = None, run_folder: Path | None = None
    ) -> None:
        super().__init__(workbench, parent)
        session = workbench.session
        self.model = chooser(translate("Model"))
        self.model.setToolTip(translate("Which network is measured"))
        for model in grading_models(session):
            self.model.addItem(model_text(model), model)
            if model.folder == run_folder:
                self.model.setCurrentIndex(self.model.count() - 1)
        self._about = secondary_label()
        self.people = chooser(translate("On whom"))
        self.people.setToolTip(translate("Whose graded discs the model is compared on"))
        for people, text in PEOPLE_NAMES.items():
            self.people.addItem(translate(text), people)
        self.advanced = Advanced()
        self.reader = chooser(translate("Reader"))
        self.reader.setToolTip(translate("Whose grades count as right"))
        self.reader.addItem(translate("Yours, else the latest of the others"), "")
        for name in readers_with_grades(session):
            self.reader.addItem(name, name)
        self.advanced.form.addRow(translate("Reader"), self.reader)
        self.form.addRow(translate("Model"), with_note(self.model, self._about))
        self.form.addRow(translate("On whom"), self.people)
        self.form.addRow(self.advanced)
        self._add_earlier()
        self.form.addRow(
            secondary_label(
                translate("The project doesn't change; the result is kept beside the model.")
                + f" {translate(RESEARCH_NOTICE)}"
            )
        )
        self.model.currentIndexChanged.connect(self._on_model)
        self.people.currentIndexChanged.connect(self.changed)
        self.reader.currentIndexChanged.connect(self.changed)
        self._say_about()

    def _add_earlier(self) -> None:
        kept = list_evaluations(self.workbench.session.store.runs_folder)
        self.earlier: EarlierRow | None = None
        if kept:
            self.earlier = EarlierRow(
                translate("Earlier evaluations"),
                [(_title(its), partial(evaluation_dialog, self.workbench, its)) for _, its in kept],
            )
            self.form.addRow(translate("Earlier"), self.earlier)

    def _on_model(self) -> None:
        self._say_about()
        self.changed.emit()

    def _say_about(self) -> None:
        model = self.chosen_model
        told = () if model is None else about_model(model, self.workbench.session.scheme)
        self._about.setText(" ".join(told[:1]))
        self._about.setVisible(bool(told))

    @property
    def chosen_model(self) -> GradingModel | None:
        """The model to measure; None where there is none."""
        model: Any = self.model.currentData()
        return model if isinstance(model, GradingModel) else None

    @property
    def chosen_people(self) -> People:
        """Whom to evaluate on."""
        people: People = self.people.currentData()
        return people

    def survey(self) -> Survey:
        """Discs, gradings, and whom the model has learned from."""
        return survey_evaluation(
            self.workbench.session, self.chosen_model, self.chosen_people, self.reader.currentData()
        )

    def start(self) -> EvaluationJob | None:
        """Queues the evaluation."""
        model = self.chosen_model
        if model is None:
            return None
        return start_evaluation(
            self.workbench,
            model.folder,
            self.chosen_people,
            self.reader.currentData(),
            self.window().parentWidget(),
        )

    @property
    def writes_network(self) -> bool:
        """Grades are small."""
        return False

    def measurement(self) -> Measurement | None:
        """Of the grading; the comparison itself takes no time to speak of."""
        model = self.chosen_model
        if model is None:
            return None
        session, reader = self.workbench.session, self.reader.currentData()
        return measurement_of(
            lambda: evaluation_plan(session, model.folder, self.chosen_people, reader).prediction
        )

    def choices(self) -> dict[str, Any]:
        """On whom; the model is chosen anew, since newer ones come."""
        return {"people": self.chosen_people}

    def show_choices(self, choices: Mapping[str, Any]) -> None:
        """On whom the last time."""
        choose(self.people, choices.get("people"))

    def command(self, *, several: bool = False) -> str:
        """The command line that does the same."""
        del several
        model = self.chosen_model
        if model is None or self.chosen_people != "unseen":
            raise InputError(
                translate(
                    "The command line evaluates on everybody the model never learned from: "
                    "choose them."
                )
            )
        return evaluate_command(self.workbench.session, model.name, self.reader.currentData())


def _title(evaluation: Evaluation) -> str:
    when = local_time_text(evaluation.evaluated_at.isoformat())
    return f"{when}, {title_of_run(evaluation.model_title)}"
