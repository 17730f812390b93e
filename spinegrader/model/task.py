"""What the training loop asks of anything that is to be learnt."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, Self, TypeAlias, TypeVar

import numpy as np
from torch import Tensor, nn


class Batch(Protocol):
    """What one step learns from; may be worked off in parts."""

    def __len__(self) -> int: ...

    def part(self, start: int, stop: int) -> Self:
        """Samples ``start`` to ``stop``; weights that refer to the whole batch stay."""
        ...


CheckStop: TypeAlias = Callable[[], None]
"""To be called between batches of an evaluation; leaves it if the user asked to stop."""

BatchT = TypeVar("BatchT", bound=Batch)


@dataclass(frozen=True)
class PartLoss:
    """Share of one part in the batch's loss and figures: shares sum up to the batch's.

    Args:
        total: What is minimised.
        figures: Further numbers to log, without gradients.
    """

    total: Tensor
    figures: dict[str, Tensor]


class Task(Protocol[BatchT]):
    """What is learnt: the loop asks for batches, their loss, and figures on validation."""

    @property
    def network(self) -> nn.Module:
        """What is trained, on its device."""
        ...

    @property
    def batches_per_epoch(self) -> int:
        """The same for every epoch."""
        ...

    def batches(self, numbers: np.random.Generator) -> Iterator[BatchT]:
        """One epoch's batches, made in another thread; all chance comes from ``numbers``."""
        ...

    def loss(self, batch: BatchT) -> PartLoss:
        """Share of a batch, or of a part of one."""
        ...

    def validate(self, check_stop: CheckStop) -> dict[str, float]:
        """Figures on the validation part, those it can't give left out."""
        ...

    def score(self, train: dict[str, float], validation: dict[str, float]) -> tuple[float, ...]:
        """What epochs are compared by, the highest is kept."""
        ...
