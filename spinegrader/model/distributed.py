"""Several processes that train one network: who they are, and how they agree.

A process that is alone runs through the same code and talks to nobody. What they add up is in
:mod:`~spinegrader.model.sharing`. See docs/decisions/0016-several-processes.md.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import torch
import torch.distributed as dist

from spinegrader.errors import SpineGraderError, TrainingError
from spinegrader.model.devices import is_out_of_memory
from spinegrader.model.processes import launch

if TYPE_CHECKING:
    from torch._C._distributed_c10d import Store

T = TypeVar("T")

_SILENCE = timedelta(minutes=30)
"""So long may a process be busy by itself; one that ended is noticed at once."""

_FINDING = timedelta(minutes=5)
"""So long may the last process start behind the first one."""

_FAILED = "failed"
_store: "Store | None" = None


class OtherProcessError(TrainingError):
    """Another process ended, so that this one can't go on."""


# -- joining ----------------------------------------------------------------------------------


@contextmanager
def joined_processes() -> Iterator[None]:
    """Joins the processes that torchrun started; a process that is alone joins nothing.

    A process that leaves by an error should end: the others hear of it by its connections, which
    the system closes at the latest then.

    Raises:
        TrainingError: If they don't find each other.
    """
    started = launch()
    if started.world_size == 1:
        yield
        return
    _join()
    try:
        yield
    except BaseException as error:
        _tell_failure(error)
        raise
    finally:
        _leave()


def _join() -> None:
    global _store  # noqa: PLW0603 - torch's process group is the process's own too
    # Here, since a torch that was built without them must still train alone.
    from torch._C._distributed_c10d import PrefixStore
    from torch.distributed.rendezvous import rendezvous

    # Flags and figures go through gloo, from memory; gradients on GPUs through NCCL.
    with_gpus = torch.cuda.is_available() and dist.is_nccl_available()
    try:
        store, rank, world_size = next(iter(rendezvous("env://", timeout=_FINDING)))
        dist.init_process_group(
            "cpu:gloo,cuda:nccl" if with_gpus else "gloo",
            store=PrefixStore("group", store),
            rank=rank,
            world_size=world_size,
            timeout=_SILENCE,
        )
    except (RuntimeError, ValueError) as error:
        raise TrainingError(
            "The processes of the training don't find each other: check the address and the port "
            "that torchrun was given, and that no firewall lies between."
        ) from error
    _store = store


def _leave() -> None:
    global _store  # noqa: PLW0603
    _store = None
    dist.destroy_process_group()


def _tell_failure(error: BaseException) -> None:
    if isinstance(error, OtherProcessError) or _store is None:
        return
    sentence = error.message if isinstance(error, SpineGraderError) else "Unexpected failure."
    try:
        _store.set(_FAILED, sentence)
    except RuntimeError:
        return  # the others are gone: nobody is left to be told


def world_size() -> int:
    """How many processes train together."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def rank() -> int:
    """The number of this process, from 0."""
    return dist.get_rank() if world_size() > 1 else 0


def is_first() -> bool:
    """Whether this process is the one that writes and speaks."""
    return rank() == 0


# -- agreeing ---------------------------------------------------------------------------------


@contextmanager
def reaching_all() -> Iterator[None]:
    """Says in a sentence that another process is gone."""
    try:
        yield
    except RuntimeError as error:
        if is_out_of_memory(error):
            raise
        raise OtherProcessError(_why_lost()) from error


def _why_lost() -> str:
    try:
        said = _store is not None and _store.check([_FAILED]) and _store.get(_FAILED).decode()
    except RuntimeError:
        said = ""  # the store went with the first process
    reason = said or "It was ended from outside, or its computer can't be reached any more."
    return f"Another process of the training ended: {reason}"


def any_process(flag: bool) -> bool:
    """Whether any process says yes; all must ask."""
    if world_size() == 1:
        return flag
    return _greatest(flag)[0] > 0


def _greatest(*flags: bool) -> list[float]:
    told = torch.tensor(flags, dtype=torch.float32)
    with reaching_all():
        dist.all_reduce(told, dist.ReduceOp.MAX)
    return told.tolist()


def first_says(text: str) -> str:
    """What the first process says; all must ask."""
    if world_size() == 1:
        return text
    content = text.encode()
    with reaching_all():
        length = torch.tensor([len(content)])
        dist.broadcast(length, 0)
        told = torch.zeros(int(length), dtype=torch.uint8)
        if is_first():
            told = torch.frombuffer(bytearray(content), dtype=torch.uint8)
        dist.broadcast(told, 0)
    return bytes(told.tolist()).decode()


def first_alone(work: Callable[[Callable[[], bool]], T], stop: Callable[[], bool]) -> T | None:
    """The first process works; the others follow, and may stop it at each of its checks.

    Args:
        work: Gets what it has to ask, often, whether to stop; raises if so. Where a stop was
            asked for, the others call it too, to leave as the first one does.
        stop: Whether this process wishes to stop.

    Returns:
        What came of the work; None in the others.
    """
    if world_size() == 1:
        return work(stop)
    if is_first():
        result = work(lambda: _greatest(stop(), False)[0] > 0)
        _greatest(False, True)
        return result
    while True:
        stopped, done = _greatest(stop(), False)
        if stopped:
            return work(lambda: True)
        if done:
            return None


def first_before_others(work: Callable[[Callable[[], bool]], T], stop: Callable[[], bool]) -> T:
    """Every process does the same work, the first one beforehand: it fills a cache for all."""
    result = first_alone(work, stop)
    return work(lambda: False) if result is None else result
