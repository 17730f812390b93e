"""project.h5 and its generations: whether each holds what the journals tell up to its positions."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from spinegrader.domain.edits import (
    AddPredictions,
    ImportStudies,
    KeepApart,
    LinkPatients,
    LinkStudies,
    NoteSight,
    SetFlag,
    SetGrade,
    SetOverlay,
    SetReading,
    SetSetting,
    SingleEdit,
    single_edits,
)
from spinegrader.domain.links import Kind, RecordPair
from spinegrader.domain.records import (
    grade_records,
    overlay_records,
    prediction_records,
    series_records,
)
from spinegrader.domain.stamp import Stamp
from spinegrader.domain.state import ProjectState
from spinegrader.store import schema
from spinegrader.store.audit import FIRST_LAYOUT_WITH_TRAIL, audit_rows
from spinegrader.store.checking.journals import CheckedJournal
from spinegrader.store.checking.untold import grade_in_words, sight_in_words
from spinegrader.store.journal_reader import JournalEntry, JournalPosition
from spinegrader.store.snapshot import Snapshot
from spinegrader.store.spans import names
from spinegrader.store.tables import Row, unpacked

_AUDIT_SESSION, _AUDIT_NUMBER, _AUDIT_BY = 1, 2, 3


@dataclass(frozen=True)
class SoundSnapshot:
    """A snapshot that is as it was written.

    Args:
        path: The file.
        content: What it holds.
        audit: The rows of its audit trail.
    """

    path: Path
    content: Snapshot
    audit: tuple[Row, ...]

    @classmethod
    def of(cls, path: Path, content: Snapshot) -> "SoundSnapshot":
        """With its audit trail unpacked."""
        rows = () if content.audit is None else tuple(unpacked(schema.AUDIT, content.audit))
        return cls(path, content, rows)

    @property
    def state(self) -> ProjectState:
        """What it holds, packed as it lies in the file: let go, it takes little memory again."""
        state = self.content.state
        return replace(
            state,
            series=series_records(state.series.packed),
            overlays=overlay_records(state.overlays.packed),
            grades=grade_records(state.grades.packed),
            predictions=prediction_records(state.predictions.packed),
        )

    def holds(self, session: str, number: int) -> bool:
        """Whether it was written with the change of a line."""
        position = self.content.positions.get(session)
        if position is None or number > position.number:
            return False
        return not names(position.left_out, number)

    @property
    def readers(self) -> dict[tuple[str, int], str]:
        """Who made the changes of the audit trail, by session and number."""
        return {(row[_AUDIT_SESSION], row[_AUDIT_NUMBER]): row[_AUDIT_BY] for row in self.audit}


def lacking(
    snapshot: SoundSnapshot, journals: Mapping[str, CheckedJournal], *, also_left_out: bool
) -> list[str]:
    """What the journals tell up to the snapshot's positions and it doesn't hold, in words.

    Args:
        snapshot: What is looked at.
        journals: By session.
        also_left_out: With lines that were damaged when it was written and can be read now.
    """
    found: list[str] = []
    state = snapshot.state
    for session, position in snapshot.content.positions.items():
        journal = journals.get(session)
        if journal is None:
            continue
        checksum = journal.checksums.get(position.number, position.checksum)
        if checksum != position.checksum:
            found.append(f"line {position.number} of journal {session[:8]}")
        for entry in _up_to(journal, position, also_left_out):
            for edit in single_edits(entry.edit):
                found += _not_in(state, edit, entry.stamp)
    return found


def audit_differences(
    snapshot: SoundSnapshot, journals: Mapping[str, CheckedJournal], *, also_left_out: bool
) -> list[tuple[str, int]]:
    """Lines whose rows in the audit trail aren't what the journals tell, by session and number.

    Rows of lines that can't be read any more, or whose journal is missing, stand for themselves.
    The arguments are those of ``lacking``.
    """
    if snapshot.content.layout < FIRST_LAYOUT_WITH_TRAIL:
        return []
    entries = [
        entry
        for session, position in snapshot.content.positions.items()
        if session in journals
        for entry in _up_to(journals[session], position, also_left_out)
    ]
    expected = set(unpacked(schema.AUDIT, audit_rows(None, entries)))
    # Rows of a single group may be equal: what counts is that each is there.
    found = {row for row in snapshot.audit if _can_be_read(row, journals)}
    lines = {(row[_AUDIT_SESSION], row[_AUDIT_NUMBER]) for row in expected ^ found}
    return sorted(lines)


def merged_audit(
    snapshots: Iterable[SoundSnapshot],
    journals: Mapping[str, CheckedJournal],
    entries: Iterable[JournalEntry],
) -> list[Row]:
    """The trail of all changes: as the journals tell it, and as snapshots do of damaged lines."""
    told = list(unpacked(schema.AUDIT, audit_rows(None, entries)))
    kept = {
        row: None
        for snapshot in snapshots
        for row in snapshot.audit
        if not _can_be_read(row, journals)
    }
    return sorted([*told, *kept], key=lambda row: row[: _AUDIT_NUMBER + 1])


def _can_be_read(row: Row, journals: Mapping[str, CheckedJournal]) -> bool:
    journal = journals.get(row[_AUDIT_SESSION])
    return journal is not None and row[_AUDIT_NUMBER] in journal.checksums


def _up_to(
    journal: CheckedJournal, position: JournalPosition, also_left_out: bool
) -> Iterator[JournalEntry]:
    for entry in journal.entries:
        number = entry.stamp.number
        if number <= position.number and (also_left_out or not names(position.left_out, number)):
            yield entry


def _not_in(state: ProjectState, edit: SingleEdit, stamp: Stamp) -> Iterator[str]:
    """What a change told and a state doesn't hold, in words."""
    if isinstance(edit, SetGrade):
        if edit.after not in state.grades.get(edit.after.key, ()):
            yield grade_in_words(edit.after)
    elif isinstance(edit, ImportStudies):
        yield from _records_not_in(state, edit)
    elif isinstance(edit, AddPredictions):
        for item in edit.predictions:
            if not _is_known(state.predictions.get(item.id), item):
                yield f"prediction {item.id}"
    elif isinstance(edit, NoteSight):
        known = state.sights.get(edit.sight.key)
        if known is None or known.at > edit.sight.at:
            yield sight_in_words(edit.sight)
    elif not _is_heeded(*_word_on(state, edit), stamp):
        yield f"{edit.title.lower()} of {stamp.at[:19]} UTC"


