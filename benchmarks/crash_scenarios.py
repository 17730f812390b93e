"""What a store does while its system calls are recorded, each time in a process of its own.

``python -m benchmarks.crash_scenarios SCENARIO [files] [folders] PLACE`` plays one on the project
in a place that was prepared for it; without syncing files or folders, if these are named.
"""

import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.system_calls import MARK
from spinegrader import durable
from spinegrader.domain.edits import Edit, EditGroup, SetGrade, SetSetting
from spinegrader.store.compaction import compact_project
from spinegrader.store.project import ProjectStore
from tests.store.store_samples import edits_of_every_kind, grade, tilted_geometry

PROJECT = "project"
"""Name of the project folder in its place."""

_EARLIER = Path(__file__).parents[1] / "tests" / "store" / "layout_2_project"
_GEOMETRY = tilted_geometry((6, 40, 40))
_PAUSE_S = 0.02


def _edits() -> tuple[Edit, ...]:
    grades = [SetGrade(None, grade(reader=f"Reader {number}")) for number in range(100)]
    several_pages = EditGroup("Regrade", tuple(grades[:60]))
    return (*edits_of_every_kind(), several_pages, *grades[60:], SetSetting("last", None, "1"))


EDITS = _edits()
"""Of every kind, in the order in which all scenarios make them; one needs several pages."""

_LARGE = len(edits_of_every_kind())


@dataclass(frozen=True)
class Scenario:
    """Something that a store does.

    Args:
        done: How many of ``EDITS`` the prepared project holds.
        prepare: Makes the project; nothing of it is recorded.
        play: What is recorded.
    """

    done: int
    prepare: Callable[[Path], None]
    play: Callable[[Path], None]


def picture(number: int) -> npt.NDArray[Any]:
    """Pixels that don't pack well."""
    return np.random.default_rng(number).integers(0, 4000, _GEOMETRY.shape).astype(np.int16)


def tell(text: str) -> None:
    """Says something that the recording keeps in its place."""
    os.write(2, MARK + text.encode() + b"\n")


def _make(store: ProjectStore, numbers: range, *, tells: bool = True) -> None:
    """Makes some of ``EDITS``, and says so of each once it was acknowledged."""
    for number in numbers:
        stamp = store.append(EDITS[number])
        store.state.apply(EDITS[number], stamp)
        if tells:
            tell(f"edit {number} {stamp.at} {stamp.session} {stamp.number}")


def _project_of(done: int, compactions: int = 0) -> Callable[[Path], None]:
    def prepare(folder: Path) -> None:
        store = ProjectStore.create(folder)
        _make(store, range(done - compactions), tells=False)
        for number in range(done - compactions, done):
            _make(store, range(number, number + 1), tells=False)
            compact_project(folder)
        store.close(compact=False)

    return prepare


def _with_old_journals(folder: Path) -> None:
    """A project whose sessions ended long ago."""
    for number in range(8):
        store = ProjectStore.open(folder) if number else ProjectStore.create(folder)
        _make(store, range(number, number + 1), tells=False)
        store.close(compact=False)
    compact_project(folder)
    for journal in (folder / "journal").iterdir():
        os.utime(journal, (0, 0))


