"""What the acquisition says of a visit, and whether it betrays who was scanned."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from spinegrader.domain.geometry import FloatArray
from spinegrader.simulate.scanner.scanners import SCANNERS
from spinegrader.simulate.visit import SimulatedVisit

_FOLDS = 5
_RESAMPLES = 1000
_SEED = 11
_DARKEST = 0.05
_THIRDS = 3


def acquisition_features(visit: SimulatedVisit) -> dict[str, float]:
    """Header values of the first series, and image statistics that only the acquisition decides.

    These are the noise in the darkest part (air, mostly), its grain, the brightest value, the
    number of levels, and the coil's fall-off: how bright the upper, middle and lower third are
    where they are brightest, over the whole.
    """
    protocol, stack = visit.protocol, visit.stacks[0]
    sequence, geometry = stack.sequence, visit.geometry
    header = {
        "rows": protocol.rows,
        "columns": protocol.columns,
        "pixel_mm": geometry.spacing_mm[0],
        "field_mm": geometry.spacing_mm[0] * protocol.rows,
        "thickness_mm": protocol.slice_thickness_mm,
        "distance_mm": protocol.slice_distance_mm,
        "repetition_ms": sequence.repetition_time_ms,
        "echo_ms": sequence.echo_time_ms,
        "echo_train": sequence.echo_train_length,
        "bandwidth": sequence.bandwidth_hz,
        "phase_head_to_feet": sequence.phase_axis == "HF",
        "acquired_frequency": sequence.acquired_frequency,
        "acquired_phase": sequence.acquired_phase,
        "oversampling": sequence.phase_oversampling,
        "averages": sequence.averages,
        "refocusing": sequence.refocusing_deg,
        "field_strength": protocol.field_strength_t,
        "bits": stack.bits_stored,
        "slope": stack.rescale_slope or 1.0,
        **{f"scanner {item.model}": item is protocol.scanner for item in SCANNERS},
        **_by_axis("position", geometry.matrix[:3, 3]),
        **_by_axis("row", geometry.directions[:, 0]),
        **_by_axis("column", geometry.directions[:, 1]),
    }
    pixels = stack.pixels[len(stack.pixels) // 2].astype(np.float64)
    return {name: float(value) for name, value in (header | _statistics(pixels)).items()}


def _by_axis(name: str, vector: FloatArray) -> dict[str, float]:
    return {f"{name} {axis}": float(part) for axis, part in zip("xyz", vector, strict=True)}


def _statistics(pixels: FloatArray) -> dict[str, float]:
    brightest = float(np.percentile(pixels, 99.5))
    dark = pixels <= np.quantile(pixels[pixels > 0], _DARKEST)
    steps = np.abs(np.diff(pixels, axis=1))[dark[:, 1:] & dark[:, :-1]]
    noise = pixels[dark]
    thirds = np.array_split(pixels, _THIRDS, axis=0)
    return {
        "noise": float(noise.mean()) / brightest,
        "noise_sd": float(noise.std()) / brightest,
        "noise_step": float(steps.mean()) / brightest if len(steps) else 0.0,
        "brightest": brightest,
        "highest": float(pixels.max()),
        "levels": len(np.unique(pixels)),
        **{
            f"third {place}": float(np.percentile(part, 99)) / brightest
            for place, part in enumerate(thirds)
        },
    }


@dataclass(frozen=True)
class Betrayal:
    """How well pairs of the same person are told from pairs of two.

    Args:
        area: Under the curve; 0.5 is chance.
        low: End of its interval of 95 %, by bootstrap over people.
        high: The other end.
        classifier: Which one.
    """

    area: float
    low: float
    high: float
    classifier: str


def betrayals(first: FloatArray, second: FloatArray) -> tuple[Betrayal, ...]:
    """Classifies pairs by the absolute differences of their features, people held out in turn.

    A pair of the same person is its two visits; all first visits meet all second visits of others
    within a fold.

    Args:
        first: Features of everybody's first visit, shape (people, features).
        second: Likewise of the second.

    Returns:
        What logistic regression and what boosted trees make of them.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    spread = np.concatenate([first, second]).std(axis=0)
    keep = spread > 0
    first, second = first[:, keep] / spread[keep], second[:, keep] / spread[keep]
    classifiers = {
        "logistic regression": LogisticRegression(C=0.1, class_weight="balanced", max_iter=2000),
        "boosted trees": HistGradientBoostingClassifier(
            max_iter=60, max_depth=3, class_weight="balanced", random_state=_SEED
        ),
    }
    found = []
    for name, classifier in classifiers.items():
        scored = _held_out_scores(first, second, classifier)
        low, high = interval(*scored)
        found.append(Betrayal(area(*scored), low, high, name))
    return tuple(found)


