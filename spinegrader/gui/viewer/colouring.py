"""What the colours of an overlay mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from PySide6.QtGui import QColor

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.gui.theme import level_colour


class ColouringKind(StrEnum):
    """What decides a colour."""

    PLAIN = "plain"
    LEVEL = "level"
    GRADE = "grade"


@dataclass(frozen=True)
class LegendEntry:
    """One line of the legend: a colour as #rrggbb, and what it stands for."""

    label: str
    colour: str


@dataclass(frozen=True)
class Colouring:
    """Colours of bodies and discs, with what the legend says of them.

    Args:
        kind: What decides a colour.
        vertebrae: Colours of bodies as #rrggbb; others are plain.
        discs: Colours of discs; others are plain. A label that isn't empty is written before the
            disc, so that a grade is read without its colour.
        title: First line of the legend, such as the grading's name.
        legend: The other lines.
    """

    kind: ColouringKind = ColouringKind.PLAIN
    vertebrae: Mapping[VertebraLevel, str] = field(default_factory=dict)
    discs: Mapping[DiscLevel, LegendEntry] = field(default_factory=dict)
    title: str = ""
    legend: tuple[LegendEntry, ...] = ()


PLAIN = Colouring()


def by_level() -> Colouring:
    """Every body in its level's colour; the names beside them are the legend."""
    colours = {level: level_colour(level.position).name() for level in VertebraLevel}
    return Colouring(ColouringKind.LEVEL, vertebrae=colours)


def by_grade(
    grades: Mapping[DiscLevel, LegendEntry], title: str, legend: tuple[LegendEntry, ...]
) -> Colouring:
    """Every disc in its grade's colour, with the grade before it.

    Args:
        grades: The grade and colour of each disc that has one.
        title: The grading.
        legend: All grades, in their order.
    """
    return Colouring(ColouringKind.GRADE, discs=dict(grades), title=title, legend=legend)


def coloured_discs(colours: Mapping[DiscLevel, QColor]) -> Colouring:
    """Discs in colours that are explained elsewhere."""
    discs = {level: LegendEntry("", colour.name()) for level, colour in colours.items()}
    return Colouring(ColouringKind.GRADE, discs=discs)
