"""Settings of a learning curve: what is compared, over how many labels, how often."""

from typing import Literal, TypeAlias

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from spinegrader.model.config import FinetuneConfig, PretrainConfig, Structure
from spinegrader.model.settings import Settings

CurveRow: TypeAlias = Literal[
    "scratch", "random", "level", "contrastive", "both", "both-trained", "discs-trained"
]

ROW_NAMES: dict[CurveRow, str] = {
    "scratch": "From scratch",
    "random": "Frozen random convolutions",
    "level": "Level loss alone",
    "contrastive": "Contrastive loss alone",
    "both": "Both losses",
    "both-trained": "Both losses, all layers trained",
    "discs-trained": "Both losses on discs, all layers trained",
}
"""All rows: those that belong in a report (Jamaludin et al. 2017), and one of ours."""


class LearningCurveConfig(Settings):
    """Networks trained on ever more annotated studies, from several starts."""

    grading: str = Field(description="Id of the grading that is learnt")
    sizes: tuple[int, ...] = Field(
        min_length=1, description="Annotated studies of training subjects, rising"
    )
    rows: tuple[CurveRow, ...] = Field(
        default=tuple(ROW_NAMES), min_length=1, description="What is compared"
    )
    seeds: int = Field(
        default=3, ge=1, description="Subsets and networks drawn for each row and size"
    )
    pretrain: PretrainConfig = Field(
        default_factory=PretrainConfig,
        description="Of rows that start from a pre-training; its seed is that of the first one",
    )
    finetune: FinetuneConfig = Field(
        default_factory=FinetuneConfig,
        description="Of every network; its freeze is that of most rows with a pre-training, and "
        "its backbone that of the pre-training",
    )
    least_steps: int = Field(
        default=1000,
        ge=1,
        description="Small subsets train for more epochs, until each network makes so many steps "
        "(ours): else few labels would also mean little training",
    )

    @property
    def pretrained_rows(self) -> tuple[CurveRow, ...]:
        """Those that start from a pre-training."""
        return tuple(row for row in self.rows if row not in ("scratch", "random"))

    @field_validator("sizes")
    @classmethod
    def _check_sizes(cls, sizes: tuple[int, ...]) -> tuple[int, ...]:
        if min(sizes, default=1) < 1 or list(sizes) != sorted(set(sizes)):
            raise PydanticCustomError("sizes", "sizes must be numbers of studies that rise")
        return sizes

    @field_validator("rows")
    @classmethod
    def _check_rows(cls, rows: tuple[CurveRow, ...]) -> tuple[CurveRow, ...]:
        if len(set(rows)) != len(rows):
            raise PydanticCustomError("rows", "each row can be named once")
        return rows

    @staticmethod
    def losses_of(row: CurveRow) -> str:
        """Name of the pre-training that a row starts from; several start from one."""
        return {"both-trained": "both", "discs-trained": "discs"}.get(row, row)

    @property
    def structures(self) -> frozenset[Structure]:
        """What is pre-trained on."""
        return frozenset(
            "disc" if row == "discs-trained" else "vertebra" for row in self.pretrained_rows
        )

    def pretrain_of(self, row: CurveRow, seed: int) -> PretrainConfig | None:
        """The pre-training that a row starts from; None for rows without one.

        Args:
            row: The row.
            seed: Number of the seed, from 0.
        """
        changes: dict[str, object] = {"seed": self.pretrain.seed + seed}
        if row not in self.pretrained_rows:
            return None
        if row == "level":
            changes["contrastive_weight"] = 0.0
        elif row == "contrastive":
            changes["level_weight"] = 0.0
        own = self.pretrain.model_copy(update=changes)
        return own.on_discs(self.finetune.volume_shape) if row == "discs-trained" else own

    def finetune_of(self, row: CurveRow, seed: int, epochs: int) -> FinetuneConfig:
        """The training of one network.

        Args:
            row: The row.
            seed: Number of the seed, from 0.
            epochs: Passes over its subset.
        """
        own = {"scratch": "none", "random": "conv", "both-trained": "none", "discs-trained": "none"}
        freeze = own.get(row, self.finetune.freeze)
        changes = {
            "seed": self.finetune.seed + seed,
            "epochs": epochs,
            "freeze": freeze,
            "backbone": self.pretrain.backbone,
            "gradings": (self.grading,),
        }
        return self.finetune.model_copy(update=changes)
