"""Discs that two sides graded, and how well their grades agree."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from spinegrader.domain.anatomy import STANDARD_DISCS, DiscLevel
from spinegrader.domain.scheme import Grading, Scale

if TYPE_CHECKING:
    from spinegrader.model.bland_altman import BlandAltman
    from spinegrader.model.metrics import Agreement


class Pair(NamedTuple):
    """One disc that both sides graded; there are tens of thousands of them.

    Args:
        study_uid: The study.
        disc: The disc.
        subject: Token of the person.
        first: The first side's digit.
        second: The second side's.
    """

    study_uid: str
    disc: DiscLevel
    subject: str
    first: int
    second: int


@dataclass(frozen=True)
class Sums:
    """The grades of all six discs of a study added up, for both sides.

    Args:
        studies: UIDs, in the order of the sums.
        subjects: Tokens of the people, likewise.
        first: The first side's sums.
        second: The second side's.
        incomplete: Studies left out, as not all six discs T12/L1 to L5/S1 have both grades.
    """

    studies: tuple[str, ...]
    subjects: tuple[str, ...]
    first: tuple[int, ...]
    second: tuple[int, ...]
    incomplete: int

    def limits(self) -> "BlandAltman | None":
        """Bias and limits of agreement, second minus first; None for fewer than three studies."""
        from spinegrader.model.bland_altman import bland_altman

        return bland_altman(self.first, self.second)


@dataclass(frozen=True)
class GradingPairs:
    """The pairs of one grading."""

    grading: Grading
    pairs: tuple[Pair, ...]

    def at(self, disc: DiscLevel | None) -> tuple[Pair, ...]:
        """The pairs of one level; all of them for None."""
        return self.pairs if disc is None else self._by_disc.get(disc, ())

    @cached_property
    def _by_disc(self) -> Mapping[DiscLevel, tuple[Pair, ...]]:
        found: dict[DiscLevel, list[Pair]] = {}
        for pair in self.pairs:
            found.setdefault(pair.disc, []).append(pair)
        return {disc: tuple(found[disc]) for disc in sorted(found)}

    @property
    def discs(self) -> tuple[DiscLevel, ...]:
        """The levels that have pairs, head to feet."""
        return tuple(self._by_disc)

    def confusion(self, disc: DiscLevel | None = None) -> list[list[int]]:
        """Counts; rows are the first side's classes, columns the second's."""
        values = self.grading.values
        counts = Counter((pair.first, pair.second) for pair in self.at(disc))
        return [[counts[row, column] for column in values] for row in values]

    def cell(self, first: int, second: int, disc: DiscLevel | None = None) -> tuple[Pair, ...]:
        """The pairs of one cell of the confusion matrix."""
        return tuple(p for p in self.at(disc) if (p.first, p.second) == (first, second))

    def figures(self, disc: DiscLevel | None = None) -> "Agreement":
        """Kappa and the rest; takes a while, and may run on any thread."""
        from spinegrader.model.metrics import agreement

        pairs = self.at(disc)
        return agreement(
            reference=[pair.first for pair in pairs],
            predicted=[pair.second for pair in pairs],
            values=self.grading.values,
            subjects=[pair.subject for pair in pairs],
            ordinal=self.grading.scale is Scale.ORDINAL,
        )

    @property
    def can_be_summed(self) -> bool:
        """Whether a sum of its grades means something: only where they are an order."""
        return self.grading.scale is Scale.ORDINAL

    def sums(self) -> Sums:
        """The sums of the studies whose six standard discs both sides graded."""
        by_study: dict[str, list[Pair]] = {}
        for pair in self.pairs:
            if pair.disc in STANDARD_DISCS:
                by_study.setdefault(pair.study_uid, []).append(pair)
        whole = [pairs for pairs in by_study.values() if len(pairs) == len(STANDARD_DISCS)]
        return Sums(
            tuple(pairs[0].study_uid for pairs in whole),
            tuple(pairs[0].subject for pairs in whole),
            tuple(sum(pair.first for pair in pairs) for pairs in whole),
            tuple(sum(pair.second for pair in pairs) for pairs in whole),
            len(by_study) - len(whole),
        )
