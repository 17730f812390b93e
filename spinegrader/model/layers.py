"""Layers that the backbones share; slices are never down-sampled in any of them."""

from collections.abc import Iterator

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (torch's own habit)

_CHANNEL_STEP = 8
"""Channels come in multiples of this."""


class InPlanePool(nn.Module):
    """Max-pooling 3 x 3, stride 2, within each slice."""

    def forward(self, features: Tensor) -> Tensor:
        """Halves rows and columns of (N, channels, slices, rows, columns)."""
        return F.max_pool3d(features, (1, 3, 3), stride=(1, 2, 2), padding=(0, 1, 1))


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
