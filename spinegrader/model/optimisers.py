"""The optimiser and the course of its learning rate."""

import math
from typing import TypeAlias

from torch import nn
from torch.optim import SGD, AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR, ReduceLROnPlateau

from spinegrader.model.config import OptimiserConfig

Scheduler: TypeAlias = LambdaLR | ReduceLROnPlateau

_PLATEAU_FACTOR = 0.1


def build_optimiser(config: OptimiserConfig, network: nn.Module) -> Optimizer:
    """The optimiser of those weights that aren't frozen."""
    trained = [weights for weights in network.parameters() if weights.requires_grad]
    if config.kind == "sgd":
        return SGD(
            trained,
            lr=config.learning_rate,
            momentum=config.momentum,
            weight_decay=config.weight_decay,
        )
    return AdamW(trained, lr=config.learning_rate, weight_decay=config.weight_decay)


def build_scheduler(config: OptimiserConfig, optimiser: Optimizer, epochs: int) -> Scheduler:
    """What changes the learning rate after each epoch."""
    if config.schedule == "plateau":
        return ReduceLROnPlateau(optimiser, factor=_PLATEAU_FACTOR, patience=config.plateau_epochs)
    if config.schedule == "constant":
        return LambdaLR(optimiser, lambda _epoch: 1.0)
    warm_up = min(config.warm_up_epochs, max(0, epochs - 1))

    def cosine(epoch: int) -> float:
        # Loshchilov and Hutter, ICLR 2017, with a linear warm-up.
        if epoch < warm_up:
            return (epoch + 1) / (warm_up + 1)
        done = (epoch - warm_up) / max(1, epochs - warm_up)
        return 0.5 * (1 + math.cos(math.pi * min(1.0, done)))

    return LambdaLR(optimiser, cosine)


def step_scheduler(scheduler: Scheduler, loss: float) -> None:
    """Ends an epoch; only the plateau schedule looks at the loss."""
    if isinstance(scheduler, ReduceLROnPlateau):
        scheduler.step(loss)
    else:
        scheduler.step()
