"""Vertebral bodies and discs as they stand in pairs, and pairs of two persons."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

ChosenT = TypeVar("ChosenT", int, str)


@dataclass(frozen=True)
class Body:
    """What pairing needs to know of a vertebral body or a disc."""

    row: int
    subject: str
    day: int
    study: str
    series: str
    weighting: str

    def is_follow_up_of(self, other: "Body") -> bool:
        """Whether the two are of two known days."""
        are_known = self.day > 0 and other.day > 0
        return are_known and self.day != other.day

    def is_beside(self, other: "Body") -> bool:
        """Whether the two are of two series of one study."""
        return self.study == other.study and self.series != other.series


class Others:
    """Draws two bodies of two persons at one level."""

    def __init__(self, of_level: Mapping[str, list[Body]]) -> None:
        self._rows: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for subject, bodies in of_level.items():
            for body in bodies:
                self._rows[body.weighting][subject].append(body.row)
        self._names = {weighting: list(rows) for weighting, rows in self._rows.items()}

    def draw(
        self, one: str, other: str, generator: np.random.Generator
    ) -> Iterator[tuple[int, int]]:
        """One pair of these weightings; none where only one person has them."""

        def any_of(choices: list[ChosenT]) -> ChosenT:
            return choices[int(generator.integers(len(choices)))]

        first, second = self._names[one], self._names[other]
        if len(set(first) | set(second)) < 2:
            return
        name = another = any_of(first)
        while another == name:
            name, another = any_of(first), any_of(second)
        yield any_of(self._rows[one][name]), any_of(self._rows[other][another])


def strangers(
    of_level: Mapping[str, list[Body]], weightings: set[frozenset[str]]
) -> Iterator[NDArray[np.int64]]:
    """Row numbers of all pairs of two persons at one level, as far as their weightings occur."""
    bodies = [body for own in of_level.values() for body in own]
    rows = np.array([body.row for body in bodies], np.int64)
    _, owner = np.unique([body.subject for body in bodies], return_inverse=True)
    names, kind = np.unique([body.weighting for body in bodies], return_inverse=True)
    allowed = np.array(
        [[frozenset((one, other)) in weightings for other in names] for one in names]
    )
    one, other = np.triu_indices(len(bodies), 1)
    wanted = owner[one] != owner[other]
    if weightings:
        wanted &= allowed[kind[one], kind[other]]
    yield np.stack([rows[one[wanted]], rows[other[wanted]]], axis=1)
