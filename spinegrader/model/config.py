"""Settings of a training run: frozen, checked, and written beside its results.

Defaults are those of Jamaludin, Kadir and Zisserman, "Self-supervised learning for spinal
MRIs", DLMIA 2017. A description ends in "(paper)" where the paper says so, in "(paper?)" where
the value is believed but not certain to be the paper's, and in "(ours)" where it is our choice.
"""

from typing import Literal, Self, TypeAlias

from pydantic import Field

from spinegrader.model.settings import Settings

VolumeShape: TypeAlias = tuple[int, int, int]
"""Slices, rows, columns."""

DeviceName: TypeAlias = Literal["auto", "cuda", "mps", "cpu"]
Precision: TypeAlias = Literal["auto", "float32", "bfloat16", "float16"]
Freeze: TypeAlias = Literal["conv", "none", "all-but-heads"]
Objective: TypeAlias = Literal["contrastive", "nt_xent", "vicreg"]
Structure: TypeAlias = Literal["vertebra", "disc"]
PairKind: TypeAlias = Literal["follow-up", "same-study", "both"]


class BackboneConfig(Settings):
    """The network between a volume and its embedding."""

    kind: Literal["vgg_m_3d", "resnet_34_3d"] = Field(
        default="vgg_m_3d",
        description="VGG-M in 3D (paper), or ResNet-34 in 3D as later work of its group grades by",
    )
    width: float = Field(
        default=1.0,
        gt=0,
        le=4,
        description="Factor on channels: 96/256/512/512/512 (paper), 64/128/256/512 (ResNet-34)",
    )
    through_plane: bool = Field(
        default=True,
        description="Whether kernels reach into the neighbouring slices (paper); not for one slice",
    )
    members: int = Field(
        default=1,
        ge=1,
        le=16,
        description="Such networks side by side, their embeddings joined (ours): steadier",
    )
    hidden: int = Field(default=1024, ge=4, description="Size of FC6 (paper?); VGG-M only")
    embedding: int = Field(
        default=1024,
        ge=4,
        description="Size of FC7, the embedding (paper?); ResNet's is its last width",
    )
    pooled_grid: tuple[int, int] = Field(
        default=(7, 7),
        description="Rows and columns that conv5 is pooled to before FC6 (ours); VGG-M only",
    )
    dropout: float = Field(default=0.5, ge=0, lt=1, description="Behind FC6 and FC7 (paper?)")


class AugmentConfig(Settings):
    """How far volumes are moved about at random; shifts are parts of the volume's width."""

    rotation_deg: float = Field(default=15.0, ge=0, le=180, description="± in-plane (paper?)")
    shift_columns: float = Field(default=48 / 224, ge=0, le=1, description="± 48 of 224 (paper?)")
    shift_rows: float = Field(default=24 / 224, ge=0, le=1, description="± 24 of 224 (paper?)")
    shift_slices: int = Field(default=2, ge=0, description="± whole slices (paper?)")
    scale: float = Field(default=0.1, ge=0, lt=1, description="0.9 to 1.1 (paper?)")
    intensity: float = Field(default=0.1, ge=0, lt=1, description="± 10 % (paper?)")
    flip_slices: bool = Field(
        default=True, description="Left-right order, at random, alike in a pair (paper?)"
    )
    gamma: float = Field(
        default=0.0, ge=0, le=2, description="± of the exponent's logarithm to base 2 (ours)"
    )
    noise: float = Field(
        default=0.0, ge=0, lt=1, description="Greatest standard deviation of added noise (ours)"
    )
    blur_pixels: float = Field(
        default=0.0, ge=0, le=4, description="Greatest standard deviation of a blur (ours)"
    )


class OptimiserConfig(Settings):
    """The optimiser and how its learning rate falls."""

    kind: Literal["sgd", "adamw"] = Field(default="sgd", description="SGD (paper); AdamW (ours)")
    learning_rate: float = Field(default=0.01, gt=0, description="At its highest (paper?)")
    momentum: float = Field(default=0.9, ge=0, lt=1, description="SGD only (paper)")
    weight_decay: float = Field(default=5e-4, ge=0, description="(paper?)")
    schedule: Literal["plateau", "cosine", "constant"] = Field(
        default="plateau", description="Divided by 10 where the loss stays (paper?); cosine (ours)"
    )
    plateau_epochs: int = Field(
        default=10, ge=1, description="Epochs without gain before it (ours)"
    )
    warm_up_epochs: int = Field(default=3, ge=0, description="Linear rise before the cosine (ours)")
    clip_gradient_norm: float = Field(
        default=10.0, gt=0, description="Longer gradients are shortened to this (ours)"
    )


class LoopConfig(Settings):
    """What the training loop is told, whatever it trains."""

    optimiser: OptimiserConfig = OptimiserConfig()
    epochs: int = Field(default=100, ge=1, description="(ours)")
    device: DeviceName = Field(default="auto", description="auto: CUDA, else MPS, else CPU (ours)")
    precision: Precision = Field(
        default="auto", description="auto: brain floats where the device multiplies them (ours)"
    )
    patience_epochs: int = Field(
        default=0, ge=0, description="Epochs without gain after which it ends; 0: none (ours)"
    )
    average_decay: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Of a moving average of the weights, which is then what is kept; 0: none",
    )
    largest_part: int = Field(
        default=0,
        ge=0,
        description="Samples worked off at once, gradients added up; 0: as memory holds (ours)",
    )
    tensorboard: bool = Field(default=True, description="Whether TensorBoard can watch (ours)")


class TrainingConfig(LoopConfig):
    """What every training of the method is told."""

    augment: AugmentConfig = AugmentConfig()

    @classmethod
    def paper(cls) -> Self:
        """The published method, for a GPU."""
        return cls()


class PretrainConfig(TrainingConfig):
    """Siamese pre-training on follow-up scans."""

    structure: Structure = Field(
        default="vertebra",
        description="Vertebral bodies, which change little (paper); discs, closer to what is "
        "graded (ours). A disc's level is that of the vertebra above it",
    )
    volume_shape: VolumeShape = Field(default=(9, 224, 224), description="Of a body (paper?)")
    backbone: BackboneConfig = BackboneConfig()
    batch_pairs: int = Field(default=16, ge=1, description="Pairs in one step (ours)")
    pairs: PairKind = Field(
        default="follow-up",
        description="One person on two days (paper); two series of one study, a proxy (ours)",
    )
    objective: Objective = Field(
        default="contrastive",
        description="Contrastive (paper); NT-Xent (Chen et al., ICML 2020) or VICReg (Bardes et "
        "al., ICLR 2022) on the same pairs",
    )
    temperature: float = Field(default=0.1, gt=0, description="Of NT-Xent (its paper: 0.1)")
    negatives_per_positive: int = Field(default=1, ge=1, description="Balanced pairs (paper?)")
    margin: float = Field(default=1.0, gt=0, description="m of the contrastive loss (paper?)")
    contrastive_weight: float = Field(default=1.0, ge=0, description="Plain sum (paper)")
    level_weight: float = Field(default=1.0, ge=0, description="Plain sum (paper)")
    unit_embedding: bool = Field(
        default=False,
        description="Embeddings of length 1 (ours; paper?: no)",
    )
    seed: int = Field(default=0, ge=0, description="Of weights, pairs and augmentation (ours)")

    @classmethod
    def laptop(cls) -> Self:
        """A small network on small volumes: seconds an epoch on one or two CPU cores."""
        return cls(
            volume_shape=(9, 64, 64),
            backbone=_LAPTOP_BACKBONE,
            optimiser=_LAPTOP_OPTIMISER,
            epochs=40,
            unit_embedding=True,
        )

    def on_discs(self, volume_shape: VolumeShape) -> Self:
        """The same pre-training on discs.

        Args:
            volume_shape: Of a disc.
        """
        return self.model_copy(update={"structure": "disc", "volume_shape": volume_shape})


class FinetuneConfig(TrainingConfig):
    """Training of the grading network on discs with grades."""

    volume_shape: VolumeShape = Field(default=(9, 112, 224), description="Of a disc (paper?)")
    gradings: tuple[str, ...] = Field(default=(), description="Ids to learn; none: all")
    freeze: Freeze = Field(
        default="none",
        description="none: all copied and trained on (ours, see docs/decisions/0019). conv: "
        "conv1-5 copied and frozen, FC6-8 fresh (paper). all-but-heads: all copied, only the heads "
        "trained (ours)",
    )
    backbone: BackboneConfig = Field(
        default=BackboneConfig(), description="From scratch only; else that of the run started from"
    )
    loss: Literal["cross_entropy", "ordinal"] = Field(
        default="cross_entropy",
        description="Cross-entropy (paper); ordinal: soft labels by distance for ordinal gradings "
        "(Diaz and Marathe, CVPR 2019)",
    )
    balanced: bool = Field(default=True, description="Classes weigh by inverse frequency (paper?)")
    batch_size: int = Field(default=32, ge=1, description="Discs in one step (ours)")
    seed: int = Field(default=0, ge=0, description="Of weights, order and augmentation (ours)")

    @classmethod
    def laptop(cls) -> Self:
        """Fits :meth:`PretrainConfig.laptop`."""
        return cls(
            volume_shape=(9, 32, 64),
            backbone=_LAPTOP_BACKBONE,
            optimiser=_LAPTOP_OPTIMISER,
            epochs=40,
        )


# No dropout: a tiny set was learnt by heart faster without it (one seed); else untested.
_LAPTOP_BACKBONE = BackboneConfig(
    width=0.125, hidden=256, embedding=128, pooled_grid=(2, 4), dropout=0
)
_LAPTOP_OPTIMISER = OptimiserConfig(
    kind="adamw", learning_rate=1e-3, weight_decay=0.01, schedule="cosine"
)
