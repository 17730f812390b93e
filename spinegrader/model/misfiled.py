"""Studies that don't look like their patient, and whom they look like instead."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinegrader.model.identity_check import IdentityFit
from spinegrader.model.study_bodies import StudyBodies, common_levels, level_distances


@dataclass(frozen=True)
class Misfit:
    """A study that lies farther from all other studies of its patient than follow-ups do.

    Args:
        row: The study.
        own_row: The study of the same patient that it fits best.
        levels: How many levels these two have in common.
        log_likelihood_ratio: Natural logarithm, of “another person” to “the same”.
        rank: Place of its patient among all people whom it could be compared with; 1: the best.
        people: How many these are.
        better_row: The study of another person that it fits best, where it fits that one better
            than its own patient's; else None.
    """

    row: int
    own_row: int
    levels: int
    log_likelihood_ratio: float
    rank: int
    people: int
    better_row: int | None


def misfits(fit: IdentityFit, bodies: StudyBodies) -> tuple[tuple[Misfit, ...], int]:
    """Compares each study with the other days' studies of its patient.

    Where a patient has three or more, the study that is alone is told from the others, since
    each is judged by the one that it fits best. Of two both are told.

    Args:
        fit: What a usual distance is.
        bodies: All studies of the project.

    Returns:
        The misfits, the most suspicious first, and how many studies were compared.
    """
    found: list[tuple[float, Misfit]] = []
    compared = 0
    by_person: dict[str, list[int]] = defaultdict(list)
    for row, subject in enumerate(bodies.subjects):
        by_person[subject].append(row)
    for row, subject in enumerate(bodies.subjects):
        others = [item for item in by_person[subject] if bodies.days[item] != bodies.days[row]]
        distances = level_distances(bodies, _with(row, others))
        suspicion = fit.suspicion(distances)
        if np.isnan(suspicion).all():
            continue
        compared += 1
        best = int(np.nanargmin(suspicion))
        if suspicion[best] > fit.threshold:
            misfit = _misfit(fit, bodies, row, others[best], distances[[best]])
            found.append((float(suspicion[best]), misfit))
    found.sort(key=lambda item: -item[0])
    return tuple(misfit for _, misfit in found), compared


def _misfit(
    fit: IdentityFit, bodies: StudyBodies, row: int, own_row: int, own: NDArray[np.float64]
) -> Misfit:
    ratio = float(fit.log_likelihood_ratio(own)[0])
    rows = [item for item in range(len(bodies)) if bodies.subjects[item] != bodies.subjects[row]]
    ratios = fit.log_likelihood_ratio(level_distances(bodies, _with(row, rows)))
    best: dict[str, tuple[float, int]] = {}
    for item, value in zip(rows, ratios, strict=True):
        if not np.isnan(value):
            name = bodies.subjects[item]
            best[name] = min(best.get(name, (np.inf, item)), (float(value), item))
    better = sorted(place for place in best.values() if place[0] < ratio)
    return Misfit(
        row=row,
        own_row=own_row,
        levels=int(common_levels(own)[0]),
        log_likelihood_ratio=ratio,
        rank=1 + len(better),
        people=1 + len(best),
        better_row=better[0][1] if better else None,
    )


def _with(row: int, others: list[int]) -> NDArray[np.int64]:
    return np.array([(row, other) for other in others], np.int64).reshape(-1, 2)
