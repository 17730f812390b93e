"""The one training loop: epochs, checkpoints, stopping, resuming."""

import json
import math
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
import torch

from spinegrader.errors import TrainingError
from spinegrader.model.ahead import one_ahead
from spinegrader.model.averaging import WeightAverage
from spinegrader.model.checkpoint import (
    Progress,
    TrainingState,
    has_checkpoint,
    load_checkpoint,
    save_checkpoint,
)
from spinegrader.model.config import LoopConfig
from spinegrader.model.distributed import (
    any_process,
    first_alone,
    first_says,
    is_first,
    rank,
    world_size,
)
from spinegrader.model.events import BatchEvent, EpochEvent, MessageEvent, StopRequested, message
from spinegrader.model.memory import (
    begin_memory_peak,
    in_fitting_chunks,
    memory_peak_bytes,
    process_memory_bytes,
)
from spinegrader.model.optimisers import build_optimiser, build_scheduler, step_scheduler
from spinegrader.model.precision import compute_in, gradient_scaler
from spinegrader.model.run_log import RunLog, write_table
from spinegrader.model.runs import WEIGHTS
from spinegrader.model.shared_batch_norm import share_batch_norm
from spinegrader.model.sharing import share_weights
from spinegrader.model.step import Stepper
from spinegrader.model.task import BatchT, Task
from spinegrader.model.tensorboard import TensorBoardLog
from spinegrader.model.tensors import write_tensors
from spinegrader.texts import for_translation

T = TypeVar("T")


class StopTraining(Exception):  # noqa: N818 (a request, not an error)
    """The user asked to stop; leaves the loop, never this package."""


