"""DICOMDIR: the files that the index of a CD names, found in its own folder only."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from spinegrader.errors import InputError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

REFERENCED_FILES = f"{__name__}:referenced_files"
"""The task that a sandbox runs."""

FileId = tuple[str, ...]
"""ReferencedFileID: the names of folders and of the file, from the DICOMDIR's folder on."""

_DIRECTORY = "1.2.840.10008.1.3.10"


def is_dicomdir(path: Path) -> bool:
    """Whether a file is called as PS3.10 asks of the index of a medium."""
    return path.name.upper() == "DICOMDIR"


def referenced_files(path: Path) -> tuple[FileId, ...]:
    """Reads the files that the records of a DICOMDIR name, each once, in their order.

    To be run in a sandbox: the file is untrusted. What comes back is as the file says it, and
    may try to climb out of the folder: :func:`found_files` is what makes paths of it.

    Raises:
        InputError: If it is no DICOMDIR or damaged.
    """
    from pydicom import dcmread

    try:
        dataset = dcmread(path, specific_tags=["DirectoryRecordSequence"])
        is_index = dataset.file_meta.get("MediaStorageSOPClassUID") == _DIRECTORY
        ids = [_file_id(record) for record in dataset.get("DirectoryRecordSequence") or ()]
    # On damaged files pydicom raises almost anything, its own kinds and Python's.
    except Exception as error:
        raise InputError("It is damaged.") from error
    if not is_index:
        raise InputError("It holds no index of files.")
    return tuple(dict.fromkeys(file_id for file_id in ids if file_id))


def _file_id(record: "Dataset") -> FileId:
    value = record.get("ReferencedFileID") or ()
    parts = [value] if isinstance(value, str) else [str(part) for part in value]
    # Some writers put the whole path into one value, with slashes.
    return tuple(name for part in parts for name in part.replace("\\", "/").strip().split("/"))


@dataclass(frozen=True)
class FoundFiles:
    """What lies in the folder of the files that a DICOMDIR names.

    Args:
        files: With their names from the folder on; no link is followed.
        missing: Those that aren't there, as the DICOMDIR names them.
    """

    files: tuple[tuple[str, ...], ...]
    missing: tuple[FileId, ...]


def found_files(folder: Path, ids: Iterable[FileId]) -> FoundFiles:
    """Finds the named files among the entries of the folder and of its own subfolders.

    Names are compared as CDs differ in them: in either case, with or without the dot and the
    version of ISO 9660 (``IM0001.;1``). As only entries that a folder lists are returned, no
    name can lead out of it.
    """
    listings = _Listings(folder)
    files: dict[tuple[str, ...], None] = {}
    missing: list[FileId] = []
    for file_id in ids:
        found = listings.find(file_id)
        if found is None:
            missing.append(file_id)
        else:
            files[found] = None
    return FoundFiles(tuple(files), tuple(missing))


@dataclass
class _Listings:
    folder: Path
    _known: dict[tuple[str, ...], dict[str, os.DirEntry[str]]] = field(default_factory=dict)

    def find(self, file_id: FileId) -> tuple[str, ...] | None:
        place: tuple[str, ...] = ()
        for step, name in enumerate(file_id, start=1):
            entry = self._entries(place).get(_plain(name))
            is_last = step == len(file_id)
            if entry is None or not (
                entry.is_file(follow_symlinks=False)
                if is_last
                else entry.is_dir(follow_symlinks=False)
            ):
                return None
            place = (*place, entry.name)
        return place

    def _entries(self, place: tuple[str, ...]) -> dict[str, os.DirEntry[str]]:
        if place not in self._known:
            try:
                with os.scandir(self.folder.joinpath(*place)) as entries:
                    self._known[place] = {_plain(entry.name): entry for entry in entries}
            # What can't be listed holds nothing that could be read.
            except OSError:
                self._known[place] = {}
        return self._known[place]


def _plain(name: str) -> str:
    return name.partition(";")[0].rstrip(".").casefold()
