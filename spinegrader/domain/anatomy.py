"""Vertebra and disc levels, their order, and the transitional ones (T13, L6)."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Self

from spinegrader.errors import InvalidEditError


class VertebraLevel(StrEnum):
    """Vertebral levels that a lumbar field of view can hold, from head to feet."""

    T9 = "T9"
    T10 = "T10"
    T11 = "T11"
    T12 = "T12"
    T13 = "T13"
    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    L4 = "L4"
    L5 = "L5"
    L6 = "L6"
    S1 = "S1"
    S2 = "S2"

    @property
    def position(self) -> int:
        """Place in the order from head to feet, transitional levels included."""
        return _ORDER[self]

    @property
    def is_transitional(self) -> bool:
        """Whether the level exists only in transitional anatomy."""
        return self in (VertebraLevel.T13, VertebraLevel.L6)


_ORDER = {level: index for index, level in enumerate(VertebraLevel)}
_NAMES = frozenset(level.value for level in VertebraLevel)

REGULAR_LEVELS: tuple[VertebraLevel, ...] = tuple(
    level for level in VertebraLevel if not level.is_transitional
)
"""The usual sequence, without T13 and L6, from head to feet."""

TRAINING_LEVELS: tuple[VertebraLevel, ...] = (
    VertebraLevel.T12,
    VertebraLevel.L1,
    VertebraLevel.L2,
    VertebraLevel.L3,
    VertebraLevel.L4,
    VertebraLevel.L5,
    VertebraLevel.S1,
)
"""The seven classes of the level loss (Jamaludin et al. 2017)."""


@dataclass(frozen=True)
class DiscLevel:
    """An intervertebral disc, named by the vertebrae above and below it."""

    upper: VertebraLevel
    lower: VertebraLevel

    def __post_init__(self) -> None:
        if self.upper.position >= self.lower.position:
            raise InvalidEditError(f"A disc can't lie between {self.upper} and {self.lower}.")

    def __str__(self) -> str:
        return f"{self.upper}/{self.lower}"

    def __lt__(self, other: Self) -> bool:
        return (self.upper.position, self.lower.position) < (
            other.upper.position,
            other.lower.position,
        )

    @classmethod
    def parse(cls, name: str) -> Self:
        """Reads a name such as ``L4/L5``.

        Raises:
            InvalidEditError: If the name isn't that of a disc.
        """
        match = re.fullmatch(r"([TLS]\d{1,2})/([TLS]\d{1,2})", name.strip().upper())
        levels = match.groups() if match else ()
        if len(levels) != 2 or any(level not in _NAMES for level in levels):
            raise InvalidEditError(f"“{name}” is not the name of a disc, such as L4/L5.")
        return cls(VertebraLevel(levels[0]), VertebraLevel(levels[1]))


STANDARD_DISCS: tuple[DiscLevel, ...] = tuple(
    DiscLevel(upper, lower) for upper, lower in pairwise(TRAINING_LEVELS)
)
"""The six discs that a lumbar reading grades, T12/L1 to L5/S1."""


def levels_between(top: VertebraLevel, bottom: VertebraLevel) -> tuple[VertebraLevel, ...]:
    """The regular levels from ``top`` to ``bottom``, both included, head to feet.

    Raises:
        InvalidEditError: If ``top`` doesn't lie above ``bottom``.
    """
    if top.position >= bottom.position:
        raise InvalidEditError(f"{top} does not lie above {bottom}: choose the upper one first.")
    return tuple(
        level
        for level in VertebraLevel
        if top.position <= level.position <= bottom.position
        and (not level.is_transitional or level in (top, bottom))
    )


def skipped_between(upper: VertebraLevel, lower: VertebraLevel) -> tuple[VertebraLevel, ...]:
    """The regular levels that are left out between two, head to feet."""
    return tuple(
        level for level in REGULAR_LEVELS if upper.position < level.position < lower.position
    )


def can_be_shifted(level: VertebraLevel, steps: int) -> bool:
    """Whether there is a name ``steps`` further; a transitional level isn't at either end."""
    if level.is_transitional:
        return True
    return 0 <= REGULAR_LEVELS.index(level) + steps < len(REGULAR_LEVELS)


def shifted(level: VertebraLevel, steps: int) -> VertebraLevel:
    """The regular level ``steps`` further towards the feet (negative: towards the head).

    Raises:
        InvalidEditError: If the shift leaves T9 to S2, or the level is a transitional one.
    """
    if level.is_transitional:
        raise InvalidEditError(f"{level} is transitional: rename it before shifting the levels.")
    if not can_be_shifted(level, steps):
        raise InvalidEditError(f"{level} can't be shifted further: levels run from T9 to S2.")
    return REGULAR_LEVELS[REGULAR_LEVELS.index(level) + steps]


def renumbered_from(anchor: VertebraLevel, steps: int) -> VertebraLevel:
    """The regular level ``steps`` from a vertebra, which may be a transitional one.

    Raises:
        InvalidEditError: If that leaves T9 to S2.
    """
    if steps == 0:
        return anchor
    beyond = [
        level
        for level in REGULAR_LEVELS
        if (level.position > anchor.position if steps > 0 else level.position < anchor.position)
    ]
    if abs(steps) > len(beyond):
        raise InvalidEditError(f"Counted from {anchor}, a level would leave T9 to S2.")
    return beyond[steps - 1] if steps > 0 else beyond[steps]


def discs_between(
    levels: Sequence[VertebraLevel], absent: Set[VertebraLevel]
) -> tuple[DiscLevel, ...]:
    """The discs between neighbouring vertebrae with nothing left out between them.

    Args:
        levels: Of the vertebrae that are drawn, head to feet.
        absent: Levels that the person doesn't have.
    """
    return tuple(
        DiscLevel(upper, lower)
        for upper, lower in pairwise(levels)
        if all(
            level.is_transitional or level in absent
            for level in VertebraLevel
            if upper.position < level.position < lower.position
        )
    )
