"""Whether a project that a crash left holds what was acknowledged, and goes on."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import numpy as np

from benchmarks.crash_points import Crash, Recording
from benchmarks.crash_scenarios import EDITS, PROJECT, picture
from benchmarks.simulated_disk import write_tree
from spinegrader.domain.edits import SetSetting
from spinegrader.domain.state import ProjectState, Stamp
from spinegrader.errors import ProjectError
from spinegrader.store.checking import problems as store_problems
from spinegrader.store.checking.problems import ProblemKind
from spinegrader.store.compaction import compact_project
from spinegrader.store.lines import is_sound
from spinegrader.store.project import ProjectStore

_TORN = frozenset(
    {ProblemKind.JOURNAL_CUT_OFF, ProblemKind.JOURNAL_DAMAGED, ProblemKind.CHANGE_LOST}
)
"""What may be said of a last line that nobody was told of: cut off, or with pages lost in it."""

_OF_THE_SAMPLES = frozenset(
    {ProblemKind.IMAGE_MISSING, ProblemKind.GRADE_RULE, ProblemKind.REFERENCE_MISSING}
)
"""There are no images behind the edits, and one breaks a rule; that edits are there is compared."""

_ONE_MORE = SetSetting("after the crash", None, "1")


class Problem(Enum):
    """What is wrong after a crash."""

    LOST = "an acknowledged edit or image is lost"
    WRONG = "something else is there than was written"
    UNREADABLE = "the project doesn't open"
    REPAIR = "the project doesn't go on without repair"


class ProblemError(Exception):
    """A crash left a project that isn't as promised."""

    def __init__(self, problem: Problem, detail: object = "") -> None:
        super().__init__(f"{problem.value}: {detail}")
        self.problem = problem


@dataclass
class _Told:
    """What a program has said to be done."""

    is_created: bool = False
    edits: list[tuple[int, Stamp]] = field(default_factory=list)
    images: dict[int, str] = field(default_factory=dict)


class Examiner:
    """Opens what crashes left of one recording.

    Args:
        recording: Of a scenario.
        place: A folder that is made anew for each crash.
    """

    def __init__(self, recording: Recording, place: Path) -> None:
        self._marks = recording.marks
        self._before = recording.before
        self._place = place
        self._folder = place / PROJECT
        self._states: dict[int, ProjectState] = {}
        self._was_there = PROJECT in recording.before
        write_tree(recording.before, place)
        found = ProjectStore.open(self._folder).check() if self._was_there else ()
        self._torn_before = sum(self._is_torn(item) for item in found)

    def examine(self, crash: Crash) -> None:
        """Opens the project, compares it, makes one more edit and brings project.h5 up to date.

        Raises:
            ProblemError: If any of that doesn't go as promised.
        """
        told = _read(self._marks[: crash.told])
        allowed = [self._state(len(told.edits)), self._state(len(told.edits) + 1)]
        write_tree(crash.tree, self._place)
        store = self._opened(told)
        if store.state not in allowed:
            raise self._difference(store, told)
        _require_images(store, told)
        self._require_torn_at_most(store)
        again = self._go_on(store)
        self._rebuild(again, told)

    def _opened(self, told: _Told) -> ProjectStore:
        try:
            return ProjectStore.open(self._folder)
        except ProjectError as error:
            if self._was_there or told.is_created:
                raise ProblemError(Problem.UNREADABLE, error) from error
        except Exception as error:  # the sort of error says nothing here
            raise ProblemError(Problem.UNREADABLE, repr(error)) from error
        # Its making was cut off: made again, it must be as if it had never been begun.
        try:
            return ProjectStore.create(self._folder)
        except ProjectError as error:
            raise ProblemError(Problem.REPAIR, error) from error

    def _require_torn_at_most(self, store: ProjectStore) -> None:
        """A last line that was cut off is damage too, and the only one that a crash may do."""
        found = store.check()
        torn = [item for item in found if self._is_torn(item)]
        harmful = [item for item in found if item.is_left and item.kind not in _OF_THE_SAMPLES]
        if len(torn) > self._torn_before + 1 or set(harmful) - set(torn):
            raise ProblemError(Problem.REPAIR, harmful)

    def _is_torn(self, found: store_problems.Problem) -> bool:
        if found.kind not in _TORN:
            return False
        *before, _ = (self._folder / found.file).read_bytes().rstrip(b"\n").split(b"\n")
        return all(is_sound(line) for line in before)

    def _go_on(self, store: ProjectStore) -> ProjectStore:
        """Works on as on the next day; a lease of a killed process has expired by then."""
        for lease in self._folder.glob("cache/*.lease"):
            os.utime(lease, (0, 0))
        try:
            store.state.apply(_ONE_MORE, store.append(_ONE_MORE))
            store.close(compact=False)
            is_compacted = compact_project(self._folder)
            again = ProjectStore.open(self._folder)
        except Exception as error:  # as above
            raise ProblemError(Problem.REPAIR, repr(error)) from error
        if again.state != store.state:
            raise ProblemError(Problem.LOST, "after going on")
        if not is_compacted or again.recovery:
            raise ProblemError(Problem.REPAIR, again.recovery or "project.h5 was not renewed")
        return again

    def _rebuild(self, store: ProjectStore, told: _Told) -> None:
        """The journals alone must hold everything, but perhaps an edit that was being made."""
        (self._folder / "project.h5").unlink()
        shutil.rmtree(self._folder / "generations", ignore_errors=True)
        state = ProjectStore.open(self._folder).state
        if state != store.state:
            for number, stamp in _read(self._marks).edits[: len(told.edits) + 1][-1:]:
                state.apply(EDITS[number], stamp)
        if state != store.state:
            raise ProblemError(Problem.LOST, "project.h5 can't be rebuilt from the journals")

    def _state(self, edits: int) -> ProjectState:
        """What the project must be once some edits were acknowledged."""
        if edits not in self._states:
            write_tree(self._before, self._place)
            state = ProjectStore.open(self._folder).state if self._was_there else ProjectState()
            for number, stamp in _read(self._marks).edits[:edits]:
                state.apply(EDITS[number], stamp)
            self._states[edits] = state
        return self._states[edits]

    def _difference(self, store: ProjectStore, told: _Told) -> ProblemError:
        """Edits are lost if making them again changes anything; else there is too much."""
        completed = ProjectStore.open(self._folder).state
        for number, stamp in told.edits:
            completed.apply(EDITS[number], stamp)
        problem = Problem.WRONG if completed == store.state else Problem.LOST
        return ProblemError(problem, f"{len(told.edits)} edits were acknowledged")


def _read(marks: Sequence[str]) -> _Told:
    told = _Told()
    for mark in marks:
        match mark.split():
            case ["created"]:
                told.is_created = True
            case ["edit", number, at, session, line]:
                told.edits.append((int(number), Stamp(at, session, int(line))))
            case ["image", number, name]:
                told.images[int(number)] = name
            case _:
                raise ValueError(mark)
    return told


def _require_images(store: ProjectStore, told: _Told) -> None:
    for number, name in told.images.items():
        try:
            pixels, _ = store.read_pixels(name)
        except ProjectError as error:
            raise ProblemError(Problem.LOST, error) from error
        if not np.array_equal(pixels, picture(number)):
            raise ProblemError(Problem.WRONG, f"image {number}")
