"""What a session does with a project while a system call fails, and how it goes on afterwards."""

import os
import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks.failing_python import Calls
from benchmarks.measuring import BenchmarkError
from benchmarks.store_contents import contents
from benchmarks.store_edits import edits_of, studies
from spinegrader.domain.edits import Edit, SetSetting
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.errors import SpineGraderError
from spinegrader.store.compaction import compact_project
from spinegrader.store.layout import MARKER
from spinegrader.store.project import ProjectStore

_LONG_AGO_S = 10 * 24 * 3600.0
_MONTHS_AGO_S = 60 * 24 * 3600.0
_OLDER_PROJECT = Path(__file__).parents[1] / "tests" / "store" / "layout_2_project"
_LEASE_EXPIRES_S = 601.0
_COMPACTIONS = 5
"""More than generations are kept, so that the next one removes an outdated one."""


@dataclass(frozen=True)
class Attempt:
    """What came of an operation that was disturbed.

    Args:
        done: Whether it succeeded all the same.
        sentence: What the reader is told otherwise.
        unspoken: An exception that no reader should see, if there was one.
        kept: What the project must hold now.
        calls: The calls that wrote, where they were counted inside the process.
    """

    done: bool
    sentence: str
    unspoken: str
    kept: frozenset[object]
    calls: tuple[str, ...] = ()


class Operation(ABC):
    """One thing that a session does; made anew for each case."""

    name: str
    denied: tuple[str, ...] = ()
    """Kinds of calls that the disk refuses throughout, in all cases alike."""

    def __init__(self, folder: Path, *, removal_fails: bool = False) -> None:
        """For one case.

        Args:
            folder: Of the project.
            removal_fails: Whether nothing that was written can be taken back in this case.
        """
        self.folder = folder
        self._removal_fails = removal_fails
        self._store: ProjectStore | None = None

    @property
    def store(self) -> ProjectStore:
        """The open project.

        Raises:
            BenchmarkError: If there is none.
        """
        if self._store is None:
            raise BenchmarkError("there is no project")
        return self._store

    def prepare(self, template: Path) -> None:
        """Up to the moment before the operation."""
        shutil.copytree(template, self.folder)
        self._store = ProjectStore.open(self.folder)

    @abstractmethod
    def act(self) -> None:
        """The operation itself.

        Raises:
            SpineGraderError: If it was refused.
        """

    def attempt(self, disturbance: AbstractContextManager[Calls | None]) -> Attempt:
        """Acts while something is made to fail."""
        sentence = unspoken = ""
        calls = None
        try:
            with disturbance as calls:
                self.act()
        except SpineGraderError as error:
            sentence = error.message
        except BaseException as error:  # noqa: BLE001 - that there is none is to be shown
            unspoken = repr(error)
        done = not (sentence or unspoken)
        made = tuple(calls.made) if calls else ()
        return Attempt(done, sentence, unspoken, self.held(), made)

    def held(self) -> frozenset[object]:
        """What the session knows, and thus every session must find."""
        return contents(self._store.state) if self._store else frozenset()

    def go_on(self) -> frozenset[object]:
        """The same session again, now that nothing fails any more; what must be held after it.

        Raises:
            BenchmarkError: If it isn't as before, or can't go on.
        """
        before = self.held()
        if self.store.refresh() or self.held() != before:
            raise BenchmarkError("the session takes in a change that nobody made")
        make(self.store, short_edit(3))
        self.redo()
        self.store.close(compact=False)
        return self.held()

    @abstractmethod
    def redo(self) -> None:
        """Does again what was refused, or what builds on it."""


class FirstEdit(Operation):
    """A change that begins a journal."""

    name = "the first edit of a session"

    def act(self) -> None:
        """Grades or draws."""
        make(self.store, short_edit(2))

    def redo(self) -> None:
        """Compacts: all edits are in it."""
        compact(self.folder)


class LaterEdit(FirstEdit):
    """A change in a journal that is there."""

    name = "a later edit"

    def prepare(self, template: Path) -> None:
        """With one edit made already."""
        super().prepare(template)
        make(self.store, short_edit(1))


class Closing(LaterEdit):
    """The end of a session."""

    name = "closing a session"

    def act(self) -> None:
        """Closes without compacting."""
        self.store.close(compact=False)

    def redo(self) -> None:
        """Nothing: a session that was closed is another one when it is opened again."""

    def go_on(self) -> frozenset[object]:
        """Opens the project again."""
        self._store = ProjectStore.open(self.folder)
        return super().go_on()


class Compaction(Operation):
    """A new project.h5 with the old one as a generation; the oldest generation goes."""

    name = "a compaction"

    def act(self) -> None:
        """Compacts in this process."""
        if not compact_project(self.folder):
            raise BenchmarkError("another compaction seems to be at work")

    def redo(self) -> None:
        """Compacts, once the lease of one that failed has expired."""
        compact(self.folder)


