"""Predicting: taken out of the session as a plan that runs elsewhere.

:func:`predict_plan` takes what the work needs out of the session, on its thread; the plan then runs
on any thread and touches no session.
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from spinegrader import __version__
from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.predictions import Prediction
from spinegrader.errors import CancelledError, TrainingError
from spinegrader.services.cutting import Emit, StopRequested, cut_volumes
from spinegrader.services.graders import GradingModel, grading_model_in, known_gradings
from spinegrader.services.material import CutRequest, disc_requests
from spinegrader.services.pooled_volumes import PooledVolumes
from spinegrader.services.session import Session
from spinegrader.services.surveys import survey_prediction
from spinegrader.store.project import ProjectStore
from spinegrader.texts import for_translation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spinegrader.model.predict import Grader


@dataclass(frozen=True)
class GradingProgress:
    """How many discs the network has graded."""

    done: int
    total: int
    step: str = for_translation("Grading discs")


@dataclass(frozen=True)
class PredictPlan:
    """All that a prediction needs, taken out of the session.

    Args:
        store: Of the project.
        requests: The discs.
        model: Grades them.
        gradings: Ids of those that are kept.
        findings: What is graded and what left out, a sentence each.
    """

    store: ProjectStore
    requests: tuple[CutRequest, ...]
    model: GradingModel
    gradings: tuple[str, ...]
    findings: tuple[str, ...]

    def run(self, emit: Emit, stop_requested: StopRequested) -> tuple[Prediction, ...]:
        """Cuts the discs and grades them.

        Raises:
            TrainingError: If the run holds no finished grading network.
            CancelledError: If a stop was requested.
        """
        from spinegrader.model.predict import load_grader

        grader = load_grader(self.model.folder)
        volumes, kept = cut_volumes(
            self.store,
            self.requests,
            grader.volume_shape,
            emit,
            stop_requested,
            is_everything=False,
        )
        probabilities = _graded(grader, volumes, emit, stop_requested)
        now = datetime.now(UTC)
        settings = json.dumps(
            {
                "volume_shape": list(grader.volume_shape),
                "device": grader.device_name,
                "program_version": __version__,
            }
        )
        return tuple(
            Prediction(
                id=uuid.uuid4().hex,
                study_uid=request.study_uid,
                series_uid=request.series.uid,
                disc=request.target,
                grading=grading,
                values=tuple(grader.class_values[grading]),
                probabilities=tuple(float(value) for value in probabilities[grading][place]),
                run=self.model.name,
                model_hash=grader.weights_sha256,
                predicted_at=now,
                settings=settings,
            )
            for place, request in enumerate(self.requests[index] for index in kept)
            if isinstance(request.target, DiscLevel)
            for grading in self.gradings
        )


def _graded(
    grader: "Grader", volumes: PooledVolumes, emit: Emit, stop_requested: StopRequested
) -> "dict[str, NDArray[np.float64]]":
    """By grading id, (N, classes) probabilities; asks now and then whether anybody still waits."""
    from spinegrader.model.volumes import EVALUATION_BATCH

    found = []
    total = len(volumes)
    for start in range(0, max(1, total), EVALUATION_BATCH):
        if stop_requested():
            raise CancelledError("Stopped while grading discs; nothing was kept.")
        emit(GradingProgress(start, total))
        rows = np.arange(start, min(start + EVALUATION_BATCH, total), dtype=np.int64)
        found.append(grader.predict(volumes[rows]))
    return {name: np.concatenate([part[name] for part in found]) for name in grader.gradings}


def predict_plan(
    session: Session, run_folder: Path, studies: Sequence[str] | None = None
) -> PredictPlan:
    """Takes what a prediction needs out of the session.

    Studies without a series of a contrast that the model learnt from are left out.

    Args:
        session: The open project.
        run_folder: Of the grading network.
        studies: Which ones; None for all with vertebrae.

    Raises:
        TrainingError: If there is no such network, or no study that it can judge.
    """
    model = grading_model_in(run_folder)
    survey = survey_prediction(session, studies, model.card)
    if survey.problem:
        raise TrainingError(survey.problem)
    requests = disc_requests(
        session, confirmed_only=False, studies=studies, weightings=model.card.weightings
    )
    gradings = known_gradings(session, model.card)
    return PredictPlan(session.store, requests, model, gradings, survey.findings)
