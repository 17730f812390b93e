"""Processes killed while they edit and compact a project: is every acknowledged edit still there?

Each run forks one or three writers and a compaction, kills all of them with SIGKILL at random
moments, opens the project anew and compares it with what had been acknowledged.
"""

import os
import re
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.killing import CAN_KILL_SPAWNED, Ending, Plan, run_and_kill
from benchmarks.material import working_folder
from benchmarks.measuring import BenchmarkError, Row
from benchmarks.store_contents import contents, opened_alone, stamp_in
from benchmarks.store_edits import edits_of, studies
from spinegrader import durable
from spinegrader.domain.edits import Edit
from spinegrader.domain.state import ProjectState
from spinegrader.store.checking.problems import DAMAGE, ProblemKind
from spinegrader.store.compaction import compact_project
from spinegrader.store.project import ProjectStore

_RUNS = 1000
# Odd, so that it meets one writer as well as three.
_SPAWNED_EVERY = 21
_NEW_PROJECT = 0.1
_LEASE_EXPIRES_S = 601.0
_EXPECTED = ("was cut off", "was not closed properly")
"""What the reader may be told after a kill; anything else is damage."""

_SENTENCE = re.compile(r"(?<=\.) ")


@dataclass
class Tally:
    """What came of the runs."""

    runs: dict[int, int] = field(default_factory=lambda: {1: 0, 3: 0})
    acknowledged: int = 0
    lost: int = 0
    unreadable: int = 0
    repairs: int = 0
    in_compaction: int = 0
    in_replacing: int = 0
    torn_lines: int = 0
    complaints: list[str] = field(default_factory=list)


def measure(runs: int = _RUNS, seed: int = 1) -> list[Row]:
    """Kills processes at work on a project again and again.

    Raises:
        BenchmarkError: If an acknowledged edit was lost, a project could not be read, held what
            was never written or needed a repair, or no kill fell into a compaction.
    """
    tally = kill(runs, seed)
    if tally.complaints:
        raise BenchmarkError(f"lost {tally.lost} edits; {'; '.join(tally.complaints[:5])}")
    if not tally.in_compaction:
        raise BenchmarkError("No kill fell into a compaction.")
    return [
        Row("Runs killed with 1 writer and a compaction at work", tally.runs[1], "runs"),
        Row("Runs killed with 3 writers and a compaction at work", tally.runs[3], "runs"),
        Row("Edits acknowledged in all killed runs", tally.acknowledged, "edits"),
        Row("Edits acknowledged but lost", tally.lost, "edits", goal=0),
        Row("Projects that could not be read after a kill", tally.unreadable, "projects", goal=0),
        Row("Projects that needed a manual repair", tally.repairs, "projects", goal=0),
        Row("Compactions that a kill cut short", tally.in_compaction, "compactions"),
        Row("Of these with a new project.h5 beside the old one", tally.in_replacing, "compactions"),
        Row("Writers that were killed in the middle of a line", tally.torn_lines, "writers"),
    ]


def kill(runs: int, seed: int) -> Tally:
    """Runs, kills and verifies; every second run with three writers."""
    rng = np.random.default_rng(seed)
    tally = Tally()
    with working_folder() as place:
        project: _Project | None = None
        for run in range(runs):
            if project is None or rng.random() < _NEW_PROJECT:
                shutil.rmtree(place / "project", ignore_errors=True)
                project = _Project(place / "project", tally)
            spawns = CAN_KILL_SPAWNED and run % _SPAWNED_EVERY == 0
            plan = Plan(seed, run, 1 + 2 * (run % 2), spawns)
            ending = run_and_kill(project.folder, plan, rng)
            tally.runs[plan.writers] += 1
            if not project.is_whole_after(plan, ending):
                project = None
    return tally


