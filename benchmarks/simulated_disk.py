"""A disk that may forget what was not synced, as far as POSIX lets it.

Syncing a file makes its content durable, but not its name; syncing a folder makes the names in
it durable, but no content. Until then each page of a file may be as it was or as it became, its
length may be any that it had, and of the changes of names in one folder the last ones may be
missing, whatever the other folders hold.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias, TypeVar

import numpy as np

from benchmarks.disk_operations import (
    PAGE_BYTES,
    Link,
    MakeFolder,
    Mark,
    Open,
    Operation,
    Remove,
    Rename,
    Resize,
    Sync,
    Write,
)

_Value = TypeVar("_Value")

Tree: TypeAlias = dict[str, bytes | None]
"""Contents by path below the root; None for a folder."""


class File:
    """What a file holds now, and all that it may hold after a power loss."""

    def __init__(self, content: bytes = b"") -> None:
        self.content = content
        self._durable = content
        self._sizes: list[int] = []
        self._versions: dict[int, list[bytes]] = {}

    def become(self, content: bytes) -> None:
        """Holds something else from now on, not yet durably."""
        for index in range(_pages(max(len(content), len(self.content)))):
            page = _page(content, index)
            if page != _page(self.content, index):
                self._versions.setdefault(index, []).append(page)
        self._sizes.append(len(content))
        self.content = content

    def write(self, content: bytes, offset: int | None) -> None:
        """Puts bytes at an offset; None for the end."""
        start = len(self.content) if offset is None else offset
        before = self.content[:start].ljust(start, b"\0")
        self.become(before + content + self.content[start + len(content) :])

    def sync(self) -> None:
        """Makes the content durable."""
        self._durable = self.content
        self._sizes.clear()
        self._versions.clear()

    def after_power_loss(self, rng: np.random.Generator, kept: float) -> bytes:
        """Something that the file may hold then.

        Args:
            rng: Draws which.
            kept: How likely each page is to have reached the disk, 0 to 1.
        """
        size = _any_of(rng, [len(self._durable), *self._sizes])
        pages = []
        for index in range(_pages(size)):
            versions = self._versions.get(index)
            reached = versions is not None and rng.random() < kept
            pages.append(
                _any_of(rng, versions) if versions and reached else _page(self._durable, index)
            )
        return b"".join(pages)[:size]


@dataclass
class Folder:
    """Names in a folder, those that are durable, and the changes since, in order."""

    names: dict[str, int] = field(default_factory=dict)
    durable: dict[str, int] = field(default_factory=dict)
    pending: list[Mapping[str, int | None]] = field(default_factory=list)

    def change(self, change: Mapping[str, int | None]) -> None:
        """Gives names to nodes, or takes them away (None), in one step."""
        _apply_names(self.names, change)
        self.pending.append(change)

    def sync(self) -> None:
        """Makes the names durable."""
        self.durable = dict(self.names)
        self.pending.clear()

    def after_power_loss(self, rng: np.random.Generator) -> dict[str, int]:
        """Names that may be left: the durable ones and the first few changes since."""
        names = dict(self.durable)
        for change in self.pending[: int(rng.integers(len(self.pending) + 1))]:
            _apply_names(names, change)
        return names


class SimulatedDisk:
    """Files and folders below a root folder that is there for good."""

    def __init__(self) -> None:
        self._root = Folder()
        self._nodes: list[File | Folder] = [self._root]

    @classmethod
    def holding(cls, tree: Tree) -> "SimulatedDisk":
        """A disk with these files and folders, all durable."""
        disk = cls()
        for path, content in sorted(tree.items()):
            folder, name = disk._place(path)
            folder.names[name] = disk._added(Folder() if content is None else File(content))
            folder.durable[name] = folder.names[name]
        return disk

    def apply(self, operation: Operation) -> None:
        """Does what a call did.

        Raises:
            LookupError: If a name isn't there; the recording isn't complete then.
        """
        match operation:
            case Open(path, create, truncate):
                self._open(path, create=create, truncate=truncate)
            case Write(path, content, offset):
                self._file(path).write(content, offset)
            case Resize(path, size):
                self._file(path).become(self._file(path).content[:size].ljust(size, b"\0"))
            case Sync(path):
                self._node(path).sync()
            case Rename(path, to):
                self._rename(path, to)
            case Link(path, to):
                self._name(to, self._number(path))
            case Remove(path):
                self._number(path)
                self._name(path, None)
            case MakeFolder(path):
                self._name(path, self._added(Folder()))
            case Mark():
                pass

    def tree(self) -> Tree:
        """What a program sees; also what it sees after it was killed."""
        return self._walked({id(node): node.names for node in self._folders()})

    def after_power_loss(self, rng: np.random.Generator) -> Tree:
        """What may be left; drawn anew each time."""
        kept = rng.random()
        names = {id(node): node.after_power_loss(rng) for node in self._folders()}
        contents = {
            id(node): node.after_power_loss(rng, kept)
            for node in self._nodes
            if isinstance(node, File)
        }
        return self._walked(names, contents)

    def _walked(
        self, names: dict[int, dict[str, int]], contents: dict[int, bytes] | None = None
    ) -> Tree:
        tree: Tree = {}
        waiting: list[tuple[str, Folder]] = [("", self._root)]
        while waiting:
            above, folder = waiting.pop()
            for name, number in names[id(folder)].items():
                path = f"{above}{name}"
                node = self._nodes[number]
                if isinstance(node, Folder):
                    tree[path] = None
                    waiting.append((f"{path}/", node))
                else:
                    tree[path] = node.content if contents is None else contents[id(node)]
        return tree

    def _folders(self) -> list[Folder]:
        return [node for node in self._nodes if isinstance(node, Folder)]

    def _open(self, path: str, *, create: bool, truncate: bool) -> None:
        folder, name = self._place(path)
        if create and name not in folder.names:
            folder.change({name: self._added(File())})
        elif truncate and self._file(path).content:
            self._file(path).become(b"")

    def _rename(self, path: str, to: str) -> None:
        number = self._number(path)
        (source, old), (target, new) = self._place(path), self._place(to)
        if target.names.get(new) == number:
            return  # two names of one file: POSIX then does nothing
        if source is target:
            source.change({old: None, new: number})
        else:
            target.change({new: number})
            source.change({old: None})

    def _name(self, path: str, number: int | None) -> None:
        folder, name = self._place(path)
        folder.change({name: number})

    def _added(self, node: File | Folder) -> int:
        self._nodes.append(node)
        return len(self._nodes) - 1

    def _place(self, path: str) -> tuple[Folder, str]:
        above, _, name = path.rpartition("/")
        return _as(Folder, self._node(above), above), name

    def _number(self, path: str) -> int:
        folder, name = self._place(path)
        if name not in folder.names:
            raise LookupError(f"There is no {path}.")
        return folder.names[name]

    def _node(self, path: str) -> File | Folder:
        return self._nodes[self._number(path)] if path else self._root

    def _file(self, path: str) -> File:
        return _as(File, self._node(path), path)


def read_tree(folder: Path) -> Tree:
    """The files and folders below a real folder."""
    return {
        path.relative_to(folder).as_posix(): None if path.is_dir() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
    }


def write_tree(tree: Tree, folder: Path) -> None:
    """Makes a real folder hold these files and folders, for the owner only, and nothing else.

    Files with several names become copies: nothing here changes a file in place.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path, content in sorted(tree.items()):
        if content is None:
            (folder / path).mkdir(mode=0o700)
        else:
            (folder / path).write_bytes(content)
            (folder / path).chmod(0o600)


def _as(kind: type[_Value], node: object, path: str) -> _Value:
    if isinstance(node, kind):
        return node
    raise LookupError(f"{path} is no {kind.__name__.lower()}.")


def _apply_names(names: dict[str, int], change: Mapping[str, int | None]) -> None:
    for name, number in change.items():
        if number is None:
            names.pop(name, None)
        else:
            names[name] = number


def _pages(size: int) -> int:
    return -(-size // PAGE_BYTES)


def _page(content: bytes, index: int) -> bytes:
    return content[index * PAGE_BYTES : (index + 1) * PAGE_BYTES].ljust(PAGE_BYTES, b"\0")


def _any_of(rng: np.random.Generator, values: Sequence[_Value]) -> _Value:
    return values[int(rng.integers(len(values)))]
