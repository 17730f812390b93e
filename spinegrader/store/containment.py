"""Which HDF5 files this process opens itself, and which one that may be lost.

The HDF5 library can crash on a file that isn't as some HDF5 library wrote it, and a file may lead
it to others. A seal that holds is no proof against intent: whoever makes a file can seal it. So a
file that this computer has neither written nor examined is examined first.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TypeAlias

from spinegrader.store.known_files import KnownFiles
from spinegrader.store.seal import SealCheck

Run: TypeAlias = Callable[[str, object], object]
"""Does a task ``module:function`` for one item; raises InputError for what the item did to it."""

EXAMINE_SNAPSHOT = "spinegrader.store.examination:examine_snapshot"
READ_IMAGE = "spinegrader.store.examination:read_image"


def run_here(task: str, item: object) -> object:
    """Does a task in this process, for those that may be lost themselves."""
    module, function = task.split(":")
    return getattr(import_module(module), function)(item)


class Containment:
    """How the HDF5 files of projects are opened.

    Args:
        known: Fingerprints of files that may be opened; None lets all sealed ones be opened.
        read_image: Does the task that reads one image, in another process.
        examine: Does the task that examines one project.h5, in another process.
    """

    def __init__(
        self,
        known: KnownFiles | None = None,
        read_image: Run = run_here,
        examine: Run = run_here,
    ) -> None:
        self._known = known
        self._read_image = read_image
        self._examine = examine

    @property
    def known_path(self) -> Path | None:
        """Where the fingerprints are kept, for processes that this one starts."""
        return None if self._known is None else self._known.path

    def is_known(self, check: SealCheck) -> bool:
        """Whether this process may open a file."""
        return check.holds if self._known is None else check.fingerprint in self._known

    def note(self, fingerprint: str) -> None:
        """Takes note that a file was written by this computer, or found to be sound."""
        if self._known is not None:
            self._known.add(fingerprint)

    def read_image(self, request: object, fingerprint: str) -> object:
        """Reads an image in another process; the file is known then.

        Raises:
            InputError: If it can't be read, or isn't what its name says.
            ProjectError: If there is no other process.
        """
        found = self._read_image(READ_IMAGE, request)
        self.note(fingerprint)
        return found

    def admit_snapshot(self, content: bytes, project_id: str, check: SealCheck) -> None:
        """Makes sure that this process may open a project.h5, and returns if so.

        Raises:
            InputError: If it must not be opened.
            ProjectError: If there is no other process to find out.
        """
        if not self.is_known(check):
            self._examine(EXAMINE_SNAPSHOT, (content, project_id))
            self.note(check.fingerprint)


UNCONTAINED = Containment()
"""Opens every sealed file in this process."""
