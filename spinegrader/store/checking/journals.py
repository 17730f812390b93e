"""One journal, walked from its first line to its last: what is sound and what isn't."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from spinegrader.domain.stamp import Stamp
from spinegrader.store.journal_reader import JournalEntry, JournalPosition, sound_lines
from spinegrader.store.layout import OLDEST_LAYOUT
from spinegrader.store.lines import Header, Line, parse_line
from spinegrader.store.spans import names, span_text, with_span

CUT_OFF = "cut-off"
"""How a line is settled whose change nothing holds: its journal ends within it."""


@dataclass
class Gap:
    """Lines that can't be read.

    Args:
        first: Number of the first.
        last: Number of the last, as far as that can be told.
        raw: What lies in their place.
        following: Checksum of the last that the sound line after it states; empty at the end.
        is_torn: Whether it is the end of the file and has no newline, as when writing was
            interrupted.
    """

    first: int
    last: int
    raw: bytes = b""
    following: str = ""
    is_torn: bool = False


@dataclass
class CheckedJournal:
    """What a journal holds and what is wrong with it.

    Args:
        session: Its name.
        path: The file.
        header: Its first line; None if that is damaged.
        size: Bytes.
        sound_end: Bytes up to and with the last sound line.
        entries: Its changes.
        checksums: Of the sound lines, by number.
        gaps: Lines that can't be read.
        foreign: Numbers of lines before which something foreign stands, or that don't stand in
            their place; one more than the last for something at the end.
        breaks: Numbers of lines that don't follow from the one before.
        continued: Number of the first line after the one that closed the journal; 0 for none.
        is_closed: Whether its last sound line says that the session ended.
        last_number: The highest of a sound line; -1 where there is none.
        last_at: Time of the latest sound line.
    """

    session: str
    path: Path
    header: Header | None = None
    size: int = 0
    sound_end: int = 0
    entries: list[JournalEntry] = field(default_factory=list)
    checksums: dict[int, str] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    foreign: list[int] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    continued: int = 0
    is_closed: bool = False
    last_number: int = -1
    last_at: str = ""

    @property
    def missing(self) -> list[tuple[int, Gap]]:
        """The numbers of all lines that can't be read, and where."""
        found = ((number, gap) for gap in self.gaps for number in range(gap.first, gap.last + 1))
        return [(number, gap) for number, gap in found if number not in self.checksums]

    def position(self, lost: Iterable[int]) -> JournalPosition:
        """How far the journal is in a project.h5 that holds all of it but some lines.

        Args:
            lost: Numbers of lines whose changes nothing holds.
        """
        left_out = ""
        for number in sorted(number for number in lost if number < self.last_number):
            left_out = with_span(left_out, number, number)
        last = self.last_number
        checksum = self.checksums.get(last, "")
        return JournalPosition(
            self.session, last, checksum, self.sound_end, self.size, self.last_at, left_out
        )


def walk_journal(path: Path) -> CheckedJournal:
    """Reads a journal from its first line on.

    Raises:
        OSError: If it can't be read.
        ProjectError: If a sound line holds a change that this version doesn't know.
    """
    walk = _Walk(CheckedJournal(path.stem, path))
    walk.read(path.read_bytes())
    return walk.journal


class _Walk:
    """Takes the sound lines of a journal in, in the order in which they stand."""

    def __init__(self, journal: CheckedJournal) -> None:
        self.journal = journal
        self._previous: dict[int, str] = {}

    def read(self, content: bytes) -> None:
        """Reads the whole file."""
        journal = self.journal
        journal.size = len(content)
        start = 0
        *pieces, tail = content.split(b"\n")
        for piece in pieces:
            for line in sound_lines(piece):
                place = start + piece.find(line)
                self._take(self._parsed(line), content[journal.sound_end : place])
                end = place + len(line)
                # A damaged newline is something foreign before the next line.
                journal.sound_end = end + (content[end : end + 1] == b"\n")
            start += len(piece) + 1
        self._finish(content[journal.sound_end :], is_cut=bool(tail))
        journal.breaks += [
            number
            for number, previous in self._previous.items()
            if previous != journal.checksums.get(number - 1, previous)
        ]

    def _parsed(self, line: bytes) -> Line:
        header = self.journal.header
        parsed = parse_line(line, OLDEST_LAYOUT if header is None else header.layout)
        if parsed.header is not None and parsed.number == 0:
            self.journal.header = parsed.header
        return parsed

    def _take(self, line: Line, between: bytes) -> None:
        journal = self.journal
        last = journal.last_number
        if journal.is_closed and not journal.continued:
            journal.continued = line.number
        if line.number > last + 1:
            journal.gaps.append(Gap(last + 1, line.number - 1, between, line.previous))
        elif line.number <= last or between:
            journal.foreign.append(line.number)
        if journal.checksums.get(line.number, line.checksum) != line.checksum:
            journal.breaks.append(line.number)
        journal.checksums[line.number] = line.checksum
        self._previous[line.number] = line.previous
        journal.last_number = max(last, line.number)
        journal.last_at = max(journal.last_at, line.at)
        journal.is_closed = line.closed is not None
        if line.edit is not None:
            stamp = Stamp(line.at, journal.session, line.number)
            journal.entries.append(JournalEntry(stamp, line.edit, line.by, line.checksum))

    def _finish(self, rest: bytes, *, is_cut: bool) -> None:
        journal = self.journal
        first = journal.last_number + 1
        if rest and journal.is_closed:
            journal.foreign.append(first)
        elif rest or not journal.size:
            lines = rest.count(b"\n") + (is_cut or not rest)
            is_torn = lines == 1 and not rest.endswith(b"\n")
            journal.gaps.append(Gap(first, first + lines - 1, rest, is_torn=is_torn))


class Settled:
    """Which damaged lines an earlier repair has settled, as the journals that it wrote say.

    Args:
        journals: All of the project.
    """

    def __init__(self, journals: Iterable[CheckedJournal]) -> None:
        self._known: dict[str, list[tuple[str, str, str]]] = {}
        for journal in journals:
            for item in () if journal.header is None else journal.header.settles:
                session, span, how, *_ = [*item.split(":"), "", ""]
                self._known.setdefault(session, []).append((span, how, journal.session))

    def by(self, session: str, number: int) -> str:
        """The journal that settles a line; empty where none does."""
        return self._find(session, number)[1]

    def is_cut_off(self, session: str, number: int) -> bool:
        """Whether a line was only noted as the end of a journal that was cut off."""
        return self._find(session, number)[0] == CUT_OFF

    def _find(self, session: str, number: int) -> tuple[str, str]:
        for span, how, journal in self._known.get(session, ()):
            if names(span, number):
                return how, journal
        return "", ""


def settling(session: str, first: int, last: int, how: str = "") -> str:
    """How a journal's header says that it settles lines of another."""
    text = f"{session}:{span_text(first, last)}"
    return f"{text}:{how}" if how else text
