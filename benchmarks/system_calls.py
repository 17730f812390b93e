"""Recorded system calls as operations on the files below one folder."""

import os
import posixpath
from dataclasses import dataclass

from benchmarks.disk_operations import (
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
from benchmarks.strace_output import Call, Descriptor, UnknownCallError, read_calls

MARK = b"mark: "
"""What a line begins with that a program writes, to any descriptor, for the recording."""

_REPLAYED = (
    "open", "openat", "creat", "close", "lseek", "write", "pwrite64", "writev", "ftruncate",
    "fsync", "fdatasync", "rename", "renameat", "renameat2", "link", "linkat", "unlink",
    "unlinkat", "mkdir", "mkdirat", "rmdir",
)  # fmt: skip
_HARMLESS = ("chmod", "fchmod", "fchmodat", "utimensat")
"""Rights and times don't matter here."""

_SOMETIMES_HARMLESS = ("mmap", "ioctl")
_REFUSED = (
    "openat2", "pwritev", "pwritev2", "truncate", "fallocate", "msync", "sync_file_range",
    "symlink", "symlinkat", "mknod", "mknodat", "setxattr", "lsetxattr", "fsetxattr",
    "copy_file_range", "sendfile", "splice", "open_by_handle_at",
)  # fmt: skip
_REFUSED_ANYWHERE = ("sync", "syncfs", "io_uring_setup", "io_submit", "chdir", "fchdir")

RECORDED = (*_REPLAYED, *_HARMLESS, *_SOMETIMES_HARMLESS, *_REFUSED, *_REFUSED_ANYWHERE)
"""Every call that changes files, or that the others can't be understood without."""

_STRICTER = ("O_SYNC", "O_DSYNC", "O_DIRECT", "O_TMPFILE")
_NAMING = {
    "rename": Rename, "renameat": Rename, "renameat2": Rename, "link": Link, "linkat": Link,
    "unlink": Remove, "unlinkat": Remove, "rmdir": Remove, "mkdir": MakeFolder,
    "mkdirat": MakeFolder,
}  # fmt: skip


@dataclass
class _Writer:
    """A file opened for writing."""

    appends: bool
    also_reads: bool
    offset: int = 0


def operations_in(trace: str, root: str) -> list[Operation]:
    """Reads a recording.

    A call counts from when it returned, a mark from when it began: what a mark says was done
    by then.

    Args:
        trace: What ``strace -f -xx -y`` wrote down of the calls ``RECORDED``.
        root: The folder whose files matter, without symbolic links; no program works in it.

    Raises:
        UnknownCallError: If a call that changes files below the folder isn't understood.
    """
    reader = _Reader(root)
    told: set[str] = set()
    for call in read_calls(trace):
        if call.thread not in told:
            reader.mark(call)
        told.discard(call.thread)
        if not call.result:
            told.add(call.thread)
        elif call.has_succeeded:
            reader.take(call)
    return reader.operations


class _Reader:
    """Turns calls into operations, one after another."""

    def __init__(self, root: str) -> None:
        self.operations: list[Operation] = []
        self._root = root
        self._writers: dict[tuple[str, str], _Writer] = {}

    def mark(self, call: Call) -> None:
        """Notes what a program says with a call that begins."""
        if call.name == "write" and (content := call.texts[0]).startswith(MARK):
            self.operations.append(Mark(content[len(MARK) :].decode().strip()))

    def take(self, call: Call) -> None:
        """Takes in a call that has succeeded."""
        if call.name in _REFUSED_ANYWHERE:
            raise UnknownCallError(f"{call.name} can't be replayed.")
        if call.name in {"open", "openat", "creat"}:
            self._open(call)
        elif call.name in _NAMING:
            self._name(call)
        elif call.name in _REPLAYED:
            self._use(call)
        elif call.name not in _HARMLESS and self._concerns(call) and not _is_harmless(call):
            raise UnknownCallError(f"{call.name}({call.inside[:200]}) can't be replayed.")

    def _below(self, path: str) -> str | None:
        """The path below the root; None if it lies elsewhere."""
        if path == self._root:
            return ""
        start = f"{self._root}/"
        return path.removeprefix(start) if path.startswith(start) else None

    def _concerns(self, call: Call) -> bool:
        paths = [item.path for item in call.descriptors]
        if call.name != "ioctl":
            paths += [os.fsdecode(text) for text in call.texts]
        return any(self._below(path) is not None for path in paths)

    def _open(self, call: Call) -> None:
        opened = call.opened
        path = self._below(opened.path)
        flags = "O_WRONLY|O_CREAT|O_TRUNC" if call.name == "creat" else call.inside
        if path is None or not any(flag in flags for flag in ("O_WRONLY", "O_RDWR", "O_CREAT")):
            return
        if any(flag in flags for flag in _STRICTER) or opened.is_deleted:
            raise UnknownCallError(f"{path} was opened in a way that can't be replayed: {flags}")
        self._writers[call.thread, opened.number] = _Writer("O_APPEND" in flags, "O_RDWR" in flags)
        self.operations.append(Open(path, "O_CREAT" in flags, "O_TRUNC" in flags))

    def _use(self, call: Call) -> None:
        descriptor = call.descriptors[0] if call.descriptors else Descriptor("", "")
        path = self._below(descriptor.path)
        key = call.thread, descriptor.number
        if path is None:
            return
        if call.name == "close":
            self._writers.pop(key, None)
        elif call.name in {"fsync", "fdatasync"}:
            if not descriptor.is_deleted:
                self.operations.append(Sync(path))
        elif call.name == "lseek":
            if key in self._writers:
                self._writers[key].offset = call.returned
        elif key not in self._writers or descriptor.is_deleted:
            raise UnknownCallError(f"{path} was written through an unknown descriptor.")
        elif call.name == "ftruncate":
            self.operations.append(Resize(path, int(call.arguments[1])))
        else:
            self._write(call, path, self._writers[key])

    def _write(self, call: Call, path: str, writer: _Writer) -> None:
        content = b"".join(call.texts)[: call.returned]
        if call.name == "pwrite64":
            if writer.appends:
                raise UnknownCallError(f"{path} was written at an offset, opened for appending.")
            self.operations.append(Write(path, content, int(call.arguments[-1])))
            return
        if writer.also_reads and not writer.appends:
            # Readings move the place too and aren't recorded.
            raise UnknownCallError(f"Where {path} was written is not in the recording.")
        self.operations.append(Write(path, content, None if writer.appends else writer.offset))
        writer.offset += len(content)

    def _name(self, call: Call) -> None:
        folders = [item.path for item in call.descriptors] or [""] * len(call.texts)
        names = [os.fsdecode(text) for text in call.texts]
        whole = [
            posixpath.normpath(posixpath.join(folder, name))
            for folder, name in zip(folders, names, strict=True)
        ]
        if not all(path.startswith("/") for path in whole):
            raise UnknownCallError(f"Where {call.name} worked is not in the recording.")
        paths = [self._below(path) for path in whole]
        inside = [path for path in paths if path is not None]
        if not inside:
            return
        unclear = any(flag in call.inside for flag in ("RENAME_EXCHANGE", "RENAME_WHITEOUT"))
        if unclear or len(inside) < len(paths) or "" in names:
            raise UnknownCallError(f"{call.name} of {inside[0]} can't be replayed.")
        self.operations.append(_NAMING[call.name](*inside))


def _is_harmless(call: Call) -> bool:
    if call.name == "mmap":
        return "MAP_SHARED" not in call.inside or "PROT_WRITE" not in call.inside
    return call.name == "ioctl" and call.arguments[1].startswith(("TCGETS", "TIOCGWINSZ"))
