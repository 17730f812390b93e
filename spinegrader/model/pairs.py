"""Pairs of vertebral bodies: the same person or another one.

The pairing of Jamaludin et al. 2017: both members of a pair are of one vertebral level, so
that the level itself doesn't tell whether it is one person; a person's two members are of two
days. Two series of one study are a proxy for that, and are never called follow-ups.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from spinegrader.errors import TrainingError
from spinegrader.model.config import PairKind
from spinegrader.model.data import PretrainData
from spinegrader.model.splits import Part, subjects_in
from spinegrader.model.strangers import Body, Others, strangers

LEAST_PAIRED = 2
"""Training subjects with a pair of their own without which there is nothing to learn from."""


@dataclass(frozen=True)
class Pairs:
    """Row numbers of both members, and whether they are the same person; (P,) each."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    same: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.first)

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "Pairs":
        """Some of the pairs."""
        return Pairs(self.first[chosen], self.second[chosen], self.same[chosen])


@dataclass(frozen=True)
class PairCounts:
    """What one part has for pairs.

    Args:
        subjects: In this part.
        with_follow_up: Of these, with one level seen on two or more days.
        with_two_series: Of these, with one level seen in two series of a study.
        positives: All possible pairs of one person.
        negatives: All possible pairs of two persons at one level.
    """

    subjects: int
    with_follow_up: int
    with_two_series: int
    positives: int
    negatives: int


