"""Evaluating a model on graded discs: taken out of the session as a plan that runs elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from spinegrader import __version__
from spinegrader.domain.predictions import Prediction
from spinegrader.domain.scheme import Grading, Scale
from spinegrader.errors import TrainingError
from spinegrader.services.cutting import Emit, StopRequested
from spinegrader.services.evaluated import Evaluated, GradedPlace, evaluated
from spinegrader.services.evaluation import (
    Evaluation,
    GradingEvaluation,
    People,
    keep_evaluation,
)
from spinegrader.services.evaluation_survey import survey_evaluation
from spinegrader.services.graders import grading_model_in, known_gradings
from spinegrader.services.model_words import about_model
from spinegrader.services.predicting import PredictPlan, predict_plan
from spinegrader.services.session import Session
from spinegrader.services.surveys import is_simulated
from spinegrader.texts import translate


@dataclass(frozen=True)
class EvaluationPlan:
    """All that an evaluation needs, taken out of the session.

    Args:
        prediction: Grades the discs.
        evaluated: What its grades are compared with.
        gradings: Those that can be compared.
        chosen_people: Whom the model is evaluated on.
        reader: Whose grades; empty for the session's reader's first, then others'.
        about: Sentences on the model.
        is_simulated: Whether people of the project are simulated.
        runs_folder: Of the project.
    """

    prediction: PredictPlan
    evaluated: Evaluated
    gradings: tuple[Grading, ...]
    chosen_people: People
    reader: str
    about: tuple[str, ...]
    is_simulated: bool
    runs_folder: Path

    def run(self, emit: Emit, stop_requested: StopRequested) -> tuple[Path, Evaluation]:
        """Grades the discs, compares, and keeps the result beside the run.

        Raises:
            TrainingError: If the model can't be used or nothing can be compared or written.
            CancelledError: If a stop was requested.
        """
        evaluation = self.compare(self.prediction.run(emit, stop_requested))
        return keep_evaluation(self.runs_folder, evaluation), evaluation

    def compare(self, predictions: tuple[Prediction, ...]) -> Evaluation:
        """Compares what the model said with the readers' grades.

        Raises:
            TrainingError: If no disc was graded by both.
        """
        labels = self.evaluated.labels
        both = {
            (item.study_uid, item.disc, item.grading): item
            for item in predictions
            if (item.study_uid, item.disc, item.grading) in labels
        }
        if not both:
            raise TrainingError(
                translate("None of the graded discs could be cut out of its images.")
            )
        people = {self.evaluated.subjects[study] for study, _, _ in both}
        return Evaluation(
            model=self.prediction.model.name,
            weights_sha256=self.prediction.model.card.weights_sha256,
            evaluated_at=datetime.now(UTC),
            chosen_people=self.chosen_people,
            reader=self.reader,
            people=len(people),
            studies=len({study for study, _, _ in both}),
            discs=len({(study, disc) for study, disc, _ in both}),
            learned_from=len(people & self.evaluated.learned_from),
            is_origin_unknown=bool(self.evaluated.unknown_runs),
            is_simulated=self.is_simulated,
            gradings=tuple(
                self._of_grading(grading, its)
                for grading in self.gradings
                if (its := {place: item for place, item in both.items() if place[2] == grading.id})
            ),
            about=self.about,
            program_version=__version__,
        )

    def _of_grading(
        self, grading: Grading, predictions: Mapping[GradedPlace, Prediction]
    ) -> GradingEvaluation:
        from spinegrader.model.calibration import calibration_error_of, reliability
        from spinegrader.model.metrics import agreement

        reference = [self.evaluated.labels[place] for place in predictions]
        subjects = [self.evaluated.subjects[study] for study, _, _ in predictions]
        is_ordinal = grading.scale is Scale.ORDINAL
        bins = reliability(
            np.array([item.probabilities for item in predictions.values()]),
            np.searchsorted(grading.values, reference).astype(np.int64),
        )
        return GradingEvaluation(
            grading=grading.id,
            name=grading.name,
            values=grading.values,
            labels=tuple(grading.label_of(value) for value in grading.values),
            ordinal=is_ordinal,
            people=len(set(subjects)),
            agreement=agreement(
                reference,
                [item.value for item in predictions.values()],
                grading.values,
                subjects,
                is_ordinal,
            ),
            calibration_error=calibration_error_of(bins),
            reliability=bins,
        )


def evaluation_plan(
    session: Session, run_folder: Path, people: People = "test", reader: str = ""
) -> EvaluationPlan:
    """Takes what an evaluation needs out of the session; the project doesn't change.

    Args:
        session: The open project.
        run_folder: Of the grading network.
        people: Whom to evaluate it on.
        reader: Whose grades; empty for the session's reader's first, then others'.

    Raises:
        TrainingError: If there is no such network, or nothing to compare it with.
    """
    model = grading_model_in(run_folder)
    survey = survey_evaluation(session, model, people, reader)
    if survey.problem:
        raise TrainingError(survey.problem)
    found = evaluated(session, model, people, reader)
    known = frozenset(known_gradings(session, model.card))
    return EvaluationPlan(
        prediction=predict_plan(session, run_folder, found.studies),
        evaluated=found,
        gradings=tuple(item for item in session.scheme.gradings if item.id in known),
        chosen_people=people,
        reader=reader,
        about=about_model(model, session.scheme),
        is_simulated=is_simulated(session),
        runs_folder=session.store.runs_folder,
    )
