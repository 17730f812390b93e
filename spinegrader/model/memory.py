"""How much memory a training takes, and what is done where a device's doesn't suffice."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch

from spinegrader.errors import TrainingError
from spinegrader.model.devices import free_memory, is_out_of_memory
from spinegrader.model.volumes import EVALUATION_BATCH, at_most

T = TypeVar("T")

NOT_EVEN_ONE = (
    "The memory doesn't hold even one sample: choose a smaller size of the network, or another "
    "device."
)

_STATM = Path("/proc/self/statm")


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


def process_memory_bytes() -> int | None:
    """Main memory that this process holds; the most that it ever held where only that is told.

    Returns:
        None on Windows, which doesn't tell without further libraries.
    """
    try:
        # See proc_pid_statm(5): the second number is the resident set, in pages.
        pages = int(_STATM.read_text(encoding="ascii").split()[1])
    except OSError:
        return _memory_peak_of_process()
    return pages * os.sysconf("SC_PAGE_SIZE")


def _memory_peak_of_process() -> int | None:
    try:
        import resource
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # in bytes on macOS


def begin_memory_peak(device: torch.device) -> None:
    """From now on a new peak is counted for :func:`memory_peak_bytes`."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def memory_peak_bytes(device: torch.device) -> int | None:
    """The most memory of a GPU that tensors took since the peak was begun; None without one."""
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None
