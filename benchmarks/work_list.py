"""The real window with 10,000 studies: list, search, filters, next study, answers, Review."""

import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.material import working_folder
from benchmarks.measuring import BenchmarkError, Row, median, p99
from benchmarks.screen import on_a_screen
from benchmarks.work_list_project import make_project

_STUDIES, _GRADES, _ROUNDS = 10_000, 450_000, 60
_FRAME_MS, _KEY_MS, _SLOW_KEY_MS, _CHOICE_MS, _STUDY_MS = 16.0, 50.0, 100.0, 300.0, 100.0
_SIGN_MS = 1000.0
_OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen"}

Durations = dict[str, list[float]]


def measure(
    studies: int = _STUDIES,
    grades: int = _GRADES,
    rounds: int = _ROUNDS,
    *,
    with_screen: bool = True,
) -> list[Row]:
    """Makes the project, and does in the window what a reader does, offscreen and on the screen.

    Raises:
        BenchmarkError: If there is no screen and no Xvfb, or the window broke down.
    """
    with working_folder() as folder:
        project = folder / "project"
        make_project(project, studies, grades, 2 * rounds + 10)
        rows = _rows(_told(project, rounds, _OFFSCREEN), f"{studies} studies", "offscreen")
        if with_screen:
            with on_a_screen():
                told = _told(project, rounds, {})
            rows += _rows(told, f"{studies} studies", "on the screen")
    return rows


def _rows(told: Durations, size: str, place: str) -> list[Row]:
    what = f"{size}, {place}"
    return [
        Row(
            f"Project with {what}, opened until the panel of its first undone study is painted",
            told["open"][0],
            "ms",
        ),
        Row(f"First answer behind that, {what}", told["first answer"][0], "ms"),
        _most("First filter by state behind that", what, told["first filter"], _CHOICE_MS),
        *_middle_and_slow("Answer by digit to its paint", what, told["answer"], _FRAME_MS),
        *_middle_and_slow(
            "Next undone study to the paint of its panel and image", what, told["next"], _STUDY_MS
        ),
        _slow("Work list turned by the wheel to its paint", what, told["wheel"], _FRAME_MS),
        _slow("Work list turned by Page down to its paint", what, told["page down"], _FRAME_MS),
        *_middle_and_slow(
            "Key in the search to the paint of the rows",
            what,
            told["search"],
            _KEY_MS,
            _SLOW_KEY_MS,
        ),
        _most("Filter to the paint of the rows", what, told["filter"], _CHOICE_MS),
        _most("Sorting to the paint of the rows", what, told["sort"], _CHOICE_MS),
        _most("Review opened until it says how far it is", what, told["review sign"], _SIGN_MS),
        Row(f"Review opened until all of its rows are there, {what}", told["review"][0], "ms"),
        Row(f"Memory of the idle window with {what}", told["memory"][0], "MB"),
    ]


def _middle_and_slow(
    words: str, what: str, taken: list[float], goal: float, slow_goal: float | None = None
) -> list[Row]:
    said = f"{words}, {what}, median of {len(taken)}"
    slow = _slow(words, what, taken, goal if slow_goal is None else slow_goal)
    return [Row(said, median(taken), "ms", goal=goal), slow]


def _slow(words: str, what: str, taken: list[float], goal: float) -> Row:
    return Row(f"{words}, {what}, p99 of {len(taken)}", p99(taken), "ms", goal=goal)


def _most(words: str, what: str, taken: list[float], goal: float) -> Row:
    number = f", slowest of {len(taken)}" if len(taken) > 1 else ""
    return Row(f"{words}, {what}{number}", max(taken), "ms", goal=goal)


def _told(project: Path, rounds: int, settings: dict[str, str]) -> Durations:
    done = subprocess.run(
        (sys.executable, "-m", "benchmarks.work_list_window", str(project), str(rounds)),
        check=False,
        capture_output=True,
        env={**os.environ, **settings},
        text=True,
    )
    if done.returncode:
        raise BenchmarkError(f"The window broke down: {done.stderr[-2000:]}")
    found: Durations = json.loads(done.stdout.splitlines()[-1])
    return found
