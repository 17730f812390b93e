"""Which patient records are one person, which studies are one examination, and which are not.

Every record has a register of its own that says with which other record it stands; the change
with the latest stamp holds, so that links merge in any order like everything in a project.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from spinegrader.domain.stamp import Stamp

Register: TypeAlias = dict[str, tuple[Stamp, str | None]]
"""By record, the record that it stands with; None where it is on its own again."""


class Kind(StrEnum):
    """What is linked or kept apart."""

    PATIENTS = "patients"
    STUDIES = "studies"


@dataclass(frozen=True)
class RecordPair:
    """Two records without order.

    Args:
        kind: What they are records of.
        first: The smaller id.
        second: The greater one.
    """

    kind: Kind
    first: str
    second: str

    @classmethod
    def of(cls, kind: Kind, one: str, other: str) -> "RecordPair":
        """The pair, whichever is named first."""
        return cls(kind, *sorted((one, other)))


@dataclass
class Links:
    """The registers of a project.

    Args:
        patients: Of patient records, by PatientID.
        studies: Of studies, by StudyInstanceUID.
        apart: Pairs that somebody has looked at: True where they are not the same.
        once: Pairs of patients that were ever linked, the smaller id first; only grows. A
            network that was trained meanwhile has seen both under one name.
    """

    patients: Register = field(default_factory=dict)
    studies: Register = field(default_factory=dict)
    apart: dict[RecordPair, tuple[Stamp, bool]] = field(default_factory=dict)
    once: set[tuple[str, str]] = field(default_factory=set)

    def register(self, kind: Kind) -> Register:
        """The register of patients or of studies."""
        return self.patients if kind is Kind.PATIENTS else self.studies

    def target(self, kind: Kind, record: str) -> str | None:
        """The record that this one was linked to, if it is."""
        known = self.register(kind).get(record)
        return None if known is None else known[1]

    def set_link(self, kind: Kind, record: str, target: str | None, stamp: Stamp) -> bool:
        """Takes a link in, unless a later one is known; says whether it was taken."""
        if kind is Kind.PATIENTS and target is not None:
            self.once.add((min(record, target), max(record, target)))
        register = self.register(kind)
        known = register.get(record)
        if known is not None and known[0] > stamp:
            return False
        register[record] = (stamp, target)
        return True

    def set_apart(self, pair: RecordPair, *, apart: bool, stamp: Stamp) -> bool:
        """Takes a decision in, unless a later one is known; says whether it was taken."""
        known = self.apart.get(pair)
        if known is not None and known[0] > stamp:
            return False
        self.apart[pair] = (stamp, apart)
        return True

    def is_apart(self, kind: Kind, one: str, other: str) -> bool:
        """Whether somebody has said that two records are not the same."""
        known = self.apart.get(RecordPair.of(kind, one, other))
        return known is not None and known[1]


def representative(record: str, target: Callable[[str], str | None]) -> str:
    """The record that stands for all that are linked with this one.

    Links are followed to the record that has none. Sessions that link in opposite directions at
    once make a ring: there the smallest id stands for all. Both depend only on the registers,
    so that every session finds the same.

    Args:
        record: Where to begin.
        target: The record that a record is linked to; None where there is none that counts.
    """
    path: dict[str, None] = {}
    here = record
    while here not in path:
        path[here] = None
        following = target(here)
        if following is None:
            return here
        here = following
    passed = list(path)
    return min(passed[passed.index(here) :])


def members(
    records: Iterable[str], stands_for: Callable[[str], str]
) -> Mapping[str, tuple[str, ...]]:
    """By representative, the other records that it stands for, in order of id.

    Args:
        records: Those that may stand behind another.
        stands_for: The representative of each.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for record in records:
        stands = stands_for(record)
        if stands != record:
            found[stands].append(record)
    return {stands: tuple(sorted(behind)) for stands, behind in found.items()}


def families(groups: Iterable[Iterable[str]]) -> tuple[tuple[str, ...], ...]:
    """Groups with a member in common as one, each sorted, in order of their first member."""
    family_of: dict[str, frozenset[str]] = {}
    for group in groups:
        joined = frozenset(group)
        joined = joined.union(*(family_of.get(member, ()) for member in joined))
        family_of.update(dict.fromkeys(joined, joined))
    return tuple(sorted(tuple(sorted(item)) for item in set(family_of.values())))
