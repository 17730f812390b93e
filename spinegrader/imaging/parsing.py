"""DICOM files as raw elements: a bounded reader for headers.

A general reader keeps every element ready to be changed and written again. Looking through
tens of thousands of files needs a few dozen elements of each, so this one walks over the rest
(see docs/decisions/0006-header-reader.md). It never allocates what a file merely promises.
Encoding: DICOM PS3.5, sections 7.1 to 7.5; file format: PS3.10, section 7.1.
"""

import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from struct import error as struct_error

from spinegrader.errors import InputError
from spinegrader.imaging.element_reader import (
    CHUNK,
    ITEM,
    KNOWN_REPRESENTATIONS,
    UNDEFINED,
    ByteWindow,
    ElementReader,
    PixelPlace,
    Raw,
    cut_off,
    damaged,
)
from spinegrader.imaging.pixel_format import TransferSyntax

_LONGEST_INFLATED = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RawDataset:
    """The wanted elements of a data set.

    Args:
        transfer_syntax: UID; told from the form where the file doesn't say.
        values: Tag to value representation (empty where implicit) and value.
        is_little_endian: Byte order of the values.
        is_implicit: Whether nested items are written without value representations.
        pixels: Where the pixels lie; None if it has none.
        has_float_pixels: Whether its pixels are floating-point numbers.
        has_pixels_in_words: Whether the value representation of the pixels is OW, not OB.
    """

    transfer_syntax: str
    values: dict[int, Raw]
    is_little_endian: bool
    is_implicit: bool
    pixels: PixelPlace | None
    has_float_pixels: bool = False
    has_pixels_in_words: bool = True


def parse_file(location: str, wanted: frozenset[int]) -> tuple[RawDataset, os.stat_result]:
    """Reads the wanted elements of a file, without its pixels.

    Args:
        location: Path of the file.
        wanted: Tags, as ``group << 16 | element``.

    Returns:
        The elements, and what the file system said of the file that was read.

    Raises:
        InputError: If it isn't a DICOM file or is damaged; without the file's name.
    """
    try:
        with open(location, "rb", buffering=0) as file:  # noqa: PTH123 - a path object takes long
            status = os.fstat(file.fileno())
            start = file.read(CHUNK)
            return _parse(ByteWindow(file, start, status.st_size), wanted), status
    except OSError as failure:
        raise InputError("It can't be opened: check that reading it is permitted.") from failure
    except (struct_error, RecursionError) as failure:
        raise damaged() from failure


def parse_items(value: bytes, parent: RawDataset, wanted: frozenset[int]) -> list[RawDataset]:
    """The items of a sequence.

    Raises:
        InputError: If they are damaged.
    """
    stream = ByteWindow(None, value, len(value))
    reader = ElementReader(stream, parent.is_little_endian, wanted)
    items: list[RawDataset] = []
    place = 0
    try:
        while place + 8 <= len(value):
            tag, length = reader.item_head(place)
            if tag != ITEM:
                break
            values: dict[int, Raw] = {}
            end = len(value) if length == UNDEFINED else place + 8 + length
            if end > len(value):
                raise cut_off()
            place = reader.elements(place + 8, end, values, is_implicit=parent.is_implicit)
            items.append(
                RawDataset(
                    parent.transfer_syntax,
                    values,
                    parent.is_little_endian,
                    parent.is_implicit,
                    None,
                )
            )
    except (struct_error, RecursionError) as failure:
        raise damaged() from failure
    return items


def inflated(path: Path) -> bytes:
    """The data set of a deflated file, behind its file meta information.

    Raises:
        InputError: If it can't be inflated or would become absurdly large.
    """
    with path.open("rb", buffering=0) as file:
        start = file.read(CHUNK)
        stream = ByteWindow(file, start, os.fstat(file.fileno()).st_size)
        begin = ElementReader(stream, True, frozenset()).file_meta(132, {})
        return _inflate(stream.rest(begin))


def _inflate(packed: bytes) -> bytes:
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = engine.decompress(packed, _LONGEST_INFLATED)
    except zlib.error as failure:
        raise damaged() from failure
    if engine.unconsumed_tail:
        raise InputError(
            "Unpacked it would be larger than a medical image should be: export it uncompressed."
        )
    if not engine.eof:
        raise cut_off()
    return content


def _parse(stream: ByteWindow, wanted: frozenset[int]) -> RawDataset:
    start = stream.data
    if not start:
        raise InputError("It is empty.")
    if start[128:132] == b"DICM":
        return _parse_part_10(stream, wanted)
    # Old archives leave out the preamble and perhaps the file meta information too.
    if start[:2] == b"\x02\x00" and start[4:6] in KNOWN_REPRESENTATIONS:
        return _parse_part_10(stream, wanted, begin=0)
    if start[:2] == b"\x08\x00" and len(start) > 8:
        return _parse_dataset(stream, 0, "", wanted)
    raise InputError("It is not a DICOM file.")


def _parse_part_10(stream: ByteWindow, wanted: frozenset[int], begin: int = 132) -> RawDataset:
    meta: dict[int, Raw] = {}
    place = ElementReader(stream, True, frozenset({0x00020010, 0x00020002})).file_meta(begin, meta)
    syntax = meta.get(0x00020010, (b"", b""))[1].rstrip(b"\0 ").decode("ascii", "replace")
    if syntax == TransferSyntax.DEFLATED:
        content = _inflate(stream.rest(place))
        stream, place = ByteWindow(None, content, len(content)), 0
    dataset = _parse_dataset(stream, place, syntax, wanted)
    dataset.values.update(meta)
    return dataset


def _parse_dataset(
    stream: ByteWindow, place: int, syntax: str, wanted: frozenset[int]
) -> RawDataset:
    if place + 8 > stream.size:
        raise cut_off()
    index = stream.at(place, 8)
    first = stream.data[index : index + 8]
    # Some writers name one syntax and use the other: the form of the first element tells.
    implicit = first[4:6] not in KNOWN_REPRESENTATIONS
    little = syntax != TransferSyntax.EXPLICIT_BIG_ENDIAN
    if not little and first[:1] != b"\0":
        raise damaged()
    if not syntax:
        syntax = (
            TransferSyntax.IMPLICIT_LITTLE_ENDIAN
            if implicit
            else TransferSyntax.EXPLICIT_LITTLE_ENDIAN
        )
    values: dict[int, Raw] = {}
    reader = ElementReader(stream, little, wanted)
    reader.elements(place, stream.size, values, is_implicit=implicit)
    return RawDataset(
        syntax,
        values,
        little,
        implicit,
        reader.pixels,
        reader.has_float_pixels,
        reader.pixel_vr != b"OB",
    )