def _after_a_crash(folder: Path) -> None:
    """Leaves behind what a killed program may: a torn line, a half file, a lease."""
    _project_of(6, 1)(folder)
    store = ProjectStore.open(folder)
    session = store.append(EDITS[6]).session
    store.close(compact=False)
    journal = folder / "journal" / f"{session}.jsonl"
    header, edit, *_ = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(header + edit[: len(edit) // 2])
    snapshot = folder / "project.h5"
    durable.temporary_beside(snapshot).write_bytes(snapshot.read_bytes()[:5000])
    lease = folder / "cache" / "compaction.lease"
    lease.touch()
    os.utime(lease, (0, 0))


def _earlier(folder: Path) -> None:
    shutil.copytree(_EARLIER, folder)


def _nothing(folder: Path) -> None:
    folder.parent.mkdir(exist_ok=True)


def _edit(folder: Path) -> None:
    store = ProjectStore.open(folder)
    _make(store, range(8, _LARGE + 2))
    store.close(compact=False)


def _compact(first: int) -> Callable[[Path], None]:
    def play(folder: Path) -> None:
        store = ProjectStore.open(folder)
        for number in (first, first + 1):
            _make(store, range(number, number + 1))
            compact_project(folder)
        _make(store, range(first + 2, first + 3))
        store.close(compact=False)

    return play


def _close(folder: Path) -> None:
    store = ProjectStore.open(folder)
    _make(store, range(8, 10))
    store.close()


def _edit_beside_a_compaction(folder: Path) -> None:
    store = ProjectStore.open(folder)
    before = (folder / "project.h5").stat().st_ino
    _make(store, range(8, 9))
    store.compact(wait=False)
    for number in range(9, len(EDITS) - 1):
        if (folder / "project.h5").stat().st_ino != before:
            break
        _make(store, range(number, number + 1))
        time.sleep(_PAUSE_S)
    store.close(compact=False)


def _two_sessions(folder: Path) -> None:
    stores = [ProjectStore.open(folder), ProjectStore.open(folder)]
    for number in range(8, 16):
        _make(stores[number % 2], range(number, number + 1))
        stores[number % 2 - 1].refresh()
    for store in stores:
        store.close(compact=False)


def _keep_images(folder: Path) -> None:
    store = ProjectStore.open(folder)
    tell(f"image 0 {store.write_pixels(picture(0), _GEOMETRY)}")
    with store.stage_pixels() as staging:
        names = [staging.write(picture(number), _GEOMETRY) for number in (1, 2)]
        staging.link(picture(3), _GEOMETRY, ["/images/1"])
        staging.keep()
        for number, name in enumerate(names, start=1):
            tell(f"image {number} {name}")
    _make(store, range(4, 6))
    store.close(compact=False)


def _create(folder: Path) -> None:
    store = ProjectStore.create(folder)
    tell("created")
    _make(store, range(2))
    store.close(compact=False)


def _create_in_a_new_folder_of_others(folder: Path) -> None:
    folder.mkdir()
    _create(folder)


def _create_again_after_a_kill(folder: Path) -> None:
    def is_reached(place: Path) -> bool:
        return place == folder and (folder / "spinegrader.json").is_file()

    _killed(is_reached, lambda: ProjectStore.create(folder))
    # Opening promises nothing: the name of the marker is durable with the first edit.
    store = ProjectStore.open(folder)
    _make(store, range(2))
    store.close(compact=False)


def _keep_an_image_again_after_a_kill(folder: Path) -> None:
    store = ProjectStore.open(folder)
    _killed(
        lambda place: place == folder / "pixels", lambda: store.write_pixels(picture(0), _GEOMETRY)
    )
    tell(f"image 0 {store.write_pixels(picture(0), _GEOMETRY)}")
    store.close(compact=False)


def _killed(is_reached: Callable[[Path], bool], action: Callable[[], object]) -> None:
    """Lets a process begin something that is killed when it is about to sync a folder."""
    child = os.fork()
    if child == 0:
        sync = durable.sync_folder
        _sync_by("sync_folder", lambda place: os._exit(0) if is_reached(place) else sync(place))
        action()
        os._exit(1)
    _, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError("The process was not killed where it should be.")


def _sync_by(name: str, function: Callable[[Any], None]) -> None:
    setattr(durable, name, function)


SCENARIOS = {
    "edits": Scenario(8, _project_of(8, 1), _edit),
    "first compactions": Scenario(8, _project_of(8), _compact(8)),
    "later compactions": Scenario(8, _project_of(8, 4), _compact(8)),
    "a compaction with old journals": Scenario(8, _with_old_journals, _compact(8)),
    "closing": Scenario(8, _project_of(8, 1), _close),
    "edits beside a compaction": Scenario(8, _project_of(8, 1), _edit_beside_a_compaction),
    "two sessions": Scenario(8, _project_of(8, 1), _two_sessions),
    "images": Scenario(4, _project_of(4, 1), _keep_images),
    "a new project": Scenario(0, _nothing, _create),
    "a new project in a folder that was just made": Scenario(
        0, _nothing, _create_in_a_new_folder_of_others
    ),
    "a new project, killed and gone on with": Scenario(0, _nothing, _create_again_after_a_kill),
    "an image, killed and kept again": Scenario(
        4, _project_of(4, 1), _keep_an_image_again_after_a_kill
    ),
    "after a crash": Scenario(6, _after_a_crash, _compact(6)),
    "a project of an earlier layout": Scenario(_LARGE, _earlier, _compact(_LARGE)),
}
"""By name."""


def main(arguments: list[str]) -> None:
    """Plays a scenario, perhaps with a store that forgets to sync files or folders."""
    name, *unsynced, place = arguments
    for kind in unsynced:
        _sync_by({"files": "sync_file", "folders": "sync_folder"}[kind], lambda _: None)
    SCENARIOS[name].play(Path(place) / PROJECT)


if __name__ == "__main__":
    main(sys.argv[1:])
