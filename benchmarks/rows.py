"""What a measurement says, and the table of all of them in README.md."""

import os
import re
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

README = Path(__file__).with_name("README.md")
_START, _END = "<!-- table:start -->", "<!-- table:end -->"


@dataclass(frozen=True)
class Row:
    """One figure.

    Args:
        name: Of the benchmark; ``python -m benchmarks NAME`` makes it again.
        what: Measured.
        ours: With its unit.
        peer: What it is held against, with its figure; empty for none.
        ratio: Ours to the peer's; empty for none.
        goal: Where there is one.
    """

    name: str
    what: str
    ours: str
    peer: str = ""
    ratio: str = ""
    goal: str = ""


def seconds_of(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def interleaved(works: Sequence[Callable[[], object]], repeats: int) -> list[list[float]]:
    """Wall times of several works, taken in turn so that a busy moment hits all of them."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(repeats):
        for place, work in enumerate(works):
            times[place].append(seconds_of(work))
    return times


def median_and_p99_ms(times_s: Sequence[float]) -> tuple[float, float]:
    """Median and 99th percentile in milliseconds."""
    ordered = sorted(times_s)
    return 1e3 * statistics.median(ordered), 1e3 * ordered[int(0.99 * (len(ordered) - 1))]


def write_table(rows: Sequence[Row], readme: Path = README) -> None:
    """Puts rows into the table; those of benchmarks that didn't run stay."""
    text = readme.read_text(encoding="utf-8")
    head, rest = text.split(_START)
    old, tail = rest.split(_END)
    day = datetime.now(UTC).date().isoformat()
    ran = {row.name for row in rows}
    kept = [line for line in old.splitlines() if _name_of(line) not in (ran | {None})]
    fresh = [
        f"| {row.what} | {row.ours} | {row.peer} | {row.ratio} | {row.goal} "
        f"| `python -m benchmarks {row.name}` | {day} |"
        for row in rows
    ]
    lines = sorted([*kept, *fresh], key=lambda line: _name_of(line) or "")
    table = [
        "| what | ours | peer | ratio | goal | command | day |",
        "|---|---|---|---|---|---|---|",
        *lines,
    ]
    readme.write_text(f"{head}{_START}\n" + "\n".join(table) + f"\n{_END}{tail}", encoding="utf-8")


def _name_of(line: str) -> str | None:
    found = re.search(r"`python -m benchmarks (\w+)`", line)
    return found[1] if found else None


def machine() -> str:
    """In general words."""
    return f"{os.cpu_count()} cores"
