"""The grading scheme: which gradings a project asks for and what each grade means."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from spinegrader.errors import InputError

SCHEME_SETTING = "scheme"
"""Under which name a project keeps its scheme among its settings, as JSON."""


class Scale(StrEnum):
    """How the classes of a grading relate; ordinal and nominal ones need other statistics."""

    ORDINAL = "ordinal"
    NOMINAL = "nominal"


@dataclass(frozen=True)
class GradeClass:
    """One class of a grading: the digit that enters it, its short name, what it means."""

    value: int
    label: str
    meaning: str


@dataclass(frozen=True)
class Grading:
    """One thing that is graded on every disc."""

    id: str
    name: str
    scale: Scale
    classes: tuple[GradeClass, ...]

    def __post_init__(self) -> None:
        values = [item.value for item in self.classes]
        rising = len(values) >= 2 and values == sorted(set(values))
        if not rising or values[0] < 0 or values[-1] > 9:
            raise InputError(
                f"The grading “{self.name}” needs at least two classes with rising digits 0 to 9."
            )

    @property
    def values(self) -> tuple[int, ...]:
        """The digits that stand for the classes, rising."""
        return tuple(item.value for item in self.classes)

    def label_of(self, value: int) -> str:
        """The short name of a grade.

        Raises:
            InputError: If the grading has no such grade.
        """
        for item in self.classes:
            if item.value == value:
                return item.label
        raise InputError(f"“{self.name}” has no grade {value}.")


@dataclass(frozen=True)
class Scheme:
    """All gradings that a centre uses, with a version, so that grades stay readable."""

    id: str
    version: int
    name: str
    gradings: tuple[Grading, ...]
    asked_by_default: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        ids = [item.id for item in self.gradings]
        if not ids or len(ids) != len(set(ids)) or not set(self.asked_by_default) <= set(ids):
            raise InputError(
                f"The grading scheme “{self.name}” names a grading twice or not at all."
            )

    def grading(self, grading_id: str) -> Grading:
        """The grading with that id.

        Raises:
            InputError: If the scheme has none.
        """
        for item in self.gradings:
            if item.id == grading_id:
                return item
        raise InputError(f"The grading scheme “{self.name}” has no grading “{grading_id}”.")

    def as_mapping(self) -> dict[str, Any]:
        """The plain content that :meth:`from_mapping` reads."""
        return {
            "id": self.id,
            "version": self.version,
            "name": self.name,
            "asked_by_default": list(self.asked_by_default),
            "gradings": [
                {
                    "id": grading.id,
                    "name": grading.name,
                    "scale": str(grading.scale),
                    "classes": [
                        {"value": item.value, "label": item.label, "meaning": item.meaning}
                        for item in grading.classes
                    ],
                }
                for grading in self.gradings
            ],
        }

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any]) -> "Scheme":
        """Builds a scheme from the plain content of its JSON file.

        Raises:
            InputError: If a field is missing or wrong.
        """
        try:
            gradings = tuple(
                Grading(
                    id=str(item["id"]),
                    name=str(item["name"]),
                    scale=Scale(item["scale"]),
                    classes=tuple(
                        GradeClass(int(entry["value"]), str(entry["label"]), str(entry["meaning"]))
                        for entry in item["classes"]
                    ),
                )
                for item in data["gradings"]
            )
            return cls(
                id=str(data["id"]),
                version=int(data["version"]),
                name=str(data["name"]),
                gradings=gradings,
                asked_by_default=tuple(str(item) for item in data["asked_by_default"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"The grading scheme is incomplete or wrong: {error}.") from error
