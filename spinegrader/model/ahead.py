"""The next batch is made while the network learns from the present one."""

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from torch import Tensor

from spinegrader.model.devices import is_out_of_memory
from spinegrader.model.distributed import world_size

T = TypeVar("T")


def one_ahead(items: Iterator[T]) -> Generator[T, None, None]:
    """The same items in the same order, each made in a thread of its own, one before it is needed.

    Close what is returned, and the thread is gone.

    Args:
        items: Made one after the other; what making one raises is raised where it is needed.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="next-batch") as maker:
        end = object()
        waiting = maker.submit(next, items, end)
        while (item := waiting.result()) is not end:
            waiting = maker.submit(next, items, end)
            yield item  # type: ignore[misc]


def made_ready(volumes: Callable[[], Tensor]) -> Tensor | None:
    """A batch's volumes, unless a part of them is all that will be worked off at once.

    So it is where several processes share it, or where memory doesn't hold the whole.
    """
    if world_size() > 1:
        return None
    try:
        return volumes()
    except RuntimeError as error:
        if is_out_of_memory(error):
            return None
        raise
