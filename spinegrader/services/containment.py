"""Where files of projects are opened that this computer has neither written nor examined.

The HDF5 library runs in the window's process. It can crash on a damaged file, and a project from
elsewhere may hold anything: each HDF5 file of it is first read in a child process.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import platformdirs

from spinegrader.errors import CancelledError, InputError, ProjectError, SpineGraderError
from spinegrader.services.untrusted import borrowed_sandbox
from spinegrader.store.containment import Containment
from spinegrader.store.known_files import KnownFiles

_EXAMINATION_BYTES = 4 << 30
_EXAMINATION_LIMIT_S = 120.0


def known_file() -> Path:
    """Where the fingerprints are kept of the HDF5 files that this computer wrote or examined."""
    return platformdirs.user_state_path("SpineGrader", appauthor=False) / "known-files.txt"


def containment() -> Containment:
    """What every project is opened with."""
    return _containment(known_file())


@cache
def _containment(known: Path) -> Containment:
    return Containment(KnownFiles(known), _read_image, _examine)


def _read_image(task: str, item: object) -> object:
    def read() -> object:
        with borrowed_sandbox() as sandbox:
            return sandbox.run(task, item)

    return _outcome(read)


def _examine(task: str, item: object) -> object:
    """A project.h5 is larger and rarer than an image: a child of its own, with more patience."""
    from spinegrader.imaging.sandbox import Sandbox

    def examine() -> object:
        with Sandbox(1, _EXAMINATION_BYTES, _EXAMINATION_LIMIT_S) as sandbox:
            return sandbox.run(task, item)

    return _outcome(examine)


def _outcome(read: Callable[[], object]) -> object:
    try:
        return read()
    except (InputError, CancelledError):
        raise
    except SpineGraderError as error:
        # There is no child: the file can't be blamed.
        raise ProjectError(error.message, error.context) from error
