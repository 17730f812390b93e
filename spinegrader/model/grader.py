"""The grading network: a backbone on disc volumes with one head a grading."""

from collections.abc import Iterable, Mapping
from typing import Self

import torch
from torch import Tensor, nn

from spinegrader.model.backbones import build_backbone
from spinegrader.model.config import BackboneConfig, Freeze
from spinegrader.model.heads import GradingHeads


class GradingNetwork(nn.Module):
    """Grades discs.

    Args:
        config: Of the backbone.
        classes: By grading id, how many classes it has.
        freeze: Which layers keep their weights in training.
    """

    def __init__(
        self, config: BackboneConfig, classes: Mapping[str, int], freeze: Freeze = "none"
    ) -> None:
        super().__init__()
        self.backbone = build_backbone(config)
        self.heads = GradingHeads(self.backbone.embedding, classes, config.dropout)
        self._frozen: tuple[nn.Module, ...] = {
            "none": (),
            "conv": (self.backbone.convolutions,),
            "all-but-heads": (self.backbone,),
        }[freeze]
        for module in self._frozen:
            module.requires_grad_(requires_grad=False)

    def train(self, mode: bool = True) -> Self:
        """Frozen layers stay as in use: no dropout in them."""
        super().train(mode)
        for module in self._frozen:
            module.eval()
        return self

    def measure_normalisation(self, batches: Iterable[Tensor]) -> None:
        """Lets frozen layers with random weights normalise as trained ones do.

        Their statistics don't move in training. Those of fresh layers are 0 and 1, with which
        random convolutions would do worse than they can, as a comparison.

        Args:
            batches: Volumes of training subjects, (N, slices, rows, columns) each.
        """
        layers = [
            layer
            for module in self._frozen
            for layer in module.modules()
            if isinstance(layer, nn.modules.batchnorm._BatchNorm)
        ]
        self.eval()  # no dropout, whose random numbers training is to get
        momenta = [layer.momentum for layer in layers]
        for layer in layers:
            layer.reset_running_stats()
            layer.momentum = None  # the plain mean over batches
            layer.train()
        with torch.no_grad():
            for volumes in batches:
                self.backbone(volumes)
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
            layer.eval()

    def forward(self, volumes: Tensor) -> dict[str, Tensor]:
        """(N, slices, rows, columns) in [0, 1] to logits (N, classes) by grading id."""
        logits: dict[str, Tensor] = self.heads(self.backbone(volumes))
        return logits

    def copy_pretrained(self, weights: Mapping[str, Tensor], freeze: Freeze) -> None:
        """Takes over what transfer takes from a pre-trained run.

        Args:
            weights: Of a :class:`~spinegrader.model.siamese.SiameseNetwork`.
            freeze: With ``conv`` only the convolutions are copied (Jamaludin et al. 2017),
                else the fully connected layers too.
        """
        part = self.backbone.convolutions if freeze == "conv" else self.backbone
        prefix = "backbone.convolutions." if freeze == "conv" else "backbone."
        found = {
            name.removeprefix(prefix): tensor
            for name, tensor in weights.items()
            if name.startswith(prefix)
        }
        part.load_state_dict(found)


def probabilities(
    logits: Mapping[str, Tensor], temperatures: Mapping[str, float]
) -> dict[str, Tensor]:
    """Softmax by grading id, in double precision on the CPU.

    Args:
        logits: By grading id, (N, classes).
        temperatures: By grading id, what logits are divided by before.
    """
    return {
        grading: torch.softmax(values.detach().cpu().double() / temperatures[grading], dim=1)
        for grading, values in logits.items()
    }
