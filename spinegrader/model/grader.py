"""The grading network: a backbone on disc volumes with one head a grading."""

from collections.abc import Mapping
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


def probabilities(logits: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Softmax by grading id, in double precision on the CPU."""
    return {
        grading: torch.softmax(values.detach().cpu().double(), dim=1)
        for grading, values in logits.items()
    }
