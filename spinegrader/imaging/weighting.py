"""Contrast of an MR series, told from its timing."""

import re
from dataclasses import dataclass

from spinegrader.domain.study import Weighting

# Limits of spin echo and turbo spin echo, in milliseconds. Textbook values (McRobbie et al.,
# "MRI from Picture to Proton") with room for low and high field strengths.
_SHORT_REPETITION_MS = 1300.0
_SHORT_ECHO_MS = 40.0
_LONG_ECHO_MS = 60.0
# Fat is nulled at ln 2 x its T1: about 100 ms at 0.3 T, 160 ms at 1.5 T, 220 ms at 3 T.
_FAT_NULLING_MS = (60.0, 350.0)

_WORDS: tuple[tuple[Weighting, str], ...] = (
    (Weighting.STIR, r"stir|tirm"),
    (Weighting.T2, r"(?<![a-z0-9])t2"),
    (Weighting.T1, r"(?<![a-z0-9])t1"),
    (Weighting.PD, r"(?<![a-z0-9])pd(?![a-z]{3})|proton"),
)


@dataclass(frozen=True)
class Timing:
    """What tells a contrast.

    Args:
        repetition_time_ms: TR; None where unknown.
        echo_time_ms: TE; None likewise.
        inversion_time_ms: TI; None where unknown or not used.
        sequences: Values of ScanningSequence, such as SE, GR, IR.
        description: SeriesDescription and ProtocolName, asked only where timing is ambiguous.
    """

    repetition_time_ms: float | None
    echo_time_ms: float | None
    inversion_time_ms: float | None = None
    sequences: frozenset[str] = frozenset()
    description: str = ""


def weighting_of(timing: Timing) -> Weighting:
    """The contrast, or what the description says where the timing leaves it open."""
    return _from_timing(timing) or _from_words(timing.description)


def _from_timing(timing: Timing) -> Weighting | None:
    repetition_ms, echo_ms = timing.repetition_time_ms, timing.echo_time_ms
    if echo_ms is None:
        return None
    if "IR" in timing.sequences:
        return _of_inversion_recovery(timing, echo_ms)
    # In gradient echo the flip angle and spoiling decide as much as TE and TR do.
    if "GR" in timing.sequences and "SE" not in timing.sequences:
        return None
    nulls_fat = _nulls_fat(timing.inversion_time_ms)
    if nulls_fat and _from_words(timing.description) is Weighting.STIR:
        return Weighting.STIR
    if repetition_ms is None:
        return Weighting.T2 if echo_ms >= _LONG_ECHO_MS else None
    return _of_spin_echo(repetition_ms, echo_ms)


def _of_spin_echo(repetition_ms: float, echo_ms: float) -> Weighting | None:
    if echo_ms >= _LONG_ECHO_MS:
        return Weighting.T2
    if echo_ms <= _SHORT_ECHO_MS:
        return Weighting.T1 if repetition_ms <= _SHORT_REPETITION_MS else Weighting.PD
    return None


def _of_inversion_recovery(timing: Timing, echo_ms: float) -> Weighting | None:
    inversion_ms = timing.inversion_time_ms
    if inversion_ms is None:
        return None
    if _nulls_fat(inversion_ms):
        return Weighting.STIR
    # Longer inversion times null water-like tissue: T1-FLAIR has short, T2-FLAIR long echoes.
    return Weighting.T1 if echo_ms <= _SHORT_ECHO_MS else Weighting.T2


def _nulls_fat(inversion_ms: float | None) -> bool:
    return inversion_ms is not None and _FAT_NULLING_MS[0] <= inversion_ms <= _FAT_NULLING_MS[1]


def _from_words(description: str) -> Weighting:
    text = description.lower().replace("_", " ")
    return next((kind for kind, word in _WORDS if re.search(word, text)), Weighting.UNKNOWN)
