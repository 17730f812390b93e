"""What a learning curve compares: how each row's networks start, and which layers they train."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from spinegrader.model.config import Freeze, Structure

CurveRow: TypeAlias = Literal[
    "scratch",
    "random",
    "level",
    "contrastive",
    "both",
    "both-trained",
    "discs-trained",
    "contrastive-trained",
    "discs-contrastive",
    "discs-contrastive-trained",
]


@dataclass(frozen=True)
class RowRecipe:
    """How the networks of a row come about.

    Args:
        name: For people.
        pretraining: Name of the pre-training; several rows start from one. None for none.
        structure: What is paired.
        freeze: Which layers keep what they start with.
        contrastive: Whether the pre-training has the contrastive loss.
        level: Whether it has the loss of levels.
    """

    name: str
    pretraining: str | None = None
    structure: Structure = "vertebra"
    freeze: Freeze = "conv"
    contrastive: bool = True
    level: bool = True


RECIPES: dict[CurveRow, RowRecipe] = {
    "scratch": RowRecipe("From scratch", freeze="none"),
    "random": RowRecipe("Frozen random convolutions"),
    "level": RowRecipe("Level loss alone", "level", contrastive=False),
    "contrastive": RowRecipe("Contrastive loss alone", "contrastive", level=False),
    "both": RowRecipe("Both losses", "both"),
    "both-trained": RowRecipe("Both losses, all layers trained", "both", freeze="none"),
    "discs-trained": RowRecipe(
        "Both losses on discs, all layers trained", "discs", "disc", freeze="none"
    ),
    "contrastive-trained": RowRecipe(
        "Contrastive loss alone, all layers trained", "contrastive", freeze="none", level=False
    ),
    "discs-contrastive": RowRecipe(
        "Contrastive loss alone on discs", "discs-contrastive", "disc", level=False
    ),
    "discs-contrastive-trained": RowRecipe(
        "Contrastive loss alone on discs, all layers trained",
        "discs-contrastive",
        "disc",
        freeze="none",
        level=False,
    ),
}
"""All rows: those that belong in a report (Jamaludin et al. 2017), and some of ours."""

ROW_NAMES: dict[CurveRow, str] = {row: recipe.name for row, recipe in RECIPES.items()}

USUAL_ROWS: tuple[CurveRow, ...] = (
    *("scratch", "random", "level", "contrastive", "both"),
    *("both-trained", "discs-trained"),
)
"""Those that are compared where nothing else is asked for."""
