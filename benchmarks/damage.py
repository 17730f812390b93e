"""Damaged files of a project: all noticed, no wrong grade, recovered as far as the rest reaches.

``python -m benchmarks.damage [CASES] [SEED]``
"""

import multiprocessing
import sys
from collections import Counter
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.damage_checks import Examiner, Outcome
from benchmarks.damaged_project import Case, cases, make_project
from benchmarks.material import working_folder
from benchmarks.measuring import BenchmarkError, Row

_CASES = 1000
_A_PROCESS = 50
_CRASHED = "crash"


def measure(count: int = _CASES, seed: int = 1) -> list[Row]:
    """Damages a project again and again.

    Raises:
        BenchmarkError: If a damage goes unnoticed, a grade is wrong or missing in silence,
            anything but the damaged change is lost, or a process ends.
    """
    outcomes = damage_all(count, seed)
    faults = Counter(kind for outcome in outcomes for kind in outcome.faults)
    if faults or len(outcomes) != count:
        first = next(outcome for outcome in outcomes if outcome.faults)
        raise BenchmarkError(f"{dict(faults)}, first {first.case}: {first.faults}")
    at_opening = sum(outcome.is_whole_at_opening for outcome in outcomes)
    repaired = sum(outcome.is_whole_after_repair for outcome in outcomes)
    nothing_lost = [outcome for outcome in outcomes if outcome.is_whole_after_repair]
    doubted = sum(_claims_a_loss(outcome) for outcome in nothing_lost)
    return [
        Row(f"Damaged files that went unnoticed, of {count}", 0, "cases", goal=0),
        Row("Wrong grades shown, or missing without a word", 0, "cases", goal=0),
        Row("Errors other than the program's own, or crashes", 0, "cases", goal=0),
        Row("Everything there when opened", at_opening, "cases"),
        Row("Only the damaged changes missing when opened", count - at_opening, "cases"),
        Row("Everything there after `check --repair`", repaired, "cases"),
        Row("Of these with a change taken for lost that wasn't", doubted, "cases"),
    ]


def _claims_a_loss(outcome: Outcome) -> bool:
    return bool(outcome.losses) and outcome.case.target != "image"


def damage_all(count: int, seed: int) -> list[Outcome]:
    """The outcomes of seeded damages; batches run in processes that may be lost."""
    with working_folder() as folder:
        maker = multiprocessing.get_context("spawn").Process(
            target=make_project, args=(folder / "project",)
        )
        # In a process of its own: it must have ended for its session to be an interrupted one.
        maker.start()
        maker.join()
        rest = cases(count, seed)
        outcomes: list[Outcome] = []
        while rest:
            done = _run(folder, rest[:_A_PROCESS])
            outcomes += done
            rest = rest[len(done) :]
    return outcomes


def _run(folder: Path, batch: Sequence[Case]) -> list[Outcome]:
    """Works on a batch in a process; if that ends early, its last case is a crash."""
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(folder, batch, sending))
    process.start()
    sending.close()
    outcomes: list[Outcome] = []
    try:
        while True:
            outcomes.append(receiving.recv())
    except EOFError:
        process.join()
    if len(outcomes) < len(batch):
        case = batch[len(outcomes)]
        outcomes.append(Outcome(case, {_CRASHED: f"exit status {process.exitcode}"}))
    return outcomes


def _work(folder: Path, batch: Sequence[Case], sending: Connection) -> None:
    examiner = Examiner(folder / "project", folder)
    for case in batch:
        sending.send(examiner.outcome_of(case))
    sending.close()


if __name__ == "__main__":
    wanted = [int(word) for word in sys.argv[1:]]
    for row in measure(*wanted):
        sys.stdout.write(f"{row.what}: {row.ours:g} {row.unit}\n")
