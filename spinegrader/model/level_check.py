"""Whether the network doubts the names of a study's vertebrae: all shifted by one, or a single one.

The level logits of all bodies of a chain are read together. For each shift, how much likelier
every body is there than anywhere is added up; a body that would come to lie above T12 or below S1
adds nothing, since the network was never taught such levels. So the ends of the chain, where L5
and S1 look most like themselves, speak for a shift less than they could. Neither was the network
taught T13 and L6: in a transitional spine it counts by what the bodies look like.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, logsumexp

from spinegrader.model.error_rates import ErrorRates, error_rates
from spinegrader.model.level_chains import Chains, one_misnamed
from spinegrader.model.study_bodies import LEVELS

SHIFTS = (-1, 0, 1)
"""Steps from the names to the true levels, towards the feet."""

SHIFTED_SHARE = 0.02
"""Of overlays that one expects to be shifted by one level before looking at them (ours)."""

FALSE_ALARM_RATE = 0.01
"""Share of rightly named chains that may be flagged (ours)."""

LEAST_CHAINS = 10
"""People with chains without whom neither thresholds nor their errors can be told (ours)."""

_HIGHEST_TEMPERATURE = 400.0


class LevelFit(BaseModel):
    """What held-out people's bodies have taught.

    Args:
        temperature: Of a single body's logits (Guo et al., ICML 2017).
        chain_temperature: Of a chain's sums: its bodies err together.
        shift_odds: Log odds of a shift above which a chain is flagged.
        name_surprise: Minus log probability of its own name above which a body is flagged.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    temperature: float
    chain_temperature: float
    shift_odds: float
    name_surprise: float


