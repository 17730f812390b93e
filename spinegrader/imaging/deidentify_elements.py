"""From a data set that tells a person to one that doesn't, element by element."""

import datetime as dt
import math
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from spinegrader.domain.study import Patient
from spinegrader.imaging.deidentify_table import Action, Table
from spinegrader.imaging.pseudonyms import Pseudonymiser
from spinegrader.imaging.vocabulary import SCANNER_WORDS, SEQUENCE_WORDS, known_words

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

Values = list[Any]

_AGE = re.compile(r"\d{3}[DWMY]")
_DATE = re.compile(r"(\d{4})[.\-/]?(\d{2})[.\-/]?(\d{2})")
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_LONGEST_DECIMAL = 16
_RANGES = {
    "US": (0, 2**16 - 1),
    "SS": (-(2**15), 2**15 - 1),
    "UL": (0, 2**32 - 1),
    "SL": (-(2**31), 2**31 - 1),
    "AT": (0, 2**32 - 1),
    "IS": (-(2**31), 2**31 - 1),
}
_SHORT_NUMBER = re.compile(r"\d{1,4}")


class Cleaner:
    """Builds new data sets out of what the list names; nothing else of the old ones is read.

    Args:
        table: The list.
        pseudonymiser: Holds the key.
        patient: Whose images these are, as they came.
    """

    def __init__(self, table: Table, pseudonymiser: Pseudonymiser, patient: Patient) -> None:
        self._table = table
        self._pseudonymiser = pseudonymiser
        self._patient = patient
        self._rules: dict[Action, Callable[[Values], Values | None]] = {
            Action.CODE: self._codes,
            Action.KIND: self._kinds,
            Action.TOKEN: self._tokens,
            Action.CODED: self._coded,
            Action.DESCRIPTION_WORDS: lambda values: [_words(values, SEQUENCE_WORDS)],
            Action.SCANNER_WORDS: lambda values: [_words(values, SCANNER_WORDS)],
            Action.AGE: _ages,
            Action.PATIENT: lambda _: [pseudonymiser.patient_id(patient.id)],
            Action.DATE: self._dates,
            Action.DATE_AND_TIME: self._dates,
            Action.MIDNIGHT: lambda _: ["000000"],
            Action.UID: lambda values: [pseudonymiser.uid(str(item)) for item in values],
            Action.CLASS_UID: _class_uids,
            Action.SEQUENCE: self._items,
        }

    def cleaned(self, dataset: "Dataset") -> "Dataset":
        """What may stay of a data set or of an item of a sequence."""
        from pydicom.datadict import dictionary_VR
        from pydicom.dataset import Dataset

        result = Dataset()
        for tag, action in self._table.actions.items():
            if tag not in dataset:
                continue
            vr = dictionary_VR(tag)
            if vr == "US or SS":
                vr = "SS" if values_of(dataset, "PixelRepresentation") == [1] else "US"
            values = values_of(dataset, tag)
            # An element without a value says that it isn't known, which is no secret.
            kept = self._treated(action, values, vr) if values else []
            if kept is not None:
                _set(result, tag, vr, kept)
        return result

    def _treated(self, action: Action, values: Values, vr: str) -> Values | None:
        """What stays of an element's values; None if it is to be left out."""
        return _numbers(values, vr) if action is Action.NUMBER else self._rules[action](values)

    def add_private(self, dataset: "Dataset", result: "Dataset") -> bool:
        """Takes over the private elements of the list; says whether there were any."""
        found = False
        for wanted in self._table.private:
            try:
                block = dataset.private_block(wanted.group, wanted.creator)
                value = float(block[wanted.offset].value)
            # Absent, or damaged: pydicom raises almost anything for an element it can't parse.
            except Exception:  # noqa: BLE001, S112
                continue
            if math.isfinite(value):
                new = result.private_block(wanted.group, wanted.creator, create=True)
                new.add_new(wanted.offset, wanted.vr, value)
                found = True
        return found

    def _codes(self, values: Values) -> Values | None:
        texts = [str(item).strip(" \0") for item in values]
        known = self._table.codes
        return texts if all(not text or text.upper() in known for text in texts) else None

    def _kinds(self, values: Values) -> Values:
        texts = [str(item).strip(" \0").upper() for item in values]
        token = self._pseudonymiser.token
        return [text if text in self._table.kinds else token(text) for text in texts]

    def _tokens(self, values: Values) -> Values:
        texts = [str(item).strip(" \0") for item in values]
        token = self._pseudonymiser.token
        return [text if _SHORT_NUMBER.fullmatch(text) else token(text) for text in texts]

    def _dates(self, values: Values) -> Values:
        moved = [self._pseudonymiser.date(_date(str(item)), self._patient.id) for item in values]
        return [f"{date:%Y%m%d}" for date in moved if date is not None]

    def _items(self, values: Values) -> Values | None:
        return [self.cleaned(item) for item in values] if _are_items(values) else None

    def _coded(self, values: Values) -> Values | None:
        from pydicom.dataset import Dataset

        kept: Values = []
        for item in values if _are_items(values) else ():
            scheme, code = (text_of(item, tag) for tag in ("CodingSchemeDesignator", "CodeValue"))
            meaning = self._table.anatomy.get((scheme, code))
            if meaning is not None:
                known = Dataset()
                known.CodeValue, known.CodingSchemeDesignator = code, scheme
                known.CodeMeaning = meaning
                kept.append(known)
        return kept or None


