"""The network of pre-training: one backbone for both members, and the level head."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from spinegrader.model.backbones import build_backbone
from spinegrader.model.config import BackboneConfig
from spinegrader.model.heads import level_head


class SiameseNetwork(nn.Module):
    """Embeds vertebral bodies and names their level (Jamaludin et al. 2017).

    Args:
        config: Of the backbone.
        unit_embedding: Whether embeddings are scaled to length 1 before distances are taken.
    """

    def __init__(self, config: BackboneConfig, *, unit_embedding: bool) -> None:
        super().__init__()
        self.backbone = build_backbone(config)
        self.level_head = level_head(config.embedding, config.dropout)
        self.unit_embedding = unit_embedding
        if not unit_embedding:
            self._shorten_embeddings(config.embedding)

    def _shorten_embeddings(self, embedding: int) -> None:
        # Begins with lengths near the margin: from far longer ones a trial collapsed at once.
        layer = self.backbone.fully_connected[-1]
        if isinstance(layer, nn.Linear):
            with torch.no_grad():
                layer.weight.div_(embedding**0.5)

    def forward(self, volumes: Tensor) -> tuple[Tensor, Tensor]:
        """Runs both members of pairs alike, in one batch.

        Args:
            volumes: (N, slices, rows, columns) in [0, 1].

        Returns:
            Embeddings (N, embedding) as distances are taken between, and level logits (N, 7).
        """
        embedded = self.backbone(volumes)
        levels = self.level_head(embedded)
        return (F.normalize(embedded.float()) if self.unit_embedding else embedded), levels
