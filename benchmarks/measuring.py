"""What every benchmark returns, and how repeated measurements become one figure."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Args:
        what: What was measured, with the statistic and the number of measurements.
        ours: Our figure.
        unit: Of both figures.
        peer: The peer's figure; None where there is no peer.
        peer_name: Who the peer is.
        goal: The most that our figure may be; None where no goal is set.
        goal_ratio: The most that our figure may be of the peer's; None likewise.
    """

    what: str
    ours: float
    unit: str
    peer: float | None = None
    peer_name: str = ""
    goal: float | None = None
    goal_ratio: float | None = None

    @property
    def ratio(self) -> float | None:
        """Our figure divided by the peer's; below 1 we are faster."""
        return None if not self.peer else self.ours / self.peer


class BenchmarkError(Exception):
    """What was measured didn't do what it must: the figures would mean nothing."""


def median(values: Sequence[float]) -> float:
    """The middle value."""
    return float(np.median(values))


def p99(values: Sequence[float]) -> float:
    """The value that one measurement in a hundred exceeds (linear between neighbours)."""
    return float(np.percentile(values, 99))


def peak_mb() -> float:
    """The most memory that this process ever held; ``ru_maxrss`` would count its parent's."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024 / 1e6


def duration_ms(action: Callable[[], object]) -> float:
    """Milliseconds that one call takes."""
    start = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - start)


def interleaved_ms(
    actions: Mapping[str, Callable[[], object]], rounds: int, warm_up: int = 1
) -> dict[str, list[float]]:
    """Calls all actions in turn, round after round, so that a noisy spell meets all alike.

    Each round begins with the next action: none always comes behind the same other one.

    Args:
        actions: By name.
        rounds: How often each is measured.
        warm_up: Rounds before them that don't count.

    Returns:
        Milliseconds of each call, by name.
    """
    durations: dict[str, list[float]] = {name: [] for name in actions}
    names = list(actions)
    for number in range(warm_up + rounds):
        first = number % len(names)
        for name in (*names[first:], *names[:first]):
            taken = duration_ms(actions[name])
            if number >= warm_up:
                durations[name].append(taken)
    return durations
