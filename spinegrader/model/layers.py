"""Layers that the backbones share; slices are never down-sampled in any of them."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (torch's own habit)

_CHANNEL_STEP = 8
"""Channels come in multiples of this."""


class InPlanePool(nn.Module):
    """Max-pooling 3 x 3, stride 2, within each slice."""

    def forward(self, features: Tensor) -> Tensor:
        """Halves rows and columns of (N, channels, slices, rows, columns)."""
        return F.max_pool3d(features, (1, 3, 3), stride=(1, 2, 2), padding=(0, 1, 1))


class SideBySide(nn.Module):
    """The same volumes through several stacks of layers.

    Args:
        members: (N, 1, ...) to (N, channels, ...) each.
    """

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, volumes: Tensor) -> Tensor:
        """(N, 1, ...) to (N, members * channels, ...)."""
        return torch.cat([member(volumes) for member in self.members], dim=1)


class PartByPart(nn.Module):
    """To each stack of layers its own part of the features.

    Args:
        members: (N, features) to (N, embedding) each.
    """

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, features: Tensor) -> Tensor:
        """(N, members * features) to (N, members * embedding)."""
        parts = features.chunk(len(self.members), dim=1)
        pairs = zip(self.members, parts, strict=True)
        return torch.cat([member(part) for member, part in pairs], dim=1)


def channels(wanted: float) -> int:
    """A number of channels near the wanted one."""
    return max(_CHANNEL_STEP, round(wanted / _CHANNEL_STEP) * _CHANNEL_STEP)


def convolution(
    before: int, count: int, kernel: tuple[int, int, int], stride: int = 1
) -> Iterator[nn.Module]:
    """A convolution that keeps the size but for its in-plane stride, and its normalisation."""
    depth, rows, columns = kernel
    padding = (depth // 2, rows // 2, columns // 2)
    yield nn.Conv3d(before, count, kernel, (1, stride, stride), padding, bias=False)
    yield nn.BatchNorm3d(count)
