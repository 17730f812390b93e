"""What programs do to files, call by call; paths are below one folder, parted by slashes."""

from dataclasses import dataclass
from typing import TypeAlias

PAGE_BYTES = 4096


@dataclass(frozen=True)
class Open:
    """A file was opened for writing."""

    path: str
    create: bool = False
    truncate: bool = False


@dataclass(frozen=True)
class Write:
    """Bytes were written at an offset in bytes; at the end where that is None."""

    path: str
    content: bytes
    offset: int | None = None


@dataclass(frozen=True)
class Resize:
    """A file was cut, or lengthened with zeros, to a size in bytes."""

    path: str
    size: int


@dataclass(frozen=True)
class Sync:
    """A file or folder was synced; the call has returned."""

    path: str


@dataclass(frozen=True)
class Rename:
    """A file or folder got another name, in the place of what had it before."""

    path: str
    to: str


@dataclass(frozen=True)
class Link:
    """A file got one more name."""

    path: str
    to: str


@dataclass(frozen=True)
class Remove:
    """A file or an empty folder lost its name."""

    path: str


@dataclass(frozen=True)
class MakeFolder:
    """A folder was made."""

    path: str


@dataclass(frozen=True)
class Mark:
    """What the program said meanwhile; the disk doesn't change."""

    text: str


Operation: TypeAlias = (
    Open | Write | Resize | Sync | Rename | Link | Remove | MakeFolder | Mark
)  # fmt: skip


def cuts_of(write: Write) -> list[int]:
    """After how many bytes a write may be cut off: none, one, half, all but one, page by page."""
    size = len(write.content)
    cuts = {0, 1, size // 2, size - 1, *range(PAGE_BYTES, size, PAGE_BYTES)}
    return sorted(cut for cut in cuts if 0 <= cut < size)
