"""Single DICOM elements as plain values: tolerant of odd ones, never raising for them."""

import datetime as dt
import math
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


def text(dataset: "Dataset", keyword: str) -> str:
    """An element as stripped text; several values joined by blanks; empty if absent."""
    value = _value(dataset, keyword)
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip("\0 ")
    if hasattr(value, "__iter__") and not hasattr(value, "components"):
        return " ".join(str(item).strip() for item in value)
    return str(value).strip("\0 ")


def texts(dataset: "Dataset", keyword: str) -> tuple[str, ...]:
    """An element's values as upper-case texts; none if absent."""
    value = _value(dataset, keyword)
    if value is None:
        return ()
    items = [value] if isinstance(value, str) or not hasattr(value, "__iter__") else value
    return tuple(str(item).strip().upper() for item in items)


def numbers(dataset: "Dataset", keyword: str, count: int) -> tuple[float, ...] | None:
    """An element's values, if there are as many as wanted and all are finite numbers."""
    value = _value(dataset, keyword)
    if value is None or isinstance(value, str):
        return None
    items = list(value) if hasattr(value, "__iter__") else [value]
    try:
        found = tuple(float(item) for item in items)
    except (TypeError, ValueError):
        return None
    return found if len(found) == count and all(map(math.isfinite, found)) else None


def number(dataset: "Dataset", keyword: str) -> float | None:
    """The first of an element's values, if it is a finite number."""
    value = _value(dataset, keyword)
    if value is None or isinstance(value, str):
        return None
    try:
        first = next(iter(value), None) if hasattr(value, "__iter__") else value
        found = math.nan if first is None else float(first)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


def positive(dataset: "Dataset", keyword: str) -> float | None:
    """As number, but None for zero and less: scanners write 0 for “not used”."""
    found = number(dataset, keyword)
    return found if found is not None and found > 0 else None


def whole(dataset: "Dataset", keyword: str) -> int:
    """As number, rounded; 0 if absent."""
    return round(number(dataset, keyword) or 0)


def date(dataset: "Dataset", *keywords: str) -> dt.date | None:
    """The first element that holds a date: ``20240131``, ``2024.01.31`` or ``2024-01-31``."""
    for keyword in keywords:
        match = re.match(r"(\d{4})[.\-/]?(\d{2})[.\-/]?(\d{2})", text(dataset, keyword))
        if match is None:
            continue
        try:
            return dt.date(*(int(part) for part in match.groups()))
        except ValueError:
            continue
    return None


def person(dataset: "Dataset", keyword: str) -> str:
    """A person's name for reading: “山田 太郎 (Yamada, Tarou)” or “Yamada, Tarou”."""
    value = _value(dataset, keyword)
    if value is None:
        return ""
    groups = [group.strip("\0 ") for group in str(value).split("=")]
    alphabetic = _spaced(groups[0], ", ")
    ideographic = _spaced(groups[1], " ") if len(groups) > 1 else ""
    if ideographic and alphabetic:
        return f"{ideographic} ({alphabetic})"
    return ideographic or alphabetic


def _spaced(group: str, after_family: str) -> str:
    family, *others = [part.strip() for part in group.split("^")]
    given = " ".join(part for part in others if part)
    return after_family.join(part for part in (family, given) if part)


def _value(dataset: "Dataset", keyword: str) -> Any:  # noqa: ANN401 - elements hold anything
    """The value, or None where it is absent, empty or can't be parsed."""
    # pydicom parses an element when it is first asked for, and then raises almost anything.
    try:
        value = dataset.get(keyword)
    except Exception:  # noqa: BLE001 - an element that can't be parsed counts as absent
        return None
    return None if value is None or value == "" else value