class LevelCheck(BaseModel):
    """A fit with its error rates on other people.

    Args:
        fit: Learnt from people whom the network wasn't trained on.
        shifted: “Wrong” are true chains, all names shifted by one level.
        misnamed: By chain; “wrong” are true chains of which one body took its neighbour's name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fit: LevelFit
    shifted: ErrorRates
    misnamed: ErrorRates


def fit_levels(chains: Chains) -> LevelFit | None:
    """Calibrates temperatures and thresholds on rightly named chains.

    Args:
        chains: Of people whom the network wasn't trained on.

    Returns:
        None for fewer than :data:`LEAST_CHAINS` people.
    """
    if len(set(chains.subjects)) < LEAST_CHAINS:
        return None
    temperature = _lowest(lambda value: -float(np.nanmean(_log_names(chains.logits, value))))
    shifted = [chains.renamed(shift) for shift in SHIFTS]

    def surprise(chain_temperature: float) -> float:
        told = [
            _log_shifts(logits, temperature, chain_temperature, even=True)[:, place]
            for place, logits in enumerate(shifted)
        ]
        return -float(np.mean(told))

    fit = LevelFit(
        temperature=temperature,
        # Never sharper than the bodies alone: few chains are easily told apart by chance.
        chain_temperature=_lowest(surprise, at_least=1.0),
        shift_odds=0.0,
        name_surprise=float(np.log(2)),
    )
    # Flagged is only what is rather wrong than right, and no more often than the rate.
    odds = _highest_usual(_shift_odds(fit, chains.logits))
    surprised = _highest_usual(_least_likely(fit, chains.logits))
    return fit.model_copy(
        update={
            "shift_odds": max(fit.shift_odds, odds),
            "name_surprise": max(fit.name_surprise, surprised),
        }
    )


def check_levels(fit: LevelFit, chains: Chains, seed: int = 0) -> LevelCheck | None:
    """Measures the errors of a fit by renaming what is named rightly.

    Args:
        fit: To be measured.
        chains: Of people who had no part in network or fit, rightly named.
        seed: Of which body takes which neighbour's name.

    Returns:
        None for fewer than :data:`LEAST_CHAINS` people, or chains of single bodies only.
    """
    if len(set(chains.subjects)) < LEAST_CHAINS:
        return None
    people = np.unique(chains.subjects, return_inverse=True)[1]
    moved = [_shift_odds(fit, chains.renamed(shift)) for shift in (0, -1, 1)]
    wrong = one_misnamed(chains.logits, np.random.default_rng(seed))
    surprised = [_least_likely(fit, logits) for logits in (chains.logits, wrong)]
    shifted = _rates(moved, people, fit.shift_odds)
    misnamed = _rates(surprised, people, fit.name_surprise)
    if shifted is None or misnamed is None:
        return None
    return LevelCheck(fit=fit, shifted=shifted, misnamed=misnamed)


@dataclass(frozen=True)
class Misnamed:
    """A body whose name the network doubts; places in ``TRAINING_LEVELS``.

    Args:
        name: The name that it has.
        likelier: The name that the network gives it.
        probability: Of the name that it has.
    """

    name: int
    likelier: int
    probability: float


@dataclass(frozen=True)
class ChainDoubt:
    """A chain that the network doubts.

    Args:
        row: The chain.
        shift: Steps towards the feet from all names to the likelier ones; 0: single bodies only.
        probability: That the chain is shifted.
        misnamed: Single bodies; none where the whole chain is shifted.
    """

    row: int
    shift: int
    probability: float
    misnamed: tuple[Misnamed, ...]


def doubted(fit: LevelFit, chains: Chains) -> tuple[ChainDoubt, ...]:
    """The chains that the network doubts, the most probably shifted first."""
    odds, surprise = _shift_odds(fit, chains.logits), -_log_names(chains.logits, fit.temperature)
    shifts = _log_shifts(chains.logits, fit.temperature, fit.chain_temperature)
    found = []
    for row in range(len(chains.names)):
        probability = float(-np.expm1(shifts[row, SHIFTS.index(0)]))
        shift, misnamed = 0, tuple[Misnamed, ...]()
        if odds[row] > fit.shift_odds:
            shift = -1 if shifts[row, 0] > shifts[row, 2] else 1
        else:
            names = np.flatnonzero(surprise[row] > fit.name_surprise)
            misnamed = tuple(
                Misnamed(
                    int(name),
                    int(chains.logits[row, name].argmax()),
                    float(np.exp(-surprise[row, name])),
                )
                for name in names
            )
        if shift or misnamed:
            found.append(ChainDoubt(row, shift, probability, misnamed))
    return tuple(sorted(found, key=lambda doubt: -doubt.probability))


def _log_names(logits: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    return np.asarray(np.diagonal(log_softmax(logits / temperature, axis=2), axis1=1, axis2=2))


def _log_shifts(
    logits: NDArray[np.float64], temperature: float, chain_temperature: float, *, even: bool = False
) -> NDArray[np.float64]:
    """(C, 3) log probabilities of the shifts, all alike before or as one expects them."""
    # The training weighs levels alike, so the network's prior is even: log p(level | x) + log 7
    # is how much likelier the body is at that level than anywhere.
    gained = log_softmax(logits / temperature, axis=2) + np.log(LEVELS)
    sums = np.stack(
        [np.nansum(np.diagonal(gained, shift, axis1=1, axis2=2), axis=1) for shift in SHIFTS],
        axis=1,
    )
    usual = np.array([SHIFTED_SHARE / 2, 1 - SHIFTED_SHARE, SHIFTED_SHARE / 2])
    prior = np.zeros(len(SHIFTS)) if even else np.log(usual)
    scores = sums / chain_temperature + prior
    return np.asarray(scores - logsumexp(scores, axis=1, keepdims=True))


def _shift_odds(fit: LevelFit, logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log odds of a shift; NaN for chains without bodies."""
    told = _log_shifts(logits, fit.temperature, fit.chain_temperature)
    odds = np.logaddexp(told[:, 0], told[:, 2]) - told[:, 1]
    return np.where(np.isnan(logits).all(axis=(1, 2)), np.nan, odds)


def _least_likely(fit: LevelFit, logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Minus the log probability of a chain's least likely name; NaN for chains without bodies."""
    told = _log_names(logits, fit.temperature)
    least = np.where(np.isnan(told), np.inf, told).min(axis=1)
    return np.where(np.isinf(least), np.nan, -least)


def _rates(
    suspicions: list[NDArray[np.float64]], people: NDArray[np.integer], threshold: float
) -> ErrorRates | None:
    """Error rates where the first are of right chains, all others of wrong ones."""
    joined = np.concatenate(suspicions)
    wrong = np.arange(len(joined)) >= len(suspicions[0])
    owners = np.stack([np.tile(people, len(suspicions))] * 2, axis=1)
    known = ~np.isnan(joined)
    return error_rates(joined[known], wrong[known], owners[known], threshold)


def _highest_usual(suspicion: NDArray[np.float64]) -> float:
    """What no more than :data:`FALSE_ALARM_RATE` of right chains exceed."""
    known = suspicion[~np.isnan(suspicion)]
    return float(np.quantile(known, 1 - FALSE_ALARM_RATE, method="higher"))


def _lowest(loss: Callable[[float], float], at_least: float = 0.05) -> float:
    """The temperature with the lowest loss."""
    found = minimize_scalar(
        lambda logarithm: loss(float(np.exp(logarithm))),
        bounds=(np.log(at_least), np.log(_HIGHEST_TEMPERATURE)),
        method="bounded",
    )
    return float(np.exp(found.x))
