"""What a step of a job costs on this machine: asked of a process of its own, and remembered.

The steps are made on made-up samples, as :mod:`~spinegrader.model.step_cost` says; what they cost
is remembered until the program ends.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from spinegrader.errors import CancelledError, TrainingError
from spinegrader.model.costs import StepCost, UseRequest
from spinegrader.services.graders import GradingModel
from spinegrader.texts import translate

if TYPE_CHECKING:
    from spinegrader.model.config import FinetuneConfig, PretrainConfig
    from spinegrader.model.detector.config import DetectorConfig

    TrainingConfig: TypeAlias = PretrainConfig | FinetuneConfig | DetectorConfig

_POLL_S = 0.05
_LIMIT_S = 120.0

_NOT_OF_COST = {"epochs", "seed", "patience_epochs", "tensorboard", "pairs", "optimiser"}
"""Settings on which a step's cost doesn't depend, or hardly."""

_known: dict[str, StepCost] = {}
_known_lock = threading.Lock()


def training_request(config: "TrainingConfig", classes: Mapping[str, int] | None = None) -> str:
    """As JSON; the same for all trainings whose steps cost the same.

    Args:
        config: Of the training.
        classes: By grading id, how many classes it has; of a fine-tuning.
    """
    kept = config.model_dump(mode="json", exclude=_NOT_OF_COST - {"optimiser"})
    kept["optimiser"] = {"kind": config.optimiser.kind}
    asked = {"settings": kept, "classes": dict(sorted((classes or {}).items()))}
    return json.dumps(asked, sort_keys=True)


def use_request(model: GradingModel) -> str:
    """As JSON, for the use of a trained grading network."""
    asked = UseRequest(run_folder=str(model.folder), weights_sha256=model.card.weights_sha256)
    return asked.model_dump_json()


def step_cost(request: str, stop_requested: Callable[[], bool]) -> StepCost:
    """What a step costs: measured, unless it is known.

    Args:
        request: Of the job.
        stop_requested: Asked all the time.

    Raises:
        TrainingError: If the device is missing, or nothing could be measured.
        CancelledError: If a stop was requested.
    """
    with _known_lock:
        known = _known.get(request)
    if known is not None:
        return known
    found = _measured(request, stop_requested)
    with _known_lock:
        _known[request] = found
    return found


def _measured(request: str, stop_requested: Callable[[], bool]) -> StepCost:
    """Asks a process of its own, which is ended if nobody wants the answer any more."""
    process = _started()
    end_s = time.monotonic() + _LIMIT_S
    given: str | None = request
    while True:
        try:
            out, said = process.communicate(given, timeout=_POLL_S)
            break
        except subprocess.TimeoutExpired:
            given = None
            is_late = time.monotonic() > end_s
            if stop_requested() or is_late:
                process.kill()
                process.communicate()
                if is_late:
                    raise _not_measured("") from None
                raise CancelledError("Nobody wants to know any more.") from None
    if process.returncode:
        raise _not_measured(said.strip().splitlines()[-1] if said.strip() else "")
    return StepCost.model_validate_json(out)


def _not_measured(why: str) -> TrainingError:
    return TrainingError(
        translate("Time and memory can't be told on this computer.") + (f" {why}" if why else "")
    )


def _started() -> subprocess.Popen[str]:
    # Where this process finds modules, but never the folder that it happens to stand in.
    path = os.pathsep.join(place for place in sys.path if place)
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "spinegrader.model.step_cost"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": path},
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
