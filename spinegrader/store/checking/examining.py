"""Looks at everything in a project and changes nothing."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from spinegrader.domain.scheme import Scheme
from spinegrader.errors import CancelledError, ProjectError, SpineGraderError
from spinegrader.store.checking.files import FoundFile, leftovers, open_to_others
from spinegrader.store.checking.images import check_images
from spinegrader.store.checking.journal_problems import JournalFindings, JournalReport
from spinegrader.store.checking.journals import CheckedJournal, Settled, walk_journal
from spinegrader.store.checking.problems import Counts, Problem, ProblemKind, StepProgress
from spinegrader.store.checking.reconstruction import Reconstruction, reconstruct
from spinegrader.store.checking.records import check_records
from spinegrader.store.checking.snapshots import SoundSnapshot, audit_differences, lacking
from spinegrader.store.containment import UNCONTAINED, Containment
from spinegrader.store.journal_reader import journals_in
from spinegrader.store.layout import ProjectLayout
from spinegrader.store.snapshot import (
    DamagedSnapshotError,
    Snapshot,
    generations,
    read_snapshot,
)
from spinegrader.store.values import time_text

_WRITING_S = 0.2
"""How long a session takes at most to finish the line that it is writing."""
_JUST_NOW_S = 10.0

_MOST_NAMED = 20


@dataclass(frozen=True)
class How:
    """How a project is looked at.

    Args:
        scheme: Of a project that has none of its own; without it, values aren't compared then.
        containment: Where files are read that may crash the HDF5 library.
        progress: Is told how far it is.
        stop: Whether the user wishes to stop.
    """

    scheme: Scheme | None = None
    containment: Containment = UNCONTAINED
    progress: StepProgress = lambda _name, _done, _total: None
    stop: Callable[[], bool] = lambda: False


@dataclass
class Examination:
    """What was found in a project; nothing on the disk was changed.

    Args:
        layout: The project.
        problems: Everything that is wrong.
        counts: What was looked at.
        journals: By session.
        snapshots: Those that are as they were written, newest first.
        found: What all files hold together.
        journal_findings: What is wrong with the journals.
        damaged: Snapshots that are damaged or wrong, and image files that are damaged.
        renew: Whether project.h5 must be written anew.
        permissions: Files that more people may use than should.
        leftovers: What killed programs left.
    """

    layout: ProjectLayout
    problems: list[Problem] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    journals: dict[str, CheckedJournal] = field(default_factory=dict)
    snapshots: list[SoundSnapshot] = field(default_factory=list)
    found: Reconstruction = field(default_factory=Reconstruction)
    journal_findings: JournalFindings = field(default_factory=JournalFindings)
    damaged: list[Path] = field(default_factory=list)
    renew: bool = False
    permissions: list[FoundFile] = field(default_factory=list)
    leftovers: list[FoundFile] = field(default_factory=list)


def examine_project(layout: ProjectLayout, how: How) -> Examination:
    """Looks at everything in a project.

    Args:
        layout: The project.
        how: How it is looked at.

    Raises:
        ProjectError: If a file can't be read, or needs a newer program.
        CancelledError: If the user wishes to stop.
    """
    examination = Examination(layout)
    try:
        # In this order: journals only grow, whatever other sessions do meanwhile.
        _read_snapshots(examination, how)
        _read_journals(examination, how)
        _compare(examination, how)
        _look_at_images(examination, how)
        examination.permissions = open_to_others(layout)
        examination.leftovers = leftovers(layout)
    except OSError as error:
        name = Path(error.filename).name if error.filename else layout.name
        raise ProjectError(
            f"{name} can't be read ({error.strerror}), so that the project can't be checked. "
            "Check its disk and its permissions, and try again."
        ) from error
    found = (*examination.permissions, *examination.leftovers)
    examination.problems += [item.problem for item in found]
    return examination


def _read_journals(examination: Examination, how: How) -> None:
    layout, counts = examination.layout, examination.counts
    paths = journals_in(layout.journals, layout.archive)
    total = sum(path.stat().st_size for path in paths.values())
    done = 0
    for session, path in paths.items():
        _heed(how)
        how.progress("Journals", done, total)
        journal = examination.journals[session] = _walk(layout, path)
        done += journal.size
    if any(map(_is_being_written, examination.journals.values())):
        time.sleep(_WRITING_S)
        for session, journal in examination.journals.items():
            if _is_being_written(journal):
                examination.journals[session] = _walk(layout, journal.path)
    counts.journals = len(paths)
    counts.lines = sum(len(item.checksums) for item in examination.journals.values())
    counts.changes = sum(len(item.entries) for item in examination.journals.values())
    how.progress("Journals", total, total)


def _walk(layout: ProjectLayout, path: Path) -> CheckedJournal:
    try:
        return walk_journal(path)
    except FileNotFoundError:
        # Another program has just archived it.
        return walk_journal(layout.archive / path.name)


def _is_being_written(journal: CheckedJournal) -> bool:
    """Whether a session may be in the middle of its last line."""
    is_torn = any(gap.is_torn for gap in journal.gaps)
    return is_torn and abs(time.time() - journal.path.stat().st_mtime) < _JUST_NOW_S


def _read_snapshots(examination: Examination, how: How) -> None:
    layout = examination.layout
    paths = [layout.snapshot, *generations(layout)]
    for index, path in enumerate(paths):
        _heed(how)
        how.progress("Tables", index, len(paths))
        try:
            content = _whole_snapshot(path, layout.project_id, how.containment)
        except FileNotFoundError:
            continue
        except DamagedSnapshotError as error:
            is_project_file = path == layout.snapshot
            means = " It is rebuilt from the journals." if is_project_file else ""
            sentence = f"{error.message}{means}"
            examination.problems.append(
                Problem(ProblemKind.TABLES_DAMAGED, _file(layout, path), sentence, mendable=True)
            )
            examination.damaged.append(path)
            examination.renew = examination.renew or is_project_file
            continue
        examination.counts.tables += 1
        examination.snapshots.append(SoundSnapshot.of(path, content))
    how.progress("Tables", len(paths), len(paths))


def _whole_snapshot(path: Path, project_id: str, containment: Containment) -> Snapshot:
    """Reads a snapshot and makes each record that it holds: what can't be made isn't sound."""
    content = read_snapshot(path, project_id, containment, whole=True)
    state = SoundSnapshot.of(path, content).state
    try:
        for records in (state.series, state.overlays, state.grades, state.predictions):
            for _ in records.values():
                pass
    except (KeyError, ValueError, TypeError, SpineGraderError) as error:
        raise DamagedSnapshotError(f"{path.name} can't be understood.") from error
    return content


def _compare(examination: Examination, how: How) -> None:
    """Compares journals and snapshots with each other, and looks at what they hold together."""
    _heed(how)
    journals, snapshots = examination.journals, examination.snapshots
    settled = Settled(journals.values())
    now = time_text(datetime.now(UTC))
    found = examination.found = reconstruct(journals, snapshots, settled, now)
    report = JournalReport(examination.layout, journals, snapshots, found)
    examination.journal_findings = report.findings()
    examination.problems += examination.journal_findings.problems
    _heed(how)
    for snapshot in snapshots:
        _compare_snapshot(examination, snapshot)
    _note_what_only_answers_tell(examination)
    _note_missing_tables(examination)
    _heed(how)
    examination.problems += check_records(found.state, journals.values(), how.scheme)
    histories = found.state.grades.values()
    examination.counts.grades = sum(len(history) for history in histories)
    examination.counts.predictions = len(found.state.predictions)


def _compare_snapshot(examination: Examination, snapshot: SoundSnapshot) -> None:
    layout, found = examination.layout, examination.found
    is_project_file = snapshot.path == layout.snapshot
    name, file = snapshot.path.name, _file(layout, snapshot.path)
    add = examination.problems.append
    if told := found.contradictions.get(name):
        sentence = f"It tells otherwise than the journals: {_listed(told)}. Compare with a backup."
        add(Problem(ProblemKind.TABLES_DIFFER, file, sentence))
        return
    if beyond := found.beyond.get(name):
        sentence = f"It holds what no journal tells any more: {_listed(beyond)}."
        add(Problem(ProblemKind.NOT_IN_JOURNALS, file, sentence, mendable=True))
    is_wrong = False
    if less := lacking(snapshot, examination.journals, also_left_out=is_project_file):
        sentence = f"It doesn't hold what the journals tell: {_listed(less)}."
        add(Problem(ProblemKind.TABLES_DIFFER, file, sentence, mendable=True))
        is_wrong = True
    elif lines := audit_differences(snapshot, examination.journals, also_left_out=is_project_file):
        words = [f"line {number} of journal {session[:8]}" for session, number in lines]
        sentence = f"Its audit trail isn't what the journals tell: {_listed(words)}."
        add(Problem(ProblemKind.AUDIT_DIFFERS, file, sentence, mendable=True))
        is_wrong = True
    if is_wrong:
        examination.damaged.append(snapshot.path)
        examination.renew = examination.renew or is_project_file


def _note_what_only_answers_tell(examination: Examination) -> None:
    layout = examination.layout
    for journal in examination.journals.values():
        if told := examination.found.beyond.get(journal.path.name):
            sentence = f"Only the answers that replaced them tell of these: {_listed(told)}."
            file = _file(layout, journal.path)
            problem = Problem(ProblemKind.NOT_IN_JOURNALS, file, sentence, mendable=True)
            examination.problems.append(problem)


def _note_missing_tables(examination: Examination) -> None:
    layout = examination.layout
    was_there = generations(layout) or any(layout.archive.glob("*"))
    if was_there and not layout.snapshot.exists():
        sentence = "The file is missing. It is rebuilt from the journals."
        file = _file(layout, layout.snapshot)
        problem = Problem(ProblemKind.TABLES_MISSING, file, sentence, mendable=True)
        examination.problems.append(problem)
        examination.renew = True


def _look_at_images(examination: Examination, how: How) -> None:
    layout = examination.layout
    problems = check_images(
        layout,
        examination.found.state,
        how.containment,
        examination.counts,
        how.progress,
        how.stop,
    )
    for problem in problems:
        examination.problems.append(problem)
        if problem.kind is ProblemKind.IMAGE_DAMAGED:
            examination.damaged.append(layout.folder / problem.file)


def _heed(how: How) -> None:
    if how.stop():
        raise CancelledError("Stopped.")


def _file(layout: ProjectLayout, path: Path) -> str:
    return path.relative_to(layout.folder).as_posix()


def _listed(words: list[str]) -> str:
    more = len(words) - _MOST_NAMED
    return "; ".join(words[:_MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")
