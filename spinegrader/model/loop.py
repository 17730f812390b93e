"""The one training loop: epochs, checkpoints, stopping, resuming, too little memory."""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, Self, TypeAlias, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from spinegrader.errors import TrainingError
from spinegrader.model.checkpoint import (
    Progress,
    TrainingState,
    has_checkpoint,
    load_checkpoint,
    save_checkpoint,
)
from spinegrader.model.config import OptimiserConfig
from spinegrader.model.devices import free_memory, is_out_of_memory
from spinegrader.model.events import BatchEvent, EpochEvent, MessageEvent, StopRequested
from spinegrader.model.optimisers import build_optimiser, build_scheduler, step_scheduler
from spinegrader.model.run_log import RunLog, write_table
from spinegrader.model.runs import WEIGHTS
from spinegrader.model.tensors import write_tensors


class Batch(Protocol):
    """What one step learns from; may be worked off in parts."""

    def __len__(self) -> int: ...

    def part(self, start: int, stop: int) -> Self:
        """Samples ``start`` to ``stop``; weights that refer to the whole batch stay."""
        ...


CheckStop: TypeAlias = Callable[[], None]
"""To be called between batches of an evaluation; leaves it if the user asked to stop."""

BatchT = TypeVar("BatchT", bound=Batch)


@dataclass(frozen=True)
class PartLoss:
    """Share of one part in the batch's loss and figures: shares sum up to the batch's.

    Args:
        total: What is minimised.
        figures: Further numbers to log, without gradients.
    """

    total: Tensor
    figures: dict[str, Tensor]


class Task(Protocol[BatchT]):
    """What is learnt: the loop asks for batches, their loss, and figures on validation."""

    @property
    def network(self) -> nn.Module:
        """What is trained, on its device."""
        ...

    @property
    def batches_per_epoch(self) -> int:
        """The same for every epoch."""
        ...

    def batches(self, numbers: np.random.Generator) -> Iterator[BatchT]:
        """One epoch's batches; every random choice comes from ``numbers``."""
        ...

    def loss(self, batch: BatchT) -> PartLoss:
        """Share of a batch, or of a part of one."""
        ...

    def validate(self, check_stop: CheckStop) -> dict[str, float]:
        """Figures on the validation part, those it can't give left out."""
        ...

    def score(self, train: dict[str, float], validation: dict[str, float]) -> tuple[float, ...]:
        """What epochs are compared by, the highest is kept."""
        ...


class StopTraining(Exception):  # noqa: N818 (a request, not an error)
    """The user asked to stop; leaves the loop, never this package."""


