"""The same project in one HDF5 file that is edited in place, as programs usually keep theirs.

``python -m benchmarks.hdf5_in_place PLACE`` plays the edits on the file in a prepared place.
"""

import multiprocessing
import shutil
import signal
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import h5py
import numpy as np

from benchmarks.crash_points import Crash
from benchmarks.crash_scenarios import PROJECT, SCENARIOS, tell
from benchmarks.simulated_disk import write_tree

_FILE = "project.h5"
_SOURCE = "later compactions"
_KEPT_OPEN, _OPENED_EACH_TIME = 6, 6
_LIMIT_S = 30


def prepare(place: Path) -> None:
    """Writes what a project's project.h5 holds; its table of edits can grow."""
    SCENARIOS[_SOURCE].prepare(place / PROJECT)
    shutil.copy(place / PROJECT / _FILE, place / "sealed.h5")
    shutil.rmtree(place / PROJECT)
    with h5py.File(place / "sealed.h5") as sealed, h5py.File(place / _FILE, "w") as file:
        for name, item in sealed.items():
            sealed.copy(item, file, name)
        file.attrs.update(sealed.attrs)
        file.create_dataset(
            "edits",
            data=np.zeros(0, [("number", "<i8"), ("edit", "S256")]),
            maxshape=(None,),
            compression="gzip",
            shuffle=True,
        )
    (place / "sealed.h5").unlink()


def play(place: Path) -> None:
    """Adds a row for each edit: first in a file that stays open, then opening it each time."""
    path = place / _FILE
    with h5py.File(path, "r+") as file:
        for number in range(_KEPT_OPEN):
            _add(file, number)
            file.flush()
            tell(f"row {number}")
    for number in range(_KEPT_OPEN, _KEPT_OPEN + _OPENED_EACH_TIME):
        with h5py.File(path, "r+") as file:
            _add(file, number)
        tell(f"row {number}")


def count_failures(crashes: list[Crash], place: Path) -> int:
    """How many crashes left a file that doesn't open, or lost a row or what was there before.

    It is looked at in a process of its own, which a damaged file may end.
    """
    failures = 0
    fresh = _fresh()
    for crash in crashes:
        write_tree(crash.tree, place)
        try:
            is_sound = fresh.submit(_is_sound, place / _FILE, crash.told).result()
        except BrokenProcessPool:
            fresh.shutdown()
            fresh, is_sound = _fresh(), False
        failures += not is_sound
    fresh.shutdown()
    return failures


def _fresh() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))


def _add(file: h5py.File, number: int) -> None:
    edits = file["edits"]
    edits.resize((number + 1,))
    edits[number] = _row(number)


def _row(number: int) -> tuple[int, bytes]:
    random = np.random.default_rng(number).bytes(120)
    return number, random.hex().encode()


def _is_sound(path: Path, acknowledged: int) -> bool:
    """Whether the file opens, every dataset can be read, and every acknowledged row is there."""
    # On damaged files the library may never return; this ends the process.
    signal.alarm(_LIMIT_S)
    try:
        with h5py.File(path, "r") as file:
            file.visititems(_read)
            rows = [(int(number), bytes(edit)) for number, edit in file["edits"][()]]
    # The library raises almost anything on damaged files.
    except Exception:  # noqa: BLE001 - see above
        return False
    return len(rows) >= acknowledged and rows == [_row(number) for number in range(len(rows))]


def _read(_: str, item: object) -> None:
    if isinstance(item, h5py.Dataset):
        item[()]


if __name__ == "__main__":
    play(Path(sys.argv[1]))