class _Project:
    """A project that lives through several runs, and what it must hold by now."""

    def __init__(self, folder: Path, tally: Tally) -> None:
        self.folder = folder
        self._tally = tally
        self._torn_lines = 0
        self._expected = ProjectState()
        store = ProjectStore.create(folder)
        self._make(store, studies())
        store.close(compact=False)

    def _make(self, store: ProjectStore, edit: Edit) -> None:
        stamp = store.append(edit)
        store.state.apply(edit, stamp)
        self._expected.apply(edit, stamp)

    def is_whole_after(self, plan: Plan, ending: Ending) -> bool:
        """Opens, compares, edits and compacts; whether everything was as it must be."""
        before = len(self._tally.complaints)
        self._complain(plan, ending.complaints)
        self._tally.acknowledged += sum(len(stamps) for stamps in ending.acknowledged)
        try:
            store = ProjectStore.open(self.folder)
            self._compare(plan, ending, store)
            self._require_no_damage(plan, store)
        except Exception as error:  # noqa: BLE001 - whatever it is, the project can't be read
            self._tally.unreadable += 1
            self._complain(plan, [f"unreadable: {error!r}"])
            return False
        try:
            self._go_on(plan, store)
        except Exception as error:  # noqa: BLE001 - whatever it is, somebody would have to mend it
            self._tally.repairs += 1
            self._complain(plan, [f"does not go on: {error!r}"])
        return len(self._tally.complaints) == before

    def _complain(self, plan: Plan, what: list[str]) -> None:
        self._tally.complaints += [f"run {plan.run}: {words}" for words in what]

    def _compare(self, plan: Plan, ending: Ending, store: ProjectStore) -> None:
        """Everything acknowledged, and nothing beyond it but what was being written."""
        for writer, stamps in enumerate(ending.acknowledged):
            *made, at_work = plan.edits(writer, len(stamps) + 1)
            for edit, stamp in zip(made, stamps, strict=True):
                self._expected.apply(edit, stamp)
            # Durable, and killed before it could be told: it may be there, and then it stays.
            if (unheard := stamp_in(store.state, at_work)) is not None:
                self._expected.apply(at_work, unheard)
        expected, found = contents(self._expected), contents(store.state)
        if lost := len(expected - found):
            self._tally.lost += lost
            self._complain(plan, [f"{lost} acknowledged changes are not there"])
        if foreign := len(found - expected):
            self._complain(plan, [f"{foreign} changes are there that were never made"])

    def _require_no_damage(self, plan: Plan, store: ProjectStore) -> None:
        damages = [problem for problem in store.check() if problem.kind in DAMAGE]
        torn = sum(problem.kind is ProblemKind.JOURNAL_CUT_OFF for problem in damages)
        self._tally.torn_lines += torn - self._torn_lines
        self._torn_lines = torn
        told = _SENTENCE.split(store.recovery)
        unexpected = [
            *(item.sentence for item in damages if item.kind is not ProblemKind.JOURNAL_CUT_OFF),
            *(note for note in told if note and not any(words in note for words in _EXPECTED)),
        ]
        if unexpected:
            self._tally.repairs += 1
            self._complain(plan, unexpected)

    def _go_on(self, plan: Plan, store: ProjectStore) -> None:
        """The next edit and the next compaction, and project.h5 by itself."""
        self._make(store, next(edits_of((plan.seed, plan.run, plan.writers))))
        self._release_lease()
        if plan.by_session:
            store.compact()
        elif not compact_project(self.folder):
            raise BenchmarkError("another compaction seems to be at work")
        store.close(compact=False)
        if contents(opened_alone(self.folder)) != contents(self._expected):
            raise BenchmarkError("project.h5 does not hold what the project holds")
        durable.remove_temporaries(self.folder, stale_after_s=0)
        if left := [path.name for path in self.folder.glob(".*")]:
            raise BenchmarkError(f"{left[0]} is left")

    def _release_lease(self) -> None:
        """Lets the ten minutes pass after which the lease of a killed compaction expires."""
        lease = self.folder / "cache" / "compaction.lease"
        if lease.exists():
            self._tally.in_compaction += 1
            self._tally.in_replacing += any(self.folder.glob(".project.h5.*"))
            expired_s = time.time() - _LEASE_EXPIRES_S
            os.utime(lease, (expired_s, expired_s))
