"""What becomes of a damaged project: what is noticed, what is shown, what can be mended."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.damaged_project import Case, copy_project, damage
from spinegrader.domain.grades import Grade
from spinegrader.domain.state import ProjectState
from spinegrader.errors import ProjectError, SpineGraderError
from spinegrader.services.resources import load_scheme
from spinegrader.store.checking.examining import How
from spinegrader.store.checking.problems import ProblemKind
from spinegrader.store.checking.whole import check_project
from spinegrader.store.project import ProjectStore

READ_AT_OPENING = ("open journal", "project.h5", "generation and project.h5", "marker")
_MAY_BE_LEFT = frozenset(
    {
        ProblemKind.CHANGE_LOST,
        ProblemKind.REVISION_MISSING,
        ProblemKind.IMAGE_DAMAGED,
        ProblemKind.IMAGE_MISSING,
    }
)
"""Losses: what no repair brings back."""


@dataclass
class Outcome:
    """What happened to one damaged project.

    Args:
        case: The damage.
        faults: What must not have happened, by kind; none where all went as it must.
        is_whole_at_opening: Whether opening showed everything.
        is_whole_after_repair: Whether everything was there after the repair.
        losses: Problems that were left after the repair.
    """

    case: Case
    faults: dict[str, str] = field(default_factory=dict)
    is_whole_at_opening: bool = False
    is_whole_after_repair: bool = False
    losses: int = 0


def plain(state: ProjectState) -> dict[str, Any]:
    """All that a project holds, without the names of sessions that told it."""
    links = state.links
    return {
        "patients": dict(state.patients),
        "studies": dict(state.studies),
        "series": dict(state.series.items()),
        "overlays": {uid: (stamp.at, item) for uid, (stamp, item) in state.overlays.items()},
        "settings": {name: (stamp.at, text) for name, (stamp, text) in state.settings.items()},
        "links": {record: (stamp.at, to) for record, (stamp, to) in links.patients.items()},
        "once": set(links.once),
        "flags": {uid: (stamp.at, flag) for uid, (stamp, flag) in state.flags.items()},
        "readings": {key: (stamp.at, number) for key, (stamp, number) in state.readings.items()},
        "sights": dict(state.sights),
        "grades": grades_of(state),
        "predictions": dict(state.predictions.items()),
    }


def grades_of(state: ProjectState) -> set[Grade]:
    """All answers, all revisions."""
    return {grade for history in state.grades.values() for grade in history}


class Examiner:
    """Damages copies of one project and looks what becomes of each.

    Args:
        base: The whole project.
        place: For the copies.
    """

    def __init__(self, base: Path, place: Path) -> None:
        self._base = base
        self._copy = place / "copy"
        self._how = How(load_scheme())
        with_all = ProjectStore.open(base)
        self._truth = plain(with_all.state)
        with_all.close(compact=False)
        self._lines = self._lines_by_journal()

    def outcome_of(self, case: Case) -> Outcome:
        """Damages, opens, checks, mends and opens again."""
        copy_project(self._base, self._copy)
        outcome = Outcome(case)
        damaged = damage(self._copy, case)
        try:
            self._look_at_opening(case, damaged, outcome)
            self._look_at_check(damaged, outcome)
            self._look_at_repair(outcome)
        except SpineGraderError as error:
            outcome.faults["refused"] = error.message
        except Exception as error:  # noqa: BLE001 - that there is none is what is measured
            outcome.faults["other error"] = f"{type(error).__name__}: {error}"
        return outcome

    # -- opening --------------------------------------------------------------------------------

    def _look_at_opening(self, case: Case, damaged: list[Path], outcome: Outcome) -> None:
        store = ProjectStore.open(self._copy)
        shown = plain(store.state)
        store.close(compact=False)
        outcome.is_whole_at_opening = shown == self._truth
        if case.target in READ_AT_OPENING and not store.recovery:
            outcome.faults["not told at opening"] = case.target
        self._compare_grades(shown, store.recovery, outcome)
        if case.target == "open journal":
            expected = self._states_without_damaged_lines(damaged[0])
            if shown not in expected:
                outcome.faults["more lost than the damage"] = _differences(shown, expected[0])
        elif shown != self._truth:
            outcome.faults["not recovered"] = _differences(shown, self._truth)
        if case.target == "image":
            self._look_at_image(damaged[0], outcome)

    def _compare_grades(self, shown: dict[str, Any], told: str, outcome: Outcome) -> None:
        wrong = shown["grades"] - self._truth["grades"]
        missing = self._truth["grades"] - shown["grades"]
        if wrong:
            outcome.faults["wrong grade"] = f"{len(wrong)} shown that nobody gave"
        if missing and not told:
            outcome.faults["wrong grade"] = f"{len(missing)} missing in silence"

    def _look_at_image(self, path: Path, outcome: Outcome) -> None:
        store = ProjectStore.open(self._copy)
        whole = ProjectStore.open(self._base)
        try:
            pixels, geometry = store.read_pixels(path.stem)
            true_pixels, true_geometry = whole.read_pixels(path.stem)
            if geometry != true_geometry or not (pixels == true_pixels).all():
                outcome.faults["wrong pixels"] = path.name
        except ProjectError:
            pass
        finally:
            store.close(compact=False)
            whole.close(compact=False)

    # -- what the open journal still holds -------------------------------------------------------

    def _lines_by_journal(self) -> list[tuple[str, list[bytes]]]:
        paths = [
            *(self._base / "journal").glob("*.jsonl"),
            *(self._base / "journal" / "archive").glob("*.jsonl"),
        ]
        return [(path.name, path.read_bytes().splitlines(keepends=True)) for path in paths]

    def _states_without_damaged_lines(self, journal: Path) -> list[dict[str, Any]]:
        """What must be shown: everything but the lines that aren't in the file any more.

        The last line may be read or not where only the newline behind it is damaged.
        """
        content = journal.read_bytes()
        found = []
        for ending in (b"", b"\n"):
            state = ProjectState()
            for name, lines in self._lines:
                kept = lines
                if name == journal.name:
                    *others, last = lines
                    kept = [line for line in others if line.rstrip(b"\n") in content]
                    if last.rstrip(b"\n") + ending in content:
                        kept.append(last)
                _apply(state, name, kept)
            found.append(plain(state))
        return found

    # -- check and repair ------------------------------------------------------------------------

    def _look_at_check(self, damaged: list[Path], outcome: Outcome) -> None:
        before = dict(_contents(self._copy))
        named = {problem.file for problem in check_project(self._copy, self._how).problems}
        if dict(_contents(self._copy)) != before:
            outcome.faults["check changed something"] = outcome.case.target
        unnamed = [path for path in damaged if str(path.relative_to(self._copy)) not in named]
        if unnamed:
            outcome.faults["unnoticed"] = f"{len(unnamed)} of {len(damaged)} damaged files"

    def _look_at_repair(self, outcome: Outcome) -> None:
        check_project(self._copy, self._how, repair=True)
        shown, told = self._opened()
        outcome.is_whole_after_repair = shown == self._truth
        if told:
            outcome.faults["not clean after repair"] = told
        problems = check_project(self._copy, self._how).problems
        left = [problem for problem in problems if problem.is_left]
        outcome.losses = len(left)
        for problem in left:
            if problem.mendable or problem.kind not in _MAY_BE_LEFT:
                outcome.faults["left after repair"] = f"{problem.kind}: {problem.sentence}"
        self._compare_grades(shown, "".join(problem.sentence for problem in problems), outcome)
        lost_more = outcome.is_whole_at_opening and not outcome.is_whole_after_repair
        if lost_more:
            outcome.faults["repair lost something"] = _differences(shown, self._truth)
        for path in (self._copy / "project.h5", *(self._copy / "generations").glob("*.h5")):
            path.unlink()
        from_journals, _ = self._opened()
        if from_journals != shown:
            outcome.faults["journals not whole"] = _differences(from_journals, shown)

    def _opened(self) -> tuple[dict[str, Any], str]:
        store = ProjectStore.open(self._copy)
        store.close(compact=False)
        return plain(store.state), store.recovery


def _apply(state: ProjectState, name: str, lines: Iterable[bytes]) -> None:
    from spinegrader.domain.state import Stamp
    from spinegrader.store.lines import parse_line

    for content in lines:
        line = parse_line(content.rstrip(b"\n"))
        if line.edit is not None:
            state.apply(line.edit, Stamp(line.at, name, line.number))


def _contents(folder: Path) -> Iterator[tuple[str, tuple[str, int]]]:
    for path in folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        digest = hashlib.sha256(content).hexdigest()
        yield str(path.relative_to(folder)), (digest, path.stat().st_mtime_ns)


def _differences(shown: dict[str, Any], expected: dict[str, Any]) -> str:
    return json.dumps([name for name in shown if shown[name] != expected[name]])
