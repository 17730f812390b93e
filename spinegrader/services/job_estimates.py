"""How long a training will take on this machine, and how much memory: from a few real steps.

The steps are made on made-up volumes by a process of its own, as
:mod:`~spinegrader.model.step_cost` says; what they cost is remembered until the program ends.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from spinegrader.errors import CancelledError, TrainingError
from spinegrader.model.costs import StepCost
from spinegrader.services.session import Session
from spinegrader.services.training import (
    FinetunePlan,
    PretrainPlan,
    finetune_plan,
    pretrain_data,
    pretrain_plan,
)
from spinegrader.services.wording import duration_text
from spinegrader.texts import translate

if TYPE_CHECKING:
    from pathlib import Path

    from spinegrader.model.config import FinetuneConfig, PretrainConfig

CostPlan: TypeAlias = PretrainPlan | FinetunePlan
"""What time and memory are told of."""

_POLL_S = 0.05
_LIMIT_S = 120.0
_START_S = 2.0
"""Before the first epoch: the library is loaded, weights are drawn."""

_GIB = 1e9

_NOT_OF_COST = {"epochs", "seed", "patience_epochs", "tensorboard", "pairs", "optimiser"}
"""Settings on which a step's cost doesn't depend, or hardly."""

_known: dict[str, StepCost] = {}
_known_lock = threading.Lock()


@dataclass(frozen=True)
class Estimate:
    """What a training is expected to take.

    Args:
        seconds: Of the training itself; cutting volumes that aren't cut yet comes on top.
        memory_bytes: The most that it will hold; None where the system doesn't tell.
        device: That was measured, in words.
        is_gpu: Whether the memory is a GPU's.
    """

    seconds: float
    memory_bytes: int | None
    device: str
    is_gpu: bool

    def sentence(self) -> str:
        """Time and memory in plain words."""
        about = duration_text(_round(self.seconds))
        time = translate("About {time} on this computer").format(time=about)
        if self.memory_bytes is None:
            return f"{time}."
        memory = (
            translate("{amount:.1f} GB of the GPU's memory")
            if self.is_gpu
            else translate("{amount:.1f} GB of memory")
        )
        amount = max(0.1, self.memory_bytes / _GIB)
        return f"{time}, {memory.format(amount=amount)}."


Measurement: TypeAlias = Callable[[Callable[[], bool]], Estimate]
"""Tells time and memory; is given what says whether nobody wants to know any more."""


def _round(seconds: float) -> float:
    """No more digits than such an estimate has."""
    step = 10 if seconds < 90 else 60
    return max(step, step * round(seconds / step))


def pretrain_cost(session: Session, config: "PretrainConfig") -> CostPlan | None:
    """What a pre-training would do; None where it can't start."""
    try:
        return pretrain_plan(session, config)
    except TrainingError:
        return None


def finetune_cost(
    session: Session, config: "FinetuneConfig", start_from: "Path | None"
) -> CostPlan | None:
    """What a fine-tuning would do; None where it can't start."""
    try:
        return finetune_plan(session, config, start_from)
    except TrainingError:
        return None


def estimate(plan: CostPlan, stop_requested: Callable[[], bool]) -> Estimate:
    """Measures some steps, unless they are known, and reckons the whole; takes seconds.

    Args:
        plan: What would be trained.
        stop_requested: Asked all the time.

    Raises:
        TrainingError: If the device is missing, or nothing could be measured.
        CancelledError: If a stop was requested.
    """
    cost = step_cost(plan, stop_requested)
    steps, looks = steps_of(plan)
    return Estimate(
        seconds=_START_S + cost.seconds_of(steps, looks, plan.config.epochs),
        memory_bytes=cost.memory_bytes,
        device=cost.device,
        is_gpu=cost.is_gpu,
    )


def steps_of(plan: CostPlan) -> tuple[int, float]:
    """How many steps an epoch has, and to how many steps' volumes its validation comes.

    Raises:
        TrainingError: If there is too little to learn from.
    """
    return _pretrain_steps(plan) if isinstance(plan, PretrainPlan) else _finetune_steps(plan)


def _pretrain_steps(plan: PretrainPlan) -> tuple[int, float]:
    from spinegrader.model.pairs import training_pairs
    from spinegrader.model.splits import Part

    # The numbers in them aren't looked at.
    volumes = np.broadcast_to(np.float32(0), (len(plan.requests), 1, 1, 1))
    data = pretrain_data(plan, volumes, plan.requests)
    its = plan.config
    negatives = its.negatives_per_positive if its.objective == "contrastive" else 0
    pairs = training_pairs(data, plan.split, its.pairs).sample(np.random.default_rng(0), negatives)
    held_out = sum(plan.split[subject] is Part.VALIDATION for subject in data.subjects)
    return -(-len(pairs) // its.batch_pairs), held_out / (2 * its.batch_pairs)


def _finetune_steps(plan: FinetunePlan) -> tuple[int, float]:
    from spinegrader.model.splits import Part

    parts = [plan.split[request.subject] for request in plan.requests]
    batch = plan.config.batch_size
    return -(-parts.count(Part.TRAIN) // batch), parts.count(Part.VALIDATION) / batch


def step_cost(plan: CostPlan, stop_requested: Callable[[], bool]) -> StepCost:
    """What a step costs: measured, unless it is known.

    Args:
        plan: What would be trained.
        stop_requested: Asked all the time.

    Raises:
        TrainingError: If the device is missing, or nothing could be measured.
        CancelledError: If a stop was requested.
    """
    request = _request(plan)
    with _known_lock:
        known = _known.get(request)
    if known is not None:
        return known
    found = _measured(request, stop_requested)
    with _known_lock:
        _known[request] = found
    return found


def _request(plan: CostPlan) -> str:
    """As JSON; the same for all trainings whose steps cost the same."""
    classes: Mapping[str, int] = {}
    if isinstance(plan, FinetunePlan):
        classes = {name: len(values) for name, values in sorted(plan.class_values.items())}
    kept = plan.config.model_dump(mode="json", exclude=_NOT_OF_COST - {"optimiser"})
    kept["optimiser"] = {"kind": plan.config.optimiser.kind}
    return json.dumps({"settings": kept, "classes": classes}, sort_keys=True)


def _measured(request: str, stop_requested: Callable[[], bool]) -> StepCost:
    """Asks a process of its own, which is ended if nobody wants the answer any more."""
    process = _started()
    waited_s = 0.0
    given: str | None = request
    while True:
        try:
            out, said = process.communicate(given, timeout=_POLL_S)
            break
        except subprocess.TimeoutExpired:
            given = None
            waited_s += _POLL_S
            if stop_requested() or waited_s > _LIMIT_S:
                process.kill()
                process.communicate()
                if waited_s > _LIMIT_S:
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
