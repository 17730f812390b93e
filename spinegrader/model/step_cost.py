"""What a job costs on this machine: some of its steps, made on made-up samples.

Runs as a process of its own (``python -m spinegrader.model.step_cost``), so that the measured
memory is the job's, and the window's random numbers and threads are left alone. It reads a
request as JSON on its standard input and writes the cost as JSON on its standard output.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import TypeAdapter
from torch.optim import Optimizer

from spinegrader.errors import SpineGraderError
from spinegrader.model import made_up
from spinegrader.model.config import FinetuneConfig, PretrainConfig
from spinegrader.model.costs import CostRequest, StepCost, UseRequest
from spinegrader.model.detector.config import DetectorConfig
from spinegrader.model.detector.task import DetectorTask
from spinegrader.model.devices import choose_device, run_environment
from spinegrader.model.finetune import FinetunePlan
from spinegrader.model.optimisers import build_optimiser
from spinegrader.model.pairs import training_pairs
from spinegrader.model.precision import compute_in
from spinegrader.model.predict import load_grader
from spinegrader.model.pretrain_task import PretrainTask
from spinegrader.model.splits import Part
from spinegrader.model.task import Task
from spinegrader.model.volumes import EVALUATION_BATCH

_SMALL = 2
"""Samples of the first, careful step."""

_TIMED = 3
"""Steps that are timed; the quickest counts, as others may be disturbed."""

_MOST_S = 15.0
"""A step of a whole batch that would take longer isn't made but reckoned from a small one."""

_LOOK_SHARE = 1 / 3
"""Of a step: a look at as many volumes without learning. The way back through the network costs
about twice the way there."""

_REQUEST: TypeAdapter[CostRequest | UseRequest] = TypeAdapter(CostRequest | UseRequest)


@dataclass(frozen=True)
class _Timed:
    """Time of one piece of work.

    Args:
        seconds: That it took.
        fixed_bytes: Of its memory, what doesn't depend on the samples.
    """

    seconds: float
    fixed_bytes: int


def measure(request: CostRequest | UseRequest) -> StepCost:
    """Makes a few steps.

    Raises:
        TrainingError: If the device is missing, or the network can't be used.
    """
    return _use_cost(request) if isinstance(request, UseRequest) else _training_cost(request)


def _training_cost(request: CostRequest) -> StepCost:
    device = choose_device(request.settings.device)
    with run_environment(device, request.settings.seed):
        step_s, peak = _reckoned(
            lambda samples: _timed_step(request, samples, device), request.batch, device
        )
        look_s = step_s * _LOOK_SHARE / request.batch
        if isinstance(request.settings, DetectorConfig):
            look_s = _look_s(request.settings, device)
    return StepCost(step_s=step_s, look_s=look_s, memory_bytes=peak, is_gpu=device.type != "cpu")


def _use_cost(request: UseRequest) -> StepCost:
    device = choose_device("auto")
    grader = load_grader(Path(request.run_folder))

    def look(samples: int) -> _Timed:
        volumes = made_up.volumes(samples, grader.volume_shape)
        return _Timed(_quickest(lambda: grader.predict(volumes)), 0)

    chunk_s, peak = _reckoned(look, EVALUATION_BATCH, device)
    return StepCost(
        step_s=0.0,
        look_s=chunk_s / EVALUATION_BATCH,
        memory_bytes=peak,
        is_gpu=device.type != "cpu",
    )


def _reckoned(
    work: Callable[[int], _Timed], batch: int, device: torch.device
) -> tuple[float, int | None]:
    """Time and memory of work on a whole batch, from a small one where that would take long."""
    small = min(_SMALL, batch)
    before = _peak_bytes(device)
    found = work(small)
    peak, factor = _peak_bytes(device), batch / small
    if found.seconds * factor <= _MOST_S:
        return work(batch).seconds, _peak_bytes(device)
    if peak is not None and before is not None:
        # Weights don't grow with the batch, all else does.
        growing = max(0, peak - before - found.fixed_bytes)
        peak = round(peak + growing * (factor - 1))
    return found.seconds * factor, peak


def _timed_step(request: CostRequest, samples: int, device: torch.device) -> _Timed:
    task = _task(request, samples, device)
    compute_in(task.network, request.settings.precision, device)
    optimiser = build_optimiser(request.settings.optimiser, task.network)
    task.network.train()
    numbers = np.random.default_rng(request.settings.seed)

    def step() -> None:
        batch = next(iter(task.batches(numbers)))
        optimiser.zero_grad(set_to_none=True)
        share = task.loss(batch)
        share.total.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        share.total.item()  # waits for the device

    return _Timed(_quickest(step), _fixed_bytes(optimiser))


def _quickest(work: Callable[[], object]) -> float:
    """Time of the quickest of some attempts; the first one isn't counted, if there are others."""
    found = []
    for _ in range(1 + _TIMED):
        started_s = time.perf_counter()
        work()
        found.append(time.perf_counter() - started_s)
        if found[0] > _MOST_S:
            break
    return min(found[1:] or found)


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
        data = made_up.pairs(config, samples)
        split = dict.fromkeys(data.subjects, Part.TRAIN)
        return PretrainTask(config, data, split, training_pairs(data, split, "follow-up"), device)
    config = config.model_copy(update={"batch_size": samples})
    if isinstance(config, FinetuneConfig):
        discs = made_up.discs(config, samples, request.classes)
        split = dict.fromkeys(discs.subjects, Part.TRAIN)
        return FinetunePlan.checked(config, discs, split, None).task(device)
    return _detector_task(config, device)


def _detector_task(config: DetectorConfig, device: torch.device) -> DetectorTask:
    """On a few made-up slices, to learn from and to look at."""
    every = np.arange(_SMALL, dtype=np.int64)
    parts = dict.fromkeys((Part.TRAIN, Part.VALIDATION), every)
    return DetectorTask(config, made_up.slices(_SMALL), parts, None, device)


def _look_s(config: DetectorConfig, device: torch.device) -> float:
    """Time of a look at a whole slice."""
    task = _detector_task(config, device)
    compute_in(task.network, config.precision, device)
    task.network.eval()
    with torch.inference_mode():
        return _quickest(lambda: task.validate(lambda: None)) / _SMALL


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
        cost = measure(_REQUEST.validate_json(sys.stdin.read()))
    except (SpineGraderError, RuntimeError) as error:
        message = error.message if isinstance(error, SpineGraderError) else str(error)
        sys.stderr.write(message)
        return 1
    sys.stdout.write(cost.model_dump_json())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