def values_of(dataset: "Dataset", tag: int | str) -> Values:
    """An element's values; none where it is absent, empty or can't be parsed."""
    from pydicom.multival import MultiValue
    from pydicom.sequence import Sequence as Items

    # pydicom parses an element when it is first asked for, and then raises almost anything.
    try:
        value = dataset[tag].value if tag in dataset else None
    except Exception:  # noqa: BLE001 - an element that can't be parsed counts as absent
        return []
    if isinstance(value, (MultiValue, Items, list, tuple)):
        return list(value)
    return [] if value is None or value in ("", b"") else [value]


def text_of(dataset: "Dataset", tag: int | str) -> str:
    """An element's values as one stripped text."""
    return " ".join(str(item) for item in values_of(dataset, tag)).strip(" \0")


def date_of(dataset: "Dataset", tag: int | str) -> dt.date | None:
    """An element's date; None where there is none."""
    return _date(text_of(dataset, tag))


def _set(dataset: "Dataset", tag: int, vr: str, values: Values) -> None:
    if vr == "SQ":
        dataset.add_new(tag, vr, values)
    else:
        dataset.add_new(tag, vr, values[0] if len(values) == 1 else values or None)


def _words(values: Values, vocabulary: frozenset[str]) -> str:
    return known_words(" ".join(str(item) for item in values), vocabulary)


def _are_items(values: Values) -> bool:
    from pydicom.dataset import Dataset

    return all(isinstance(item, Dataset) for item in values)


def _date(text: str) -> dt.date | None:
    match = _DATE.match(text.strip())
    try:
        return None if match is None else dt.date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


def _ages(values: Values) -> Values | None:
    texts = [str(item).strip(" \0") for item in values]
    return texts if all(_AGE.fullmatch(text) for text in texts) else None


def _class_uids(values: Values) -> Values | None:
    from pydicom.uid import UID

    uids = [UID(str(item)) for item in values]
    # A private UID, or a made one, has no type.
    return uids if all(uid.type == "SOP Class" for uid in uids) else None


def _numbers(values: Values, vr: str) -> Values | None:
    try:
        numbers = [float(item) for item in values]
    except (TypeError, ValueError):
        return None
    low, high = _RANGES.get(vr, (-math.inf, math.inf))
    if not all(math.isfinite(number) and low <= number <= high for number in numbers):
        return None
    if vr == "DS":
        return [_decimal(item, number) for item, number in zip(values, numbers, strict=True)]
    return numbers if vr in ("FD", "FL") else [int(number) for number in numbers]


def _decimal(value: object, number: float) -> Any:  # noqa: ANN401 - pydicom takes either
    """As it was written, so that no digit is lost; newly written where that was too long."""
    from pydicom.valuerep import DSfloat

    text = str(value).strip()
    is_plain = _DECIMAL.fullmatch(text) is not None and len(text) <= _LONGEST_DECIMAL
    return text if is_plain else DSfloat(number, auto_format=True)


def first_number(values: Sequence[Any]) -> int:
    """The first value as a whole number; 0 where there is none."""
    found = _numbers(list(values[:1]), "IS")
    return int(found[0]) if found else 0
