"""Models side by side, on discs of people whom none of them has learnt from.

``comparing_plan`` takes what the work needs out of the session, on its thread; the plan then runs
on any thread and touches no session. What it finds is kept in the project's cache by the weights,
the grades and the vertebrae that it rests on.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.predictions import Prediction
from spinegrader.domain.scheme import Grading, Scale
from spinegrader.errors import TrainingError
from spinegrader.services.compared_models import (
    ComparedFigures,
    ComparedModels,
    ComparedPair,
    read_compared,
    write_compared,
)
from spinegrader.services.cutting import Emit, StopRequested
from spinegrader.services.evaluation import FEW_PEOPLE
from spinegrader.services.graders import GradingModel
from spinegrader.services.labels import label_values
from spinegrader.services.material import subject_tokens, tokens_behind
from spinegrader.services.predicting import PredictPlan, predict_plan
from spinegrader.services.review import people_behind
from spinegrader.services.session import Session
from spinegrader.services.sight import may_look
from spinegrader.services.surveys import is_simulated
from spinegrader.store.project import ProjectStore
from spinegrader.texts import translate, translate_count

if TYPE_CHECKING:
    from spinegrader.model.paired_figures import Reference

_VERSION = 1
"""Raised whenever the same material would give other figures."""

Place = tuple[str, DiscLevel]


@dataclass(frozen=True)
class ComparingPlan:
    """All that a comparison needs, taken out of the session.

    Args:
        store: Of the project.
        predictions: What each model has to grade.
        gradings: Of the project's scheme, those that at least one of the models gives.
        labels: By grading, the readers' grade of each disc, given without a model's.
        subjects: By study, the token of its person.
        is_simulated: Whether simulated people are in the project.
        notices: What the reader should know, a sentence each.
    """

    store: ProjectStore
    predictions: tuple[PredictPlan, ...]
    gradings: tuple[Grading, ...]
    labels: Mapping[str, Mapping[Place, int]]
    subjects: Mapping[str, str]
    is_simulated: bool
    notices: tuple[str, ...]

    @property
    def models(self) -> tuple[GradingModel, ...]:
        """The models, in the order in which they were chosen."""
        return tuple(plan.model for plan in self.predictions)

    def run(self, emit: Emit, stop_requested: StopRequested) -> ComparedModels:
        """Lets every model grade the discs and compares; at once where that was done before.

        Raises:
            TrainingError: If a model can't be opened.
            CancelledError: If a stop was requested.
        """
        cached = self.store.cache_folder / f"models-{self.key()}.json"
        known = read_compared(cached)
        if known is None:
            known = self._compare(emit, stop_requested)
            write_compared(cached, known)
        # Sentences are in the language of today.
        return replace(known, notices=self.notices)

    def key(self) -> str:
        """Names the comparison by all that its figures depend on."""
        discs = sorted(
            [item.study_uid, str(item.target), item.series.pixels, repr(item.overlay)]
            for plan in self.predictions
            for item in plan.requests
        )
        labels = [
            [grading, sorted([uid, str(disc), value] for (uid, disc), value in its.items())]
            for grading, its in sorted(self.labels.items())
        ]
        models = [[model.name, model.card.weights_sha256] for model in self.models]
        content = [_VERSION, models, discs, labels, sorted(self.subjects.items())]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]

    def _compare(self, emit: Emit, stop_requested: StopRequested) -> ComparedModels:
        graded = [_by_place(plan.run(emit, stop_requested)) for plan in self.predictions]
        figures: list[ComparedFigures] = []
        pairs: list[ComparedPair] = []
        for grading in self.gradings:
            able = [
                number
                for number, plan in enumerate(self.predictions)
                if grading.id in plan.gradings
            ]
            found_figures, found_pairs = self._compare_grading(grading, graded, able)
            figures += found_figures
            pairs += found_pairs
        return ComparedModels(
            models=tuple(model.name for model in self.models),
            figures=tuple(figures),
            pairs=tuple(pairs),
            is_simulated=self.is_simulated,
        )

    def _compare_grading(
        self,
        grading: Grading,
        graded: Sequence[Mapping[tuple[str, Place], Prediction]],
        able: Sequence[int],
    ) -> tuple[list[ComparedFigures], list[ComparedPair]]:
        """Figures of one grading on the discs that all models which give it have graded."""
        from spinegrader.model.paired_figures import (
            accuracy_difference,
            figures_of,
            kappa_difference,
        )

        labels = self.labels[grading.id]
        places = [
            place
            for place in sorted(labels, key=lambda item: (item[0], item[1].upper.position))
            if all((grading.id, place) in graded[number] for number in able)
        ]
        if not places:
            return [], []
        reference = self._reference(grading, places)
        shares = {
            number: np.array([graded[number][grading.id, place].probabilities for place in places])
            for number in able
        }
        figures = []
        for number in able:
            agreed, calibration = figures_of(reference, shares[number])
            figures.append(
                ComparedFigures(
                    grading=grading.id,
                    model=self.models[number].name,
                    people=reference.people,
                    agreement=agreed,
                    calibration_error=calibration,
                )
            )
        pairs = [
            ComparedPair(
                grading=grading.id,
                first=self.models[one].name,
                second=self.models[other].name,
                accuracy=accuracy_difference(reference, shares[one], shares[other]),
                kappa=kappa_difference(reference, shares[one], shares[other]),
            )
            for one, other in combinations(able, 2)
        ]
        return figures, pairs

    def _reference(self, grading: Grading, places: Sequence[Place]) -> "Reference":
        from spinegrader.model.paired_figures import Reference

        labels = self.labels[grading.id]
        return Reference(
            labels=np.array([grading.values.index(labels[place]) for place in places], np.int64),
            subjects=tuple(self.subjects[uid] for uid, _ in places),
            classes=len(grading.values),
            ordinal=grading.scale is Scale.ORDINAL,
        )


def comparing_plan(session: Session, models: Sequence[GradingModel]) -> ComparingPlan:
    """Takes what a comparison needs out of the session.

    Only grades count that were given without seeing a model's, and only of studies whose
    predictions the reader may look at: figures on screen must tell nothing of the others.

    Args:
        session: The open project.
        models: At least two.

    Raises:
        TrainingError: If there are fewer than two models, nobody is left whom none of them has
            learnt from, or a model can judge none of their studies.
    """
    if len(models) < 2:
        raise TrainingError("Choose at least two models to compare.")
    people, unknown = people_behind(session, [model.name for model in models])
    labels, subjects = _held_out_labels(session, people)
    if not subjects:
        raise TrainingError(
            "Nobody is left on whom these models can be compared: all people with grades that "
            "were given without a model's have taught one of them, or are still to be read "
            "blinded. Grade studies of people who are kept aside."
        )
    plans = tuple(predict_plan(session, model.folder, list(subjects)) for model in models)
    gradings = tuple(
        grading
        for grading in session.scheme.gradings
        if grading.id in labels and any(grading.id in plan.gradings for plan in plans)
    )
    if not gradings:
        raise TrainingError("These models give no grading that the people kept aside have.")
    return ComparingPlan(
        store=session.store,
        predictions=plans,
        gradings=gradings,
        labels=labels,
        subjects=subjects,
        is_simulated=is_simulated(session),
        notices=_notices(models, unknown, len(set(subjects.values()))),
    )


def _held_out_labels(
    session: Session, people: frozenset[str]
) -> tuple[dict[str, dict[Place, int]], dict[str, str]]:
    """Grades of people whom no model has learnt from, by grading; and whose each study is."""
    tokens, behind = subject_tokens(session), tokens_behind(session)
    labels: dict[str, dict[Place, int]] = {}
    subjects: dict[str, str] = {}
    chosen = [
        study
        for study in session.state.visible_studies()
        if people.isdisjoint(behind[study.patient_id]) and may_look(session, study.uid)
    ]
    every = label_values(session, (study.uid for study in chosen), blinded=True)
    for study in chosen:
        for (disc, grading), value in every[study.uid].items():
            labels.setdefault(grading, {})[study.uid, disc] = value
            subjects[study.uid] = tokens[study.patient_id]
    return labels, subjects


def _notices(
    models: Sequence[GradingModel], unknown: frozenset[str], people: int
) -> tuple[str, ...]:
    told = []
    if people < FEW_PEOPLE:
        told.append(
            translate_count(
                "Only {count} person is left whom none of these models has learnt from: too few "
                "to say which is better.",
                "Only {count} people are left whom none of these models has learnt from: too few "
                "to say which is better.",
                people,
            ).format(count=people)
        )
    elsewhere = translate(
        "“{model}” was trained elsewhere: whether it has seen these people can't be told."
    )
    told += [elsewhere.format(model=model.name) for model in models if model.is_imported]
    began = translate(
        "Whom “{model}” has learnt from, where one of these models began, can't be told."
    )
    told += [
        began.format(model=name) for name in sorted(unknown - {model.name for model in models})
    ]
    if any(model.is_shipped for model in models):
        told.append(
            translate(
                "The model that comes with SpineGrader has seen nobody of this project, unless it "
                "holds the public images that it learnt from."
            )
        )
    return tuple(told)


def _by_place(predictions: Sequence[Prediction]) -> dict[tuple[str, Place], Prediction]:
    return {(item.grading, (item.study_uid, item.disc)): item for item in predictions}
