"""Walking over the elements of a DICOM data set, and keeping the wanted ones as raw bytes.

It never allocates what a file merely promises. Encoding: DICOM PS3.5, sections 7.1 to 7.5.
"""

from functools import lru_cache
from struct import Struct
from typing import IO, NamedTuple

from spinegrader.errors import InputError

PIXEL_DATA = 0x7FE00010
_FLOAT_PIXEL_DATA = frozenset({0x7FE00008, 0x7FE00009})
_PIXEL_GROUP, _DELIMITER_GROUP = 0x7FE0, 0xFFFE
ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
UNDEFINED = 0xFFFFFFFF

_SHORT = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
_LONG = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
KNOWN_REPRESENTATIONS = _SHORT | _LONG

CHUNK = 64 * 1024
"""Bytes that are read at a time; most headers are shorter."""

_LONGEST_VALUE = 64 * 1024 * 1024
_DEEPEST = 24

Raw = tuple[bytes, bytes]
"""Value representation and value."""


class PixelPlace(NamedTuple):
    """Where the value of Pixel Data lies.

    Args:
        offset: Bytes from the beginning of the file; of the inflated data set if it is deflated.
        length: Bytes; None where it is encapsulated, with a length that isn't told.
    """

    offset: int
    length: int | None


class ByteWindow:
    """A file, or bytes, seen through a window that moves on."""

    __slots__ = ("_file", "base", "data", "size")

    def __init__(self, file: IO[bytes] | None, data: bytes, size: int) -> None:
        self._file = file
        self.data = data
        self.base = 0
        self.size = size

    def at(self, place: int, count: int) -> int:
        """Index in ``data`` of an absolute place, with ``count`` bytes there.

        Raises:
            InputError: If the file ends before.
        """
        index = place - self.base
        if index >= 0 and index + count <= len(self.data):
            return index
        if self._file is None or place + count > self.size:
            raise cut_off()
        self._file.seek(place)
        self.data = self._file.read(max(count, CHUNK))
        self.base = place
        if len(self.data) < count:
            raise cut_off()
        return 0

    def rest(self, place: int) -> bytes:
        """Everything from an absolute place on."""
        if self._file is None:
            return self.data[place:]
        self._file.seek(place)
        return self._file.read()


def cut_off() -> InputError:
    """The error for a file that ends too early."""
    return InputError("It is a damaged DICOM file, cut off in the middle: copy or export it again.")


def damaged() -> InputError:
    """The error for a file that can't be followed."""
    return InputError("It is a damaged DICOM file: export it again.")


@lru_cache(maxsize=64)
def _tags_as_read(
    wanted: frozenset[int], is_little_endian: bool
) -> tuple[dict[int, int], frozenset[int]]:
    """The wanted tags, and those at which plain elements end, as one number of four bytes."""

    def as_read(tag: int) -> int:
        return (tag & 0xFFFF) << 16 | tag >> 16 if is_little_endian else tag

    stops = (PIXEL_DATA, *_FLOAT_PIXEL_DATA, ITEM, _ITEM_END, _SEQUENCE_END)
    return {as_read(tag): tag for tag in wanted}, frozenset(map(as_read, stops))


