"""What is done where a device's memory doesn't hold what was asked of it."""

from collections.abc import Callable
from typing import TypeVar

import torch

from spinegrader.errors import TrainingError
from spinegrader.model.devices import free_memory, is_out_of_memory
from spinegrader.model.volumes import EVALUATION_BATCH, at_most

T = TypeVar("T")

NOT_EVEN_ONE = (
    "The memory doesn't hold even one sample: choose smaller volumes, a narrower network or "
    "another device."
)


def in_fitting_chunks(
    work: Callable[[], T], device: torch.device, size: int, smaller: Callable[[int], None]
) -> T:
    """Looks at volumes without gradients, fewer at once where memory doesn't hold them.

    Args:
        work: Goes through rows by :func:`~spinegrader.model.volumes.in_chunks`; is begun anew
            with smaller chunks, so it must keep nothing of a failed attempt.
        device: Whose memory is meant.
        size: Volumes at once that it is known to hold; 0 where it never failed.
        smaller: Is told the new size before the next attempt.

    Raises:
        TrainingError: If it doesn't hold even one.
    """
    size = size or EVALUATION_BATCH
    while True:
        try:
            with torch.inference_mode(), at_most(size):
                return work()
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            if size == 1:
                raise TrainingError(NOT_EVEN_ONE) from error
        # Only here, behind the handler, have the failed attempt's tensors been let go.
        free_memory(device)
        size = (size + 1) // 2
        smaller(size)
