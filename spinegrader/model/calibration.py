"""Whether a network is as sure as it is right: temperature scaling and its measure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from spinegrader.model.events import MessageEvent, message
from spinegrader.texts import for_translation

LEAST_DISCS = 20
"""Graded validation discs from which on a temperature is fitted."""

BINS = 15
"""Of the calibration error, equally wide; as in Guo et al., ICML 2017."""

_RANGE = (0.05, 20.0)
"""Temperatures outside are a sign of a network that knows nothing, or of too few discs."""


class Uncalibrated(Enum):
    """Why no temperature was fitted."""

    FEW = "few"
    ALL_RIGHT = "all right"


_WHY_NOT = {
    Uncalibrated.FEW: for_translation(
        "Probabilities of {gradings} are as the network gives them: calibrating them takes at "
        "least {needed} graded discs of validation subjects."
    ),
    Uncalibrated.ALL_RIGHT: for_translation(
        "Probabilities of {gradings} are as the network gives them: all validation discs were "
        "graded right, so that nothing tells how sure it may be."
    ),
}


@dataclass(frozen=True)
class Calibration:
    """What makes probabilities honest.

    Args:
        temperature: What logits are divided by; above 1 the network was too sure.
        why_not: Why none was fitted and it is 1; None where one was.
    """

    temperature: float
    why_not: Uncalibrated | None = None


def calibrate(logits: NDArray[np.floating], labels: NDArray[np.int64]) -> Calibration:
    """Fits the temperature that makes held-out grades most likely (Guo et al., ICML 2017).

    One positive number: which class is likeliest never changes. The mean negative logarithm of
    the likelihood is convex in 1 / temperature, so there is one minimum.

    Args:
        logits: Of validation discs, (N, classes).
        labels: Their class indices, (N,), none missing.
    """
    if len(labels) < LEAST_DISCS:
        return Calibration(1.0, Uncalibrated.FEW)
    if (logits.argmax(axis=1) == labels).all():
        # Ever lower temperatures would only be likelier.
        return Calibration(1.0, Uncalibrated.ALL_RIGHT)
    from scipy.optimize import minimize_scalar

    values = logits.astype(np.float64)
    low, high = np.log(_RANGE)
    found = minimize_scalar(
        lambda logarithm: negative_log_likelihood(values / np.exp(logarithm), labels),
        bounds=(low, high),
        method="bounded",
    )
    return Calibration(float(np.exp(found.x)))


def notices_of(calibrations: Mapping[str, Calibration]) -> tuple[MessageEvent, ...]:
    """Which gradings' probabilities are as the network gives them, and why.

    Args:
        calibrations: By grading.
    """
    notices = []
    for why, template in _WHY_NOT.items():
        names = [f"“{name}”" for name, its in calibrations.items() if its.why_not is why]
        if names:
            notices.append(message(template, gradings=", ".join(names), needed=LEAST_DISCS))
    return tuple(notices)


def negative_log_likelihood(logits: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Mean over discs, natural logarithm.

    Args:
        logits: (N, classes).
        labels: Class indices, (N,), none missing.
    """
    from scipy.special import log_softmax

    chosen = log_softmax(logits, axis=1)[np.arange(len(labels)), labels]
    return float(-chosen.mean())


@dataclass(frozen=True)
class ReliabilityBin:
    """Discs of which a network was about equally sure: one point of a reliability diagram.

    Args:
        low: Probability of the likeliest class from which on a disc falls into it.
        high: Up to which, that one left out unless it is 1.
        discs: How many fell into it; never 0.
        mean_confidence: Their mean probability of the likeliest class.
        share_right: How many of them were graded right, 0 to 1.
    """

    low: float
    high: float
    discs: int
    mean_confidence: float
    share_right: float


def reliability(
    probabilities: NDArray[np.floating], labels: NDArray[np.int64]
) -> tuple[ReliabilityBin, ...]:
    """How right a network is where it is how sure (DeGroot and Fienberg, The Statistician 1983).

    Discs are sorted by the probability of their likeliest class into :data:`BINS` bins of equal
    width; empty ones are left out.

    Args:
        probabilities: (N, classes).
        labels: Class indices, (N,), none missing.
    """
    if len(labels) == 0:
        return ()
    sure = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    place = np.minimum((sure * BINS).astype(np.int64), BINS - 1)
    return tuple(
        ReliabilityBin(
            low=at / BINS,
            high=(at + 1) / BINS,
            discs=int((place == at).sum()),
            mean_confidence=float(sure[place == at].mean(dtype=np.float64)),
            share_right=float(right[place == at].mean()),
        )
        for at in np.unique(place).tolist()
    )


def calibration_error_of(bins: Sequence[ReliabilityBin]) -> float | None:
    """Mean gap between how sure and how right a network is (Naeini et al., AAAI 2015).

    Each bin's gap weighs by its discs.

    Returns:
        0 to 1; None without discs.
    """
    if not bins:
        return None
    gaps = (item.discs * abs(item.mean_confidence - item.share_right) for item in bins)
    return sum(gaps) / sum(item.discs for item in bins)


def expected_calibration_error(
    probabilities: NDArray[np.floating], labels: NDArray[np.int64]
) -> float | None:
    """As :func:`calibration_error_of`, of the bins of :func:`reliability`."""
    return calibration_error_of(reliability(probabilities, labels))
