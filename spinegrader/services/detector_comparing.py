"""Runs two detectors over the series of people whom they weren't trained on, and compares."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.imaging.detection.drawn import in_plane, overlap
from spinegrader.model.detector.weights import DetectorWeights
from spinegrader.model.splits import Part
from spinegrader.services.detector_comparison import (
    LEAST_JUDGED,
    DetectorComparison,
    DetectorFigures,
    Verdict,
)
from spinegrader.services.detector_requests import DetectorRequest
from spinegrader.services.finder import found_overlay, load_finder
from spinegrader.services.images import load_volume
from spinegrader.store.project import ProjectStore

Row = dict[str, float]
"""Figures of one series; those that it can't give are NaN."""

_LEAST_TEST_PEOPLE = 3
"""With fewer, people who helped to choose the epoch are taken in: a little bias beats chance."""

_SAME_BODY_MM = 12.0
"""Less than half the distance of two lumbar bodies."""

NOT_FOUND_MM = 10.0
"""What a body that has to be placed by hand costs, as if each corner were so far off."""

_DRAWS = 2000
_SIDES = (2.5, 97.5)


def compare_detectors(
    store: ProjectStore,
    requests: Sequence[DetectorRequest],
    split: Mapping[str, Part],
    detectors: tuple[DetectorWeights, DetectorWeights],
    progress: Callable[[int, int], None],
    stop_requested: Callable[[], bool],
) -> DetectorComparison | None:
    """Compares two detectors on held-out people.

    Args:
        store: Where pixels are read from.
        requests: All series with confirmed vertebrae.
        split: Part of each person.
        detectors: The one in use and the new one.
        progress: Hears of series done and series in all.
        stop_requested: Asked before each series.

    Returns:
        None where it was stopped.
    """
    judged, with_validation = _judged(requests, split)
    finders = [load_finder(weights) for weights in detectors]
    rows: list[dict[str, list[Row]]] = [defaultdict(list), defaultdict(list)]
    for done, request in enumerate(judged):
        if stop_requested():
            return None
        progress(done, len(judged))
        volume = load_volume(store, request.series)
        for find, own in zip(finders, rows, strict=True):
            found = found_overlay(request.series.uid, find(volume))
            own[request.subject].append(series_figures(request.overlay, found, volume.geometry))
    old, new = (_by_person(own) for own in rows)
    gains = old["correction_mm"] - new["correction_mm"]
    named = new["levels_right"] - old["levels_right"]
    return DetectorComparison(
        old_name=detectors[0].name,
        old_sha256=detectors[0].sha256,
        new_sha256=detectors[1].sha256,
        people=len(gains),
        series=len(judged),
        with_validation=with_validation,
        old=_means(old),
        new=_means(new),
        gain_mm=float(gains.mean()),
        gain_interval_mm=interval_of_mean(gains),
        verdict=verdict_of(gains, named),
    )


def _judged(
    requests: Sequence[DetectorRequest], split: Mapping[str, Part]
) -> tuple[list[DetectorRequest], bool]:
    """The series to judge by, and whether those of validation people are among them."""
    test = [item for item in requests if split[item.subject] is Part.TEST]
    if len({item.subject for item in test}) >= _LEAST_TEST_PEOPLE:
        return test, False
    held_out = [item for item in requests if split[item.subject] is not Part.TRAIN]
    return held_out, len(held_out) > len(test)


def series_figures(confirmed: Overlay, found: Overlay | None, geometry: VolumeGeometry) -> Row:
    """How near what was found comes to what a reader confirmed, in the plane of the slices.

    Args:
        confirmed: The truth.
        found: The detector's; None where it found nothing.
        geometry: Of the series.
    """
    pairs = [
        (body, _nearest(body, found.vertebrae if found else (), geometry))
        for body in confirmed.vertebrae
    ]
    there = [(body, other) for body, other in pairs if other is not None]
    by_level = {body.level: other for body, other in there}
    centres = [_centre_error(body, other, geometry) for body, other in there]
    corners = [_corner_error(body, other, geometry) for body, other in there]
    costs = [min(error, NOT_FOUND_MM) for error in corners]
    costs += [NOT_FOUND_MM] * (len(pairs) - len(there))
    return {
        "bodies_found": len(there) / len(pairs),
        "levels_right": sum(body.level is other.level for body, other in there) / len(pairs),
        "centre_error_mm": float(np.mean(centres)) if centres else np.nan,
        "corner_error_mm": float(np.mean(corners)) if corners else np.nan,
        "disc_dice": _disc_dice(confirmed, found, by_level, geometry),
        "correction_mm": float(np.mean(costs)),
    }


