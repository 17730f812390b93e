"""Reading journals: what is new since a position, and what is damaged."""

from dataclasses import dataclass, replace
from pathlib import Path

from spinegrader.domain.edits import Edit
from spinegrader.domain.state import Stamp
from spinegrader.store.journal import SUFFIX
from spinegrader.store.lines import BEGINNING, LONGEST_LINE_BYTES, Line, is_sound, parse_line

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
    """

    session: str
    number: int = -1
    checksum: str = ""
    offset: int = 0
    size: int = 0
    last_at: str = ""


@dataclass(frozen=True)
class JournalPart:
    """The changes read from one journal since a position, and what was wrong with them."""

    position: JournalPosition
    edits: tuple[tuple[Stamp, Edit], ...] = ()
    damage: tuple[str, ...] = ()


def journals_in(folder: Path) -> dict[str, Path]:
    """The journals of a project by session name."""
    return {path.stem: path for path in sorted(folder.glob(f"*{SUFFIX}"))}


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
        file.seek(start.offset)
        content = file.read()
    part = _Reading(start).finish(content)
    # A torn end is told of once.
    return JournalPart(start) if known and not part.edits else part


class _Reading:
    """Walks along the chain of one journal."""

    def __init__(self, start: JournalPosition) -> None:
        self._position = start
        self._size = start.offset
        self._broken = 0
        self._edits: list[tuple[Stamp, Edit]] = []
        self._damage: list[str] = []

    def finish(self, content: bytes) -> JournalPart:
        """Reads all lines of the content, which begins where the position ended."""
        end = self._position.offset
        pieces = content.split(b"\n")
        for piece in pieces[:-1]:
            end += len(piece) + 1
            sound = _sound_lines(piece)
            if sound != [piece]:
                self._broken += 1
            for line in sound:
                self._take(parse_line(line), end)
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
        return JournalPart(position, tuple(self._edits), tuple(self._damage))

    def _take(self, line: Line, end: int) -> None:
        before = self._position
        if line.number > before.number + 1:
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
            before.session, line.number, line.checksum, end, end, line.at
        )
        if line.edit is not None:
            stamp = Stamp(line.at, before.session, line.number)
            self._edits.append((stamp, line.edit))

    def _name_damage(self, what: str) -> None:
        session = _short(self._position.session)
        self._damage.append(f"Journal {session} is damaged: {what}; all other changes are there.")


def _sound_lines(piece: bytes) -> list[bytes]:
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
