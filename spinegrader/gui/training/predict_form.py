"""Choices of a prediction."""

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QWidget

from spinegrader.gui.training.forms import StartForm, chooser, with_note
from spinegrader.gui.training.jobs import PredictionJob, start_prediction
from spinegrader.gui.training.notices import secondary_label
from spinegrader.gui.training.wording import headline, run_title
from spinegrader.gui.workbench import Workbench
from spinegrader.model.runs import RunCard
from spinegrader.services.runs import ended_runs
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
        for card in ended_runs(workbench.session, "finetune"):
            self.model.addItem(_model_text(card), card)
            if run_folder is not None and card.name == run_folder.name:
                self.model.setCurrentIndex(self.model.count() - 1)
        self._about = secondary_label()
        self.studies = chooser(translate("Studies"))
        self.studies.addItem(translate("All studies with vertebrae"), None)
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
        self.model.currentIndexChanged.connect(self._say_gradings)
        self.studies.currentIndexChanged.connect(self.changed)
        self._say_gradings()

    def _say_gradings(self) -> None:
        card = self._card
        scheme = self.workbench.session.scheme
        known = {item.id: item.name for item in scheme.gradings}
        names = [] if card is None else [known.get(item, item) for item in card.gradings]
        self._about.setText(
            translate("Grades {names}.").format(names=", ".join(names)) if names else ""
        )

    @property
    def _card(self) -> RunCard | None:
        card: Any = self.model.currentData()
        return card if isinstance(card, RunCard) else None

    @property
    def chosen_studies(self) -> tuple[str, ...] | None:
        """UIDs of the studies to grade; None for all."""
        study_uid = self.studies.currentData()
        return None if study_uid is None else (str(study_uid),)

    def survey(self) -> Survey:
        """Discs in the chosen studies."""
        return survey_prediction(self.workbench.session, self.chosen_studies)

    def problem(self) -> str:
        """No model yet."""
        if self._card is None:
            return translate("There is no grading model yet: fine-tune one first.")
        return ""

    def start(self) -> PredictionJob | None:
        """Queues the prediction."""
        card = self._card
        if card is None:
            return None
        folder = self.workbench.session.store.runs_folder / card.name
        return start_prediction(self.workbench, folder, self.chosen_studies)


def _model_text(card: RunCard) -> str:
    parts = [run_title(card.kind, card.started_at), headline(card)]
    return ", ".join(part for part in parts if part)
