"""Networks from a volume to its embedding."""

from typing import TypeAlias

import torch
from torch import Tensor, nn

from spinegrader.model.config import BackboneConfig
from spinegrader.model.layers import PartByPart, SideBySide
from spinegrader.model.resnet import resnet_34_parts
from spinegrader.model.vgg_m import vgg_m_parts

_MARROW = 0.25
"""Intensity that crops give normal marrow; the network sees it as zero."""

Parts: TypeAlias = tuple[nn.Module, nn.Module, nn.Module, int]
"""Convolutions, pooling, fully connected layers, size of the embedding."""


class Backbone(nn.Module):
    """Convolutions, which transfer from vertebrae to discs, and what makes the embedding.

    Args:
        convolutions: (N, 1, slices, rows, columns) to (N, channels, slices, rows', columns').
        pooling: (N, channels, rows', columns') to (N, pooled).
        fully_connected: (N, pooled) to (N, embedding).
        embedding: Size of the embedding.
    """

    def __init__(
        self,
        convolutions: nn.Module,
        pooling: nn.Module,
        fully_connected: nn.Module,
        embedding: int,
    ) -> None:
        super().__init__()
        self.convolutions = convolutions
        self.pooling = pooling
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
        embedded: Tensor = self.fully_connected(self.pooling(features))
        return embedded


def build_backbone(config: BackboneConfig) -> Backbone:
    """The network that the settings ask for, freshly initialised from torch's random state.

    Weights are normal with the variance that suits ReLU (He et al., ICCV 2015), biases zero,
    batch normalisation begins as the identity (torch's default). Several members begin each with
    weights of their own, which is what makes them see differently (Lakshminarayanan et al.,
    NeurIPS 2017); here they are trained together.
    """
    build = {"vgg_m_3d": vgg_m_parts, "resnet_34_3d": resnet_34_parts}[config.kind]
    parts: list[Parts] = [build(config) for _ in range(config.members)]
    convolutions, (pooling, *_), fully_connected, sizes = zip(*parts, strict=True)
    backbone = Backbone(
        *(
            (convolutions[0], pooling, fully_connected[0], sizes[0])
            if config.members == 1
            else (SideBySide(convolutions), pooling, PartByPart(fully_connected), sum(sizes))
        )
    )
    for module in backbone.modules():
        if isinstance(module, nn.Conv3d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return backbone
