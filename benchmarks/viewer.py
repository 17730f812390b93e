"""The viewer beside napari: slices, dragged corners, first paint; and the window's own figures."""

import time
from collections import defaultdict
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from benchmarks.material import LARGE_SERIES, read_project, working_folder
from benchmarks.measuring import BenchmarkError, Row, median, p99
from benchmarks.screen import on_a_screen
from benchmarks.viewer_scene import enlarged, keep_scene
from benchmarks.viewer_subject import CORNER_DRAG, SLICE_CHANGE, UNPAINTED_SLICE, SubjectProcess
from benchmarks.viewer_window import idle_memory_rows, study_rows
from spinegrader.domain.overlays import Overlay
from spinegrader.imaging.volume import Volume

_GOAL_MEDIAN_MS, _GOAL_P99_MS = 8.0, 16.0
_GOAL_RATIO, _GOAL_RATIO_FIRST_PAINT = 0.25, 1 / 3
_SMALL, _LARGE = "512 x 512 x 15", "1024 x 1024 x 60"
_OURS, _PEER = "benchmarks.viewer_ours", "benchmarks.viewer_napari"
_PEER_NAME = "napari"
_PEER_SETTINGS = {"QT_API": "pyside6", "NAPARI_CONFIG": ""}
"""napari's Qt is the one that we use; its settings are its defaults."""

_IN_WORDS = {
    SLICE_CHANGE: "Slice change to paint with vertebrae and discs",
    CORNER_DRAG: "Corner of a vertebra dragged, each move to its paint",
}


@dataclass(frozen=True)
class Rounds:
    """How often each thing is measured; the number of figures is the product of a pair.

    Args:
        blocks: How often the viewers take turns.
        block: Slice changes, and moves, in each turn.
        starts: First paints.
        studies: Windows in which all studies are gone through twice.
        memory: Windows that rest.
    """

    blocks: int = 25
    block: int = 20
    starts: int = 5
    studies: int = 12
    memory: int = 3


def measure(rounds: Rounds | None = None) -> list[Row]:
    """Measures both viewers in turn on the same screen, then the real window.

    Raises:
        BenchmarkError: If there is no screen and no Xvfb, napari isn't there, or something was
            not painted.
    """
    if find_spec("napari") is None:
        raise BenchmarkError("napari isn't there: pip install -c constraints.txt -e '.[bench]'")
    chosen = rounds or Rounds()
    with working_folder() as folder, on_a_screen():
        scenes = make_scenes(folder)
        rows: list[Row] = []
        for size, scene in scenes.items():
            rows += _beside_peer(size, scene, chosen)
        rows += [_first_paint(size, scene, chosen.starts) for size, scene in scenes.items()]
        rows += study_rows(folder / "studies", chosen.studies)
        rows += idle_memory_rows(folder / "idle", chosen.memory)
    return rows


def make_scenes(folder: Path) -> dict[str, Path]:
    """A simulated T2 series as it is, and interpolated; folders by size."""
    from spinegrader.imaging.display import default_window

    volume, overlay = _series(folder)
    made: dict[str, Path] = {}
    for size, shown in ((_SMALL, volume), (_LARGE, enlarged(volume, (4, 2, 2)))):
        made[size] = folder / f"scene {size}"
        keep_scene(made[size], shown, overlay, default_window(shown.pixels))
    return made


def _series(folder: Path) -> tuple[Volume, Overlay]:
    from spinegrader.services.images import load_volume

    session = read_project(folder / "person", 1, 0, LARGE_SERIES)
    try:
        series = next(iter(session.state.series.values()))
        overlay = session.state.overlay(series.uid)
        if overlay is None:
            raise BenchmarkError("The simulated series has no vertebrae.")
        return load_volume(session.store, series), overlay
    finally:
        session.close()


def _beside_peer(size: str, scene: Path, rounds: Rounds) -> list[Row]:
    """Both viewers run all the time; while one is measured, the other waits."""
    ours: dict[str, list[float]] = defaultdict(list)
    peer: dict[str, list[float]] = defaultdict(list)
    with SubjectProcess(_OURS, scene, {}) as us, SubjectProcess(_PEER, scene, _PEER_SETTINGS) as it:
        us.wait_for_first_paint()
        it.wait_for_first_paint()
        for number in range(rounds.blocks + 1):
            turns = [(us, ours), (it, peer)]
            for process, durations in turns if number % 2 else reversed(turns):
                for what in (*_IN_WORDS, UNPAINTED_SLICE):
                    taken = process.measure(what, rounds.block)
                    if number:  # the first block warms up
                        durations[what] += taken
    rows: list[Row] = []
    for what, words in _IN_WORDS.items():
        figures = ((median, "median", _GOAL_MEDIAN_MS), (p99, "p99", _GOAL_P99_MS))
        for figure, name, goal in figures:
            said = f"{words}, {size}, {name} of {len(ours[what])}"
            rows.append(Row(said, figure(ours[what]), "ms", goal=goal))
        middle = f"{words}, {size}, median beside the peer's"
        pair = median(ours[what]), "ms", median(peer[what])
        rows.append(Row(middle, *pair, _PEER_NAME, goal_ratio=_GOAL_RATIO))
    unpainted = (median(durations[UNPAINTED_SLICE]) for durations in (ours, peer))
    our_work, their_work = unpainted
    words = f"Slice change without its paint, {size}, median of {len(ours[UNPAINTED_SLICE])}"
    rows.append(Row(words, our_work, "ms", their_work, _PEER_NAME))
    return rows


def _first_paint(size: str, scene: Path, rounds: int) -> Row:
    """Fresh processes in turn, from their start to the line that says the volume is painted."""
    durations: dict[str, list[float]] = {_OURS: [], _PEER: []}
    for number in range(rounds + 1):
        for module, settings in ((_OURS, {}), (_PEER, _PEER_SETTINGS)):
            start = time.perf_counter()
            with SubjectProcess(module, scene, settings) as process:
                process.wait_for_first_paint()
                taken = 1000 * (time.perf_counter() - start)
            if number:  # files are read into memory by the first start
                durations[module].append(taken)
    return Row(
        f"Process start to the volume painted, {size}, median of {rounds}",
        median(durations[_OURS]),
        "ms",
        median(durations[_PEER]),
        _PEER_NAME,
        goal_ratio=_GOAL_RATIO_FIRST_PAINT,
    )
