"""Retraining the detector without a window: what the command line calls."""

import json
from typing import TYPE_CHECKING, Any

from spinegrader.services.detector_comparison import read_comparison
from spinegrader.services.detector_training import Emit, StopRequested, retraining_plan
from spinegrader.services.detectors import adopt_detector
from spinegrader.services.runs import remove_if_nothing_learnt
from spinegrader.services.session import Session

if TYPE_CHECKING:
    from spinegrader.model.detector.config import DetectorConfig


def retrain_detector(
    session: Session,
    epochs: int | None,
    device: str | None,
    emit: Emit,
    stop_requested: StopRequested,
    *,
    adopt_if_better: bool,
) -> dict[str, Any]:
    """Trains on what readers confirmed and compares with the detector in use.

    Returns:
        What docs/command-line.md promises: run, epochs, seconds, stopped, comparison, sentence,
        adopted.

    Raises:
        TrainingError: If there is too little to learn from or a setting is wrong.
        NotSavedError: If the new detector couldn't be adopted.
    """
    from spinegrader.model.runs import new_run_folder

    plan = retraining_plan(session, _config(epochs, device))
    folder = new_run_folder(session.store.runs_folder, "detector")
    try:
        result = plan.run(folder, emit, stop_requested)
    finally:
        remove_if_nothing_learnt(folder)
    compared = read_comparison(folder)
    adopted = adopt_if_better and compared is not None and compared.verdict == "better"
    if adopted:
        adopt_detector(session, folder.name)
    return {
        "run": result.run,
        "epochs": result.epochs_done,
        "seconds": round(result.elapsed_s, 1),
        "stopped": result.stopped_early,
        "comparison": None if compared is None else compared.model_dump(mode="json"),
        "sentence": "" if compared is None else compared.sentence(),
        "adopted": adopted,
    }


def _config(epochs: int | None, device: str | None) -> "DetectorConfig":
    from spinegrader.model.detector.config import DetectorConfig

    chosen = {"epochs": epochs, "device": device}
    changes = {name: value for name, value in chosen.items() if value is not None}
    settings = DetectorConfig.fine_tuning().model_dump(mode="json") | changes
    return DetectorConfig.from_json(json.dumps(settings))
