"""What is read from an embedding: the vertebral level, or grades of a disc."""

from collections.abc import Mapping

from torch import Tensor, nn

from spinegrader.domain.anatomy import TRAINING_LEVELS


class ClassHead(nn.Module):
    """FC8: one linear layer behind the embedding's ReLU and dropout.

    Args:
        embedding: Size of the embedding.
        classes: How many classes there are.
        dropout: Part of the embedding that is left out in training.
    """

    def __init__(self, embedding: int, classes: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.ReLU(), nn.Dropout(dropout), nn.Linear(embedding, classes))

    def forward(self, embedded: Tensor) -> Tensor:
        """(N, embedding) to logits (N, classes)."""
        logits: Tensor = self.layers(embedded)
        return logits


def level_head(embedding: int, dropout: float) -> ClassHead:
    """The head that names the vertebral level."""
    return ClassHead(embedding, len(TRAINING_LEVELS), dropout)


class GradingHeads(nn.Module):
    """One head a grading.

    Args:
        embedding: Size of the embedding.
        classes: By grading id, how many classes it has; the order stays.
        dropout: As for :class:`ClassHead`.
    """

    def __init__(self, embedding: int, classes: Mapping[str, int], dropout: float) -> None:
        super().__init__()
        self.gradings = tuple(classes)
        # A list, since ids of a centre's own scheme may hold characters that torch refuses.
        self.heads = nn.ModuleList(
            ClassHead(embedding, count, dropout) for count in classes.values()
        )

    def forward(self, embedded: Tensor) -> dict[str, Tensor]:
        """(N, embedding) to logits (N, classes) by grading id."""
        return {
            grading: head(embedded) for grading, head in zip(self.gradings, self.heads, strict=True)
        }