class CompactionWithoutLinks(Compaction):
    """The same where the disk knows no hard links."""

    name = "a compaction on a disk without hard links"
    denied = ("link",)


class ArchivingCompaction(Compaction):
    """The same where the sessions ended long ago: their journals move aside."""

    name = "a compaction that moves old journals aside"

    def prepare(self, template: Path) -> None:
        """With journals that are older than a month."""
        super().prepare(template)
        long_ago_s = time.time() - _MONTHS_AGO_S
        for path in (self.folder / "journal").glob("*.jsonl"):
            os.utime(path, (long_ago_s, long_ago_s))


class ArchivingWithoutLinks(ArchivingCompaction):
    """The same on such a disk."""

    name = "a compaction that copies old journals aside"
    denied = ("link",)


class UpgradingEdit(FirstEdit):
    """The first change to a project of an older program, which is copied before."""

    name = "the first edit of an older project"

    def prepare(self, template: Path) -> None:
        """With a project as the older program left it."""
        del template
        super().prepare(_OLDER_PROJECT)


class NewImage(Operation):
    """A pixel file."""

    name = "keeping an image"

    def act(self) -> None:
        """Keeps a small one."""
        self.store.write_pixels(*image(1))

    def redo(self) -> None:
        """Keeps it again, and reads it."""
        pixels, geometry = image(1)
        name = self.store.write_pixels(pixels, geometry)
        if not np.array_equal(self.store.read_pixels(name)[0], pixels):
            raise BenchmarkError("an image reads back as another one")


class ImportedImages(NewImage):
    """Pixel files that come into the project together."""

    name = "moving imported images into a project"

    def act(self) -> None:
        """Stages two images and keeps them."""
        with self.store.stage_pixels() as staging:
            for number in (1, 2):
                staging.write(*image(number))
            staging.keep()


class Creation(Operation):
    """A new project."""

    name = "creating a project"

    def prepare(self, template: Path) -> None:
        """Nothing is there yet."""

    def act(self) -> None:
        """Creates it."""
        self._store = ProjectStore.create(self.folder)

    def go_on(self) -> frozenset[object]:
        """Creates it in the same place if that was refused."""
        if self._store is None and self._removal_fails and (self.folder / MARKER).exists():
            self._store = ProjectStore.open(self.folder)
        elif self._store is None:
            self._store = ProjectStore.create(self.folder)
        return super().go_on()

    def redo(self) -> None:
        """Compacts."""
        compact(self.folder)


OPERATIONS: tuple[type[Operation], ...] = (
    FirstEdit,
    LaterEdit,
    Closing,
    UpgradingEdit,
    Compaction,
    CompactionWithoutLinks,
    ArchivingCompaction,
    ArchivingWithoutLinks,
    NewImage,
    ImportedImages,
    Creation,
)


def make_template(folder: Path) -> None:
    """A project with a history: closed journals, generations, an image, killed writers' rests."""
    store = ProjectStore.create(folder)
    make(store, studies())
    store.write_pixels(*image(0))
    for edit in islice(_short_edits(0), _COMPACTIONS):
        make(store, edit)
        compact(folder)
    for edit in islice(_short_edits(0), _COMPACTIONS, 3 * _COMPACTIONS):
        make(store, edit)
    store.close(compact=False)
    long_ago_s = time.time() - _LONG_AGO_S
    for place in (folder, folder / "pixels"):
        rest = place / ".left-by-a-killed-writer.tmp"
        rest.write_bytes(b"half")
        os.utime(rest, (long_ago_s, long_ago_s))


def make(store: ProjectStore, edit: Edit) -> None:
    """What the program does with a change."""
    store.state.apply(edit, store.append(edit))


def short_edit(writer: int) -> Edit:
    """A change that nobody else makes."""
    return next(_short_edits(writer))


def _short_edits(writer: int) -> Iterator[Edit]:
    for edit in edits_of((writer,)):
        if not isinstance(edit, SetSetting) or not edit.name.startswith(("long", "shared")):
            yield edit


def compact(folder: Path) -> None:
    """Compacts; ten minutes pass if need be, after which the lease of a failed one expires."""
    lease = folder / "cache" / "compaction.lease"
    if lease.exists():
        expired_s = time.time() - _LEASE_EXPIRES_S
        os.utime(lease, (expired_s, expired_s))
    if not compact_project(folder):
        raise BenchmarkError("another compaction seems to be at work")


def image(number: int) -> tuple[np.ndarray, VolumeGeometry]:
    """A small image of its own."""
    pixels = np.random.default_rng(number).integers(0, 4000, (3, 32, 48)).astype(np.int16)
    matrix = [[0, 0, 4.0, 0], [0.6, 0, 0, 0], [0, -0.6, 0, 400.0], [0, 0, 0, 1.0]]
    return pixels, VolumeGeometry.from_matrix(matrix, (3, 32, 48))
