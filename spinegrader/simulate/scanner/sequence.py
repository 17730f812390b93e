"""Spin-echo sequences and the signal that they make of a tissue."""

from dataclasses import dataclass

import numpy as np

from spinegrader.errors import InputError
from spinegrader.simulate.scanner.tissues import FAT, Tissue

WEIGHTINGS = ("T2", "T1", "STIR")
"""What can be simulated."""

MEGAHERTZ_PER_TESLA = 42.577
"""Gyromagnetic ratio of hydrogen over 2 pi (CODATA)."""

FAT_SHIFT_PPM = 3.5
"""Methylene protons of fat against water (Dixon, Radiology 153:189, 1984)."""


@dataclass(frozen=True)
class Sequence:
    """A (turbo) spin-echo sequence, times in milliseconds.

    Args:
        weighting: One of ``WEIGHTINGS``.
        repetition_time_ms: TR.
        echo_time_ms: Effective TE.
        echo_train_length: Echoes an excitation.
        inversion_time_ms: TI; None without an inversion pulse.
        bandwidth_hz: Of an acquired pixel along the frequency axis.
        phase_axis: ``HF``, head to feet (along a column), or ``AP`` (along a row).
        acquired_frequency: Acquired pixels along the frequency axis for one reconstructed.
        acquired_phase: Likewise along the phase axis.
        phase_oversampling: Acquired field of view along the phase axis for the one shown; 1 lets
            what lies beyond wrap around.
        averages: Signals that are averaged.
        refocusing_deg: Flip angle of the refocusing pulses.

    Raises:
        InputError: If the weighting or the axis isn't known.
    """

    weighting: str
    repetition_time_ms: float
    echo_time_ms: float
    echo_train_length: int
    inversion_time_ms: float | None = None
    bandwidth_hz: float = 200.0
    phase_axis: str = "HF"
    acquired_frequency: float = 1.0
    acquired_phase: float = 1.0
    phase_oversampling: float = 1.5
    averages: int = 1
    refocusing_deg: int = 150

    def __post_init__(self) -> None:
        if self.weighting not in WEIGHTINGS or self.phase_axis not in ("HF", "AP"):
            raise InputError("A simulated sequence is T2, T1 or STIR, its phase axis HF or AP.")

    @property
    def wraps(self) -> bool:
        """Whether what lies beyond the field of view folds into it."""
        return self.phase_oversampling <= 1

    def signal(self, tissue: Tissue, field_strength_t: float) -> float:
        """Signal of a tissue's water, or of pure fat; fully relaxed water at TE 0 gives 1.

        PD (1 - exp(-TR / T1)) exp(-TE / T2); after an inversion pulse the magnitude of
        PD (1 - 2 exp(-TI / T1) + exp(-TR / T1)) exp(-TE / T2) (Bydder and Young, J Comput Assist
        Tomogr 9:659, 1985). The time that the echo train takes is left out.
        """
        t1_ms = tissue.t1_at(field_strength_t)
        left = np.exp(-self.repetition_time_ms / t1_ms)
        if self.inversion_time_ms is None:
            recovered = 1 - left
        else:
            recovered = abs(1 - 2 * np.exp(-self.inversion_time_ms / t1_ms) + left)
        decayed = np.exp(-self.echo_time_ms / tissue.t2_ms)
        return float(tissue.proton_density * recovered * decayed)

    def fat_shift_pixels(self, field_strength_t: float) -> float:
        """How far fat is displaced along the frequency axis, in reconstructed pixels."""
        offset_hz = FAT_SHIFT_PPM * field_strength_t * MEGAHERTZ_PER_TESLA
        return offset_hz / self.bandwidth_hz / self.acquired_frequency


def nulling_time_ms(repetition_time_ms: float, field_strength_t: float) -> float:
    """The inversion time at which fat gives no signal."""
    t1_ms = FAT.t1_at(field_strength_t)
    return float(t1_ms * (np.log(2) - np.log1p(np.exp(-repetition_time_ms / t1_ms))))
