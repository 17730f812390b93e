"""Pairs of vertebral bodies: the same person on another day, or another person.

The pairing of Jamaludin et al. 2017: both members of a pair are of one vertebral level, so
that the level itself doesn't tell whether it is one person.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinegrader.errors import TrainingError
from spinegrader.model.data import PretrainData
from spinegrader.model.splits import Part, subjects_in

LEAST_FOLLOW_UPS = 2
"""Training subjects with a follow-up scan without which there is nothing to learn from."""


@dataclass(frozen=True)
class Pairs:
    """Row numbers of both members, and whether they are the same person; (P,) each."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    same: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.first)


@dataclass(frozen=True)
class PairCounts:
    """What one part has for pairs.

    Args:
        subjects: In this part.
        with_follow_up: Of these, with one level seen on two or more days.
        positives: All possible pairs of one person on two days.
        negatives: All possible pairs of two persons at one level.
    """

    subjects: int
    with_follow_up: int
    positives: int
    negatives: int


class PairSource:
    """The pairs that some subjects' vertebrae can form.

    Args:
        data: All vertebrae.
        subjects: The subjects to use.
    """

    def __init__(self, data: PretrainData, subjects: tuple[str, ...]) -> None:
        self.subjects = subjects
        wanted = set(subjects)
        # level -> subject -> day -> rows
        self._rows: dict[int, dict[str, dict[int, list[int]]]] = {}
        for row, subject in enumerate(data.subjects):
            if subject in wanted:
                of_level = self._rows.setdefault(int(data.levels[row]), {})
                days = of_level.setdefault(subject, defaultdict(list))
                days[data.days[row]].append(row)

    def counts(self) -> PairCounts:
        """How many pairs there could be."""
        positives = negatives = 0
        with_follow_up: set[str] = set()
        for of_level in self._rows.values():
            sizes = [sum(map(len, days.values())) for days in of_level.values()]
            negatives += (sum(sizes) ** 2 - sum(size**2 for size in sizes)) // 2
            for subject, days in of_level.items():
                per_day = [len(rows) for rows in days.values()]
                found = (sum(per_day) ** 2 - sum(count**2 for count in per_day)) // 2
                positives += found
                if found:
                    with_follow_up.add(subject)
        return PairCounts(len(self.subjects), len(with_follow_up), positives, negatives)

    def sample(self, generator: np.random.Generator, negatives_per_positive: int = 1) -> Pairs:
        """One epoch's pairs, shuffled.

        Each subject gives each of its levels with a follow-up about as often as it has
        volumes for it; negatives are drawn at the same levels.
        """
        positives: list[tuple[int, int]] = []
        negatives: list[tuple[int, int]] = []
        for of_level in self._rows.values():
            before = len(positives)
            for days in of_level.values():
                if len(days) >= 2:
                    positives += self._positives(days, generator)
            wanted = (len(positives) - before) * negatives_per_positive
            if len(of_level) >= 2:
                negatives += [self._negative(of_level, generator) for _ in range(wanted)]
        return _shuffled(positives, negatives, generator)

    @staticmethod
    def _positives(
        days: Mapping[int, list[int]], generator: np.random.Generator
    ) -> list[tuple[int, int]]:
        volumes = sum(map(len, days.values()))
        dates = list(days)
        found: list[tuple[int, int]] = []
        for _ in range(max(1, volumes // 2)):
            one, other = generator.choice(len(dates), size=2, replace=False)
            found.append(
                (
                    int(generator.choice(days[dates[one]])),
                    int(generator.choice(days[dates[other]])),
                )
            )
        return found

    @staticmethod
    def _negative(
        of_level: Mapping[str, Mapping[int, list[int]]], generator: np.random.Generator
    ) -> tuple[int, int]:
        names = list(of_level)
        one, other = generator.choice(len(names), size=2, replace=False)
        rows = []
        for name in (names[one], names[other]):
            dates = list(of_level[name].values())
            rows.append(int(generator.choice(dates[int(generator.integers(len(dates)))])))
        return rows[0], rows[1]

    def all_pairs(self, most: int = 20_000, seed: int = 0) -> Pairs:
        """Every pair for an evaluation; where there are too many, a fixed sample of each sort.

        Args:
            most: Of positives, and of negatives.
            seed: Of the sample.
        """
        generator = np.random.default_rng(seed)
        kinds: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
        counts = self.counts()
        shares = (most / max(1, counts.negatives), most / max(1, counts.positives))
        for of_level in self._rows.values():
            flat = [
                (row, subject, day)
                for subject, days in of_level.items()
                for day, rows in days.items()
                for row in rows
            ]
            for index, (row, subject, day) in enumerate(flat):
                for other_row, other_subject, other_day in flat[index + 1 :]:
                    same = subject == other_subject
                    if same and day == other_day:
                        continue
                    if shares[same] >= 1 or generator.random() < shares[same]:
                        kinds[same].append((row, other_row))
        return _joined(kinds[True], kinds[False])


def count_pairs(data: PretrainData, split: Mapping[str, Part]) -> dict[Part, PairCounts]:
    """What each part has for pairs."""
    return {part: PairSource(data, subjects_in(split, part)).counts() for part in Part}


def training_pairs(data: PretrainData, split: Mapping[str, Part]) -> PairSource:
    """The training part's pairs.

    Raises:
        TrainingError: If they are too few to learn from; says how many there are.
    """
    missing = set(data.subjects) - set(split)
    if missing:
        raise TrainingError(
            f"{len(missing)} subjects are in no part: split all subjects before the training."
        )
    source = PairSource(data, subjects_in(split, Part.TRAIN))
    counts = source.counts()
    if counts.with_follow_up < LEAST_FOLLOW_UPS:
        raise TrainingError(
            f"Pre-training needs at least {LEAST_FOLLOW_UPS} training subjects with vertebrae "
            f"drawn on scans of two days; of {counts.subjects} training subjects "
            f"{counts.with_follow_up} has: import follow-up scans or draw their vertebrae."
        )
    if counts.negatives == 0:
        raise TrainingError(
            "Pre-training needs the same vertebral level of at least two training subjects, "
            "and no two have one in common: draw more vertebrae."
        )
    return source


def _shuffled(
    positives: list[tuple[int, int]],
    negatives: list[tuple[int, int]],
    generator: np.random.Generator,
) -> Pairs:
    joined = _joined(positives, negatives)
    order = generator.permutation(len(joined))
    swap = generator.random(len(joined)) < 0.5
    first = np.where(swap, joined.second, joined.first)[order]
    second = np.where(swap, joined.first, joined.second)[order]
    return Pairs(first, second, joined.same[order])


def _joined(positives: list[tuple[int, int]], negatives: list[tuple[int, int]]) -> Pairs:
    rows = np.array(positives + negatives, dtype=np.int64).reshape(-1, 2)
    same = np.arange(len(rows)) < len(positives)
    return Pairs(rows[:, 0], rows[:, 1], same)