class PairSource:
    """The pairs that some subjects' vertebrae can form.

    Args:
        data: All vertebrae.
        subjects: The subjects to use.
        kind: What makes two vertebrae of one person a pair.
    """

    def __init__(
        self, data: PretrainData, subjects: tuple[str, ...], kind: PairKind = "follow-up"
    ) -> None:
        self.subjects = subjects
        self._kind = kind
        wanted = set(subjects)
        series = data.series or data.studies
        weightings = data.weightings or ("",) * len(data.subjects)
        self._bodies: dict[int, dict[str, list[Body]]] = {}
        for row, subject in enumerate(data.subjects):
            if subject in wanted:
                of_level = self._bodies.setdefault(int(data.levels[row]), {})
                of_level.setdefault(subject, []).append(
                    Body(
                        row,
                        subject,
                        data.days[row],
                        data.studies[row],
                        series[row],
                        weightings[row],
                    )
                )

    def _is_pair(self, one: Body, other: Body) -> bool:
        if self._kind != "same-study" and one.is_follow_up_of(other):
            return True
        return self._kind != "follow-up" and one.is_beside(other)

    def _own_pairs(self, bodies: list[Body]) -> list[tuple[Body, Body]]:
        return [pair for pair in combinations(bodies, 2) if self._is_pair(*pair)]

    def counts(self) -> PairCounts:
        """How many pairs there could be."""
        positives = negatives = 0
        followed: set[str] = set()
        beside: set[str] = set()
        for of_level in self._bodies.values():
            sizes = [len(bodies) for bodies in of_level.values()]
            negatives += (sum(sizes) ** 2 - sum(size**2 for size in sizes)) // 2
            for subject, bodies in of_level.items():
                positives += len(self._own_pairs(bodies))
                for one, other in combinations(bodies, 2):
                    if one.is_follow_up_of(other):
                        followed.add(subject)
                    if one.is_beside(other):
                        beside.add(subject)
        return PairCounts(len(self.subjects), len(followed), len(beside), positives, negatives)

    def sample(self, generator: np.random.Generator, negatives_per_positive: int = 1) -> Pairs:
        """One epoch's pairs, shuffled.

        Each subject gives each of its levels that has a pair about as often as it has volumes
        for it. Negatives are drawn at the same levels, of the same two weightings as the
        positive's members: how bright fat is must not tell whether it is one person.

        Args:
            generator: Source of the numbers.
            negatives_per_positive: How many pairs of two persons for each of one; may be 0.
        """
        positives: list[tuple[int, int]] = []
        negatives: list[tuple[int, int]] = []
        for of_level in self._bodies.values():
            others = Others(of_level)
            for bodies in of_level.values():
                own = self._own_pairs(bodies)
                if not own:
                    continue
                for choice in generator.integers(0, len(own), max(1, len(bodies) // 2)):
                    one, other = own[choice]
                    positives.append((one.row, other.row))
                    for _ in range(negatives_per_positive):
                        negatives += others.draw(one.weighting, other.weighting, generator)
        return _shuffled(positives, negatives, generator)

    def all_pairs(self, most: int = 20_000, seed: int = 0) -> Pairs:
        """Every pair for an evaluation; where there are too many, a fixed sample of each sort.

        Args:
            most: Of positives, and of negatives.
            seed: Of the sample.
        """
        generator = np.random.default_rng(seed)
        positives = [
            (one.row, other.row)
            for of_level in self._bodies.values()
            for bodies in of_level.values()
            for one, other in self._own_pairs(bodies)
        ]
        own = _some(np.array(positives, np.int64).reshape(-1, 2), most, generator)
        weightings = self._paired_weightings()
        others = [
            pairs for of_level in self._bodies.values() for pairs in strangers(of_level, weightings)
        ]
        apart = _some(np.concatenate([np.empty((0, 2), np.int64), *others]), most, generator)
        rows = np.concatenate([own, apart])
        return Pairs(rows[:, 0], rows[:, 1], np.arange(len(rows)) < len(own))

    def _paired_weightings(self) -> set[frozenset[str]]:
        """Weightings of the two members of all positives: negatives are to be alike."""
        return {
            frozenset((one.weighting, other.weighting))
            for of_level in self._bodies.values()
            for bodies in of_level.values()
            for one, other in self._own_pairs(bodies)
        }


def count_pairs(
    data: PretrainData, split: Mapping[str, Part], kind: PairKind = "follow-up"
) -> dict[Part, PairCounts]:
    """What each part has for pairs."""
    return {part: PairSource(data, subjects_in(split, part), kind).counts() for part in Part}


def training_pairs(
    data: PretrainData, split: Mapping[str, Part], kind: PairKind = "follow-up"
) -> PairSource:
    """The training part's pairs.

    Raises:
        TrainingError: If they are too few to learn from; says how many there are.
    """
    missing = set(data.subjects) - set(split)
    if missing:
        raise TrainingError(
            f"{len(missing)} subjects are in no part: split all subjects before the training."
        )
    source = PairSource(data, subjects_in(split, Part.TRAIN), kind)
    _check_enough(source.counts(), kind)
    return source


def _check_enough(counts: PairCounts, kind: PairKind) -> None:
    found, what, remedy = {
        "follow-up": (
            counts.with_follow_up,
            "scans of two days",
            "import follow-up scans or draw their vertebrae, or pair two series of one study",
        ),
        "same-study": (
            counts.with_two_series,
            "two series of one study",
            "import their other sagittal series or draw their vertebrae",
        ),
        "both": (
            max(counts.with_follow_up, counts.with_two_series),
            "scans of two days or two series of one study",
            "import more scans or draw their vertebrae",
        ),
    }[kind]
    if found < LEAST_PAIRED:
        verb = "has" if found == 1 else "have"
        raise TrainingError(
            f"Pre-training needs at least {LEAST_PAIRED} training subjects with vertebrae "
            f"drawn on {what}; of {counts.subjects} training subjects {found} {verb}: {remedy}."
        )
    if counts.negatives == 0:
        raise TrainingError(
            "Pre-training needs the same vertebral level of at least two training subjects, "
            "and no two have one in common: draw more vertebrae."
        )


def _some(pairs: NDArray[np.int64], most: int, generator: np.random.Generator) -> NDArray[np.int64]:
    if len(pairs) <= most:
        return pairs
    return pairs[np.sort(generator.choice(len(pairs), most, replace=False))]


def _shuffled(
    positives: list[tuple[int, int]],
    negatives: list[tuple[int, int]],
    generator: np.random.Generator,
) -> Pairs:
    rows = np.array(positives + negatives, dtype=np.int64).reshape(-1, 2)
    same = np.arange(len(rows)) < len(positives)
    order = generator.permutation(len(rows))
    swap = generator.random(len(rows)) < 0.5
    first = np.where(swap, rows[:, 1], rows[:, 0])[order]
    second = np.where(swap, rows[:, 0], rows[:, 1])[order]
    return Pairs(first, second, same[order])
