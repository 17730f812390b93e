"""VGG-M in 3D, the network of Jamaludin et al. 2017."""

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (torch's own habit)

from spinegrader.model.config import BackboneConfig
from spinegrader.model.layers import InPlanePool, channels, convolution

_CHANNELS = (96, 256, 512, 512, 512)
_KERNELS = ((1, 7, 7), (3, 5, 5), (3, 3, 3), (3, 3, 3), (3, 3, 3))
_STRIDES = (2, 2, 1, 1, 1)


class GridPool(nn.Module):
    """Max-pooling to a fixed grid.

    Vertebral volumes are square, disc volumes twice as wide as high. Pooling conv5 to one grid
    lets FC6 take both; at 224 x 224 the 7 x 7 grid is an ordinary 2 x 2 pool5.

    Args:
        grid: Rows and columns.
    """

    def __init__(self, grid: tuple[int, int]) -> None:
        super().__init__()
        self.grid = grid

    def forward(self, features: Tensor) -> Tensor:
        """(N, channels, rows, columns) to (N, channels * grid)."""
        return F.adaptive_max_pool2d(features, self.grid).flatten(1)


def vgg_m_parts(config: BackboneConfig) -> tuple[nn.Module, nn.Module, nn.Module, int]:
    """VGG-M (Chatfield et al., BMVC 2014) with 3D kernels: convolutions, pooling, FC6 and FC7.

    Batch normalisation stands for VGG-M's local response normalisation (ours). With group
    normalisation embeddings spread less and levels weren't learnt in the few short trainings
    that were tried, one seed each.
    """
    layers: list[nn.Module] = []
    before = 1
    for wanted, (depth, *plane), stride in zip(_CHANNELS, _KERNELS, _STRIDES, strict=True):
        count = channels(wanted * config.width)
        kernel = (depth if config.through_plane else 1, plane[0], plane[1])
        layers += (*convolution(before, count, kernel, stride), nn.ReLU(inplace=True))
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
    return nn.Sequential(*layers), GridPool(config.pooled_grid), fully_connected, config.embedding
