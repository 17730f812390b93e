"""Sequences and how a hospital sets them."""

from dataclasses import dataclass

import numpy as np

from spinegrader.simulate.scanner.tissues import Tissue


@dataclass(frozen=True)
class Sequence:
    """A (turbo) spin-echo sequence, times in milliseconds.

    Args:
        weighting: ``T2``, ``T1`` or ``STIR``.
        repetition_time_ms: TR.
        echo_time_ms: Effective TE.
        echo_train_length: Echoes an excitation.
        inversion_time_ms: TI; None without an inversion pulse.
    """

    weighting: str
    repetition_time_ms: float
    echo_time_ms: float
    echo_train_length: int
    inversion_time_ms: float | None = None

    def signal(self, tissue: Tissue, field_strength_t: float) -> float:
        """PD (1 - exp(-TR / T1)) exp(-TE / T2), by magnitude after an inversion pulse."""
        t1_ms = tissue.t1_at(field_strength_t)
        recovered = 1 - np.exp(-self.repetition_time_ms / t1_ms)
        if self.inversion_time_ms is not None:
            recovered = abs(recovered - 2 * (1 - np.exp(-self.inversion_time_ms / t1_ms)) + 0.0)
        decayed = np.exp(-self.echo_time_ms / tissue.t2_ms)
        return float(tissue.proton_density * recovered * decayed)


@dataclass(frozen=True)
class Protocol:
    """The sequences of one visit, which share one geometry."""

    field_strength_t: float
    sequences: tuple[Sequence, ...]