def _records_not_in(state: ProjectState, edit: ImportStudies) -> Iterator[str]:
    if not all(_is_known(state.patients.get(item.id), item) for item in edit.patients):
        yield "patient records of an import"
    for study in edit.studies:
        if not _is_known(state.studies.get(study.uid), study):
            yield f"study {study.uid}"
    for series in edit.series:
        if not _is_known(state.series.get(series.uid), series):
            yield f"series {series.uid}"


def _is_known(known: object, told: object) -> bool:
    """Whether a record, or the one that stands before it, is there."""
    return known is not None and (known == told or repr(known) < repr(told))


_Word = tuple[Stamp, object] | None


_Lasting: TypeAlias = (
    SetOverlay | SetSetting | LinkPatients | LinkStudies | KeepApart | SetFlag | SetReading
)
"""Changes that hold until a later one of the same thing."""


def _word_on(state: ProjectState, edit: _Lasting) -> tuple[_Word, object]:
    """What a state says of what a change is about, and what the change says."""
    word: _Word
    match edit:
        case SetOverlay():
            word = state.overlays.get(edit.series_uid)
        case SetSetting():
            word = state.settings.get(edit.name)
        case LinkPatients():
            word = state.links.patients.get(edit.patient_id)
        case LinkStudies():
            word = state.links.studies.get(edit.study_uid)
        case SetFlag():
            word = state.flags.get(edit.study_uid)
        case SetReading():
            word = state.readings.get((edit.study_uid, edit.reader))
        case KeepApart():
            pair = RecordPair.of(Kind(edit.records), edit.first, edit.second)
            word = state.links.apart.get(pair)
    return word, edit.after


def _is_heeded(known: _Word, value: object, stamp: Stamp) -> bool:
    if known is None or known[0].at < stamp.at:
        return False
    is_this_one = known[0] == stamp
    return known[1] == value if is_this_one else True
