"""What the painters mix: the signal of each tissue in the sequences of one visit."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spinegrader.simulate.scanner.sequence import Sequence
from spinegrader.simulate.scanner.tissues import Tissue

Colour = npt.NDArray[np.float32]
"""Amount of fat, then the signal of the water in every sequence: shape (1 + sequences,)."""


@dataclass(frozen=True)
class Palette:
    """Colours for the sequences of a visit at one field strength.

    Fat is one substance wherever it is: the receiver turns its amount into signal.

    Args:
        sequences: Of the visit, all in one geometry.
        field_strength_t: Relaxation times depend on it.
    """

    sequences: tuple[Sequence, ...]
    field_strength_t: float

    def colour(self, tissue: Tissue) -> Colour:
        """A tissue's colour."""
        water = [
            (1 - tissue.fat_share) * sequence.signal(tissue, self.field_strength_t)
            for sequence in self.sequences
        ]
        return np.array([tissue.fat_share, *water], dtype=np.float32)