def _nearest(
    body: Vertebra, others: Sequence[Vertebra], geometry: VolumeGeometry
) -> Vertebra | None:
    near = min(others, key=lambda other: _centre_error(body, other, geometry), default=None)
    if near is None or _centre_error(body, near, geometry) > _SAME_BODY_MM:
        return None
    return near


def _centre_error(body: Vertebra, other: Vertebra, geometry: VolumeGeometry) -> float:
    here, there = (in_plane(item.corners_mm, geometry).mean(axis=0) for item in (body, other))
    return float(np.linalg.norm(here - there))


def _corner_error(body: Vertebra, other: Vertebra, geometry: VolumeGeometry) -> float:
    here, there = (in_plane(item.corners_mm, geometry) for item in (body, other))
    return float(np.linalg.norm(here - there, axis=1).mean())


def _disc_dice(
    confirmed: Overlay,
    found: Overlay | None,
    bodies: Mapping[VertebraLevel, Vertebra],
    geometry: VolumeGeometry,
) -> float:
    """Mean overlap of the confirmed discs with those between the same bodies."""
    shares = []
    for disc in confirmed.discs:
        upper, lower = bodies.get(disc.level.upper), bodies.get(disc.level.lower)
        other = None
        if found and upper and lower and upper.level.position < lower.level.position:
            other = found.disc(DiscLevel(upper.level, lower.level))
        if other is None:
            shares.append(0.0)
        else:
            drawn = in_plane(disc.outline_mm, geometry)
            shares.append(overlap(drawn, in_plane(other.outline_mm, geometry)))
    return float(np.mean(shares)) if shares else np.nan


# -- people ---------------------------------------------------------------------------------


def interval_of_mean(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    """95 % percentile interval of a mean, by bootstrap over people (Efron 1979), seeded."""
    numbers = np.random.default_rng(0)
    draws = numbers.integers(0, len(values), (_DRAWS, len(values)))
    low, high = np.percentile(values[draws].mean(axis=1), _SIDES)
    return float(low), float(high)


def verdict_of(gains: npt.NDArray[np.float64], named: npt.NDArray[np.float64]) -> Verdict:
    """What follows from paired differences of people.

    Args:
        gains: How much less correction the new detector's corners need, millimetres.
        named: How much larger its share of rightly named bodies is.

    Returns:
        Better: surely less correction and not surely worse names. Worse: surely more correction
        or surely worse names.
    """
    if len(gains) < LEAST_JUDGED:
        return "unsure"
    gain, names = interval_of_mean(gains), interval_of_mean(named)
    if gain[1] < 0 or names[1] < 0:
        return "worse"
    return "better" if gain[0] > 0 else "unsure"


def _by_person(rows: Mapping[str, Sequence[Row]]) -> dict[str, npt.NDArray[np.float64]]:
    """By figure, the mean of each person's series, in one order."""
    names = DetectorFigures.model_fields
    return {
        name: np.asarray([_mean([row[name] for row in own]) for own in rows.values()])
        for name in names
    }


def _means(figures: Mapping[str, npt.NDArray[np.float64]]) -> DetectorFigures:
    means = {name: _mean(values) for name, values in figures.items()}
    return DetectorFigures.model_validate(
        {name: None if np.isnan(value) else value for name, value in means.items()}
    )


def _mean(values: Sequence[float] | npt.NDArray[np.float64]) -> float:
    """The mean of those that are known; NaN if none is."""
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")
