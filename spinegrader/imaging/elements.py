"""Single DICOM elements as plain values: tolerant of odd ones, never raising for them."""

import datetime as dt
import math
import re
from functools import cache, lru_cache
from struct import error as struct_error
from struct import unpack

from spinegrader.imaging.parsing import RawDataset, parse_items

# float() takes more than DICOM allows: “nan”, “1_000”; and a decimal comma must not be guessed.
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DATE = re.compile(r"(\d{4})[.\-/]?(\d{2})[.\-/]?(\d{2})")
_BINARY = {b"US": "H", b"SS": "h", b"UL": "L", b"SL": "l", b"FL": "f", b"FD": "d"}
PRIVATE_BLOCKS = range(0x10, 0x20)
"""Where private creators are looked for; scanners use the first few."""

_DELIMITERS = {ord("\\"), ord("^"), ord("=")}
"""Behind them, character sets begin anew (PS3.5, 6.1.2.5.3)."""

_LATIN_1 = "iso8859"
_TEXT_NUMBERS = frozenset({b"DS", b"IS"})


@cache
def tag_of(keyword: str) -> int:
    """The tag of a standard element as ``group << 16 | element``."""
    from pydicom.datadict import tag_for_keyword

    tag = tag_for_keyword(keyword)
    if tag is None:
        raise ValueError(f"DICOM has no element {keyword}")
    return tag


@cache
def _usual_representation(keyword: str) -> bytes:
    from pydicom.datadict import dictionary_VR

    # Of “US or SS” the first is right wherever this program asks.
    return dictionary_VR(tag_of(keyword))[:2].encode()


class Elements:
    """The elements of one data set or sequence item, asked for by keyword.

    Args:
        raw: What was read.
        character_set: SpecificCharacterSet of the data set around, for items.
    """

    __slots__ = ("_character_set", "_encodings", "raw")

    def __init__(self, raw: RawDataset, character_set: bytes = b"") -> None:
        self.raw = raw
        own = raw.values.get(0x00080005)
        self._character_set = own[1] if own else character_set
        self._encodings: list[str] | None = None

    def bytes_of(self, keyword: str) -> bytes:
        """An element as it stands in the file; empty if absent."""
        found = self.raw.values.get(tag_of(keyword))
        return found[1] if found else b""

    def private_number(self, group: int, creator: bytes, element: int) -> float | None:
        """A private element by its creator and the last two digits of its tag."""
        for block in PRIVATE_BLOCKS:
            named = self.raw.values.get(group << 16 | block)
            if named is not None and named[1].strip(b"\0 ") == creator:
                found = self.raw.values.get(group << 16 | block << 8 | element)
                numbers = self._unpacked(found[0] or b"FL", found[1]) if found else ()
                return numbers[0] if numbers and math.isfinite(numbers[0]) else None
        return None

    def text(self, keyword: str) -> str:
        """An element as stripped text; several values joined by blanks; empty if absent."""
        return " ".join(part for part in self._parts(keyword) if part)

    def texts(self, keyword: str) -> tuple[str, ...]:
        """An element's values as upper-case texts; none if absent."""
        return tuple(part.upper() for part in self._parts(keyword))

    def numbers(self, keyword: str, count: int) -> tuple[float, ...] | None:
        """An element's values, if there are as many as wanted and all are finite numbers."""
        found = self._numbers(keyword)
        return found if len(found) == count and all(map(math.isfinite, found)) else None

    def number(self, keyword: str) -> float | None:
        """The first of an element's values, if it is a finite number."""
        found = self._numbers(keyword)
        return found[0] if found and math.isfinite(found[0]) else None

    def positive(self, keyword: str) -> float | None:
        """As number, but None for zero and less: scanners write 0 for “not used”."""
        found = self.number(keyword)
        return found if found is not None and found > 0 else None

    def whole(self, keyword: str) -> int:
        """As number, rounded; 0 if absent."""
        return round(self.number(keyword) or 0)

    def date(self, *keywords: str) -> dt.date | None:
        """The first element that holds a date: ``20240131``, ``2024.01.31``, ``2024-01-31``."""
        for keyword in keywords:
            match = _DATE.match(self.text(keyword))
            if match is None:
                continue
            try:
                return dt.date(*(int(part) for part in match.groups()))
            except ValueError:
                continue
        return None

    def person(self, keyword: str) -> str:
        """A person's name for reading: “山田 太郎 (Yamada, Tarou)” or “Yamada, Tarou”."""
        groups = [group.strip("\0 ") for group in self._decoded(self.bytes_of(keyword)).split("=")]
        alphabetic = _spaced(groups[0], ", ")
        ideographic = _spaced(groups[1], " ") if len(groups) > 1 else ""
        phonetic = _spaced(groups[2], " ") if len(groups) > 2 else ""
        if ideographic and alphabetic:
            return f"{ideographic} ({alphabetic})"
        return ideographic or alphabetic or phonetic

    def items(self, keyword: str, wanted: frozenset[int]) -> list["Elements"]:
        """The items of a sequence, of which only some tags are wanted; none if absent.

        Raises:
            InputError: If the sequence is damaged.
        """
        value = self.bytes_of(keyword)
        found = parse_items(value, self.raw, wanted) if value else []
        return [Elements(item, self._character_set) for item in found]

    def _parts(self, keyword: str) -> list[str]:
        value = self.bytes_of(keyword)
        parts = self._decoded(value).split("\\") if value else []
        return [part.strip("\0 \r\n\t") for part in parts]

    def _decoded(self, value: bytes) -> str:
        if value.isascii() and b"\x1b" not in value:
            return value.decode("ascii")
        from pydicom.charset import decode_bytes

        try:
            return decode_bytes(value, self._known_encodings(), _DELIMITERS)
        except (LookupError, ValueError):
            # pydicom also takes the names of Python's codecs, some of which refuse all bytes.
            return value.decode(_LATIN_1)

    def _known_encodings(self) -> list[str]:
        if self._encodings is None:
            from pydicom.charset import convert_encodings

            named = self._character_set.decode("ascii", "replace").split("\\")
            try:
                self._encodings = list(convert_encodings([name.strip("\0 ") for name in named]))
            except (LookupError, ValueError):
                # A character set that nobody knows: Latin-1 shows something for every byte.
                self._encodings = [_LATIN_1]
        return self._encodings

    def _numbers(self, keyword: str) -> tuple[float, ...]:
        found = self.raw.values.get(tag_of(keyword))
        if found is None or not found[1]:
            return ()
        representation, value = found
        if representation not in _BINARY and representation not in _TEXT_NUMBERS:
            representation = _usual_representation(keyword)
        return self._unpacked(representation, value)

    def _unpacked(self, representation: bytes, value: bytes) -> tuple[float, ...]:
        code = _BINARY.get(representation)
        if code is None:
            return _decimals(value)
        size = 8 if code == "d" else 2 if code in "Hh" else 4
        order = "<" if self.raw.is_little_endian else ">"
        try:
            return unpack(f"{order}{len(value) // size}{code}", value)
        except struct_error:
            return ()


@lru_cache(maxsize=4096)
def _decimals(value: bytes) -> tuple[float, ...]:
    parts = [part.strip("\0 ") for part in value.decode("ascii", "replace").split("\\")]
    return tuple(float(part) if _DECIMAL.fullmatch(part) else math.nan for part in parts)


def _spaced(group: str, after_family: str) -> str:
    family, *others = [part.strip() for part in group.split("^")]
    given = " ".join(part for part in others if part)
    return after_family.join(part for part in (family, given) if part)
