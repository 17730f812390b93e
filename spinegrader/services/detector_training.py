"""Retraining the detector on what readers confirmed: taken out of the session as a plan.

It always starts from the detector that comes with the program, with all that is confirmed by now:
training on from the last one again and again would drift away, and learn early overlays by heart.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spinegrader.errors import CancelledError, TrainingError
from spinegrader.services.detector_requests import (
    DetectorRequest,
    detector_requests,
    survey_retraining,
)
from spinegrader.services.detectors import detector_in_use, shipped_detector
from spinegrader.services.images import load_volume
from spinegrader.services.session import Session
from spinegrader.services.surveys import split_of
from spinegrader.store.project import ProjectStore
from spinegrader.texts import for_translation

if TYPE_CHECKING:
    from spinegrader.model.detector.config import DetectorConfig
    from spinegrader.model.detector.data import DetectorData, DetectorSlice
    from spinegrader.model.detector.weights import DetectorWeights
    from spinegrader.model.runs import RunResult
    from spinegrader.model.splits import Part

Emit = Callable[[object], None]
StopRequested = Callable[[], bool]

_CONFIRMED = "confirmed"


@dataclass(frozen=True)
class RetrainingProgress:
    """How many series have been read, or measured with both detectors."""

    done: int
    total: int
    step: str = for_translation("Reading series")


@dataclass(frozen=True)
class RetrainingPlan:
    """All that retraining the detector needs, taken out of the session."""

    store: ProjectStore
    config: "DetectorConfig"
    requests: tuple[DetectorRequest, ...]
    split: Mapping[str, "Part"]
    shipped: "DetectorWeights"
    in_use: "DetectorWeights"

    def run(self, run_folder: Path, emit: Emit, stop_requested: StopRequested) -> "RunResult":
        """Trains, or goes on with the run that the folder holds; then compares old and new.

        A run that was stopped isn't compared, and can't be adopted until it has been resumed.

        Raises:
            TrainingError: If there is too little to learn from.
            CancelledError: If it was stopped before the training began.
        """
        from spinegrader.model.detector.train import train_detector
        from spinegrader.model.detector.weights import detector_in
        from spinegrader.services.detector_comparing import compare_detectors
        from spinegrader.services.detector_comparison import write_comparison

        data = self._data(emit, stop_requested)
        result = train_detector(
            self.config, data, self.split, run_folder, self.shipped, emit, stop_requested
        )
        if not result.stopped_early:
            compared = compare_detectors(
                self.store,
                self.requests,
                self.split,
                (self.in_use, detector_in(run_folder)),
                lambda done, total: emit(
                    RetrainingProgress(done, total, for_translation("Comparing detectors"))
                ),
                stop_requested,
            )
            if compared is not None:
                write_comparison(run_folder, compared)
        return result

    def _data(self, emit: Emit, stop_requested: StopRequested) -> "DetectorData":
        from spinegrader.model.detector.data import DetectorData
        from spinegrader.model.detector.detect import Detector
        from spinegrader.services.detector_material import slices_to_learn

        teacher = Detector(self.shipped)
        slices: list[DetectorSlice] = []
        subjects: list[str] = []
        for done, request in enumerate(self.requests):
            if stop_requested():
                raise CancelledError("Stopped while reading series; nothing was changed.")
            emit(RetrainingProgress(done, len(self.requests)))
            own = slices_to_learn(load_volume(self.store, request.series), request.overlay, teacher)
            slices += own
            subjects += [request.subject] * len(own)
        sources = (_CONFIRMED,) * len(slices)
        return DetectorData(tuple(slices), tuple(subjects), sources, {_CONFIRMED: 1.0})


def retraining_plan(session: Session, config: "DetectorConfig") -> RetrainingPlan:
    """Takes what retraining the detector needs out of the session.

    Raises:
        TrainingError: If there is too little to learn from, or a detector is damaged.
    """
    survey = survey_retraining(session)
    if survey.problem:
        raise TrainingError(survey.problem)
    return RetrainingPlan(
        session.store,
        config,
        detector_requests(session),
        split_of(session),
        shipped_detector(),
        detector_in_use(session),
    )
