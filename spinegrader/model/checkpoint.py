"""Everything that a run needs to go on after its process died, without pickles.

``checkpoint.json`` is the truth and names the tensor file that belongs to it with its hash;
replacing it is the one moment at which a new checkpoint takes over from the last.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from spinegrader.errors import TrainingError
from spinegrader.model.averaging import WeightAverage
from spinegrader.model.events import EpochEvent
from spinegrader.model.files import read_json, write_json
from spinegrader.model.optimisers import Scheduler
from spinegrader.model.tensors import read_tensors, refuse_pickle, write_tensors

CHECKPOINT = "checkpoint.json"

_NETWORK = "network."
_OPTIMISER = "optimiser."
_RANDOM = "random."
_AVERAGE = "average."


@dataclass
class Progress:
    """How far a run has come.

    Args:
        epoch: Epochs done.
        part_size: Samples that the device takes at once; 0 while that wasn't limited.
        chunk_size: Volumes that it takes at once without gradients; likewise.
        best_epoch: Whose weights the run has; 0 for none yet.
        best_score: What that epoch was chosen for.
        history: The epochs' events.
    """

    epoch: int = 0
    part_size: int = 0
    chunk_size: int = 0
    best_epoch: int = 0
    best_score: tuple[float, ...] = ()
    history: list[EpochEvent] = field(default_factory=list)

    @property
    def elapsed_s(self) -> float:
        """Time of the epochs done."""
        return self.history[-1].elapsed_s if self.history else 0.0


@dataclass(frozen=True)
class TrainingState:
    """The live objects that a checkpoint is taken of and put back into.

    Args:
        network: On its device.
        optimiser: Of its weights.
        scheduler: Of the learning rate.
        numbers: Source of order and augmentation.
        device: That torch draws numbers on.
        average: Of the network's weights.
        scaler: For half floats only.
    """

    network: nn.Module
    optimiser: Optimizer
    scheduler: Scheduler
    numbers: np.random.Generator
    device: torch.device
    average: WeightAverage
    scaler: torch.amp.GradScaler | None = None


def save_checkpoint(folder: Path, state: TrainingState, progress: Progress) -> None:
    """Writes a checkpoint; a kill at any moment leaves this one or the last.

    Raises:
        TrainingError: If it can't be written.
    """
    optimiser = state.optimiser.state_dict()
    tensors = {_NETWORK + name: value for name, value in state.network.state_dict().items()}
    plain: dict[str, dict[str, Any]] = {}
    for index, values in optimiser["state"].items():
        for name, value in values.items():
            if isinstance(value, Tensor):
                tensors[f"{_OPTIMISER}{index}.{name}"] = value
            else:
                plain.setdefault(str(index), {})[name] = value
    tensors[f"{_RANDOM}cpu"] = torch.get_rng_state()
    if state.device.type == "cuda":
        tensors[f"{_RANDOM}cuda"] = torch.cuda.get_rng_state(state.device)
    elif state.device.type == "mps":
        tensors[f"{_RANDOM}mps"] = torch.mps.get_rng_state()
    averaged_steps, averages = state.average.state()
    tensors |= {_AVERAGE + name: value for name, value in averages.items()}
    path = folder / f"checkpoint-{progress.epoch:05d}.safetensors"
    content = {
        "tensors": path.name,
        "sha256": write_tensors(path, tensors),
        "epoch": progress.epoch,
        "part_size": progress.part_size,
        "chunk_size": progress.chunk_size,
        "averaged_steps": averaged_steps,
        "best_epoch": progress.best_epoch,
        "best_score": list(progress.best_score),
        "optimiser": {"state": plain, "param_groups": optimiser["param_groups"]},
        "scheduler": state.scheduler.state_dict(),
        "scaler": {} if state.scaler is None else state.scaler.state_dict(),
        "numbers": state.numbers.bit_generator.state,
        "history": [_plain_epoch(event) for event in progress.history],
    }
    write_json(folder / CHECKPOINT, content)
    for older in folder.glob("checkpoint-*.safetensors"):
        if older != path:
            older.unlink(missing_ok=True)


def load_checkpoint(folder: Path, state: TrainingState) -> Progress:
    """Puts the last checkpoint back into the live objects.

    Raises:
        TrainingError: If it is damaged, or of another network.
    """
    refuse_pickle(folder / CHECKPOINT)
    content = read_json(folder / CHECKPOINT)
    try:
        path = folder / Path(str(content["tensors"])).name
        tensors = read_tensors(path, str(content["sha256"]))
        state.network.load_state_dict(_without(tensors, _NETWORK))
        # Earlier versions had no average, and their runs have none.
        state.average.load(int(content.get("averaged_steps", 0)), _without(tensors, _AVERAGE))
        state.optimiser.load_state_dict(_optimiser_state(content["optimiser"], tensors))
        state.scheduler.load_state_dict(content["scheduler"])
        if state.scaler is not None:
            state.scaler.load_state_dict(content["scaler"])
        state.numbers.bit_generator.state = content["numbers"]
        _set_random_states(_without(tensors, _RANDOM), state.device)
        return Progress(
            epoch=int(content["epoch"]),
            part_size=int(content["part_size"]),
            chunk_size=int(content.get("chunk_size", 0)),  # earlier versions had none
            best_epoch=int(content["best_epoch"]),
            best_score=tuple(content["best_score"]),
            history=[EpochEvent(**event) for event in content["history"]],
        )
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise TrainingError(
            f"The checkpoint of the run “{folder.name}” is damaged or of another program "
            "version: start a new run."
        ) from error


def has_checkpoint(folder: Path) -> bool:
    """Whether there is a run to go on with."""
    return (folder / CHECKPOINT).exists()


def _optimiser_state(plain: dict[str, Any], tensors: dict[str, Tensor]) -> dict[str, Any]:
    state: dict[int, dict[str, Any]] = {
        int(index): dict(values) for index, values in plain["state"].items()
    }
    for name, tensor in _without(tensors, _OPTIMISER).items():
        index, _, key = name.partition(".")
        state.setdefault(int(index), {})[key] = tensor
    return {"state": state, "param_groups": plain["param_groups"]}


def _set_random_states(states: dict[str, Tensor], device: torch.device) -> None:
    torch.set_rng_state(states["cpu"])
    if device.type == "cuda" and "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"], device)
    elif device.type == "mps" and "mps" in states:
        torch.mps.set_rng_state(states["mps"])


def _plain_epoch(event: EpochEvent) -> dict[str, Any]:
    return {name: value for name, value in vars(event).items() if name != "event"}


def _without(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }
