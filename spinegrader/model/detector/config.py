"""Settings of the detector's network, its training and its augmentation."""

from typing import Self

from pydantic import Field

from spinegrader.model.config import LoopConfig, OptimiserConfig
from spinegrader.model.settings import Settings


class DetectorNetworkConfig(Settings):
    """A U-Net (Ronneberger et al., MICCAI 2015) on slices of 1 mm pixels."""

    widths: tuple[int, ...] = Field(
        default=(32, 64, 96, 128, 160, 160),
        min_length=2,
        description="Channels at 2, 4, 8 … mm a cell",
    )


class DetectorAugmentConfig(Settings):
    """How far slices are changed at random; each change happens to a share of them."""

    rotation_deg: float = Field(default=25.0, ge=0, le=180, description="±, triangular")
    scale: float = Field(default=0.22, ge=0, lt=1, description="Factor, ± in its logarithm")
    stretch: float = Field(default=0.1, ge=0, lt=1, description="Height against depth, likewise")
    class_contrast: float = Field(
        default=0.35, ge=0, le=1, description="Share whose tissues get other brightnesses"
    )
    inversion: float = Field(default=0.1, ge=0, le=1, description="Share turned dark for bright")
    metal: float = Field(default=0.06, ge=0, le=1, description="Share with signal voids")
    fusion: float = Field(default=0.05, ge=0, le=1, description="Share with a disc like marrow")
    noise: float = Field(default=0.08, ge=0, description="Highest standard deviation, Rician")
    blur_mm: float = Field(default=1.4, ge=0, description="Highest standard deviation")


class DetectorConfig(LoopConfig):
    """Training of the detector."""

    network: DetectorNetworkConfig = DetectorNetworkConfig()
    augment: DetectorAugmentConfig = DetectorAugmentConfig()
    optimiser: OptimiserConfig = OptimiserConfig(
        kind="adamw",
        learning_rate=2e-3,
        weight_decay=0.01,
        schedule="cosine",
        warm_up_epochs=1,
        clip_gradient_norm=5.0,
    )
    crop_mm: int = Field(default=256, ge=64, multiple_of=64, description="Side of a training cut")
    batch_size: int = Field(default=16, ge=1, description="Cuts in one step")
    batches_per_epoch: int = Field(default=100, ge=1, description="Steps in one epoch")
    epochs: int = Field(default=40, ge=1, description="Epochs")
    seed: int = Field(default=0, ge=0, description="Of weights, cuts and augmentation")

    @classmethod
    def fine_tuning(cls) -> Self:
        """On from weights that see already: minutes on a laptop.

        A tenth of the learning rate, few steps: the network shall take on what readers correct
        and not forget what their images don't show.
        """
        return cls(
            optimiser=OptimiserConfig(
                kind="adamw",
                learning_rate=2e-4,
                weight_decay=0.01,
                schedule="cosine",
                warm_up_epochs=1,
                clip_gradient_norm=5.0,
            ),
            batch_size=8,
            batches_per_epoch=40,
            epochs=8,
        )
