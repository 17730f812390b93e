"""Several processes that train one network: who they are, and what they tell each other.

Each works off its share of every batch. Losses are shares of the whole batch's, so gradients are
added up, never averaged. A process that is alone runs through the same code and talks to nobody.
See docs/decisions/0016-several-processes.md.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

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
_sharing: ContextVar[bool] = ContextVar("sharing", default=False)


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
def _reaching_all() -> Iterator[None]:
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
    with _reaching_all():
        dist.all_reduce(told, dist.ReduceOp.MAX)
    return told.tolist()


def first_says(text: str) -> str:
    """What the first process says; all must ask."""
    if world_size() == 1:
        return text
    content = text.encode()
    with _reaching_all():
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


# -- adding up --------------------------------------------------------------------------------


@contextmanager
def sharing() -> Iterator[None]:
    """Within it each process works off its own share of one batch."""
    token = _sharing.set(world_size() > 1)
    try:
        yield
    finally:
        _sharing.reset(token)


def is_sharing() -> bool:
    """Whether this process works off a share of a batch that others work off too."""
    return _sharing.get()


def sum_figures(figures: dict[str, float]) -> dict[str, float]:
    """Shares of all processes added up; all must give the same names."""
    if world_size() == 1:
        return figures
    values = torch.tensor(list(figures.values()), dtype=torch.float64)
    with _reaching_all():
        dist.all_reduce(values)
    return dict(zip(figures, values.tolist(), strict=True))


def sum_gradients(weights: Iterable[nn.Parameter]) -> None:
    """Adds up the gradients of all processes; each then has the whole batch's, bit for bit."""
    if world_size() == 1:
        return
    trained = [item for item in weights if item.requires_grad]
    if not trained:
        return
    flat = [torch.zeros_like(w) if w.grad is None else w.grad for w in trained]
    there = torch.tensor([float(w.grad is not None) for w in trained]).to(flat[0])
    joined = torch.cat([*(item.reshape(-1) for item in flat), there])
    all_sum(joined)
    *parts, there = torch.split(joined, [*(w.numel() for w in trained), len(trained)])
    for item, part, found in zip(trained, parts, there.tolist(), strict=True):
        if not found:
            continue  # a weight that took part nowhere stays without gradient, as in one process
        if item.grad is None:
            item.grad = torch.zeros_like(item)
        item.grad.copy_(part.view_as(item))


def share_weights(network: nn.Module) -> None:
    """Gives the first process's weights to all, so that different processors can't drift apart."""
    if world_size() == 1:
        return
    with torch.no_grad(), _reaching_all():
        for tensor in network.state_dict().values():
            sent = tensor.contiguous()
            dist.broadcast(sent, 0)
            tensor.copy_(sent)


def gather(tensor: Tensor) -> Tensor:
    """The rows of all processes' shares, in the order of the batch; gradients find their way back.

    For objectives that compare samples within a batch. Each process's loss must be its share of
    the batch's: the terms of its own samples, say. Outside a step, and in a process that is
    alone, it gives its argument. All processes must call it equally often.

    Args:
        tensor: (n, ...), n may differ among processes and be 0.

    Returns:
        (sum of n, ...).
    """
    if not is_sharing():
        return tensor
    gathered: Tensor = _Gathered.apply(tensor)  # type: ignore[no-untyped-call]
    return gathered


def first_row(count: int) -> int:
    """Where this process's ``count`` rows begin in what :func:`gather` gives."""
    return sum(_counts(count, torch.device("cpu"))[: rank()]) if is_sharing() else 0


def all_sum(tensor: Tensor) -> None:
    """Adds up in place over all processes, without gradients."""
    with _reaching_all():
        dist.all_reduce(tensor)


def all_alike(tensor: Tensor) -> Tensor:
    """Tensors of one shape of all processes beneath each other, (processes, ...), no gradients."""
    found = [torch.empty_like(tensor) for _ in range(world_size())]
    with _reaching_all():
        dist.all_gather(found, tensor)
    return torch.stack(found)


def _counts(count: int, device: torch.device) -> list[int]:
    counts = torch.zeros(world_size(), dtype=torch.int64, device=device)
    counts[rank()] = count
    all_sum(counts)
    return [int(value) for value in counts.tolist()]


class _Gathered(torch.autograd.Function):
    """All rows; a row's gradient is the sum of those that all processes have for it."""

    @staticmethod
    def forward(ctx: Any, tensor: Tensor) -> Tensor:  # noqa: ANN401 - torch's own signature
        """Gathers."""
        counts = _counts(len(tensor), tensor.device)
        padded = tensor.new_zeros((max(counts), *tensor.shape[1:]))
        padded[: len(tensor)] = tensor
        start = sum(counts[: rank()])
        ctx.own = slice(start, start + len(tensor))
        found = zip(all_alike(padded), counts, strict=True)
        return torch.cat([rows[:count] for rows, count in found])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:  # noqa: ANN401
        """Adds up, and gives back the own rows."""
        whole = gradients[0].contiguous().clone()
        all_sum(whole)
        return whole[ctx.own]
