"""What the labels of other tools' label maps mean, and which tool a map comes from.

Sources: the class lists of TotalSpineSeg (Warszawer et al., ISMRM 2024) and of SPINEPS (Möller et
al., Eur Radiol 2024; levels named by VERIDAH), and SPIDER (van der Graaf et al., Sci Data
2024;11:264). One number means different things in each, 100 and 201 above all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.errors import InputError

_LEAST_STEP_MM = 8.0
"""Least distance along the spine between the centres of two neighbouring vertebrae."""

_CERVICAL = tuple(f"C{number}" for number in range(1, 8))
_THORACIC = tuple(f"T{number}" for number in range(1, 14))
_LUMBAR = tuple(f"L{number}" for number in range(1, 7))
_SPINE = (*_CERVICAL, *_THORACIC, *_LUMBAR, "S1")
_NAMED_HERE = frozenset(level.value for level in VertebraLevel)


class Convention(StrEnum):
    """A tool whose label maps can be read."""

    TOTALSPINESEG = "totalspineseg"
    SPINEPS = "spineps"
    SPIDER = "spider"

    @property
    def tool(self) -> str:
        """The tool's name as its makers write it."""
        return {"totalspineseg": "TotalSpineSeg", "spineps": "SPINEPS", "spider": "SPIDER"}[self]


@dataclass(frozen=True)
class LabelTable:
    """The labels of one convention.

    Args:
        vertebrae: Name of the level by label, also of levels that are not graded here.
        sacrum: Label of the sacrum; None where it isn't labelled.
        partial: Name of the level by label, for vertebrae that the image cuts off.
        canal: Labels of the spinal canal and what lies in it.
        disc_below: Label of the disc below a vertebra by the label of that vertebra.
        endplates: Label of the vertebra by the label of its endplates.
        others: Labels that occur and are not needed.
    """

    vertebrae: Mapping[int, str]
    sacrum: int | None
    partial: Mapping[int, str]
    canal: frozenset[int]
    disc_below: Mapping[int, int]
    endplates: Mapping[int, int]
    others: frozenset[int]

    @property
    def known(self) -> frozenset[int]:
        """Every label that can occur."""
        listed = (self.vertebrae, self.partial, self.endplates, self.disc_below.values())
        labels = {label for group in listed for label in group}
        sacrum = set() if self.sacrum is None else {self.sacrum}
        return frozenset(labels | sacrum) | self.canal | self.others

    def in_order(self, labels: Iterable[int]) -> list[int]:
        """Those of the labels that are whole vertebrae, head to feet; the sacrum last."""
        found = [label for label in labels if label in self.vertebrae]
        found.sort(key=lambda label: _SPINE.index(self.vertebrae[label]))
        return found + [label for label in labels if label == self.sacrum]

    def level(self, label: int) -> VertebraLevel | None:
        """The level of a vertebra, whole or partly visible; None if it isn't graded here."""
        name = self.vertebrae.get(label) or self.partial.get(label)
        return VertebraLevel(name) if name in _NAMED_HERE else None


def _totalspineseg() -> LabelTable:
    thoracic = {21 + index: f"T{index + 1}" for index in range(12)}
    lumbar = {41 + index: f"L{index + 1}" for index in range(5)}
    cervical = {11 + index: name for index, name in enumerate(_CERVICAL)}
    below = {21 + index: 72 + index for index in range(11)} | {32: 91, 45: 100}
    below |= {41 + index: 92 + index for index in range(4)}
    return LabelTable(
        vertebrae=cervical | thoracic | lumbar,
        sacrum=50,
        partial={},
        canal=frozenset({1, 2}),
        disc_below=below,
        endplates={},
        others=frozenset({*range(63, 68), 71}),
    )


def _spineps() -> LabelTable:
    names = (*_CERVICAL, *_THORACIC[:12], *_LUMBAR)
    vertebrae = {index + 1: name for index, name in enumerate(names)} | {28: "T13"}
    with_sacrum = (*vertebrae, 26)
    return LabelTable(
        vertebrae=vertebrae,
        sacrum=26,
        partial={},
        canal=frozenset({60, 61}),
        disc_below={label: 100 + label for label in with_sacrum},
        endplates={200 + label: label for label in with_sacrum},
        others=frozenset(),
    )


