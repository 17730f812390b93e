"""How the vertebrae of a series were counted, and which of them are not there to be drawn."""

from dataclasses import dataclass
from enum import StrEnum

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.texts import for_translation


class CountingBasis(StrEnum):
    """What the names of the vertebrae were counted from.

    In transitional anatomy the same vertebra has another name by another basis, so that a number
    without its basis can't be compared (Konin and Walz, AJNR 2010;31:1778).
    """

    NOT_STATED = for_translation("not stated")
    SACRUM = for_translation("up from the sacrum")
    C2 = for_translation("down from C2")
    RIBS = for_translation("from the lowest ribs")
    ILIOLUMBAR_LIGAMENT = for_translation("from the iliolumbar ligament")
    OTHER_IMAGES = for_translation("from other images")


class Transition(StrEnum):
    """The kind of the lumbosacral junction."""

    NONE = for_translation("none")
    LUMBARISED = for_translation("S1 lumbarised")
    SACRALISED = for_translation("L5 sacralised")
    UNDETERMINED = for_translation("undetermined")


class Reach(StrEnum):
    """Which vertebrae are counted on from one that gets another name."""

    ALL = "all"
    ABOVE = "those above"
    BELOW = "those below"
    ONLY = "only this one"


@dataclass(frozen=True)
class Doubt:
    """That a proposed count may be another one.

    Args:
        level: The vertebra, as it is called, that tells the other count; None where the other one
            isn't known.
        could_be: What that vertebra would be called by the other count.
        reach: Which of the others are counted on from it.
    """

    level: VertebraLevel | None = None
    could_be: VertebraLevel | None = None
    reach: Reach = Reach.ALL


@dataclass(frozen=True)
class Numbering:
    """What is said of the count.

    Args:
        basis: What the names were counted from.
        transition: How the lumbosacral junction is made.
        doubt: Why a proposed count should be looked at first; None where it is sure, and once a
            reader has settled it.
    """

    basis: CountingBasis = CountingBasis.NOT_STATED
    transition: Transition = Transition.NONE
    doubt: Doubt | None = None


class Absence(StrEnum):
    """Why a vertebra isn't drawn."""

    ABSENT = for_translation("absent")
    """The person doesn't have it: the vertebrae above and below are neighbours."""
    OUT_OF_VIEW = for_translation("out of view")
    """The images don't show it, or not enough of it."""


@dataclass(frozen=True)
class MissingLevel:
    """A level that a reader looked for and has a word about."""

    level: VertebraLevel
    absence: Absence
