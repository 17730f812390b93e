"""Every system call that writes is made to fail in turn: what becomes of the project?

A forked process prepares an operation, strace attaches and makes one call fail, and lets go
again; then the same session goes on. The project is looked at from another process, right after
the failure and in the end. Writes that stop half-way can't be had from strace: they are simulated
at ``os.write``.
"""

import errno
import shutil
import sys
from collections import Counter
from dataclasses import dataclass, field
from itertools import product

from benchmarks.failing_checks import Finding, Kind
from benchmarks.failing_operations import OPERATIONS, Operation
from benchmarks.failing_python import Failure
from benchmarks.failing_session import Place, Session
from benchmarks.failing_strace import Strace, denying
from benchmarks.material import working_folder
from benchmarks.measuring import BenchmarkError, Row

_ERRORS = ("ENOSPC", "EIO", "EACCES", "EDQUOT")
_WAYS = ((False, False), (True, False), (False, True), (True, True))
"""Whether all later calls of the kind fail as well, and whether nothing can be taken back."""

_NEVER = 1 << 30


@dataclass
class Tally:
    """What came of all cases."""

    cases: int = 0
    recovered: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    halved: int = 0
    findings: Counter[Kind] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)

    def take(self, case: str, *, done: bool, removal_too: bool, findings: list[Finding]) -> None:
        """Counts one case.

        Where nothing can be taken back, a refused edit may be there: it is counted, not blamed.
        """
        self.cases += 1
        self.recovered += done
        self.findings.update({finding.kind for finding in findings})
        self.complaints += [
            f"{case}: {finding.kind}: {finding.words}"
            for finding in findings
            if not (finding.kind is Kind.CAME_BACK and removal_too)
        ]


def measure() -> list[Row]:
    """Makes each call of each operation fail, with each error, in several ways.

    Raises:
        BenchmarkError: If strace is absent, an edit was lost, came back for no good reason, an
            error held no sentence, or a project was not as before.
    """
    if not sys.platform.startswith("linux") or shutil.which("strace") is None:
        raise BenchmarkError("This needs Linux and strace: install strace.")
    tally = Tally()
    with working_folder() as folder:
        place = Place.made_in(folder)
        for operation in OPERATIONS:
            _trace(operation, place, tally)
            _cut_writes_short(operation, place, tally)
    if tally.complaints:
        words = "; ".join(tally.complaints[:5])
        raise BenchmarkError(f"{len(tally.complaints)} of {tally.cases} cases: {words}")
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(tally.calls.items()))
    found = tally.findings
    return [
        Row(f"Calls that write, each made to fail: {kinds}", tally.calls.total(), "calls"),
        Row("Writes that stopped half-way, simulated at os.write", tally.halved, "calls"),
        Row("Cases tried: each error, once or lasting, removal failing too", tally.cases, "cases"),
        Row("Of these recovered from without a word", tally.recovered, "cases"),
        Row("Acknowledged edits lost", found[Kind.LOST], "edits", goal=0),
        Row("Refused edits that were there after all", found[Kind.CAME_BACK], "edits"),
        Row("Errors without a sentence for the reader", found[Kind.UNSPOKEN], "errors", goal=0),
        Row("Projects, images or sessions not as before", found[Kind.BROKEN], "cases", goal=0),
    ]


def _trace(operation: type[Operation], place: Place, tally: Tally) -> None:
    """Counts the calls of an operation, then makes each of them fail."""
    denied = denying(operation.denied)
    with Session(operation, place) as session:
        with Strace(session.process_id, denied) as strace:
            session.act()
        calls = strace.calls(place.project)
    for call in calls:
        tally.calls[call.kind] += 1
        for error, (lasting, removal_too) in product(_ERRORS, _WAYS):
            if (lasting and call.kind == "close") or (removal_too and call.removes):
                continue
            injections = call.failing(error, lasting=lasting, removal_too=removal_too)
            with Session(operation, place, removal_fails=removal_too) as session:
                with Strace(session.process_id, [*denied, *injections]) as strace:
                    attempt = session.act()
                # With removing refused throughout, another way may be taken before.
                if not removal_too:
                    strace.require_injected(call, place.project)
                findings = session.findings(attempt)
            case = f"{operation.name}, {' '.join(injections)} at {call.place}"
            tally.take(case, done=attempt.done, removal_too=removal_too, findings=findings)


def _cut_writes_short(operation: type[Operation], place: Place, tally: Tally) -> None:
    """Lets each write stop half-way, and what follows it succeed or fail."""
    with Session(operation, place, Failure(_NEVER)) as session:
        calls = session.act().calls
    for number in (number for number, kind in enumerate(calls) if kind == "write"):
        tally.halved += 1
        failures = [Failure(number, code=0, short=True)]
        failures += [
            Failure(number, getattr(errno, error), lasting, removal_too, short=True)
            for error, (lasting, removal_too) in product(_ERRORS, _WAYS)
        ]
        for failure in failures:
            removal_too = failure.removal_too
            with Session(operation, place, failure, removal_fails=removal_too) as session:
                attempt = session.act()
                findings = session.findings(attempt)
            if attempt.calls[: number + 1] != calls[: number + 1]:
                raise BenchmarkError(f"{operation.name} did not come to its write {number}.")
            case = f"{operation.name}, {failure}"
            tally.take(case, done=attempt.done, removal_too=removal_too, findings=findings)


if __name__ == "__main__":
    for row in measure():
        sys.stdout.write(f"{row.what}: {row.ours:g} {row.unit}\n")
