"""Settings of a learning curve: what is compared, over how many labels, how often."""

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from spinegrader.model.config import FinetuneConfig, PretrainConfig, Structure
from spinegrader.model.learning_curve_rows import RECIPES, USUAL_ROWS, CurveRow
from spinegrader.model.settings import Settings


class LearningCurveConfig(Settings):
    """Networks trained on ever more annotated studies, from several starts."""

    grading: str = Field(description="Id of the grading that is learnt")
    sizes: tuple[int, ...] = Field(
        min_length=1, description="Annotated studies of training subjects, rising"
    )
    rows: tuple[CurveRow, ...] = Field(
        default=USUAL_ROWS, min_length=1, description="What is compared"
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
        description="Of every network but for its freeze, which a row says, and its backbone, "
        "which is that of the pre-training",
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
        return tuple(row for row in self.rows if RECIPES[row].pretraining is not None)

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
        return RECIPES[row].pretraining or row

    @property
    def structures(self) -> frozenset[Structure]:
        """What is pre-trained on."""
        return frozenset(RECIPES[row].structure for row in self.pretrained_rows)

    def pretrain_of(self, row: CurveRow, seed: int) -> PretrainConfig | None:
        """The pre-training that a row starts from; None for rows without one.

        Args:
            row: The row.
            seed: Number of the seed, from 0.
        """
        recipe = RECIPES[row]
        if recipe.pretraining is None:
            return None
        changes: dict[str, object] = {"seed": self.pretrain.seed + seed}
        if not recipe.contrastive:
            changes["contrastive_weight"] = 0.0
        if not recipe.level:
            changes["level_weight"] = 0.0
        own = self.pretrain.model_copy(update=changes)
        on_discs = recipe.structure == "disc"
        return own.on_discs(self.finetune.volume_shape) if on_discs else own

    def finetune_of(self, row: CurveRow, seed: int, epochs: int) -> FinetuneConfig:
        """The training of one network.

        Args:
            row: The row.
            seed: Number of the seed, from 0.
            epochs: Passes over its subset.
        """
        changes = {
            "seed": self.finetune.seed + seed,
            "epochs": epochs,
            "freeze": RECIPES[row].freeze,
            "backbone": self.pretrain.backbone,
            "gradings": (self.grading,),
        }
        return self.finetune.model_copy(update=changes)
