"""One line of a journal: a change with its number, time, checksum and link to the line before.

A line is JSON and begins with its checksum: the SHA-256 of the bytes that follow the comma
after it, up to the newline. ``previous`` is the checksum of the line before, so that a line
that was taken out or altered breaks the chain.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, from_json, to_json

from spinegrader.domain.edits import Edit
from spinegrader.errors import InvalidEditError, ProjectError, SpineGraderError
from spinegrader.store.layout import LAYOUT_VERSION
from spinegrader.store.migrations import migrated_edit

BEGINNING = b'{"checksum":"'
"""What every line begins with."""

LONGEST_LINE_BYTES = 128 << 20
"""Room for tens of thousands of series in one import; a longer line counts as damaged."""

_ROOM_BYTES = 4096
_CHECKSUM_END = len(BEGINNING) + 64
_BODY_START = _CHECKSUM_END + len(b'",')
_NULL_CHARACTER = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")

_AnyEdit: TypeAlias = Annotated[Edit, Field(discriminator="kind")]


@dataclass(frozen=True)
class Header:
    """What the first line of a journal says of it.

    Args:
        layout: Layout version of the project.
        project_id: The project it belongs to.
        program_version: The program that writes it.
        continues: The session's journal before, where writing that one failed; else empty.
        computer: Name of the computer in its network.
        process: Number of the process on it; 0 where it isn't known.
        settles: Damaged lines of other journals that this one makes up for, each as the journal's
            name, a colon and line numbers as ``spans`` writes them; “:cut-off” behind them says
            that a journal ends there and nothing made up for it.
    """

    layout: int
    project_id: str
    program_version: str
    continues: str = ""
    computer: str = ""
    process: int = 0
    settles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Closing:
    """The last line of a journal: its session has ended, and nothing comes after it.

    Args:
        changes: How many changes the journal holds.
    """

    changes: int


@dataclass(frozen=True)
class Line:
    """One line as read; exactly one of ``header``, ``edit`` and ``closed`` is there.

    Args:
        number: 0 for the header, then 1, 2, 3 …
        at: UTC in ISO 8601 with microseconds.
        previous: Checksum of the line before; empty for the header.
        checksum: Its own.
        by: The reader who made the change; empty where it isn't known.
        header: What the journal is, on its first line.
        edit: The change, on the lines after it.
        closed: That the session has ended, on the last line.
    """

    number: int
    at: str
    previous: str
    checksum: str
    by: str = ""
    header: Header | None = None
    edit: _AnyEdit | None = None
    closed: Closing | None = None


@cache
def _edits() -> TypeAdapter[Any]:
    return TypeAdapter(_AnyEdit)


@cache
def _headers() -> TypeAdapter[Header]:
    return TypeAdapter(Header)


@cache
def _lines() -> TypeAdapter[Line]:
    return TypeAdapter(Line)


def encode_edit(edit: Edit) -> bytes:
    """A change as JSON, after making sure that it reads back as the same change.

    Raises:
        InvalidEditError: If it holds something that a journal or HDF5 can't hold, such as a
            number that isn't finite, a null character or broken Unicode.
    """
    try:
        content = _edits().dump_json(edit, warnings="error")
        faithful = _edits().validate_json(content) == edit
    except (PydanticSerializationError, ValidationError, SpineGraderError) as error:
        raise _not_keepable() from error
    if len(content) > LONGEST_LINE_BYTES - _ROOM_BYTES:
        raise InvalidEditError(
            "This is too much for one change, so it was not made: take it in several parts."
        )
    # The plain look first: it takes a hundredth of the time.
    if not faithful or (b"\\u0000" in content and _NULL_CHARACTER.search(content)):
        raise _not_keepable()
    return content


def _not_keepable() -> InvalidEditError:
    return InvalidEditError(
        "This change holds a number or character that can't be kept, so it was not made."
    )


def encode_header(header: Header) -> bytes:
    """The header as JSON."""
    return _headers().dump_json(header)


def encode_closing(closing: Closing) -> bytes:
    """The closing as JSON."""
    return to_json({"changes": closing.changes})


def make_line(
    number: int, at: str, previous: str, field: str, content: bytes, by: str = ""
) -> tuple[bytes, str]:
    """A line with its newline, and its checksum.

    Args:
        number: Place in the journal.
        at: UTC in ISO 8601 with microseconds.
        previous: Checksum of the line before.
        field: ``header``, ``edit`` or ``closed``.
        content: That one as JSON.
        by: The reader who made the change.
    """
    who = b'"by":' + to_json(by) + b"," if by else b""
    body = (
        f'"number":{number},"at":"{at}","previous":"{previous}",'.encode()
        + who
        + f'"{field}":'.encode()
        + content
        + b"}"
    )
    checksum = hashlib.sha256(body).hexdigest()
    return BEGINNING + checksum.encode() + b'",' + body + b"\n", checksum


def header_of(line: bytes) -> Header | None:
    """What a journal's first line says of it; None if that is damaged.

    Args:
        line: With its newline.
    """
    if not is_sound(line[:-1]):
        return None
    return parse_line(line[:-1]).header


def ends_journal(line: bytes) -> bool:
    """Whether a line (without newline) says that its session has ended."""
    return is_sound(line) and parse_line(line).closed is not None


def is_sound(line: bytes) -> bool:
    """Whether a line (without newline) holds what its checksum says."""
    is_ours = line.startswith(BEGINNING) and line[_CHECKSUM_END:_BODY_START] == b'",'
    if not is_ours or len(line) > LONGEST_LINE_BYTES:
        return False
    stated = line[len(BEGINNING) : _CHECKSUM_END]
    return hashlib.sha256(line[_BODY_START:]).hexdigest().encode() == stated


def parse_line(line: bytes, layout: int = LAYOUT_VERSION) -> Line:
    """Reads a sound line.

    Args:
        line: Without its newline.
        layout: The layout that its journal was written in; an older line is brought up to date.

    Raises:
        ProjectError: If this version of the program doesn't know that kind of change. Leaving it
            out would lose it, so the project isn't opened.
    """
    try:
        if layout >= LAYOUT_VERSION:
            return _lines().validate_json(line)
        plain = from_json(line)
        if "edit" in plain:
            plain["edit"] = migrated_edit(plain["edit"], layout)
        return _lines().validate_json(to_json(plain))
    except (ValidationError, SpineGraderError) as error:
        raise ProjectError(
            "The project holds a change that this version of SpineGrader doesn't understand. "
            "Update the program to open it.",
            {"cause": type(error).__name__},
        ) from error
