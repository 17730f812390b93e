"""The table in the README: rows as Markdown, written between two marker comments."""

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measuring import Row

BEGIN = "<!-- figures: written by python -m benchmarks -->"
END = "<!-- end of figures -->"

_COMMAND = "python -m benchmarks"
_TITLES = ("What", "Ours", "Peer", "Ratio", "Goal", "Command", "Date", "Machine")
_HEAD = (f"| {' | '.join(_TITLES)} |", f"|{'---|' * len(_TITLES)}")


def command_of(benchmark: str) -> str:
    """What to type for one benchmark."""
    return f"{_COMMAND} {benchmark}"


def lines_of(benchmark: str, rows: Sequence[Row], machine: str, day: str) -> list[str]:
    """A benchmark's rows as lines of the table."""
    return [
        "| "
        + " | ".join(
            (
                row.what,
                _figure(row.ours, row.unit),
                "none" if row.peer is None else f"{_figure(row.peer, row.unit)} ({row.peer_name})",
                "" if row.ratio is None else f"{row.ratio:.2f}",
                _goal(row),
                f"`{command_of(benchmark)}`",
                day,
                machine,
            )
        )
        + " |"
        for row in rows
    ]


def rewrite(readme: Path, fresh: Mapping[str, Sequence[str]], order: Sequence[str]) -> None:
    """Replaces the lines of some benchmarks between the markers; the rest stays as it is.

    Args:
        readme: File with both markers.
        fresh: New lines by benchmark.
        order: Names of all benchmarks; the table follows it, and what it doesn't name goes.

    Raises:
        ValueError: If the file hasn't each marker once, in their order.
    """
    text = readme.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"{readme.name} needs the two marker comments of the table, once each.")
    before, rest = text.split(BEGIN)
    table, after = rest.split(END)
    lines = [*_HEAD]
    for benchmark in order:
        cell = f"| `{command_of(benchmark)}` |"
        kept = [line for line in table.splitlines() if cell in line]
        lines += fresh.get(benchmark, kept)
    content = "\n".join(lines)
    readme.write_text(f"{before}{BEGIN}\n\n{content}\n\n{END}{after}", encoding="utf-8")


def machine_in_words() -> str:
    """The machine without any name of it: cores, system, Python, how busy it is."""
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    system = f"{platform.system()} {platform.machine()}"
    python = ".".join(platform.python_version_tuple()[:2])
    busy = f", load {os.getloadavg()[0]:.1f} before" if hasattr(os, "getloadavg") else ""
    return f"{cores} cores, {system}, Python {python}{busy}"


def today() -> str:
    """The date in UTC."""
    return datetime.now(UTC).date().isoformat()


def _figure(value: float, unit: str) -> str:
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:.{digits}f} {unit}"


def _goal(row: Row) -> str:
    if row.goal_ratio is not None and row.ratio is not None:
        verdict = "met" if row.ratio <= row.goal_ratio else "**missed**"
        return f"ratio ≤ {row.goal_ratio:.2f}: {verdict}"
    if row.goal is None:
        return ""
    verdict = "met" if row.ours <= row.goal else "**missed**"
    return f"≤ {row.goal:g} {row.unit}: {verdict}"
