"""Reading journals: what is new since a position, and what is damaged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from spinegrader.domain.edits import Edit
from spinegrader.domain.state import Stamp
from spinegrader.store.journal import SUFFIX
from spinegrader.store.layout import OLDEST_LAYOUT
from spinegrader.store.lines import (
    BEGINNING,
    LONGEST_LINE_BYTES,
    Header,
    Line,
    header_of,
    is_sound,
    parse_line,
)
from spinegrader.store.spans import with_span

_LONGEST_JOINED_BYTES = 4 * LONGEST_LINE_BYTES
"""Of sound lines without a newline between them; more isn't searched."""


@dataclass(frozen=True)
class JournalPosition:
    """How far a journal was read.

    Args:
        session: Its name.
        number: Number of the last sound line; -1 before the header.
        checksum: Of that line.
        offset: Bytes up to and with that line.
        size: Bytes of the file when it was read; more than ``offset`` if it ended in a torn line.
        last_at: Time of the last sound line.
        left_out: Numbers of the lines up to here that couldn't be read, as ``spans`` writes them.
    """

    session: str
    number: int = -1
    checksum: str = ""
    offset: int = 0
    size: int = 0
    last_at: str = ""
    left_out: str = ""


@dataclass(frozen=True)
class JournalEntry:
    """One change in a journal.

    Args:
        stamp: When and where it was made.
        edit: The change.
        by: The reader who made it; empty where it isn't known.
        checksum: Of its line.
    """

    stamp: Stamp
    edit: Edit
    by: str
    checksum: str


@dataclass(frozen=True)
class JournalPart:
    """What was read from one journal since a position, and what was wrong with it.

    Args:
        position: How far it was read.
        entries: The changes.
        damage: A sentence for each damage.
        header: The journal's first line, if it is sound and something was read.
        is_closed: Whether its session had ended by then; nothing is written to it any more.
    """

    position: JournalPosition
    entries: tuple[JournalEntry, ...] = ()
    damage: tuple[str, ...] = ()
    header: Header | None = None
    is_closed: bool = False


def journals_in(*folders: Path) -> dict[str, Path]:
    """The journals of a project by session name.

    Args:
        folders: Where to look; of a journal that is on its way to a later folder, the later
            place is told.
    """
    return {path.stem: path for folder in folders for path in sorted(folder.glob(f"*{SUFFIX}"))}


def read_journal(path: Path, start: JournalPosition) -> JournalPart:
    """Reads what was appended after a position.

    A broken line is left out and named; the sound ones after it are read. Broken lines at the
    very end are not passed over: their writer may be at work, so the next reading tries again.

    Raises:
        OSError: If the file can't be read.
        ProjectError: If a sound line holds a change that this version doesn't know.
    """
    size = path.stat().st_size
    known = size == start.size
    if known and size == start.offset:
        return JournalPart(start)
    if size < start.offset:
        note = f"Journal {_short(start.session)} is shorter than it was; its changes are kept."
        return JournalPart(replace(start, size=size), damage=() if known else (note,))
    with path.open("rb") as file:
        header = header_of(file.readline(LONGEST_LINE_BYTES))
        file.seek(start.offset)
        content = file.read()
    part = _Reading(start, header).finish(content)
    # A torn end is told of once.
    return JournalPart(start) if known and not part.entries else part


class _Reading:
    """Walks along the chain of one journal."""

    def __init__(self, start: JournalPosition, header: Header | None) -> None:
        self._position = start
        self._header = header
        self._broken = 0
        self._entries: list[JournalEntry] = []
        self._damage: list[str] = []
        self._is_closed = False

    def finish(self, content: bytes) -> JournalPart:
        """Reads all lines of the content, which begins where the position ended."""
        end = self._position.offset
        pieces = content.split(b"\n")
        for piece in pieces[:-1]:
            end += len(piece) + 1
            sound = sound_lines(piece)
            if sound != [piece]:
                self._broken += 1
            for line in sound:
                self._take(parse_line(line, self._layout), end)
        size = end + len(pieces[-1])
        if self._broken:
            self._damage.append(
                f"The end of journal {_short(self._position.session)} is damaged and left out."
            )
        elif pieces[-1]:
            self._damage.append(
                "The last change of an earlier session was cut off while it was written and is "
                "left out; all changes before it are there."
            )
        position = replace(self._position, size=size)
        return JournalPart(
            position, tuple(self._entries), tuple(self._damage), self._header, self._is_closed
        )

    @property
    def _layout(self) -> int:
        # Migrations leave alone what is newer already.
        return OLDEST_LAYOUT if self._header is None else self._header.layout

    def _take(self, line: Line, end: int) -> None:
        before = self._position
        left_out = before.left_out
        if line.number > before.number + 1:
            left_out = with_span(left_out, before.number + 1, line.number - 1)
            missing = f"{before.number + 1} to {line.number - 1}"
            if line.number == before.number + 2:
                missing = str(before.number + 1)
            self._name_damage(f"line {missing} is damaged or missing")
        elif line.number != before.number + 1 or line.previous != before.checksum:
            self._name_damage(f"line {line.number} doesn't follow from the one before it")
        elif self._broken:
            self._name_damage(f"it holds something foreign before line {line.number}")
        self._broken = 0
        self._position = JournalPosition(
            before.session, line.number, line.checksum, end, end, line.at, left_out
        )
        self._is_closed = line.closed is not None
        if line.edit is not None:
            stamp = Stamp(line.at, before.session, line.number)
            self._entries.append(JournalEntry(stamp, line.edit, line.by, line.checksum))

    def _name_damage(self, what: str) -> None:
        session = _short(self._position.session)
        self._damage.append(f"Journal {session} is damaged: {what}; all other changes are there.")


def in_order(parts: Sequence[JournalPart]) -> list[JournalEntry]:
    """The changes of several journals, oldest first."""
    entries = [entry for part in parts for entry in part.entries]
    return sorted(entries, key=lambda entry: entry.stamp)


def sound_lines(piece: bytes) -> list[bytes]:
    """The sound lines in a piece: itself, or those that a damaged newline has joined."""
    if is_sound(piece):
        return [piece]
    if len(piece) > _LONGEST_JOINED_BYTES:
        return []
    sound: list[bytes] = []
    start = 0
    while True:
        following = piece.find(BEGINNING, start + 1)
        part = piece[start:] if following < 0 else piece[start : following - 1]
        if is_sound(part):
            sound.append(part)
        if following < 0:
            return sound
        start = following


def _short(session: str) -> str:
    return session[:8]
