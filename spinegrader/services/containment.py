"""Where a project's files are opened that may crash the HDF5 library."""

from spinegrader.errors import CancelledError, InputError, ProjectError, SpineGraderError
from spinegrader.services.untrusted import borrowed_sandbox
from spinegrader.store.containment import Containment


def containment() -> Containment:
    """What every project is opened with."""
    return Containment(_read_image)


def _read_image(task: str, item: object) -> object:
    try:
        with borrowed_sandbox() as sandbox:
            return sandbox.run(task, item)
    except (InputError, CancelledError):
        raise
    except SpineGraderError as error:
        raise ProjectError(error.message, error.context) from error
