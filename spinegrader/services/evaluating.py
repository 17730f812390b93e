"""Evaluating a model on graded discs: taken out of the session as a plan that runs elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from spinegrader import __version__
from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.predictions import Prediction
from spinegrader.domain.scheme import Grading, Scale
from spinegrader.errors import TrainingError
from spinegrader.services.cutting import Emit, StopRequested
from spinegrader.services.evaluation import (
    Evaluation,
    GradingEvaluation,
    People,
    keep_evaluation,
)
from spinegrader.services.graders import GradingModel, grading_model_in, known_gradings
from spinegrader.services.labels import blinded_labels_of
from spinegrader.services.material import disc_requests, subject_tokens, tokens_behind
from spinegrader.services.model_words import about_model
from spinegrader.services.predicting import PredictPlan, predict_plan
from spinegrader.services.review import people_behind
from spinegrader.services.session import Session
from spinegrader.services.sight import may_look
from spinegrader.services.surveys import Survey, is_simulated, split_of
from spinegrader.services.wording import counted
from spinegrader.texts import translate, translate_count

if TYPE_CHECKING:
    from spinegrader.model.splits import Part

_Place = tuple[str, DiscLevel, str]
"""Study, disc and grading."""


@dataclass(frozen=True)
class Evaluated:
    """Whom and what a model would be compared with, and whom it knows.

    Args:
        labels: The reader's grade of each disc that the model can judge.
        subjects: By study, the token of its person.
        learned_from: Tokens of those of the people whom the model has learned from.
        held_back: Studies left out because the reader still reads them blinded.
        unknown_runs: Runs behind the model that are gone: whom they learned from isn't known.
    """

    labels: Mapping[_Place, int]
    subjects: Mapping[str, str]
    learned_from: frozenset[str]
    held_back: int = 0
    unknown_runs: frozenset[str] = frozenset()

    @property
    def studies(self) -> tuple[str, ...]:
        """Studies with a grade to compare with, each once."""
        return tuple(dict.fromkeys(study for study, _, _ in self.labels))

    @property
    def people(self) -> frozenset[str]:
        """Their people."""
        return frozenset(self.subjects[study] for study in self.studies)


@dataclass(frozen=True)
class EvaluationPlan:
    """All that an evaluation needs, taken out of the session.

    Args:
        prediction: Grades the discs.
        evaluated: What its grades are compared with.
        gradings: Those that can be compared.
        chosen_people: Whom the model is evaluated on.
        reader: Whose grades; empty for each disc's first reader.
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
        self, grading: Grading, predictions: Mapping[_Place, Prediction]
    ) -> GradingEvaluation:
        from spinegrader.model.calibration import expected_calibration_error
        from spinegrader.model.metrics import agreement

        reference = [self.evaluated.labels[place] for place in predictions]
        subjects = [self.evaluated.subjects[study] for study, _, _ in predictions]
        is_ordinal = grading.scale is Scale.ORDINAL
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
            calibration_error=expected_calibration_error(
                np.array([item.probabilities for item in predictions.values()]),
                np.searchsorted(grading.values, reference).astype(np.int64),
            ),
        )


def evaluated(
    session: Session, model: GradingModel, people: People = "test", reader: str = ""
) -> Evaluated:
    """What a model would be compared with: grades that were given without seeing a model's.

    Studies that the session's reader still reads blinded are left out, so that figures tell
    nothing of them.

    Args:
        session: The open project.
        model: The model.
        people: Whom to evaluate it on.
        reader: Whose grades; empty for the session's reader's first, then others'.
    """
    learned, unknown = people_behind(session, [model.name])
    behind, tokens, split = tokens_behind(session), subject_tokens(session), split_of(session)
    labels: dict[_Place, int] = {}
    subjects: dict[str, str] = {}
    knew: set[str] = set()
    held_back = 0
    for study_uid, own in _labels_by_study(session, model, reader).items():
        patient_id = session.state.studies[study_uid].patient_id
        token, is_known = tokens[patient_id], not learned.isdisjoint(behind[patient_id])
        if not _is_wanted(split, people, token, is_known=is_known):
            continue
        if not may_look(session, study_uid):
            held_back += 1
            continue
        labels.update(own)
        subjects[study_uid] = token
        knew.update({token} if is_known else ())
    return Evaluated(labels, subjects, frozenset(knew), held_back, unknown)


