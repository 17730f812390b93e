"""What the reader is told when the project can't be written."""

from spinegrader.durable import is_disk_full
from spinegrader.errors import ProjectError


def unwritable(error: OSError, consequence: str) -> ProjectError:
    """The sentence for a failed write.

    Args:
        error: What the system said.
        consequence: What is and isn't kept, and what to do, as sentences.
    """
    if is_disk_full(error):
        return ProjectError(f"The disk is full. {consequence}", {"cause": error.strerror})
    if isinstance(error, PermissionError):
        return ProjectError(
            f"You have no permission to write to the project. {consequence}",
            {"cause": error.strerror},
        )
    return ProjectError(
        f"The project can't be written ({error.strerror or type(error).__name__}). {consequence}"
    )
