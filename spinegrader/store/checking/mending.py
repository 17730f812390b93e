"""Puts right what an examination found. Nothing is deleted, journals are never changed.

Each step is whole or not there at all, and leaves a project that opens: killed in between, the
next repair goes on.
"""

import os
import platform
import uuid
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from spinegrader import __version__, durable
from spinegrader.store import schema
from spinegrader.store.checking.examining import Examination
from spinegrader.store.checking.files import FoundFile, close_to_others, remove
from spinegrader.store.checking.images import set_aside_path
from spinegrader.store.checking.journals import CheckedJournal, walk_journal
from spinegrader.store.checking.problems import Problem, ProblemKind
from spinegrader.store.checking.snapshots import merged_audit
from spinegrader.store.checking.untold import Restored
from spinegrader.store.containment import UNCONTAINED, Containment
from spinegrader.store.failures import unwritable
from spinegrader.store.journal import SUFFIX
from spinegrader.store.journal_reader import JournalPosition
from spinegrader.store.layout import LAYOUT_VERSION, ProjectLayout, write_marker
from spinegrader.store.lines import (
    Closing,
    Header,
    encode_closing,
    encode_edit,
    encode_header,
    make_line,
)
from spinegrader.store.snapshot import write_snapshot
from spinegrader.store.tables import packed
from spinegrader.store.upgrade import bring_up_to_date
from spinegrader.store.values import time_text

_JOURNALS = {
    ProblemKind.JOURNAL_DAMAGED,
    ProblemKind.JOURNAL_CUT_OFF,
    ProblemKind.JOURNAL_MISSING,
    ProblemKind.NOT_IN_JOURNALS,
}
_TABLES = {
    ProblemKind.TABLES_DAMAGED,
    ProblemKind.TABLES_MISSING,
    ProblemKind.TABLES_DIFFER,
    ProblemKind.AUDIT_DIFFERS,
}


def mend_project(examination: Examination, containment: Containment = UNCONTAINED) -> None:
    """Puts right what can be; its problems say afterwards what was.

    Args:
        examination: What was found.
        containment: Is told of the new project.h5.

    Raises:
        ProjectError: If the project can't be written; what was mended until then stays so.
    """
    try:
        # First: what is moved or linked from here on takes its permissions along.
        _mend_files(examination, examination.permissions, ProblemKind.PERMISSIONS)
        _mend_files(examination, examination.leftovers, ProblemKind.LEFTOVER)
        _mend_marker(examination)
        told = _tell_again(examination)
        _set_aside(examination)
        if told is not None or examination.renew or _is_stale(examination):
            _renew_tables(examination, told, containment)
        _note_mended(examination, _TABLES)
    except OSError as error:
        raise unwritable(
            error, "The repair is not complete: make room or check the disk, and run it again."
        ) from error


def _mend_marker(examination: Examination) -> None:
    if any(problem.kind is ProblemKind.MARKER_DAMAGED for problem in examination.problems):
        bring_up_to_date(examination.layout)
        write_marker(examination.layout)
        _note_mended(examination, {ProblemKind.MARKER_DAMAGED})


# -- journals -------------------------------------------------------------------------------


def _tell_again(examination: Examination) -> CheckedJournal | None:
    """Writes what only other places hold into a journal of its own, so that journals hold all."""
    changes = sorted(examination.found.restored, key=lambda change: change.at)
    settles = examination.journal_findings.settles
    if not changes and not settles:
        return None
    layout = examination.layout
    bring_up_to_date(layout)
    path = durable.private_folder(layout.journals) / f"{uuid.uuid4().hex}{SUFFIX}"
    durable.write_durably(path, _journal(layout, changes, settles))
    _note_mended(examination, _JOURNALS)
    return walk_journal(path)


