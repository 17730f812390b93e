"""All that a project's files still hold together: journals first, then what makes up for damage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from spinegrader.domain.edits import NoteSight, SetGrade, single_edits
from spinegrader.domain.stamp import Stamp
from spinegrader.domain.state import ProjectState
from spinegrader.store.checking.flipped import true_line
from spinegrader.store.checking.journals import CheckedJournal, Gap, Settled
from spinegrader.store.checking.snapshots import SoundSnapshot
from spinegrader.store.checking.untold import (
    Restored,
    grade_in_words,
    restored_grade,
    sight_in_words,
    untold,
)
from spinegrader.store.journal_reader import JournalEntry
from spinegrader.store.layout import OLDEST_LAYOUT
from spinegrader.store.lines import parse_line

_MOST_TRIALS = 64
"""Damaged lines that are tried, each up to a second: more than a few are no flipped bits."""


@dataclass
class Reconstruction:
    """What the files of a project still hold.

    Args:
        state: All of it.
        entries: What the journals tell, oldest first.
        restored: What only other places hold, as changes to be told again.
        readable: Damaged lines that could be read again, by session and number.
        beyond: By the file that holds it, what no journal tells, in words.
        contradictions: By snapshot, what it and the journals tell differently, in words.
    """

    state: ProjectState = field(default_factory=ProjectState)
    entries: list[JournalEntry] = field(default_factory=list)
    restored: list[Restored] = field(default_factory=list)
    readable: set[tuple[str, int]] = field(default_factory=set)
    beyond: dict[str, list[str]] = field(default_factory=dict)
    contradictions: dict[str, list[str]] = field(default_factory=dict)


def reconstruct(
    journals: Mapping[str, CheckedJournal],
    snapshots: Sequence[SoundSnapshot],
    settled: Settled,
    now: str,
) -> Reconstruction:
    """Puts together what the files hold.

    Args:
        journals: By session.
        snapshots: Those that are as they were written, newest first.
        settled: Which damaged lines an earlier repair has made up for.
        now: Time for changes whose own isn't known.
    """
    entries = [entry for journal in journals.values() for entry in journal.entries]
    found = Reconstruction(entries=sorted(entries, key=lambda entry: entry.stamp))
    for entry in found.entries:
        found.state.apply(entry.edit, entry.stamp)
    _read_damaged_lines(journals, settled, found)
    for snapshot in snapshots:
        compared = untold(snapshot.state, found.state, snapshot.readers, now)
        _restore(compared.restored, found)
        name = snapshot.path.name
        if compared.restored:
            found.beyond[name] = [_in_words(item) for item in compared.restored]
        if compared.contradictions:
            found.contradictions[name] = compared.contradictions
    _take_earlier_answers(found)
    return found


def _restore(changes: Sequence[Restored], found: Reconstruction) -> None:
    for change in changes:
        found.state.apply(change.edit, Stamp(change.at, "", 0))
    found.restored += changes


def _read_damaged_lines(
    journals: Mapping[str, CheckedJournal],
    settled: Settled,
    found: Reconstruction,
) -> None:
    trials = 0
    for session, journal in journals.items():
        layout = OLDEST_LAYOUT if journal.header is None else journal.header.layout
        for gap, number, raw, following in _pieces(journal):
            if settled.by(session, number) or trials == _MOST_TRIALS:
                continue
            trials += not gap.is_torn
            content = true_line(raw, number, following, is_torn=gap.is_torn)
            if content is None:
                continue
            found.readable.add((session, number))
            line = parse_line(content, layout)
            if line.edit is not None:
                _restore([Restored(line.at, line.by, line.edit)], found)


def _pieces(journal: CheckedJournal) -> list[tuple[Gap, int, bytes, str]]:
    """Damaged lines: number, what is left of it, and the checksum that the next line states."""
    found: list[tuple[Gap, int, bytes, str]] = []
    for gap in journal.gaps:
        numbers = range(gap.first, gap.last + 1)
        if len(numbers) == 1:
            found.append((gap, gap.first, gap.raw, gap.following))
            continue
        pieces = gap.raw.removesuffix(b"\n").split(b"\n")
        if len(pieces) == len(numbers):
            found += [
                (gap, number, piece, _following(gap, number, pieces, index))
                for index, (number, piece) in enumerate(zip(numbers, pieces, strict=True))
            ]
    return [item for item in found if item[1] not in journal.checksums]


def _following(gap: Gap, number: int, pieces: Sequence[bytes], index: int) -> str:
    if number == gap.last:
        return gap.following
    # What the next line says may itself be damaged: then nothing matches it.
    stated = pieces[index + 1].partition(b'"previous":"')[2][:64]
    return stated.decode("ascii", errors="replace")


def _take_earlier_answers(found: Reconstruction) -> None:
    """Each answer tells the one that it replaced."""
    for entry in found.entries:
        for edit in single_edits(entry.edit):
            if not isinstance(edit, SetGrade) or edit.before is None:
                continue
            history = found.state.grades.get(edit.before.key, ())
            if all(grade.revision != edit.before.revision for grade in history):
                change = restored_grade(edit.before, history)
                _restore([change], found)
                file = f"{entry.stamp.session}.jsonl"
                found.beyond.setdefault(file, []).append(grade_in_words(edit.before))


def _in_words(change: Restored) -> str:
    edits = single_edits(change.edit)
    if len(edits) == 1 and isinstance(edits[0], SetGrade):
        return grade_in_words(edits[0].after)
    if len(edits) == 1 and isinstance(edits[0], NoteSight):
        return sight_in_words(edits[0].sight)
    return f"{change.edit.title.lower()} of {change.at[:19]} UTC"
