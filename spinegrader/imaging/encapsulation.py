"""Where each frame of compressed pixels lies (DICOM PS3.5, A.4).

The Extended Offset Table is not needed: it demands one fragment a frame (PS3.3, C.7.6.3.1.8),
which the fragments show by themselves.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from spinegrader.errors import InputError

# FF D9 ends an image of JPEG, JPEG-LS and JPEG 2000 alike, and can't occur in their coded data.
_END_MARKER = b"\xff\xd9"
_ITEM, _DELIMITER = 0xFFFEE000, 0xFFFEE0DD
_MAX_FRAGMENTS = 1 << 20
_TAIL = 16


class Fragment(NamedTuple):
    """Bytes of a file, without the item's header."""

    offset: int
    length: int


def find_frames(file: BinaryIO, end: int, frames: int) -> list[tuple[Fragment, ...]]:
    """The fragments of every frame, in order.

    Args:
        file: At the first byte of the value of Pixel Data, the Basic Offset Table.
        end: Where the value or the file ends.
        frames: How many the header promises.

    Raises:
        InputError: If there are more or fewer, a fragment is cut off, or it can't be told which
            frame a fragment belongs to.
    """
    items = _items(file, end)
    table = next(items, None)
    if table is None:
        raise damaged()
    fragments = list(items)
    file.seek(table.offset)
    offsets = [offset for (offset,) in struct.iter_unpack("<I", file.read(table.length & ~3))]
    if len(fragments) < frames or len(offsets) not in (0, frames):
        raise damaged()
    if len(fragments) == frames:
        return [(fragment,) for fragment in fragments]
    if offsets:
        return _divided_by_table(fragments, offsets)
    return _divided_by_end_markers(file, fragments, frames)


def read_frame(file: BinaryIO, fragments: tuple[Fragment, ...]) -> bytes:
    """The frame's codestream, put together."""
    parts = []
    for fragment in fragments:
        file.seek(fragment.offset)
        parts.append(file.read(fragment.length))
    return b"".join(parts)


def has_end_marker(codestream: bytes) -> bool:
    """Whether an image of the JPEG kinds is whole; padding may follow its end."""
    return _END_MARKER in codestream.rstrip(b"\0")[-_TAIL:]


def damaged() -> InputError:
    """What is said of pixels that can't be unpacked."""
    return InputError("Its pixels are damaged: export or copy it again.")


def _items(file: BinaryIO, end: int) -> Iterator[Fragment]:
    """Walks the items up to the delimiter; writers that leave it out are forgiven."""
    place = file.tell()
    for _ in range(_MAX_FRAGMENTS):
        file.seek(place)
        header = file.read(min(8, end - place))
        if len(header) < 8:
            return
        group, element, length = struct.unpack("<HHI", header)
        if group << 16 | element == _DELIMITER:
            return
        place += 8 + length
        if group << 16 | element != _ITEM or place > end:
            raise damaged()
        yield Fragment(place - length, length)
    raise damaged()


def _divided_by_table(fragments: list[Fragment], offsets: list[int]) -> list[tuple[Fragment, ...]]:
    """Offsets count from the header of the first fragment to that of each frame's first."""
    origin = fragments[0].offset
    number_at = {fragment.offset - origin: i for i, fragment in enumerate(fragments)}
    try:
        starts = [number_at[offset] for offset in offsets]
    except KeyError as error:
        raise damaged() from error
    if starts != sorted(set(starts)) or starts[0] != 0:
        raise damaged()
    stops = [*starts[1:], len(fragments)]
    return [tuple(fragments[start:stop]) for start, stop in zip(starts, stops, strict=True)]


def _divided_by_end_markers(
    file: BinaryIO, fragments: list[Fragment], frames: int
) -> list[tuple[Fragment, ...]]:
    divided: list[tuple[Fragment, ...]] = []
    start = 0
    for stop, fragment in enumerate(fragments, 1):
        tail = min(fragment.length, 2 * _TAIL)
        file.seek(fragment.offset + fragment.length - tail)
        if has_end_marker(file.read(tail)):
            divided.append(tuple(fragments[start:stop]))
            start = stop
    if frames == 1 and len(divided) <= 1:
        return [tuple(fragments)]
    if len(divided) != frames or start != len(fragments):
        raise damaged()
    return divided
