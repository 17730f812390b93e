"""What a step of a training costs on this machine: measured on made-up volumes.

Runs as a process of its own (``python -m spinegrader.model.step_cost``), so that the measured
memory is the training's, and the window's random numbers and threads are left alone. It reads a
request as JSON on its standard input and writes the cost as JSON on its standard output.
"""

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.optim import Optimizer

from spinegrader.domain.anatomy import TRAINING_LEVELS
from spinegrader.errors import SpineGraderError
from spinegrader.model.config import FinetuneConfig, PretrainConfig
from spinegrader.model.costs import CostRequest, StepCost
from spinegrader.model.data import GradingData, PretrainData
from spinegrader.model.devices import choose_device, describe_device, run_environment
from spinegrader.model.finetune import FinetunePlan
from spinegrader.model.optimisers import build_optimiser
from spinegrader.model.pairs import training_pairs
from spinegrader.model.precision import compute_in
from spinegrader.model.pretrain_task import PretrainTask
from spinegrader.model.splits import Part
from spinegrader.model.task import Task

_SMALL = 2
"""Samples of the first, careful step."""

_TIMED = 3
"""Steps that are timed; the quickest counts, as others may be disturbed."""

_MOST_S = 15.0
"""A step of a whole batch that would take longer isn't made but reckoned from a small one."""


def measure(request: CostRequest) -> StepCost:
    """Makes a few steps.

    Raises:
        TrainingError: If the device is missing.
    """
    device = choose_device(request.settings.device)
    with run_environment(device, request.settings.seed):
        small = min(_SMALL, request.batch)
        before = _peak_bytes(device)
        step_s, fixed = _timed(request, small, device)
        peak, factor = _peak_bytes(device), request.batch / small
        if step_s * factor <= _MOST_S:
            step_s, _ = _timed(request, request.batch, device)
            peak = _peak_bytes(device)
        else:
            step_s *= factor
            if peak is not None and before is not None:
                # Weights don't grow with the batch, all else does.
                growing = max(0, peak - before - fixed)
                peak = round(peak + growing * (factor - 1))
        words = describe_device(device)
    return StepCost(step_s=step_s, memory_bytes=peak, device=words, is_gpu=device.type != "cpu")


def _timed(request: CostRequest, samples: int, device: torch.device) -> tuple[float, int]:
    """Time of a step, and the bytes of what doesn't depend on the samples in it."""
    task = _task(request, samples, device)
    compute_in(task.network, request.settings.precision, device)
    optimiser = build_optimiser(request.settings.optimiser, task.network)
    task.network.train()
    numbers = np.random.default_rng(request.settings.seed)
    found = []
    for _ in range(1 + _TIMED):
        started_s = time.perf_counter()
        batch = next(iter(task.batches(numbers)))
        optimiser.zero_grad(set_to_none=True)
        share = task.loss(batch)
        share.total.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        share.total.item()  # waits for the device
        found.append(time.perf_counter() - started_s)
        if found[0] > _MOST_S:
            break
    return min(found[1:] or found), _fixed_bytes(optimiser)


def _fixed_bytes(optimiser: Optimizer) -> int:
    """Trained weights, their gradients and what the optimiser keeps of them."""
    weights = [its for group in optimiser.param_groups for its in group["params"]]
    kept = [
        value
        for state in optimiser.state.values()
        for value in state.values()
        if isinstance(value, torch.Tensor)
    ]
    sizes = [tensor.numel() * tensor.element_size() for tensor in (*weights, *weights, *kept)]
    return sum(sizes)


def _task(request: CostRequest, samples: int, device: torch.device) -> Task[Any]:
    config = request.settings
    if isinstance(config, PretrainConfig):
        config = config.model_copy(update={"batch_pairs": samples, "pairs": "follow-up"})
        data = _pairs(config, samples)
        split = dict.fromkeys(data.subjects, Part.TRAIN)
        return PretrainTask(config, data, split, training_pairs(data, split, "follow-up"), device)
    config = config.model_copy(update={"batch_size": samples})
    discs = _discs(config, samples, request.classes)
    split = dict.fromkeys(discs.subjects, Part.TRAIN)
    return FinetunePlan.checked(config, discs, split, None).task(device)


def _volumes(count: int, shape: tuple[int, int, int]) -> np.ndarray:
    """One volume of noise, seen many times: none of its numbers is stored twice."""
    volume = np.random.default_rng(0).random(shape, np.float32)
    return np.broadcast_to(volume, (count, *shape))


def _pairs(config: PretrainConfig, samples: int) -> PretrainData:
    """People on two days, enough for a batch of pairs."""
    people = 2 + samples // len(TRAINING_LEVELS)
    levels = np.tile(np.arange(len(TRAINING_LEVELS), dtype=np.int64), 2 * people)
    visits = np.repeat(np.arange(2 * people), len(TRAINING_LEVELS))
    return PretrainData(
        volumes=_volumes(len(levels), config.volume_shape),
        subjects=tuple(f"{visit // 2}" for visit in visits),
        days=tuple(int(visit % 2) * 1000 + 1 for visit in visits),
        studies=tuple(f"{visit}" for visit in visits),
        levels=levels,
    )


def _discs(config: FinetuneConfig, samples: int, classes: dict[str, int]) -> GradingData:
    """Discs of several people with all grades, enough for a batch."""
    count = max(samples, 6)
    numbers = np.arange(count, dtype=np.int64)
    return GradingData(
        volumes=_volumes(count, config.volume_shape),
        subjects=tuple(f"{number % 3}" for number in numbers),
        labels={name: numbers % size for name, size in classes.items()},
        class_values={name: tuple(range(size)) for name, size in classes.items()},
        ordinal=dict.fromkeys(classes, True),
    )


def _peak_bytes(device: torch.device) -> int | None:
    """The most memory held so far: of a GPU what torch took of it, else of the process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_reserved(device)
    if device.type == "mps":
        return torch.mps.driver_allocated_memory()
    try:
        # See proc_pid_status(5). The peak of getrusage(2) would be at least that of the window
        # which started this process: there it outlives the change of program.
        told = Path("/proc/self/status").read_text(encoding="ascii")
        return int(told.partition("VmHWM:")[2].split()[0]) * 1024
    except (OSError, IndexError):
        return _peak_elsewhere()


def _peak_elsewhere() -> int | None:
    if sys.platform == "win32":
        return None
    import resource

    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held if sys.platform == "darwin" else held * 1024


def main() -> int:
    """Answers one request; what can't be measured is said on standard error.

    Returns:
        The exit code.
    """
    try:
        cost = measure(CostRequest.model_validate_json(sys.stdin.read()))
    except (SpineGraderError, RuntimeError) as error:
        message = error.message if isinstance(error, SpineGraderError) else str(error)
        sys.stderr.write(message)
        return 1
    sys.stdout.write(cost.model_dump_json())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
