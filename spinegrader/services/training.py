"""Training: taken out of the session as plans that run elsewhere.

``*_plan`` takes what the work needs out of the session, on its thread; the plan then runs on
any thread and touches no session. What a job would find is told before by ``surveys``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from spinegrader.domain.anatomy import TRAINING_LEVELS, DiscLevel
from spinegrader.errors import TrainingError
from spinegrader.services.cutting import Emit, StopRequested, cut_volumes, study_token
from spinegrader.services.material import CutRequest, names_of_subjects
from spinegrader.services.pretraining_material import (
    day_of,
    pretraining_requests,
    survey_pretraining,
)
from spinegrader.services.reading import asked_gradings
from spinegrader.services.session import Session
from spinegrader.services.surveys import graded_discs, split_of, survey_finetuning
from spinegrader.services.visit_series import scanner_token
from spinegrader.store.project import ProjectStore

if TYPE_CHECKING:
    from spinegrader.model.config import FinetuneConfig, PretrainConfig
    from spinegrader.model.data import GradingData, PretrainData, VolumeArray
    from spinegrader.model.runs import RunResult
    from spinegrader.model.splits import Part


# -- pre-training ---------------------------------------------------------------------------


@dataclass(frozen=True)
class PretrainPlan:
    """All that a pre-training needs, taken out of the session."""

    store: ProjectStore
    config: "PretrainConfig"
    requests: tuple[CutRequest, ...]
    split: Mapping[str, "Part"]

    def run(self, run_folder: Path, emit: Emit, stop_requested: StopRequested) -> "RunResult":
        """Cuts the volumes and trains, or goes on with the run that the folder holds.

        Raises:
            TrainingError: If there is too little to learn from.
            CancelledError: If it was stopped before the training began.
        """
        from spinegrader.model.pretrain import pretrain

        data = self.data(emit, stop_requested)
        return pretrain(self.config, data, self.split, run_folder, emit, stop_requested)

    def data(self, emit: Emit, stop_requested: StopRequested) -> "PretrainData":
        """Cuts the volumes.

        Raises:
            CancelledError: If it was stopped before all were cut.
        """
        shape = self.config.volume_shape
        volumes, kept = cut_volumes(self.store, self.requests, shape, emit, stop_requested)
        return pretrain_data(self, volumes, [self.requests[index] for index in kept])


def pretrain_data(
    plan: PretrainPlan, volumes: "VolumeArray", requests: Sequence[CutRequest]
) -> "PretrainData":
    """Volumes with what is known of them.

    Args:
        plan: Of the pre-training.
        volumes: (N, slices, rows, columns).
        requests: What each of them shows.
    """
    from spinegrader.model.data import PretrainData

    project = plan.store.project_id
    return PretrainData(
        volumes=volumes,
        subjects=tuple(request.subject for request in requests),
        days=tuple(day_of(request) for request in requests),
        studies=tuple(study_token(request.study_uid) for request in requests),
        series=tuple(study_token(request.series.uid) for request in requests),
        scanners=tuple(scanner_token(project, item.series) for item in requests),
        weightings=tuple(str(request.series.weighting) for request in requests),
        levels=np.array([_level_index(request) for request in requests], np.int64),
    )


def pretrain_plan(session: Session, config: "PretrainConfig") -> PretrainPlan:
    """Takes what a pre-training needs out of the session.

    Raises:
        TrainingError: If there is too little to learn from.
    """
    survey = survey_pretraining(session, config.pairs)
    if survey.problem:
        raise TrainingError(survey.problem)
    requests = pretraining_requests(session, config.pairs, config.structure)
    return PretrainPlan(session.store, config, requests, split_of(session))


# -- fine-tuning ----------------------------------------------------------------------------


@dataclass(frozen=True)
class FinetunePlan:
    """All that a fine-tuning needs, taken out of the session."""

    store: ProjectStore
    config: "FinetuneConfig"
    requests: tuple[CutRequest, ...]
    labels: Mapping[str, tuple[int | None, ...]]
    class_values: Mapping[str, tuple[int, ...]]
    ordinal: Mapping[str, bool]
    split: Mapping[str, "Part"]
    names: Mapping[str, frozenset[str]]
    start_from: Path | None

    def run(self, run_folder: Path, emit: Emit, stop_requested: StopRequested) -> "RunResult":
        """Cuts the volumes and trains, or goes on with the run that the folder holds.

        Raises:
            TrainingError: If there is too little to learn from.
            CancelledError: If it was stopped before the training began.
        """
        from spinegrader.model.finetune import finetune

        data = self.data(emit, stop_requested)
        return finetune(
            self.config,
            data,
            self.split,
            run_folder,
            self.start_from,
            emit,
            stop_requested,
            self.names,
        )

    def data(self, emit: Emit, stop_requested: StopRequested) -> "GradingData":
        """Cuts the volumes.

        Raises:
            CancelledError: If it was stopped before all were cut.
        """
        shape = self.config.volume_shape
        volumes, kept = cut_volumes(self.store, self.requests, shape, emit, stop_requested)
        return grading_data(self, volumes, kept)


def grading_data(plan: FinetunePlan, volumes: "VolumeArray", kept: Sequence[int]) -> "GradingData":
    """Volumes with their grades.

    Args:
        plan: Of the fine-tuning.
        volumes: (N, slices, rows, columns).
        kept: Places of the plan's requests that they belong to.
    """
    from spinegrader.model.data import GradingData

    labels = {
        grading: _class_indices([values[index] for index in kept], plan.class_values[grading])
        for grading, values in plan.labels.items()
    }
    return GradingData(
        volumes=volumes,
        subjects=tuple(plan.requests[index].subject for index in kept),
        labels=labels,
        class_values=plan.class_values,
        ordinal=plan.ordinal,
        studies=tuple(study_token(plan.requests[index].study_uid) for index in kept),
    )


def finetune_plan(
    session: Session, config: "FinetuneConfig", start_from: Path | None
) -> FinetunePlan:
    """Takes what a fine-tuning needs out of the session.

    Args:
        session: The open project.
        config: How to train; its gradings, or all that are asked where it names none.
        start_from: Folder of the pre-training to start from; None starts from scratch.

    Raises:
        TrainingError: If there is too little to learn from.
    """
    survey = survey_finetuning(session)
    if survey.problem:
        raise TrainingError(survey.problem)
    discs = graded_discs(session)
    requests = discs.requests
    wanted = config.gradings or tuple(grading.id for grading in asked_gradings(session))
    labels = {
        grading: values
        for grading, values in discs.labels.items()
        if grading in wanted and len({value for value in values if value is not None}) >= 2
    }
    if not labels:
        raise TrainingError("None of the chosen gradings has discs with two different grades.")
    gradings = {item: session.scheme.grading(item) for item in labels}
    graded = [
        index
        for index in range(len(requests))
        if any(values[index] is not None for values in labels.values())
    ]
    return FinetunePlan(
        store=session.store,
        config=config,
        requests=tuple(requests[index] for index in graded),
        labels={
            grading: tuple(values[index] for index in graded) for grading, values in labels.items()
        },
        class_values={item: grading.values for item, grading in gradings.items()},
        ordinal={item: grading.scale == "ordinal" for item, grading in gradings.items()},
        split=split_of(session),
        names=names_of_subjects(session),
        start_from=start_from,
    )


# -- shared ---------------------------------------------------------------------------------


def _level_index(request: CutRequest) -> int:
    """Class of the level loss; a disc's is that of the vertebra above it."""
    target = request.target
    return TRAINING_LEVELS.index(target.upper if isinstance(target, DiscLevel) else target)


def _class_indices(
    values: Sequence[int | None], classes: Sequence[int]
) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.array([-1 if value is None else classes.index(value) for value in values], np.int64)
