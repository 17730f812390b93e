"""What misfiled studies among those who teach the identity check do to it.

Second visits of people are exchanged, among those who teach only; errors are measured on others.
Beside the fit stands one that trusts every pair: mean and standard deviation of all.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student_t

from benchmarks.measuring import BenchmarkError
from spinegrader.model.identity_check import FALSE_ALARM_RATE, fit_identity
from spinegrader.model.study_bodies import (
    LEVELS,
    StudyBodies,
    common_levels,
    level_distances,
    robust_mean,
    study_pairs,
)

_DRAWS = 20


@dataclass(frozen=True)
class Errors:
    """Per cent, means of all draws; alarms for follow-ups, and pairs of two people missed."""

    alarms: float
    missed: float
    trusting_alarms: float
    trusting_missed: float


def misfiled_rows(teachers: StudyBodies, tested: StudyBodies) -> list[str]:
    """A table: errors by how many of the teachers are misfiled."""
    followed = sorted({name for name in teachers.subjects if _visits(teachers, name) > 1})
    lines = [
        (
            f"| Misfiled, of {len(followed)} people with follow-ups who teach | Alarms | Missed | "
            "All pairs trusted: alarms | missed |"
        ),
        "|---:|---:|---:|---:|---:|",
    ]
    for count in (0, 2, 4, 8):
        found = _errors(teachers, tested, followed, count)
        figures = (found.alarms, found.missed, found.trusting_alarms, found.trusting_missed)
        lines.append(f"| {count} | {' | '.join(f'{figure:.1f} %' for figure in figures)} |")
    return lines


def exchanged(bodies: StudyBodies, people: list[str]) -> StudyBodies:
    """Last visits of neighbours in the list filed under each other's names."""
    owners = list(bodies.subjects)
    for one, other in zip(people[::2], people[1::2], strict=True):
        for name, wrong in ((one, other), (other, one)):
            rows = [row for row, item in enumerate(bodies.subjects) if item == name]
            owners[max(rows, key=lambda row: bodies.days[row])] = wrong
    return replace(bodies, subjects=tuple(owners))


def _errors(teachers: StudyBodies, tested: StudyBodies, followed: list[str], count: int) -> Errors:
    pairs, same = study_pairs(tested)
    distances = level_distances(tested, pairs)
    whole = common_levels(distances) == LEVELS  # so that one bound holds for all
    distances, same = distances[whole], same[whole]
    generator = np.random.default_rng(0)
    found = []
    for _ in range(_DRAWS if count else 1):
        taught = exchanged(teachers, generator.permutation(followed)[:count].tolist())
        fit = fit_identity(taught)
        if fit is None:
            raise BenchmarkError("too few people teach")
        alarms = fit.suspicion(distances) > fit.threshold
        plain = robust_mean(distances) > _trusting_bound(taught)
        found.append([alarms[same].mean(), 1 - alarms[~same].mean()])
        found[-1] += [plain[same].mean(), 1 - plain[~same].mean()]
    return Errors(*(100 * np.mean(found, axis=0)).tolist())


def _trusting_bound(bodies: StudyBodies) -> float:
    """The distance beyond which Student's prediction interval ends, all pairs trusted."""
    pairs, same = study_pairs(bodies)
    distances = level_distances(bodies, pairs[same])
    own: npt.NDArray[np.float64] = np.log(
        robust_mean(distances[common_levels(distances) == LEVELS])
    )
    reach = student_t.ppf(1 - FALSE_ALARM_RATE, len(own) - 1) * np.sqrt(1 + 1 / len(own))
    return float(np.exp(own.mean() + reach * own.std(ddof=1)))


def _visits(bodies: StudyBodies, name: str) -> int:
    days = zip(bodies.subjects, bodies.days, strict=True)
    return len({day for subject, day in days if subject == name})