def _spider() -> LabelTable:
    upward = (*reversed(_LUMBAR[:5]), *reversed(_THORACIC[:12]), *reversed(_CERVICAL))
    vertebrae = {index + 1: name for index, name in enumerate(upward)}
    return LabelTable(
        vertebrae=vertebrae,
        sacrum=None,
        partial={100 + label: name for label, name in vertebrae.items()} | {125: ""},
        canal=frozenset({100}),
        disc_below={label: 200 + label for label in vertebrae},
        endplates={},
        others=frozenset({25, 225}),
    )


TABLES: Mapping[Convention, LabelTable] = {
    Convention.TOTALSPINESEG: _totalspineseg(),
    Convention.SPINEPS: _spineps(),
    Convention.SPIDER: _spider(),
}


def recognised(footward_mm: Mapping[int, float], told: Convention | None) -> Convention:
    """The convention of a label map.

    A convention fits if it knows every label and if its vertebrae stand in their order.

    Args:
        footward_mm: Centre of every label of the map along the spine, growing to the feet.
        told: What the user says; then only the order is looked at.

    Raises:
        InputError: If none fits, or several do, or the told one knows few of the labels or
            contradicts the order.
    """
    if told is not None:
        _require_vertebrae(footward_mm, told)
        if 2 * len(unknown_labels(footward_mm, told)) > len(footward_mm):
            raise InputError(
                f"{told.tool} doesn't know most labels of this map ({_listed(footward_mm)}): "
                "choose another convention."
            )
        if not _stands_in_order(footward_mm, TABLES[told]):
            raise InputError(
                f"Read as {told.tool}, the vertebrae of this label map don't stand in their "
                "order from head to feet: it follows another convention. Choose another one."
            )
        return told
    fitting = [
        item
        for item, table in TABLES.items()
        if table.known.issuperset(footward_mm)
        and table.in_order(footward_mm)
        and _stands_in_order(footward_mm, table)
    ]
    if not fitting:
        raise InputError(_why_none_fits(footward_mm))
    if len(fitting) > 1:
        names = " or ".join(item.tool for item in fitting)
        raise InputError(
            f"The labels of this map ({_listed(footward_mm)}) fit {names}: say which tool made it."
        )
    _require_vertebrae(footward_mm, fitting[0])
    return fitting[0]


def unknown_labels(labels: Iterable[int], convention: Convention) -> list[int]:
    """Labels that the convention doesn't know, ascending."""
    return sorted(set(labels) - TABLES[convention].known)


def _require_vertebrae(labels: Iterable[int], convention: Convention) -> None:
    table = TABLES[convention]
    if not any(table.level(label) or label == table.sacrum for label in labels):
        raise InputError(
            f"Read as {convention.tool}, this label map ({_listed(labels)}) holds no vertebra "
            "from T9 to S1: choose another map or another convention."
        )


def _stands_in_order(footward_mm: Mapping[int, float], table: LabelTable) -> bool:
    return all(
        footward_mm[lower] - footward_mm[upper] >= _LEAST_STEP_MM
        for upper, lower in pairwise(table.in_order(footward_mm))
    )


def _why_none_fits(labels: Iterable[int]) -> str:
    # SPINEPS writes two maps; this is the one of parts, without levels.
    if {49, 41} <= set(labels) <= {*range(40, 51), 26, 60, 61, 62, 100}:
        return (
            "This is SPINEPS' map of subregions (seg-spine), which names no levels: "
            "choose its map of vertebrae (seg-vert)."
        )
    titles = ", ".join(item.tool for item in Convention)
    return (
        f"The labels of this map ({_listed(labels)}) and their order fit none of {titles}: "
        "choose a map of single vertebrae that one of them made."
    )


def _listed(labels: Iterable[int]) -> str:
    numbers = [str(label) for label in sorted(labels)]
    return ", ".join(numbers if len(numbers) <= 12 else [*numbers[:11], "…"])