class ElementReader:
    """Walks over elements of one byte order."""

    __slots__ = (
        "_as_read", "_explicit", "_implicit", "_long", "_plain", "_stream", "_wanted",
        "has_float_pixels",
        "pixel_vr", "pixels",
    )  # fmt: skip

    def __init__(self, stream: ByteWindow, is_little_endian: bool, wanted: frozenset[int]) -> None:
        order = "<" if is_little_endian else ">"
        self._stream = stream
        self._wanted = wanted
        self._explicit = Struct(f"{order}HH2sH").unpack_from
        self._plain = Struct(f"{order}L2sH").unpack_from
        self._as_read = _tags_as_read(wanted, is_little_endian)
        self._implicit = Struct(f"{order}HHL").unpack_from
        self._long = Struct(f"{order}L").unpack_from
        self.pixels: PixelPlace | None = None
        self.pixel_vr = b""
        self.has_float_pixels = False

    def file_meta(self, place: int, values: dict[int, Raw]) -> int:
        """Reads group 2; returns where the data set begins."""
        stream = self._stream
        while place + 8 <= stream.size:
            index = stream.at(place, 8)
            group, element, vr, length = self._explicit(stream.data, index)
            if group != 2:
                break
            place += 8
            if vr in _LONG:
                (length,) = self._long(stream.data, stream.at(place, 4))
                place += 4
            self._take(group << 16 | element, vr, place, length, values)
            place += length
        return place

    def item_head(self, place: int) -> tuple[int, int]:
        """Tag and length of an item or a delimiter."""
        stream = self._stream
        group, element, length = self._implicit(stream.data, stream.at(place, 8))
        return group << 16 | element, length

    def elements(
        self,
        place: int,
        end: int,
        values: dict[int, Raw],
        *,
        is_implicit: bool,
        depth: int = 0,
    ) -> int:
        """Walks to ``end``, to the pixels, or to the end of an item; returns the place behind."""
        while place + 8 <= end:
            place = place if is_implicit else self._plain_elements(place, end, values)
            if place + 8 > end:
                break
            tag, vr, length, place = self._head(place, end, is_implicit)
            if self._ends(tag, vr, length, place, depth):
                return place
            if length == UNDEFINED:
                # PS3.5, 6.2.2: an unknown element of undefined length holds implicit items.
                nested_implicit = is_implicit or vr == b"UN"
                behind, content_end = self._sequence_end(place, nested_implicit, depth)
                self._take(tag, vr or b"SQ", place, content_end - place, values)
                place = behind
            elif tag < ITEM:
                if place + length > end:
                    raise cut_off()
                self._take(tag, vr, place, length, values)
                place += length
        if depth:
            raise cut_off()
        return end

    def _plain_elements(self, place: int, end: int, values: dict[int, Raw]) -> int:
        """Walks over explicit elements of told length that lie in the window: nearly all.

        Returns:
            The place of the first that is something else.
        """
        data, base, unpack, long = self._stream.data, self._stream.base, self._plain, self._long
        wanted, stops = self._as_read
        most = end - base
        last = min(len(data), most) - 12
        index = place - base
        while 0 <= index <= last:
            tag, vr, length = unpack(data, index)
            index_of_value = index + 8
            if vr not in _SHORT:
                (length,) = long(data, index_of_value)
                index_of_value += 4
                if vr not in _LONG or length == UNDEFINED or tag in stops:
                    break
            behind = index_of_value + length
            if tag in wanted:
                if behind > last:
                    break
                values[wanted[tag]] = vr, data[index_of_value:behind]
            elif behind > most:
                raise cut_off()
            index = behind
        return base + index

    def _head(self, place: int, end: int, is_implicit: bool) -> tuple[int, bytes, int, int]:
        """Tag, value representation (empty if not written), length and place of a value."""
        stream = self._stream
        index = place - stream.base
        if index < 0 or index + 12 > len(stream.data):
            index = stream.at(place, min(12, end - place))
        group, element, vr, length = self._explicit(stream.data, index)
        tag = group << 16 | element
        if vr in _SHORT and not is_implicit:
            return tag, vr, length, place + 8
        if vr in _LONG and not is_implicit and group != _DELIMITER_GROUP:
            (length,) = self._long(stream.data, stream.at(place + 8, 4))
            return tag, vr, length, place + 12
        # Single elements of explicit files, too, are sometimes written implicitly.
        (length,) = self._long(stream.data, stream.at(place + 4, 4))
        return tag, b"", length, place + 8

    def _ends(self, tag: int, vr: bytes, length: int, place: int, depth: int) -> bool:
        """Whether walking ends here: behind an item, or at the pixels, whose place it notes."""
        if tag == _ITEM_END:
            return True
        if tag >> 16 != _PIXEL_GROUP or depth:
            return False
        if tag == PIXEL_DATA:
            self.pixel_vr = vr
            self.pixels = PixelPlace(place, None if length == UNDEFINED else length)
            return True
        self.has_float_pixels = tag in _FLOAT_PIXEL_DATA
        return self.has_float_pixels

    def _take(self, tag: int, vr: bytes, place: int, length: int, values: dict[int, Raw]) -> None:
        if tag not in self._wanted:
            return
        if length > _LONGEST_VALUE:
            raise damaged()
        index = self._stream.at(place, length)
        values[tag] = vr, self._stream.data[index : index + length]

    def _sequence_end(self, place: int, is_implicit: bool, depth: int) -> tuple[int, int]:
        """Behind a sequence of undefined length, and where its content ends."""
        if depth >= _DEEPEST:
            raise damaged()
        while True:
            tag, length = self.item_head(place)
            if tag == _SEQUENCE_END:
                return place + 8, place
            if tag != ITEM:
                raise damaged()
            place += 8
            if length == UNDEFINED:
                place = self._item_end(place, is_implicit, depth)
            else:
                place += length
                if place > self._stream.size:
                    raise cut_off()

    def _item_end(self, place: int, is_implicit: bool, depth: int) -> int:
        nothing_wanted, self._wanted = self._wanted, frozenset()
        try:
            return self.elements(
                place, self._stream.size, {}, is_implicit=is_implicit, depth=depth + 1
            )
        finally:
            self._wanted = nothing_wanted
