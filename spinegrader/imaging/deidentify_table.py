"""What de-identification keeps of a DICOM file: the list in resources/deidentification.json."""

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any


class Action(StrEnum):
    """What happens to an element that is kept; all others are left out."""

    NUMBER = "number"
    """Stays, if it holds numbers."""
    CODE = "code"
    """Stays, if it is one of the standard's terms."""
    KIND = "kind"
    """Terms of ImageType stay, others become a token."""
    TOKEN = "token"  # noqa: S105 - no password
    """Becomes a token that tells it apart from others."""
    CODED = "coded"
    """A code sequence: the known codes stay."""
    DESCRIPTION_WORDS = "description words"
    """Free text: known words of sequences and body parts stay."""
    SCANNER_WORDS = "scanner words"
    """Free text: known words of makers and models stay."""
    AGE = "age"
    """Stays, if it is an age."""
    PATIENT = "patient"
    """Becomes the patient's pseudonym."""
    DATE = "date"
    """Is moved by the patient's number of days."""
    DATE_AND_TIME = "date and time"
    """The date is moved, the time left out."""
    MIDNIGHT = "midnight"
    """Becomes midnight."""
    UID = "uid"
    """Becomes a keyed hash."""
    CLASS_UID = "class uid"
    """Stays, if the standard defines it."""
    SEQUENCE = "sequence"
    """Its items are treated by the same list."""


# What may come out as it went in, and so must not be on Table E.1-1 unless an option allows it.
_UNCHANGED = frozenset({Action.NUMBER, Action.CODE, Action.AGE, Action.CLASS_UID})


@dataclass(frozen=True)
class PrivateElement:
    """A private element that is kept since values would be wrong without it."""

    creator: str
    group: int
    offset: int
    vr: str


@dataclass(frozen=True)
class Table:
    """The list.

    Args:
        standard: Edition of the table that it was checked against.
        actions: By tag.
        private: Private elements that are kept.
        options: By code of CID 7050, the name of each option that is applied.
        codes: Terms that ``Action.CODE`` keeps.
        kinds: Terms that ``Action.KIND`` keeps.
        anatomy: By coding scheme and code, the meaning of each code that is kept.
        basic_profile: Table E.1-1: by tag in eight hexadecimal digits, the actions that the
            standard allows.
    """

    standard: str
    actions: Mapping[int, Action]
    private: tuple[PrivateElement, ...]
    options: Mapping[str, str]
    codes: frozenset[str]
    kinds: frozenset[str]
    anatomy: Mapping[tuple[str, str], str]
    basic_profile: Mapping[str, str]

    def action_of_standard(self, tag: int) -> str:
        """What Table E.1-1 asks for; empty where an element isn't on it."""
        group, element = tag >> 16, tag & 0xFFFF
        names = [f"{tag:08x}"]
        if group % 2 == 1:
            return "X"
        if group & 0xFF00 == 0x5000:
            names.append("50xxxxxx")
        if group & 0xFF00 == 0x6000:
            names.append(f"60xx{element:04x}")
        return next((self.basic_profile[name] for name in names if name in self.basic_profile), "")


@functools.cache
def load_table(path: Path) -> Table:
    """Reads the list.

    Raises:
        ValueError: If it would keep an element that the standard protects.
    """
    given: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    table = Table(
        standard=given["standard"],
        actions=dict(_actions(given["kept"])),
        private=tuple(
            PrivateElement(
                item["creator"], int(item["group"], 16), int(item["offset"], 16), item["vr"]
            )
            for item in given["private"]
        ),
        options={code: option["name"] for code, option in given["options"].items()},
        codes=frozenset(given["codes"]),
        kinds=frozenset(given["kinds"]),
        anatomy={(scheme, code): meaning for scheme, code, meaning in given["anatomy"]},
        basic_profile={tag: act for act, tags in given["basic profile"].items() for tag in tags},
    )
    allowed = {_tag(name) for option in given["options"].values() for name in option["elements"]}
    for tag, action in table.actions.items():
        if action in _UNCHANGED and table.action_of_standard(tag) and tag not in allowed:
            raise ValueError(f"{tag:08x} may not be kept: {table.standard}.")
    return table


def _actions(kept: Mapping[str, list[str]]) -> Iterator[tuple[int, Action]]:
    for action, keywords in kept.items():
        for keyword in keywords:
            yield _tag(keyword), Action(action)


def _tag(keyword: str) -> int:
    from pydicom.datadict import tag_for_keyword

    tag = tag_for_keyword(keyword)
    if tag is None:
        raise ValueError(f"{keyword} is no element of DICOM.")
    return tag
