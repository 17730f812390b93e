"""What processes that train one network add up and gather.

Each works off its share of every batch. Losses are shares of the whole batch's, so gradients are
added up, never averaged.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from spinegrader.model.distributed import rank, reaching_all, world_size

_sharing: ContextVar[bool] = ContextVar("sharing", default=False)


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
    with reaching_all():
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
    with torch.no_grad(), reaching_all():
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
    with reaching_all():
        dist.all_reduce(tensor)


def all_alike(tensor: Tensor) -> Tensor:
    """Tensors of one shape of all processes beneath each other, (processes, ...), no gradients."""
    found = [torch.empty_like(tensor) for _ in range(world_size())]
    with reaching_all():
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
