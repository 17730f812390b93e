"""What is wrong with the journals, and what that means for their changes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from spinegrader.store.checking.journals import (
    CUT_OFF,
    CheckedJournal,
    Gap,
    Settled,
    settling,
)
from spinegrader.store.checking.problems import Problem, ProblemKind
from spinegrader.store.checking.reconstruction import Reconstruction
from spinegrader.store.checking.snapshots import SoundSnapshot
from spinegrader.store.layout import ProjectLayout
from spinegrader.store.spans import names

_SESSION_NAME_LENGTH = 32


@dataclass
class JournalFindings:
    """What is wrong with the journals.

    Args:
        problems: A sentence each.
        settles: Damaged lines that a repair makes up for, as a journal's header names them.
        lost: By session, numbers of lines whose changes nothing holds.
    """

    problems: list[Problem] = field(default_factory=list)
    settles: list[str] = field(default_factory=list)
    lost: dict[str, list[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Fate:
    """What became of a damaged line.

    Args:
        kind: Of the problem.
        sentence: With a place for which lines it is about.
        mendable: Whether a repair makes up for it.
        mended: Whether an earlier one did.
    """

    kind: ProblemKind
    sentence: str
    mendable: bool = False
    mended: bool = False


_LOST = _Fate(
    ProblemKind.CHANGE_LOST,
    "{lines} damaged, and nothing else surely holds what was changed there: take it for lost. All"
    " other changes are there.",
)
_END_LOST = replace(
    _LOST,
    sentence="{lines} damaged at its end: the computer stopped before the change was confirmed, or"
    " it was damaged later and is lost. All changes before are there.",
)
_TORN = _Fate(
    ProblemKind.JOURNAL_CUT_OFF,
    "It ends in the middle of {lines}: the program or computer stopped while it was written,"
    " before it was confirmed; or the file was cut off later, and all that came after is lost.",
    mendable=True,
)
_HEADER = _Fate(
    ProblemKind.JOURNAL_DAMAGED,
    "{lines} damaged, which holds no change: none is lost.",
    mendable=True,
)
_NO_NEWLINE = _Fate(
    ProblemKind.JOURNAL_CUT_OFF,
    "It ends in {lines}, of which only the newline is missing or damaged: the change is whole.",
    mendable=True,
)
_FLIPPED = _Fate(
    ProblemKind.JOURNAL_DAMAGED,
    "{lines} damaged in one byte; the checksum tells which, so that nothing is lost.",
    mendable=True,
)


class JournalReport:
    """Looks at all journals beside what the snapshots hold.

    Args:
        layout: The project.
        journals: By session.
        snapshots: Those that are as they were written.
        found: What all files hold together.
    """

    def __init__(
        self,
        layout: ProjectLayout,
        journals: Mapping[str, CheckedJournal],
        snapshots: Sequence[SoundSnapshot],
        found: Reconstruction,
    ) -> None:
        self._layout = layout
        self._journals = journals
        self._snapshots = snapshots
        self._found = found
        self._settled = Settled(journals.values())

    def findings(self) -> JournalFindings:
        """Everything that is wrong."""
        findings = JournalFindings()
        for journal in self._journals.values():
            findings.problems += self._identity_problems(journal)
            self._add_damage(journal, findings)
            self._add_foreign(journal, findings)
        for session in sorted(self._known_sessions() - self._journals.keys()):
            self._add_missing(session, findings)
        return findings

    def _identity_problems(self, journal: CheckedJournal) -> Iterator[Problem]:
        file = self._file(journal)
        name = journal.session
        if len(name) != _SESSION_NAME_LENGTH or set(name) - set("0123456789abcdef"):
            sentence = "No session gives a journal such a name; its changes are in the project."
            yield Problem(ProblemKind.JOURNAL_NAME, file, sentence)
        if journal.header is not None and journal.header.project_id != self._layout.project_id:
            sentence = (
                "This journal is of another project, and its changes came in here: move it away,"
                " with project.h5 and “generations”, and open the project again."
            )
            yield Problem(ProblemKind.OTHER_PROJECT, file, sentence)
        for number in journal.breaks:
            sentence = (
                f"Line {number} doesn't follow from the one before it: a line was altered,"
                " exchanged or added by something else than SpineGrader."
            )
            yield Problem(ProblemKind.JOURNAL_ALTERED, file, sentence)
        if journal.continued:
            sentence = (
                f"Line {journal.continued} and on stand after the line that closed the journal:"
                " something else than SpineGrader wrote them."
            )
            yield Problem(ProblemKind.JOURNAL_CONTINUED, file, sentence)

    # -- damaged lines --------------------------------------------------------------------------

    def _add_damage(self, journal: CheckedJournal, findings: JournalFindings) -> None:
        missing = [*journal.missing, *self._cut_off(journal)]
        fates = [(number, self._fate(journal, number, gap)) for number, gap in missing]
        # Only numbers that follow each other are told of together.
        numbered = enumerate(fates)
        for (fate, _), group in groupby(numbered, lambda item: (item[1][1], item[1][0] - item[0])):
            self._add(journal, fate, [number for _, (number, _) in group], findings)

    def _cut_off(self, journal: CheckedJournal) -> list[tuple[int, Gap]]:
        """Lines at the end that snapshots were written with and that aren't there any more."""
        positions = (
            snapshot.content.positions.get(journal.session) for snapshot in self._snapshots
        )
        known = max((position.number for position in positions if position), default=-1)
        last = max([journal.last_number, *(gap.last for gap in journal.gaps)])
        return [(number, Gap(number, number)) for number in range(last + 1, known + 1)]

    def _fate(self, journal: CheckedJournal, number: int, gap: Gap) -> _Fate:
        if self._settled.by(journal.session, number):
            return self._settled_fate(journal, number)
        if (journal.session, number) in self._found.readable:
            return _NO_NEWLINE if gap.is_torn else _FLIPPED
        if holder := self._holder(journal.session, number):
            sentence = f"{{lines}} damaged or missing; {holder} holds what was changed there."
            return _Fate(ProblemKind.JOURNAL_DAMAGED, sentence, mendable=True)
        if gap.is_torn:
            return _TORN
        if number == 0:
            return _HEADER
        return _LOST if number < journal.last_number else _END_LOST

    def _settled_fate(self, journal: CheckedJournal, number: int) -> _Fate:
        by = self._settled.by(journal.session, number)[:8]
        if self._settled.is_cut_off(journal.session, number):
            return replace(_TORN, sentence=f"{_TORN.sentence} Journal {by} notes it.", mended=True)
        sentence = f"{{lines}} damaged; journal {by} makes up for that."
        return _Fate(ProblemKind.JOURNAL_DAMAGED, sentence, mendable=True, mended=True)

    def _holder(self, session: str, number: int) -> str:
        return next((item.path.name for item in self._snapshots if item.holds(session, number)), "")

    def _add(
        self, journal: CheckedJournal, fate: _Fate, numbers: list[int], findings: JournalFindings
    ) -> None:
        first, last = numbers[0], numbers[-1]
        lines = f"Lines {first} to {last} are" if last > first else f"Line {first} is"
        if fate.kind is ProblemKind.JOURNAL_CUT_OFF:
            lines = f"line {first}"
        sentence = fate.sentence.format(lines=lines)
        findings.problems.append(
            Problem(fate.kind, self._file(journal), sentence, fate.mendable, fate.mended)
        )
        if fate.mendable and not fate.mended:
            how = CUT_OFF if fate == _TORN else ""
            findings.settles.append(settling(journal.session, first, last, how))
        if fate.kind is ProblemKind.CHANGE_LOST:
            findings.lost.setdefault(journal.session, []).extend(numbers)

    def _add_foreign(self, journal: CheckedJournal, findings: JournalFindings) -> None:
        for number in journal.foreign:
            place = f"before line {number}" if number in journal.checksums else "at its end"
            sentence = f"Something foreign stands {place}, or lines are out of order"
            by = self._settled.by(journal.session, number)
            if by:
                sentence += f"; journal {by[:8]} has noted it"
            else:
                findings.settles.append(settling(journal.session, number, number))
            problem = Problem(
                ProblemKind.JOURNAL_DAMAGED,
                self._file(journal),
                f"{sentence}. No change is missing for that.",
                mendable=True,
            )
            findings.problems.append(replace(problem, mended=bool(by)))

    # -- missing journals -----------------------------------------------------------------------

    def _known_sessions(self) -> set[str]:
        told = {session for item in self._snapshots for session in item.content.positions}
        headers = (journal.header for journal in self._journals.values())
        return told | {header.continues for header in headers if header and header.continues}

    def _add_missing(self, session: str, findings: JournalFindings) -> None:
        known = [
            (item.content.positions[session], item.path.name)
            for item in self._snapshots
            if session in item.content.positions
        ]
        position, holder = max(known, key=lambda item: item[0].number, default=(None, ""))
        file = f"journal/{session}.jsonl"
        if position is None:
            sentence = "This journal is missing: what its session changed is lost."
            findings.problems.append(Problem(ProblemKind.JOURNAL_MISSING, file, sentence))
            return
        lost = [number for number in range(position.number) if names(position.left_out, number)]
        by = self._settled.by(session, position.number)
        sentence = f"This journal is missing; {holder} holds its changes up to line "
        sentence += f"{position.number}. Whether there were more can't be told."
        if by:
            sentence = f"This journal is missing; journal {by[:8]} makes up for that."
        problem = Problem(ProblemKind.JOURNAL_MISSING, file, sentence, True, bool(by))
        findings.problems.append(problem)
        if not by:
            findings.settles.append(settling(session, 0, position.number))
        if lost and position.left_out != "?":
            lines = ", ".join(map(str, lost))
            sentence = f"Lines {lines} were damaged before it went missing: take them for lost."
            findings.problems.append(Problem(ProblemKind.CHANGE_LOST, file, sentence))

    def _file(self, journal: CheckedJournal) -> str:
        return journal.path.relative_to(self._layout.folder).as_posix()
