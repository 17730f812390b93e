"""From the start of the process to the window's first paint, beside a bare pyqtgraph window."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.measuring import BenchmarkError, Row, median

_GOAL_MS = 2000.0
_BARE_WINDOW = Path(__file__).with_name("bare_window.py")
_OURS = (sys.executable, "-m", "spinegrader", "--report-startup")
_PEER = (sys.executable, str(_BARE_WINDOW))
_REPORT = re.compile(r"first paint after (\d+) ms(.*)")


def measure(rounds: int = 5) -> list[Row]:
    """Starts both programs in turn, offscreen and, where there is one, on the screen.

    Both are timed from outside, by the line that they print at their first paint.

    Raises:
        BenchmarkError: If a program doesn't start, or ours imported torch, pydicom or SimpleITK
            before its first paint.
    """
    places = {"offscreen": {"QT_QPA_PLATFORM": "offscreen"}}
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        places["on the screen"] = {}
    return [row for place, setting in places.items() for row in _measure(place, setting, rounds)]


def _measure(place: str, setting: dict[str, str], rounds: int) -> list[Row]:
    ours: list[float] = []
    peer: list[float] = []
    reported: list[float] = []
    for number in range(rounds + 1):
        our_ms, said = _first_paint(_OURS, setting)
        peer_ms, _ = _first_paint(_PEER, setting)
        if number == 0:
            continue  # files are read into memory by the first start
        ours.append(our_ms)
        peer.append(peer_ms)
        reported.append(said)
    figures = f"{place}, median of {rounds}"
    return [
        Row(
            f"Start to first paint, {figures}",
            median(ours),
            "ms",
            median(peer),
            "bare PySide6 and pyqtgraph window",
            _GOAL_MS,
        ),
        Row(f"The same as `--report-startup` tells it, {figures}", median(reported), "ms"),
    ]


def _first_paint(command: tuple[str, ...], setting: dict[str, str]) -> tuple[float, float]:
    """Milliseconds to the first paint, seen from outside and as the program says itself."""
    start = time.perf_counter()
    with subprocess.Popen(
        command,
        env={**os.environ, **setting},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        line = process.stdout.readline()
        seen_ms = 1000 * (time.perf_counter() - start)
        process.stdout.read()
    report = _REPORT.match(line)
    if report is None or process.returncode:
        raise BenchmarkError(f"{Path(command[1]).name} {command[2:]} did not start.")
    if report[2]:
        raise BenchmarkError(f"The window waited for what it doesn't need:{report[2]}.")
    return seen_ms, float(report[1])