class TrainingLoop(Generic[BatchT]):
    """Trains a task in its run folder, from the last checkpoint if there is one.

    Args:
        task: What is learnt.
        optimiser: Settings.
        epochs: In all, those of earlier sessions included.
        seed: Of pairs, order and augmentation.
        device: That the task's network lies on.
        run_folder: For checkpoints and weights.
        log: Where events go.
        stop_requested: Asked before every batch.
    """

    def __init__(
        self,
        task: Task[BatchT],
        *,
        optimiser: OptimiserConfig,
        epochs: int,
        seed: int,
        device: torch.device,
        run_folder: Path,
        log: RunLog,
        stop_requested: StopRequested,
    ) -> None:
        self._task = task
        self._epochs = epochs
        self._folder = run_folder
        self._log = log
        self._stop_requested = stop_requested
        self._clip = optimiser.clip_gradient_norm
        built = build_optimiser(optimiser, task.network)
        self._state = TrainingState(
            network=task.network,
            optimiser=built,
            scheduler=build_scheduler(optimiser, built, epochs),
            numbers=np.random.default_rng(seed),
            device=device,
        )
        self.progress = Progress()
        self.weights_sha256 = ""

    def resume(self) -> None:
        """Goes back to the last checkpoint, or writes the first one.

        Raises:
            TrainingError: If the checkpoint can't be used.
        """
        if has_checkpoint(self._folder):
            self.progress = load_checkpoint(self._folder, self._state)
        else:
            save_checkpoint(self._folder, self._state, self.progress)

    def run(self, epoch_done: Callable[[], None]) -> bool:
        """Trains until all epochs are done or a stop is asked for.

        Args:
            epoch_done: Called after each epoch, when its checkpoint is durable.

        Returns:
            Whether it was stopped; the unfinished epoch is then dropped.

        Raises:
            TrainingError: If the loss is no number any more, memory doesn't hold even one
                sample, or a file can't be written.
        """
        try:
            while self.progress.epoch < self._epochs:
                self._epoch()
                epoch_done()
        except StopTraining:
            return True
        return False

    def _epoch(self) -> None:
        started_s = time.perf_counter()
        epoch = self.progress.epoch + 1
        train = self._train(epoch)
        self._check_stop()
        self._task.network.eval()
        with torch.inference_mode():
            validation = self._task.validate(self._check_stop)
        step_scheduler(self._state.scheduler, validation.get("loss", train["loss"]))
        score = self._task.score(train, validation)
        is_best = not self.progress.best_epoch or score > self.progress.best_score
        elapsed_s = self.progress.elapsed_s + time.perf_counter() - started_s
        event = EpochEvent(
            epoch=epoch,
            epochs=self._epochs,
            train=train,
            validation=validation,
            elapsed_s=elapsed_s,
            remaining_s=elapsed_s / epoch * (self._epochs - epoch),
            is_best=is_best,
        )
        if is_best:
            write_tensors(self._folder / WEIGHTS, self._task.network.state_dict())
            self.progress.best_epoch, self.progress.best_score = epoch, score
        self.progress.epoch = epoch
        self.progress.history.append(event)
        save_checkpoint(self._folder, self._state, self.progress)
        write_table(self._folder, self.progress.history)
        self._log.tell(event)

    def _train(self, epoch: int) -> dict[str, float]:
        self._task.network.train()
        sums: dict[str, float] = defaultdict(float)
        samples = 0
        self._check_stop()
        for number, batch in enumerate(self._task.batches(self._state.numbers), start=1):
            figures = self._step(batch)
            loss = figures["loss"]
            if not math.isfinite(loss):
                raise TrainingError(self._no_number(epoch, number))
            for name, value in figures.items():
                sums[name] += value * len(batch)
            samples += len(batch)
            self._log.tell(BatchEvent(epoch, number, self._task.batches_per_epoch, loss))
            self._check_stop()
        return {name: value / samples for name, value in sums.items()}

    def _step(self, batch: BatchT) -> dict[str, float]:
        """One step of the optimiser, in as many parts as memory asks for."""
        optimiser = self._state.optimiser
        while True:
            part_size = min(self.progress.part_size or len(batch), len(batch))
            optimiser.zero_grad(set_to_none=True)
            try:
                figures = self._accumulate(batch, part_size)
                if math.isfinite(figures["loss"]):
                    nn.utils.clip_grad_norm_(self._task.network.parameters(), self._clip)
                    optimiser.step()
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
                if part_size == 1:
                    raise TrainingError(
                        "The memory doesn't hold even one sample: choose smaller volumes, a "
                        "narrower network or another device."
                    ) from error
            else:
                return figures
            # Only here, behind the handler, have the failed step's tensors been let go.
            self._halve(part_size)

    def _accumulate(self, batch: BatchT, part_size: int) -> dict[str, float]:
        sums: dict[str, float] = defaultdict(float)
        for start in range(0, len(batch), part_size):
            part = self._task.loss(batch.part(start, min(start + part_size, len(batch))))
            part.total.backward()  # type: ignore[no-untyped-call]
            sums["loss"] += part.total.item()
            for name, value in part.figures.items():
                sums[name] += value.item()
        return dict(sums)

    def _halve(self, part_size: int) -> None:
        free_memory(self._state.device)
        self.progress.part_size = (part_size + 1) // 2
        self._log.tell(
            MessageEvent(
                f"The memory didn't hold {part_size} samples at once: batches are now worked "
                f"off in parts of {self.progress.part_size}, which takes longer."
            )
        )

    def _check_stop(self) -> None:
        if self._stop_requested():
            raise StopTraining

    def _no_number(self, epoch: int, batch: int) -> str:
        rate = self._state.optimiser.param_groups[0]["lr"]
        return (
            f"The loss was no longer a number in epoch {epoch}, batch {batch}: start a new run "
            f"with a learning rate lower than {rate:.2g}."
        )
