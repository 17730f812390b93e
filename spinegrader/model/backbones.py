"""Networks from a volume to its embedding."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (torch's own habit)

from spinegrader.model.config import BackboneConfig

_MARROW = 0.25
"""Intensity that crops give normal marrow; the network sees it as zero."""

_CHANNELS = (96, 256, 512, 512, 512)
_CHANNEL_STEP = 8
"""Channels come in multiples of this."""


class Backbone(nn.Module):
    """Convolutions, which transfer from vertebrae to discs, and what makes the embedding.

    Args:
        convolutions: (N, 1, slices, rows, columns) to (N, channels, slices, rows', columns').
        pooled_grid: Rows and columns that the convolutions' output is pooled to.
        fully_connected: (N, channels * grid) to (N, embedding).
        embedding: Size of the embedding.
    """

    def __init__(
        self,
        convolutions: nn.Module,
        pooled_grid: tuple[int, int],
        fully_connected: nn.Sequential,
        embedding: int,
    ) -> None:
        super().__init__()
        self.convolutions = convolutions
        self.pooled_grid = pooled_grid
        self.fully_connected = fully_connected
        self.embedding = embedding

    def forward(self, volumes: Tensor) -> Tensor:
        """Embeds volumes.

        Args:
            volumes: (N, slices, rows, columns) in [0, 1].

        Returns:
            (N, embedding).
        """
        centred = (volumes.unsqueeze(1) - _MARROW) / _MARROW
        if centred.device.type == "cpu":  # as the kernels are laid out there
            centred = centred.contiguous(memory_format=torch.channels_last_3d)
        features = self.convolutions(centred).mean(dim=2)
        # Vertebral volumes are square, disc volumes twice as wide as high. Pooling conv5 to one
        # grid lets FC6 take both; at 224 x 224 the 7 x 7 grid is an ordinary 2 x 2 pool5.
        pooled = F.adaptive_max_pool2d(features, self.pooled_grid)
        embedded: Tensor = self.fully_connected(pooled.flatten(1))
        return embedded


class InPlanePool(nn.Module):
    """Max-pooling 3 x 3, stride 2, within each slice."""

    def forward(self, features: Tensor) -> Tensor:
        """Halves rows and columns of (N, channels, slices, rows, columns)."""
        return F.max_pool3d(features, (1, 3, 3), stride=(1, 2, 2), padding=(0, 1, 1))


def build_backbone(config: BackboneConfig) -> Backbone:
    """The network that the settings ask for, freshly initialised from torch's random state."""
    builders = {"vgg_m_3d": _vgg_m_3d}
    backbone = builders[config.kind](config)
    for module in backbone.modules():
        if isinstance(module, nn.Conv3d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return backbone


def _vgg_m_3d(config: BackboneConfig) -> Backbone:
    """VGG-M (Chatfield et al., BMVC 2014) with 3D kernels, slices never down-sampled.

    Batch normalisation stands for VGG-M's local response normalisation (ours). With group
    normalisation embeddings spread less and levels weren't learnt in the few short trainings
    that were tried, one seed each.
    """
    channels = [_channels(count * config.width) for count in _CHANNELS]
    kernels = ((1, 7, 7), (3, 5, 5), (3, 3, 3), (3, 3, 3), (3, 3, 3))
    strides = (2, 2, 1, 1, 1)
    layers: list[nn.Module] = []
    before = 1
    for count, kernel, stride in zip(channels, kernels, strides, strict=True):
        layers += _convolution(before, count, kernel, stride)
        if stride > 1:
            layers.append(InPlanePool())
        before = count
    rows, columns = config.pooled_grid
    fully_connected = nn.Sequential(
        nn.Linear(before * rows * columns, config.hidden),
        nn.ReLU(),
        nn.Dropout(config.dropout),
        nn.Linear(config.hidden, config.embedding),
    )
    return Backbone(nn.Sequential(*layers), config.pooled_grid, fully_connected, config.embedding)


def _channels(wanted: float) -> int:
    return max(_CHANNEL_STEP, round(wanted / _CHANNEL_STEP) * _CHANNEL_STEP)


def _convolution(
    before: int, channels: int, kernel: tuple[int, int, int], stride: int
) -> Iterator[nn.Module]:
    depth, rows, columns = kernel
    padding = (depth // 2, rows // 2, columns // 2)
    yield nn.Conv3d(before, channels, kernel, (1, stride, stride), padding, bias=False)
    yield nn.BatchNorm3d(channels)
    yield nn.ReLU(inplace=True)