def _journal(
    layout: ProjectLayout, changes: Collection[Restored], settles: Collection[str]
) -> bytes:
    """A whole journal, closed at once."""
    now = time_text(datetime.now(UTC))
    header = Header(
        layout=LAYOUT_VERSION,
        project_id=layout.project_id,
        program_version=__version__,
        computer=platform.node(),
        process=os.getpid(),
        settles=tuple(settles),
    )
    # With its own time: of two changes to one thing the later one must still hold.
    contents = [(change.at, "edit", encode_edit(change.edit), change.by) for change in changes]
    first = contents[0][0] if contents else now
    contents.insert(0, (first, "header", encode_header(header), ""))
    last = max(now, contents[-1][0])
    contents.append((last, "closed", encode_closing(Closing(len(changes))), ""))
    content, checksum = b"", ""
    for number, (at, field, encoded, by) in enumerate(contents):
        line, checksum = make_line(number, at, checksum, field, encoded, by)
        content += line
    return content


# -- tables and damaged files ---------------------------------------------------------------


def _set_aside(examination: Examination) -> None:
    for path in examination.damaged:
        if path.exists():
            layout = examination.layout
            kept = _free(set_aside_path(layout, path.relative_to(layout.folder)))
            durable.private_folder(kept.parent)
            path.rename(kept)
            durable.sync_folder(kept.parent)
            durable.sync_folder(path.parent)
            _note_where(examination, path, kept)


def _free(path: Path) -> Path:
    """A path like this one at which there is nothing yet."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_stem(f"{path.stem}-{number}")
    return free


def _note_where(examination: Examination, path: Path, kept: Path) -> None:
    file = path.relative_to(examination.layout.folder).as_posix()
    where = f" It was moved to {kept.relative_to(examination.layout.folder).as_posix()}."
    examination.problems = [
        replace(problem, sentence=problem.sentence + where)
        if problem.file == file and problem.kind in {*_TABLES, ProblemKind.IMAGE_DAMAGED}
        else problem
        for problem in examination.problems
    ]


def _renew_tables(
    examination: Examination, told: CheckedJournal | None, containment: Containment
) -> None:
    """Writes project.h5 from what the journals tell, the one written just now included."""
    layout, found = examination.layout, examination.found
    if found.contradictions.get(layout.snapshot.name):
        # Which of the two is right only a person can say.
        return
    journals = dict(examination.journals)
    entries = list(found.entries)
    if told is not None:
        journals[told.session] = told
        entries = sorted([*entries, *told.entries], key=lambda entry: entry.stamp)
        for entry in told.entries:
            found.state.apply(entry.edit, entry.stamp)
    audit = packed(schema.AUDIT, merged_audit(examination.snapshots, journals, entries))
    bring_up_to_date(layout)
    positions = _positions(examination, journals)
    containment.note(write_snapshot(layout, found.state, positions, audit))


def _positions(
    examination: Examination, journals: Mapping[str, CheckedJournal]
) -> dict[str, JournalPosition]:
    lost = examination.journal_findings.lost
    return {
        session: journal.position(lost.get(session, ())) for session, journal in journals.items()
    }


def _is_stale(examination: Examination) -> bool:
    """Whether project.h5 isn't all that the journals tell."""
    layout = examination.layout
    if layout.version < LAYOUT_VERSION:
        # Nothing is wrong: the first change brings it up to date.
        return False
    positions = _positions(examination, examination.journals)
    return all(
        snapshot.path != layout.snapshot or snapshot.content.positions != positions
        for snapshot in examination.snapshots
    ) and bool(positions)


# -- notes ----------------------------------------------------------------------------------


def _mend_files(examination: Examination, found: Collection[FoundFile], kind: ProblemKind) -> None:
    mend = remove if kind is ProblemKind.LEFTOVER else None
    layout = examination.layout
    for item in found:
        is_mended = mend(item.path) if mend else close_to_others(layout, item.path)
        if is_mended:
            _replace(examination, item.problem, replace(item.problem, mended=True))


def _note_mended(examination: Examination, kinds: Collection[ProblemKind]) -> None:
    examination.problems = [
        replace(problem, mended=True) if problem.mendable and problem.kind in kinds else problem
        for problem in examination.problems
    ]


def _replace(examination: Examination, before: Problem, after: Problem) -> None:
    place = examination.problems.index(before)
    examination.problems[place] = after
