"""Checks a project with its runs, and says in words and as plain data what was found."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from spinegrader.services.containment import containment
from spinegrader.services.resources import load_scheme
from spinegrader.services.run_checks import run_problems
from spinegrader.services.wording import counted
from spinegrader.store.checking.examining import How
from spinegrader.store.checking.problems import Counts, Problem, StepProgress
from spinegrader.store.checking.whole import check_project as check_store

_MOST_SAID = 20
"""Problems of one kind in words; the JSON document names them all."""


@dataclass(frozen=True)
class CheckReport:
    """What a check found.

    Args:
        folder: The project.
        problems: What is wrong, or was.
        counts: What was looked at.
    """

    folder: Path
    problems: tuple[Problem, ...]
    counts: Counts

    @property
    def left(self) -> list[Problem]:
        """What somebody has to do something about."""
        return [problem for problem in self.problems if problem.is_left]

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "project": str(self.folder),
            "is_sound": not self.left,
            "checked": asdict(self.counts),
            "problems": [
                {
                    "kind": problem.kind.value,
                    "file": problem.file,
                    "sentence": problem.sentence,
                    "mendable": problem.mendable,
                    "mended": problem.mended,
                    "note": problem.is_note,
                }
                for problem in self.problems
            ],
        }

    def in_words(self) -> str:
        """For a person; the last line is the verdict."""
        mended = [problem for problem in self.problems if problem.mended]
        notes = [problem for problem in self.problems if problem.is_note and not problem.mended]
        return "\n".join(
            [
                *_counts_in_words(self.counts),
                *_listed("Wrong", self.left),
                *_listed("Mended", mended),
                *_listed("Harmless", notes),
                self.verdict(),
            ]
        )

    def verdict(self) -> str:
        """One sentence."""
        if not self.left:
            was_wrong = any(problem.mended for problem in self.problems)
            return "Everything that was wrong is mended." if was_wrong else "Nothing is wrong."
        mendable = sum(problem.mendable for problem in self.left)
        found = counted(len(self.left), "problem is", "problems are")
        if not mendable:
            return f"{found} left."
        return f"{found} left; --repair mends {mendable}."


def check_project(
    folder: Path,
    progress: StepProgress = lambda _name, _done, _total: None,
    stop: Callable[[], bool] = lambda: False,
    *,
    repair: bool = False,
) -> CheckReport:
    """Looks at every structure, reference and checksum of a project and its runs.

    Args:
        folder: The project folder.
        progress: Is told a step, how much of it is done, and how much there is.
        stop: Whether the user wishes to stop.
        repair: Whether to put right what can be; otherwise nothing on the disk is changed.

    Raises:
        ProjectError: If the folder isn't a project, can't be read or written, or needs a newer
            program.
        CancelledError: If the user wished to stop.
    """
    how = How(load_scheme(), containment(), progress, stop)
    checked = check_store(folder, how, repair=repair)
    runs = run_problems(checked.layout.runs, checked.counts, progress, stop)
    return CheckReport(folder, (*checked.problems, *runs), checked.counts)


def _counts_in_words(counts: Counts) -> Iterator[str]:
    megabytes = counts.image_bytes / 1e6
    journals = counted(counts.journals, "journal", "journals")
    tables = counted(counts.tables, "table file", "table files")
    images = counted(counts.images, "image", "images")
    runs = counted(counts.runs, "run", "runs")
    yield (
        f"Checked {journals} ({counts.lines} lines, {counts.changes} changes), {tables}, {images}"
        f" ({megabytes:.0f} MB), {counted(counts.grades, 'answer', 'answers')},"
        f" {counted(counts.predictions, 'prediction', 'predictions')}, {runs}."
    )
    if counts.linked_images:
        linked = counted(counts.linked_images, "linked image", "linked images")
        yield f"Not checked: the contents of {linked}; only whether their files are there."


def _listed(title: str, problems: list[Problem]) -> Iterator[str]:
    if problems:
        yield f"{title}:"
    by_kind = sorted(problems, key=lambda problem: problem.kind)
    for _, group in groupby(by_kind, key=lambda problem: problem.kind):
        alike = list(group)
        for problem in alike[:_MOST_SAID]:
            yield f"  {problem.file}: {problem.sentence}"
        if len(alike) > _MOST_SAID:
            yield f"  … and {len(alike) - _MOST_SAID} more of the kind {alike[0].kind}"
