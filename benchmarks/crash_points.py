"""Every state in which a crash may leave the files of a recorded program."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.disk_operations import Mark, Operation, Write, cuts_of
from benchmarks.measuring import BenchmarkError
from benchmarks.recording import record
from benchmarks.simulated_disk import SimulatedDisk, Tree, read_tree

_MOST_DRAWS = 1000


@dataclass(frozen=True)
class Recording:
    """What a program did.

    Args:
        before: The files before.
        operations: What it did to them, and what it said meanwhile.
    """

    before: Tree
    operations: Sequence[Operation]

    @property
    def marks(self) -> list[str]:
        """What it said."""
        return [item.text for item in self.operations if isinstance(item, Mark)]


@dataclass(frozen=True)
class Crash:
    """What a crash left.

    Args:
        tree: The files.
        told: How much of what the program said it had said by then.
    """

    tree: Tree
    told: int


def recorded(prepare: Callable[[Path], None], arguments: Sequence[str]) -> Recording:
    """Records a Python module on files made for it.

    Args:
        prepare: Makes them in a folder.
        arguments: For the interpreter; the folder is added.

    Raises:
        BenchmarkError: If it can't be recorded, or the recording doesn't lead to the files that
            the program left: then it isn't whole.
    """
    with tempfile.TemporaryDirectory(prefix="recorded-") as name:
        place = Path(name).resolve()
        prepare(place)
        before = read_tree(place)
        recording = Recording(before, record([*arguments, str(place)], place))
        disk = SimulatedDisk.holding(before)
        for operation in recording.operations:
            disk.apply(operation)
        if disk.tree() != read_tree(place):
            raise BenchmarkError("The recording doesn't lead to the files that are there.")
    return recording


def kills(recording: Recording) -> Iterator[Crash]:
    """The program is killed, after each call and at several places within each write."""
    disk = SimulatedDisk.holding(recording.before)
    told = 0
    yield Crash(disk.tree(), told)
    for position, operation in enumerate(recording.operations):
        if isinstance(operation, Write):
            for cut in cuts_of(operation):
                yield Crash(_until(recording, position, cut).tree(), told)
        disk.apply(operation)
        told += isinstance(operation, Mark)
        yield Crash(disk.tree(), told)


def power_losses(recording: Recording, count: int, rng: np.random.Generator) -> Iterator[Crash]:
    """The power is cut at a random moment, perhaps within a write, and something is dropped.

    Raises:
        BenchmarkError: If the program hardly leaves anything that may be dropped.
    """
    for _ in range(count):
        for _ in range(_MOST_DRAWS):
            position, disk = _any_moment(recording, rng)
            left = disk.after_power_loss(rng)
            if left != disk.tree():
                break
        else:
            raise BenchmarkError("There is nothing to drop in this recording.")
        told = sum(isinstance(item, Mark) for item in recording.operations[:position])
        yield Crash(left, told)


def _any_moment(recording: Recording, rng: np.random.Generator) -> tuple[int, SimulatedDisk]:
    position = int(rng.integers(len(recording.operations) + 1))
    following = recording.operations[position : position + 1]
    cut = 0
    if following and isinstance(following[0], Write):
        cut = int(rng.integers(len(following[0].content)))
    return position, _until(recording, position, cut)


def _until(recording: Recording, position: int, cut: int) -> SimulatedDisk:
    """The disk after some operations and the first bytes of the next, if that is a write."""
    disk = SimulatedDisk.holding(recording.before)
    for operation in recording.operations[:position]:
        disk.apply(operation)
    if cut:
        following = recording.operations[position]
        assert isinstance(following, Write)  # noqa: S101 - only writes are cut
        disk.apply(replace(following, content=following.content[:cut]))
    return disk
