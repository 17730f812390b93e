"""The network of pre-training: one backbone for both members, and the level head."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from spinegrader.model.backbones import build_backbone
from spinegrader.model.config import BackboneConfig, Objective
from spinegrader.model.heads import level_head

_PROJECTED = 128


class SiameseNetwork(nn.Module):
    """Embeds vertebral bodies and names their level (Jamaludin et al. 2017).

    Args:
        config: Of the backbone.
        unit_embedding: Whether embeddings are scaled to length 1 before distances are taken.
        objective: What compares embeddings in training: other objectives than the paper's do it
            behind a projection, which is thrown away afterwards (Chen et al., ICML 2020).
    """

    def __init__(
        self,
        config: BackboneConfig,
        *,
        unit_embedding: bool,
        objective: Objective = "contrastive",
    ) -> None:
        super().__init__()
        self.backbone = build_backbone(config)
        embedding = self.backbone.embedding
        self.level_head = level_head(embedding, config.dropout)
        self.projection = (
            nn.Identity()
            if objective == "contrastive"
            else nn.Sequential(
                nn.Linear(embedding, embedding),
                nn.BatchNorm1d(embedding),
                nn.ReLU(inplace=True),
                nn.Linear(embedding, _PROJECTED),
            )
        )
        self.unit_embedding = unit_embedding
        # Begins with lengths near the margin: from far longer ones a trial collapsed at once.
        last = list(self.backbone.fully_connected.children())[-1:]
        self._scale = 1.0
        if not unit_embedding and last and isinstance(last[0], nn.Linear):
            with torch.no_grad():
                last[0].weight.div_(embedding**0.5)
        elif not unit_embedding:
            self._scale = embedding**-0.5

    def forward(self, volumes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Runs both members of pairs alike, in one batch.

        Args:
            volumes: (N, slices, rows, columns) in [0, 1].

        Returns:
            Embeddings (N, embedding) as distances are taken between; what the objective compares
            in training, the same or projections of them; level logits (N, 7).
        """
        embedded = self.backbone(volumes)
        levels = self.level_head(embedded)
        # Lengths and distances are no matter for fewer bits.
        comparable = (
            F.normalize(embedded.float()) if self.unit_embedding else embedded * self._scale
        )
        if isinstance(self.projection, nn.Identity):
            return comparable, comparable, levels
        return comparable, self.projection(embedded), levels