class Classifier(Protocol):
    """What scikit-learn's classifiers can do."""

    def fit(self, items: FloatArray, truth: npt.NDArray[np.bool_]) -> Self:
        """Learns."""
        ...

    def predict_proba(self, items: FloatArray) -> FloatArray:
        """Chances of both classes."""
        ...


def _held_out_scores(first: FloatArray, second: FloatArray, classifier: Classifier) -> "Scored":
    order = np.random.default_rng(_SEED).permutation(len(first))
    scores, owners, others = [], [], []
    for fold in np.array_split(order, _FOLDS):
        differences, one, other = _pairs(first, second, np.setdiff1d(order, fold))
        classifier.fit(differences, one == other)
        differences, one, other = _pairs(first, second, fold)
        scores.append(classifier.predict_proba(differences)[:, 1])
        owners.append(one)
        others.append(other)
    return np.concatenate(scores), np.concatenate(owners), np.concatenate(others)


Scored = tuple[FloatArray, npt.NDArray[np.int64], npt.NDArray[np.int64]]
"""Score of each pair, who its first and who its second visit belongs to."""


def _pairs(
    first: FloatArray, second: FloatArray, people: npt.NDArray[np.int64]
) -> tuple[FloatArray, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    one, other = (item.ravel() for item in np.meshgrid(people, people, indexing="ij"))
    return np.abs(first[one] - second[other]), one, other


def area(scores: FloatArray, first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]) -> float:
    """Chance that a pair of the same person scores higher; arguments as of ``interval``."""
    _, places = np.unique(scores, return_inverse=True)
    return _area(places, first == second, np.ones(len(scores), dtype=np.int64))


def interval(
    scores: FloatArray, first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]
) -> tuple[float, float]:
    """Interval of 95 % of the area under the curve, people drawn anew with replacement.

    Args:
        scores: Of every pair, higher for the same person.
        first: Who the first visit of each belongs to, from 0.
        second: Likewise.
    """
    people = int(max(first.max(), second.max())) + 1
    rng = np.random.default_rng(_SEED)
    same = first == second
    _, places = np.unique(scores, return_inverse=True)
    areas = []
    for _ in range(_RESAMPLES):
        weights = rng.multinomial(people, np.full(people, 1 / people))
        pairs = np.where(same, weights[first], weights[first] * weights[second])
        areas.append(_area(places, same, pairs))
    low, high = np.percentile(areas, (2.5, 97.5))
    return float(low), float(high)


def _area(
    places: npt.NDArray[np.intp], same: npt.NDArray[np.bool_], weights: npt.NDArray[np.int64]
) -> float:
    """Area under the curve of weighted pairs, ties counted half.

    Args:
        places: Of each pair's score among all different scores, rising.
        same: Whether it is of the same person.
        weights: Of the pair.
    """
    ours = np.bincount(places[same], weights[same], minlength=places.max() + 1)
    theirs = np.bincount(places[~same], weights[~same], minlength=places.max() + 1)
    below = np.cumsum(theirs) - theirs / 2
    return float(ours @ below / (ours.sum() * theirs.sum()))


def as_table(features: Sequence[dict[str, float]]) -> FloatArray:
    """Features of many visits, shape (visits, features), in the order of the first one's names."""
    names = [*features[0]]
    return np.asarray([[item[name] for name in names] for item in features])