class TrainingLoop(Generic[BatchT]):
    """Trains a task in its run folder, from the last checkpoint if there is one.

    Of several processes all go through the same epochs; the first one alone writes and speaks,
    and looks at the validation part.

    Args:
        task: What is learnt.
        config: Settings; the epochs are those in all, earlier sessions included.
        seed: Of pairs, order and augmentation.
        device: That the task's network lies on.
        run_folder: For checkpoints and weights.
        log: Where events go.
        stop_requested: Asked before every batch. While the answer is kept back, the training is
            paused: that time is none of its own.

    Raises:
        TrainingError: If the device doesn't compute with the precision asked for.
    """

    def __init__(
        self,
        task: Task[BatchT],
        *,
        config: LoopConfig,
        seed: int,
        device: torch.device,
        run_folder: Path,
        log: RunLog,
        stop_requested: StopRequested,
    ) -> None:
        self._task = task
        self._config = config
        self._seed = seed
        self._folder = run_folder
        self._log = log
        self._stop_requested = stop_requested
        compute_in(task.network, config.precision, device)
        share_batch_norm(task.network)
        optimiser = build_optimiser(config.optimiser, task.network)
        self._state = TrainingState(
            network=task.network,
            optimiser=optimiser,
            scheduler=build_scheduler(config.optimiser, optimiser, config.epochs),
            numbers=np.random.default_rng(seed),
            device=device,
            average=WeightAverage(task.network, config.average_decay),
            scaler=gradient_scaler(config.precision, device),
        )
        clip, largest = config.optimiser.clip_gradient_norm, config.largest_part
        self._stepper = Stepper(task, self._state, clip=clip, largest_part=largest, log=log)
        self._tensorboard: TensorBoardLog | None = None
        self._paused_s = 0.0
        self.progress = Progress()

    def resume(self) -> None:
        """Goes back to the last checkpoint, or writes the first one.

        Raises:
            TrainingError: If the checkpoint can't be used, or a file can't be written.
        """
        if first_says(str(has_checkpoint(self._folder))) == str(True):
            self.progress = load_checkpoint(self._folder, self._state)
        elif is_first():
            save_checkpoint(self._folder, self._state, self.progress)
        if is_first() and self._config.tensorboard:
            self._tensorboard = TensorBoardLog(self._folder, self.progress.history)

    def run(self, epoch_done: Callable[[], None]) -> bool:
        """Trains until all epochs are done, nothing is gained any more, or a stop is asked for.

        Args:
            epoch_done: Called after each epoch, when its checkpoint is durable.

        Returns:
            Whether it was stopped; the unfinished epoch is then dropped.

        Raises:
            TrainingError: If the loss is no number any more, memory doesn't hold even one
                sample, a file can't be written, or another process is gone.
        """
        try:
            while self.why_ended() is None:
                self._epoch()
                epoch_done()
        except StopTraining:
            return True
        return False

    def why_ended(self) -> MessageEvent | None:
        """The reason for which there is no further epoch; None if there is one."""
        epoch, best = self.progress.epoch, self.progress.best_epoch
        if epoch >= self._config.epochs:
            return message(
                for_translation(
                    "All {count} epochs were made; epoch {best} was the best and is kept."
                ),
                count=epoch,
                best=best,
            )
        patience = self._config.patience_epochs
        if patience and epoch and epoch - best >= patience:
            return message(
                for_translation(
                    "It ended after epoch {epoch}: none of the last {count} epochs was better than "
                    "epoch {best}, which is kept."
                ),
                epoch=epoch,
                count=epoch - best,
                best=best,
            )
        return None

    def evaluate(self, work: Callable[[], T]) -> T:
        """Looks at held-out volumes, in smaller chunks where memory doesn't hold the usual ones.

        Raises:
            TrainingError: If memory doesn't hold even one volume.
        """
        self._task.network.eval()
        return in_fitting_chunks(
            work, self._state.device, self.progress.chunk_size, self._note_chunk_size
        )

    def _note_chunk_size(self, size: int) -> None:
        self.progress.chunk_size = size
        self._log.tell(
            message(
                for_translation(
                    "The memory didn't hold so many validation or test volumes at once: they are "
                    "now looked at {count} at a time."
                ),
                replaces=True,
                count=size,
            )
        )

    def _epoch(self) -> None:
        started_s = self._clock_s()
        epoch = self.progress.epoch + 1
        rate = float(self._state.optimiser.param_groups[0]["lr"])
        begin_memory_peak(self._state.device)
        train, samples = self._train(epoch, started_s)
        trained_s = self._clock_s() - started_s
        self._check_stop()
        validation = self._validate()
        step_scheduler(self._state.scheduler, validation.get("loss", train["loss"]))
        score = self._task.score(train, validation)
        is_best = not self.progress.best_epoch or score > self.progress.best_score
        elapsed_s = self.progress.elapsed_s + self._clock_s() - started_s
        event = EpochEvent(
            epoch=epoch,
            epochs=self._config.epochs,
            train=train,
            validation=validation,
            elapsed_s=elapsed_s,
            remaining_s=elapsed_s / epoch * (self._config.epochs - epoch),
            is_best=is_best,
            learning_rate=rate,
            samples_per_s=samples / trained_s,
            memory_bytes=process_memory_bytes(),
            gpu_memory_bytes=memory_peak_bytes(self._state.device),
        )
        if is_best:
            self.progress.best_epoch, self.progress.best_score = epoch, score
        self.progress.epoch = epoch
        self.progress.history.append(event)
        if is_first():
            self._write(event)
        self._log.tell(event)

    def _write(self, event: EpochEvent) -> None:
        if event.is_best:
            with self._state.average.in_use():
                write_tensors(self._folder / WEIGHTS, self._task.network.state_dict())
        save_checkpoint(self._folder, self._state, self.progress)
        write_table(self._folder, self.progress.history)
        if self._tensorboard is not None:
            self._tensorboard.add(event)

    def _validate(self) -> dict[str, float]:
        """By the first process; the others hear what it found."""

        def work(stop: StopRequested) -> str:
            def check_stop() -> None:
                if stop():
                    raise StopTraining

            check_stop()
            with self._state.average.in_use():
                return json.dumps(self.evaluate(lambda: self._task.validate(check_stop)))

        found: dict[str, float] = json.loads(first_says(first_alone(work, self._asks_stop) or ""))
        return found

    def _train(self, epoch: int, started_s: float) -> tuple[dict[str, float], int]:
        """Means over the training part, and how many samples it has."""
        self._task.network.train()
        self._begin_together(epoch)
        sums: dict[str, float] = defaultdict(float)
        samples = 0
        self._check_stop()
        with closing(one_ahead(self._task.batches(self._state.numbers))) as batches:
            for number, batch in enumerate(batches, start=1):
                figures = self._stepper.step(batch, self.progress)
                loss = figures["loss"]
                if not math.isfinite(loss):
                    raise TrainingError(self._no_number(epoch, number))
                for name, value in figures.items():
                    sums[name] += value * len(batch)
                samples += len(batch)
                elapsed_s = self.progress.elapsed_s + self._clock_s() - started_s
                in_all = self._task.batches_per_epoch
                self._log.tell(BatchEvent(epoch, number, in_all, loss, elapsed_s))
                self._check_stop()
        return {name: value / samples for name, value in sums.items()}, samples

    def _begin_together(self, epoch: int) -> None:
        if world_size() == 1:
            return
        share_weights(self._task.network)
        # Dropout differs among the shares of a batch, and is the same again after a resumption.
        seed = np.random.SeedSequence([self._seed, epoch, rank()]).generate_state(1)
        torch.manual_seed(int(seed[0]))

    def _check_stop(self) -> None:
        if any_process(self._asks_stop()):
            raise StopTraining

    def _asks_stop(self) -> bool:
        asked_s = time.perf_counter()
        try:
            return self._stop_requested()
        finally:
            self._paused_s += time.perf_counter() - asked_s

    def _clock_s(self) -> float:
        """A clock that stands still while the training is paused."""
        return time.perf_counter() - self._paused_s

    def _no_number(self, epoch: int, batch: int) -> str:
        rate = self._state.optimiser.param_groups[0]["lr"]
        return (
            f"The loss was no longer a number in epoch {epoch}, batch {batch}: start a new run "
            f"with a learning rate lower than {rate:.2g}."
        )