def _labels_by_study(
    session: Session, model: GradingModel, reader: str
) -> dict[str, dict[_Place, int]]:
    """By study, the grades that a model can be compared with; studies without any are left out."""
    known = frozenset(known_gradings(session, model.card))
    requests = disc_requests(session, confirmed_only=False, weightings=model.card.weightings)
    drawn = {(item.study_uid, item.target) for item in requests}
    found: dict[str, dict[_Place, int]] = {}
    for study_uid in dict.fromkeys(item.study_uid for item in requests):
        labels = blinded_labels_of(session, study_uid, reader or None)
        own = {
            (study_uid, disc, grading): grade.value
            for (disc, grading), grade in labels.items()
            if grading in known and grade.value is not None and (study_uid, disc) in drawn
        }
        if own:
            found[study_uid] = own
    return found


def _is_wanted(
    split: "Mapping[str, Part]", people: People, subject: str, *, is_known: bool
) -> bool:
    from spinegrader.model.splits import Part

    if people == "test":
        return split[subject] is Part.TEST
    return people == "everyone" or not is_known


def readers_with_grades(session: Session) -> list[str]:
    """Names of those who graded any disc in their first reading, in alphabetical order."""
    return sorted(
        {
            grade.key.reader
            for study in session.state.visible_studies()
            for grade in session.state.grades_of_study(study.uid)
            if grade.key.reading == 1
        }
    )


def survey_evaluation(
    session: Session, model: GradingModel | None, people: People = "test", reader: str = ""
) -> Survey:
    """What an evaluation would compare, in words.

    Args:
        session: The open project.
        model: The model; None where there is none.
        people: Whom to evaluate it on.
        reader: Whose grades; empty for anybody's.
    """
    if model is None:
        return Survey((), translate("There is no grading model yet: fine-tune one first."))
    found = evaluated(session, model, people, reader)
    findings = [
        translate(
            "{discs} of {people}; only grades given without a look at a model's count."
        ).format(
            discs=counted(
                len({(study, disc) for study, disc, _ in found.labels}),
                "graded disc",
                "graded discs",
            ),
            people=counted(len(found.people), "person", "people"),
        )
    ]
    for grading in session.scheme.gradings:
        count = sum(its == grading.id for _, _, its in found.labels)
        if count:
            findings.append(
                translate("{grading}: {discs}.").format(
                    grading=grading.name, discs=counted(count, "disc", "discs")
                )
            )
    findings += _reservations(found)
    return Survey(tuple(findings), "" if found.labels else _nothing_words(people))


def _reservations(found: Evaluated) -> list[str]:
    words = []
    if found.learned_from:
        words.append(
            translate_count(
                "The model learned from {count} of these people: the figures will flatter it.",
                "The model learned from {count} of these people: the figures will flatter it.",
                len(found.learned_from),
            ).format(count=len(found.learned_from))
        )
    if found.unknown_runs:
        words.append(
            translate(
                "Whom the model learned from is not known in full, as a run that it started from "
                "was deleted."
            )
        )
    if found.held_back:
        words.append(held_back_words(found.held_back))
    return words


def held_back_words(studies: int) -> str:
    """What is said of studies that are left out since their reader still reads them blinded."""
    return translate_count(
        "{count} study is still being read without a look at other grades: left out.",
        "{count} studies are still being read without a look at other grades: left out.",
        studies,
    ).format(count=studies)


def _nothing_words(people: People) -> str:
    if people == "test":
        return translate(
            "None of the people kept aside for tests has graded discs that this model can judge: "
            "grade a study of theirs, or evaluate on others."
        )
    if people == "unseen":
        return translate(
            "There are no graded discs of people that this model never learned from: grade a "
            "study of somebody who was kept aside, or new to the project."
        )
    return translate(
        "There are no graded discs that this model can judge: grade some studies first."
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
