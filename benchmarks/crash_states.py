"""A store killed after each of its system calls, or robbed of what it had not synced.

``python -m benchmarks.crash_states [POWER_LOSSES] [SEED]``
"""

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from benchmarks import crash_scenarios, hdf5_in_place
from benchmarks.crash_checks import Examiner, Problem, ProblemError
from benchmarks.crash_points import Crash, Recording, kills, power_losses, recorded
from benchmarks.crash_scenarios import PROJECT, SCENARIOS
from benchmarks.disk_operations import Mark
from benchmarks.measuring import BenchmarkError, Row

_POWER_LOSSES = 1000
_UNSYNCED = ("files", "folders")
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
_EXAMPLES = 5


@dataclass
class Outcome:
    """What the crashes of one kind led to."""

    states: int = 0
    problems: Counter[Problem] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(
            self.states + other.states,
            self.problems + other.problems,
            self.examples + other.examples,
        )


@dataclass(frozen=True)
class Trial:
    """What the crashes of one scenario led to.

    Args:
        calls: System calls recorded.
        killed: After kills.
        powerless: After power losses.
        unsynced: After power losses of the same store when it syncs nothing.
    """

    calls: int
    killed: Outcome
    powerless: Outcome
    unsynced: Outcome


def measure(losses: int = _POWER_LOSSES, seed: int = 1) -> list[Row]:
    """Records every scenario and opens what crashes leave.

    Args:
        losses: Power losses, over all scenarios.
        seed: Draws them.

    Raises:
        BenchmarkError: If nothing can be recorded here, or the checks find no loss where there
            must be some: in a store that syncs nothing, and in HDF5 edited in place.
    """
    shares = [len(part) for part in np.array_split(np.arange(losses), len(SCENARIOS))]
    # Checking a project with a torn line waits a while for its writer: others use the time.
    workers = 2 * (os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        in_place = pool.submit(_edited_in_place, losses // 5, seed)
        trials = list(pool.map(_try, SCENARIOS, shares, [seed] * len(SCENARIOS)))
    killed = sum((trial.killed for trial in trials), Outcome())
    powerless = sum((trial.powerless for trial in trials), Outcome())
    unsynced = sum((trial.unsynced for trial in trials), Outcome())
    for example in (killed.examples + powerless.examples)[:_EXAMPLES]:
        print(example, file=sys.stderr)
    damaged_by_kill, damaged_by_loss = in_place.result()
    if not (unsynced.problems[Problem.LOST] and damaged_by_kill and damaged_by_loss):
        raise BenchmarkError("No loss was found where there must be some: the checks are blind.")
    calls = sum(trial.calls for trial in trials)
    return [
        Row(f"System calls on files, recorded in {len(trials)} scenarios", calls, "calls"),
        *_rows(killed, powerless, unsynced),
        _share("Kills that left loss or damage", killed, damaged_by_kill),
        _share("Power losses that left loss or damage", powerless, damaged_by_loss),
    ]


def _rows(killed: Outcome, powerless: Outcome, unsynced: Outcome) -> list[Row]:
    both = killed + powerless
    lost = "after which an acknowledged edit or image is lost"
    return [
        Row("Kills tried: after each call, and within each write", killed.states, "states"),
        Row("Power losses tried, each with something dropped", powerless.states, "states"),
        Row(f"Kills {lost}", killed.problems[Problem.LOST], "states", goal=0),
        Row(
            f"Power losses {lost}",
            powerless.problems[Problem.LOST],
            "states",
            unsynced.problems[Problem.LOST],
            "the same store without `fsync`",
            goal=0,
        ),
        Row(
            "Crashes after which the project doesn't open",
            both.problems[Problem.UNREADABLE],
            "states",
            goal=0,
        ),
        Row(
            "Crashes after which it holds something else than was written",
            both.problems[Problem.WRONG],
            "states",
            goal=0,
        ),
        Row(
            "Crashes after which it needs repair by hand",
            both.problems[Problem.REPAIR],
            "states",
            goal=0,
        ),
    ]


def _share(what: str, ours: Outcome, peer_percent: float) -> Row:
    percent = 100 * ours.problems.total() / ours.states
    return Row(what, percent, "%", peer_percent, "HDF5 edited in place by h5py, flushed", goal=0)


def _try(name: str, losses: int, seed: int) -> Trial:
    """Records one scenario twice, and opens what crashes leave."""
    recording = recorded_scenario(name)
    forgetful = recorded_scenario(name, _UNSYNCED)
    rng = np.random.default_rng([seed, *name.encode()])
    return Trial(
        calls=sum(not isinstance(item, Mark) for item in recording.operations),
        killed=outcome_of(name, recording, kills(recording)),
        powerless=outcome_of(name, recording, power_losses(recording, losses, rng)),
        unsynced=outcome_of(name, forgetful, power_losses(forgetful, losses, rng)),
    )


def recorded_scenario(name: str, unsynced: Iterable[str] = ()) -> Recording:
    """What a store does in a scenario.

    Args:
        name: Of the scenario.
        unsynced: ``files`` and ``folders``, where the store shall forget to sync them.
    """
    scenario = SCENARIOS[name]
    return recorded(
        lambda place: scenario.prepare(place / PROJECT),
        ["-m", crash_scenarios.__name__, name, *unsynced],
    )


def outcome_of(name: str, recording: Recording, crashes: Iterable[Crash]) -> Outcome:
    """Opens what crashes left, and counts what is wrong with it."""
    outcome = Outcome()
    with _place() as folder:
        examiner = Examiner(recording, Path(folder) / "place")
        for crash in crashes:
            outcome.states += 1
            try:
                examiner.examine(crash)
            except ProblemError as error:
                outcome.problems[error.problem] += 1
                outcome.examples.append(f"{name}, state {outcome.states}: {error}")
    return outcome


def _edited_in_place(losses: int, seed: int) -> tuple[float, float]:
    """Per cent of kills and power losses that damage HDF5 edited in place, or lose a row."""
    recording = recorded(hdf5_in_place.prepare, ["-m", hdf5_in_place.__name__])
    rng = np.random.default_rng(seed)
    percents = []
    with _place() as folder:
        for crashes in (list(kills(recording)), list(power_losses(recording, losses, rng))):
            failures = hdf5_in_place.count_failures(crashes, Path(folder) / "place")
            percents.append(100 * failures / len(crashes))
    return percents[0], percents[1]


def _place() -> tempfile.TemporaryDirectory[str]:
    """A folder in memory where there is one: what is durable is the simulated disk's to say."""
    return tempfile.TemporaryDirectory(
        prefix="crashes-", dir=_IN_MEMORY if _IN_MEMORY.is_dir() else None
    )


if __name__ == "__main__":
    for row in measure(*(int(word) for word in sys.argv[1:])):
        sys.stdout.write(f"{row.what}: {row.ours:g} {row.unit}\n")
