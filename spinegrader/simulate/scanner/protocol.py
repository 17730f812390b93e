"""How a hospital sets its scanner for one visit.

Times, thickness and gaps span those of the 218 studies of the SPIDER data (van der Graaf et al.,
Sci Data 11:264, 2024; its overview table was looked up: T2 with TE 80 to 124 and TR up to 5550 ms,
T1 with TE 8 to 14 and TR 446 to 743 ms, slices of 3 to 4 mm every 3.3 to 4.8 mm, bandwidths of 161
to 530 Hz, 70 to 100 % of the phase steps), a little widened for scanners it lacks. SPIDER holds no
STIR: its times are our choice within common practice.
"""

from dataclasses import dataclass

import numpy as np

from spinegrader.simulate.scanner.config import AcquisitionConfig
from spinegrader.simulate.scanner.scanners import SCANNERS, Scanner
from spinegrader.simulate.scanner.sequence import Sequence, nulling_time_ms

_SLICES = (11, 13, 13, 15, 15, 15, 15, 17)
_THICKNESS_MM = (3.0, 3.0, 3.5, 4.0, 4.0, 4.0, 4.5, 5.0)
_GAP_SHARE = (0.1, 0.1, 0.1, 0.1, 0.15, 0.2, 0.25)

_TIMES_MS = {
    "T2": ((2500.0, 5000.0), (80.0, 120.0)),
    "T1": ((450.0, 700.0), (8.0, 15.0)),
    "STIR": ((3000.0, 5000.0), (40.0, 75.0)),
}
"""Repetition and echo times, lowest and highest."""

_ECHO_TRAINS = {"T2": (15, 30), "T1": (2, 6), "STIR": (8, 18)}
_INVERSION_MISSES = (0.94, 1.06)
"""Inversion times in use against the one that nulls fat."""

_PHASE_SHARE = (0.70, 0.95)
_HEAD_TO_FEET = 0.75
"""Share of protocols that encode the phase from head to feet, so that ghosts keep to the sac (all
of SPIDER's do)."""

_WRAPPING = 0.15
_OVERSAMPLING = (1.3, 1.8)
_SATURATING = 0.7
_REFOCUSING_DEG = (120, 150, 160, 180)

_OWN_PROTOCOL = 71
"""Sets the draws of a person's own protocol apart from others of the same seed."""


@dataclass(frozen=True)
class Protocol:
    """The scanner and the sequences of one visit, which share one geometry.

    Args:
        scanner: Where the visit takes place.
        sequences: In the order of acquisition.
        slices: Number of slices.
        rows: Of the reconstructed images.
        columns: Likewise.
        slice_thickness_mm: Thickness.
        slice_distance_mm: Between the middles of neighbouring slices.
        samples_per_slice: Thinner slices averaged into each (partial volume).
        saturation_band: Whether a band in front of the spine is saturated.
    """

    scanner: Scanner
    sequences: tuple[Sequence, ...]
    slices: int
    rows: int
    columns: int
    slice_thickness_mm: float
    slice_distance_mm: float
    samples_per_slice: int
    saturation_band: bool

    @property
    def field_strength_t(self) -> float:
        """Of the scanner."""
        return self.scanner.field_strength_t


def draw_protocol(
    config: AcquisitionConfig, rng: np.random.Generator, person_seed: int
) -> Protocol:
    """A scanner and a protocol that know nothing of the person.

    Args:
        config: What is fixed.
        rng: Of the visit.
        person_seed: Used in place of ``rng`` where the scanner shall follow the person.
    """
    if config.scanner_follows_person:
        rng = np.random.default_rng([person_seed, _OWN_PROTOCOL])
    shares = np.array([scanner.share for scanner in SCANNERS])
    scanner = SCANNERS[int(np.searchsorted(np.cumsum(shares), rng.random() * shares.sum()))]
    # All is drawn whether it is fixed or not, so that fixing one thing leaves the others alone.
    slices = int(rng.choice(_SLICES))
    rows = int(rng.choice(scanner.matrices))
    thickness_mm = float(rng.choice(_THICKNESS_MM))
    gap = 1 + float(rng.choice(_GAP_SHARE))
    phase_axis = "HF" if rng.random() < _HEAD_TO_FEET else "AP"
    saturation_band = bool(rng.random() < _SATURATING)
    wraps = bool(rng.random() < _WRAPPING)
    oversampling = 1.0 if wraps else round(float(rng.uniform(*_OVERSAMPLING)), 2)
    usual_rows, rows = rows, config.rows or rows
    # Fat is displaced by as many millimetres whatever the matrix.
    widening = usual_rows / rows
    sequences = tuple(
        _draw_sequence(weighting, scanner, phase_axis, oversampling, widening, rng)
        for weighting in config.sequences
    )
    thickness_mm = config.slice_thickness_mm or thickness_mm
    return Protocol(
        scanner=scanner,
        sequences=sequences,
        slices=config.slices or slices,
        rows=rows,
        columns=config.columns or rows,
        slice_thickness_mm=thickness_mm,
        slice_distance_mm=config.slice_distance_mm or round(thickness_mm * gap, 3),
        samples_per_slice=config.samples_per_slice,
        saturation_band=saturation_band,
    )


def _draw_sequence(
    weighting: str,
    scanner: Scanner,
    phase_axis: str,
    oversampling: float,
    widening: float,
    rng: np.random.Generator,
) -> Sequence:
    repetition, echo = _TIMES_MS[weighting]
    repetition_ms = float(round(rng.uniform(*repetition)))
    inversion_ms = None
    if weighting == "STIR":
        nulling = nulling_time_ms(repetition_ms, scanner.field_strength_t)
        inversion_ms = float(round(nulling * rng.uniform(*_INVERSION_MISSES)))
    acquired = round(float(rng.uniform(*scanner.acquired)), 3)
    fewest, most = scanner.averages
    shortest, longest = _ECHO_TRAINS[weighting]
    return Sequence(
        weighting=weighting,
        repetition_time_ms=repetition_ms,
        echo_time_ms=round(float(rng.uniform(*echo)), 1),
        echo_train_length=int(rng.integers(shortest, longest + 1)),
        inversion_time_ms=inversion_ms,
        bandwidth_hz=float(round(rng.uniform(*scanner.bandwidth_hz) * widening)),
        phase_axis=phase_axis,
        acquired_frequency=acquired,
        acquired_phase=round(acquired * float(rng.uniform(*_PHASE_SHARE)), 3),
        phase_oversampling=oversampling,
        averages=int(rng.integers(fewest, most + 1)),
        refocusing_deg=int(rng.choice(_REFOCUSING_DEG)),
    )
