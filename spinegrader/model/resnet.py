"""ResNet-34 in 3D, as later work of the same group grades discs by.

He et al., CVPR 2016, with a stem of 3 x 7 x 7; all strides are in-plane, the embedding is the
mean of the last features over slices and plane.
"""

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (torch's own habit)

from spinegrader.model.config import BackboneConfig
from spinegrader.model.layers import InPlanePool, channels, convolution

_BLOCKS = (3, 4, 6, 3)
_CHANNELS = (64, 128, 256, 512)


class MeanPool(nn.Module):
    """The mean over the plane."""

    def forward(self, features: Tensor) -> Tensor:
        """(N, channels, rows, columns) to (N, channels)."""
        return features.mean(dim=(2, 3))


class ResidualBlock(nn.Module):
    """Two convolutions of 3 x 3 x 3 beside a shortcut.

    Args:
        before: Channels that come in.
        count: Channels that go out.
        depth: Of the kernels, in slices.
        stride: In-plane, of the first convolution.
    """

    def __init__(self, before: int, count: int, depth: int, stride: int) -> None:
        super().__init__()
        kernel = (depth, 3, 3)
        self.residual = nn.Sequential(
            *convolution(before, count, kernel, stride),
            nn.ReLU(inplace=True),
            *convolution(count, count, kernel),
        )
        is_same = before == count and stride == 1
        self.shortcut = (
            nn.Identity()
            if is_same
            else nn.Sequential(*convolution(before, count, (1, 1, 1), stride))
        )

    def forward(self, features: Tensor) -> Tensor:
        """(N, before, slices, rows, columns) to (N, count, slices, rows / stride, …)."""
        return F.relu(self.residual(features) + self.shortcut(features))


def resnet_34_parts(config: BackboneConfig) -> tuple[nn.Module, nn.Module, nn.Module, int]:
    """Convolutions, pooling, nothing behind them, and the size of the embedding."""
    depth = 3 if config.through_plane else 1
    before = channels(_CHANNELS[0] * config.width)
    layers: list[nn.Module] = [
        *convolution(1, before, (depth, 7, 7), stride=2),
        nn.ReLU(inplace=True),
        InPlanePool(),
    ]
    for stage, (wanted, blocks) in enumerate(zip(_CHANNELS, _BLOCKS, strict=True)):
        count = channels(wanted * config.width)
        for block in range(blocks):
            stride = 2 if stage > 0 and block == 0 else 1
            layers.append(ResidualBlock(before, count, depth, stride))
            before = count
    return nn.Sequential(*layers), MeanPool(), nn.Identity(), before
