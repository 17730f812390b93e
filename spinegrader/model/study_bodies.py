"""The vertebral embeddings of whole studies, and how far two studies lie apart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import trim_mean

from spinegrader.domain.anatomy import TRAINING_LEVELS

LEVELS = len(TRAINING_LEVELS)

_TRIMMED = 0.2
"""Share of the levels left out at either end before distances are averaged: of five to seven
levels the nearest and the farthest, so that one misplaced body doesn't decide."""

_CHUNK_PAIRS = 4096


@dataclass(frozen=True, eq=False)
class StudyBodies:
    """Row ``i`` of everything is one study.

    Args:
        studies: Their tokens.
        subjects: Whose they are said to be.
        days: Ordinal of their dates.
        scanners: Anonymous tokens, empty where one isn't known; none where no scanner is.
        embeddings: (S, 7, embedding), float32; several bodies of a level are averaged.
        present: (S, 7), whether the study has that level.
    """

    studies: tuple[str, ...]
    subjects: tuple[str, ...]
    days: tuple[int, ...]
    scanners: tuple[str, ...]
    embeddings: NDArray[np.float32]
    present: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.studies)

    def of(self, subjects: frozenset[str]) -> "StudyBodies":
        """Only the studies of some subjects."""
        return self._some([row for row, item in enumerate(self.subjects) if item in subjects])

    def without(self, studies: frozenset[str]) -> "StudyBodies":
        """All but some studies."""
        return self._some([row for row, item in enumerate(self.studies) if item not in studies])

    def _some(self, rows: list[int]) -> "StudyBodies":
        return StudyBodies(
            studies=tuple(self.studies[row] for row in rows),
            subjects=tuple(self.subjects[row] for row in rows),
            days=tuple(self.days[row] for row in rows),
            scanners=tuple(self.scanners[row] for row in rows) if self.scanners else (),
            embeddings=self.embeddings[rows],
            present=self.present[rows],
        )


def by_study(
    embeddings: NDArray[np.float32],
    levels: NDArray[np.integer],
    studies: Sequence[str],
    subjects: Sequence[str],
    days: Sequence[int],
    scanners: Sequence[str] = (),
) -> StudyBodies:
    """Gathers bodies to studies.

    Args:
        embeddings: (N, embedding), one a body.
        levels: (N,), index into ``TRAINING_LEVELS``.
        studies: (N,), token of the study.
        subjects: (N,), token of the person.
        days: (N,), ordinal of the study's date.
        scanners: (N,), token of the scanner, empty where it isn't known; none where no one is.
    """
    first: dict[str, int] = {}
    for row, study in enumerate(studies):
        first.setdefault(study, row)
    places = {study: place for place, study in enumerate(first)}
    owner = np.array([places[study] for study in studies], np.int64)
    sums = np.zeros((len(first), LEVELS, embeddings.shape[1]), np.float32)
    counts = np.zeros((len(first), LEVELS), np.int64)
    np.add.at(sums, (owner, levels), embeddings)
    np.add.at(counts, (owner, levels), 1)
    rows = list(first.values())
    return StudyBodies(
        studies=tuple(first),
        subjects=tuple(subjects[row] for row in rows),
        days=tuple(days[row] for row in rows),
        scanners=tuple(scanners[row] for row in rows) if scanners else (),
        embeddings=sums / np.maximum(counts, 1).astype(np.float32)[:, :, None],
        present=counts > 0,
    )


def level_distances(bodies: StudyBodies, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """L2 distances level by level.

    Args:
        bodies: All studies.
        pairs: (P, 2), rows of the two studies.

    Returns:
        (P, 7), NaN where one of the two lacks the level.
    """
    found = np.full((len(pairs), LEVELS), np.nan)
    for start in range(0, len(pairs), _CHUNK_PAIRS):
        one, other = pairs[start : start + _CHUNK_PAIRS].T
        gaps = np.linalg.norm(bodies.embeddings[one] - bodies.embeddings[other], axis=2)
        common = bodies.present[one] & bodies.present[other]
        found[start : start + _CHUNK_PAIRS] = np.where(common, gaps, np.nan)
    return found


def robust_mean(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Trimmed mean over the levels that two studies have in common.

    Args:
        distances: (P, 7), NaN where a level isn't common.

    Returns:
        (P,), NaN where no level is.
    """
    ordered = np.sort(distances, axis=1)  # NaN last
    counts = common_levels(distances)
    found = np.full(len(distances), np.nan)
    for count in np.unique(counts[counts > 0]):
        rows = counts == count
        found[rows] = trim_mean(ordered[rows, :count], _TRIMMED, axis=1)
    return found


def common_levels(distances: NDArray[np.float64]) -> NDArray[np.int64]:
    """How many levels two studies have in common, (P,)."""
    return np.asarray(np.sum(~np.isnan(distances), axis=1), np.int64)


def study_pairs(bodies: StudyBodies) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """All pairs of studies, but those of one person on one day.

    Returns:
        (P, 2) rows, and whether both are of one person.
    """
    pairs = np.array([*_pairs(bodies)], np.int64).reshape(-1, 2)
    names = np.unique(bodies.subjects, return_inverse=True)[1] if len(bodies) else np.empty(0)
    same = names[pairs[:, 0]] == names[pairs[:, 1]]
    return pairs, np.asarray(same, np.bool_)


def _pairs(bodies: StudyBodies) -> Iterator[tuple[int, int]]:
    for one, other in combinations(range(len(bodies)), 2):
        same_person = bodies.subjects[one] == bodies.subjects[other]
        if not (same_person and bodies.days[one] == bodies.days[other]):
            yield one, other
