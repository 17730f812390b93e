"""One step of the optimiser: in parts where memory asks for it, in shares of several processes."""

import math
from collections import defaultdict
from typing import Generic

from torch import Tensor, nn

from spinegrader.errors import TrainingError
from spinegrader.model.checkpoint import Progress, TrainingState
from spinegrader.model.devices import free_memory, is_out_of_memory
from spinegrader.model.distributed import rank, world_size
from spinegrader.model.events import message
from spinegrader.model.memory import NOT_EVEN_ONE
from spinegrader.model.run_log import RunLog
from spinegrader.model.sharing import sharing, sum_figures, sum_gradients
from spinegrader.model.task import BatchT, Task
from spinegrader.texts import for_translation


class Stepper(Generic[BatchT]):
    """Makes the steps of one training.

    Args:
        task: What is learnt.
        state: Network, optimiser and what belongs to them.
        clip: Longest gradient.
        largest_part: Samples that a process works off at once; 0 as memory holds.
        log: Is told where memory didn't.
    """

    def __init__(
        self,
        task: Task[BatchT],
        state: TrainingState,
        *,
        clip: float,
        largest_part: int,
        log: RunLog,
    ) -> None:
        self._task = task
        self._state = state
        self._clip = clip
        self._largest_part = largest_part
        self._log = log

    def step(self, batch: BatchT, progress: Progress) -> dict[str, float]:
        """Learns from a batch.

        A loss that is no number changes no weight.

        Args:
            batch: The whole one; of several processes each takes its share.
            progress: Knows, and learns, how many samples memory holds.

        Returns:
            Loss and further figures of the whole batch.

        Raises:
            TrainingError: If memory doesn't hold even one sample, or another process is gone.
        """
        while True:
            part_size = self._part_size(batch, progress)
            self._state.optimiser.zero_grad(set_to_none=True)
            try:
                figures = self._accumulate(batch, part_size)
                if math.isfinite(figures["loss"]):
                    self._update()
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
                if part_size == 1:
                    raise TrainingError(NOT_EVEN_ONE) from error
                if world_size() > 1:
                    raise TrainingError(_too_much_for_one_of_several(part_size)) from error
            else:
                return figures
            # Only here, behind the handler, have the failed step's tensors been let go.
            self._halve(part_size, progress)

    def _part_size(self, batch: BatchT, progress: Progress) -> int:
        own = -(-len(batch) // world_size())
        limits = (own, self._largest_part, progress.part_size)
        return min(limit for limit in limits if limit)

    def _accumulate(self, batch: BatchT, part_size: int) -> dict[str, float]:
        # Parts are of all processes together, so that each has as many passes as the others:
        # where layers or losses look at the others' shares, they would else wait for ever.
        together = part_size * world_size()
        sums: dict[str, float] = defaultdict(float)
        for start in range(0, len(batch), together):
            size = min(together, len(batch) - start)
            low, high = (start + size * number // world_size() for number in (rank(), rank() + 1))
            with sharing():
                share = self._task.loss(batch.part(low, high))
                self._scaled(share.total).backward()  # type: ignore[no-untyped-call]
            sums["loss"] += share.total.item()
            for name, value in share.figures.items():
                sums[name] += value.item()
        return sum_figures(dict(sums))

    def _scaled(self, loss: Tensor) -> Tensor:
        scaler = self._state.scaler
        return loss if scaler is None else scaler.scale(loss)

    def _update(self) -> None:
        optimiser, scaler = self._state.optimiser, self._state.scaler
        weights = list(self._task.network.parameters())
        sum_gradients(weights)
        if scaler is not None:
            # Of added-up gradients, so that all processes leave out the same steps.
            scaler.unscale_(optimiser)
        nn.utils.clip_grad_norm_(weights, self._clip)
        if scaler is None:
            optimiser.step()
        else:
            scaler.step(optimiser)
            scaler.update()
        self._state.average.update()

    def _halve(self, part_size: int, progress: Progress) -> None:
        free_memory(self._state.device)
        progress.part_size = (part_size + 1) // 2
        self._log.tell(
            message(
                for_translation(
                    "The memory didn't hold {count} samples at once: they are now taken {part} at "
                    "a time, which takes longer."
                ),
                replaces=True,
                count=part_size,
                part=progress.part_size,
            )
        )


def _too_much_for_one_of_several(part_size: int) -> str:
    # Its neighbours wait for it in the middle of the network: none can begin the step anew.
    return (
        f"The memory of one of several processes didn't hold {part_size} samples at once: train "
        f"with --largest-part {(part_size + 1) // 2}."
    )
