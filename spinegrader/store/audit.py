"""The audit trail: who changed what when.

Grades and predictions are not in it: their own tables keep every version. A row names the line of
the journal that holds the change; the chain of checksums there shows whether one was altered.
"""

from collections.abc import Iterable, Iterator

from spinegrader.domain.edits import (
    AddPredictions,
    ImportStudies,
    KeepApart,
    NoteSight,
    SetGrade,
    SetReading,
    SingleEdit,
    single_edits,
)
from spinegrader.store import schema
from spinegrader.store.journal_reader import JournalEntry
from spinegrader.store.tables import Row, Rows, joined, packed

FIRST_LAYOUT_WITH_TRAIL = 3


def audit_rows(earlier: Rows | None, entries: Iterable[JournalEntry]) -> Rows:
    """The trail with further changes at its end.

    Args:
        earlier: The trail so far; None where there is none.
        entries: Changes that aren't in it yet.
    """
    further = packed(schema.AUDIT, [row for entry in entries for row in _rows(entry)])
    return further if earlier is None else joined(schema.AUDIT, [earlier, further])


def _rows(entry: JournalEntry) -> Iterator[Row]:
    stamp = entry.stamp
    for edit in single_edits(entry.edit):
        # Their own tables keep every version of them.
        if not isinstance(edit, SetGrade | AddPredictions):
            yield (
                stamp.at,
                stamp.session,
                stamp.number,
                entry.by,
                edit.kind,
                _record(edit),
                edit.title,
                entry.checksum,
            )


_NAMED_BY = {
    "overlay": "series_uid",
    "setting": "name",
    "link-patient": "patient_id",
    "link-study": "study_uid",
    "flag": "study_uid",
}
"""By kind of change, the field that names what was changed."""


def _record(edit: SingleEdit) -> str:
    """What was changed, by its UID or name."""
    if isinstance(edit, KeepApart):
        return f"{edit.first} {edit.second}"
    if isinstance(edit, NoteSight):
        return f"{edit.sight.key.study_uid} {edit.sight.key.reader} {edit.sight.key.reading}"
    if isinstance(edit, SetReading):
        return f"{edit.study_uid} {edit.reader}"
    if isinstance(edit, ImportStudies):
        return " ".join(study.uid for study in edit.studies)
    return str(getattr(edit, _NAMED_BY[edit.kind]))
