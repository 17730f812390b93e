"""The one exception root: a sentence for the reader, context and cause for the log."""

import traceback
from collections.abc import Mapping


class SpineGraderError(Exception):
    """Something that the reader should be told in one plain sentence.

    Args:
        message: What happened, to which file, and what to do. Never holds patient identity.
        context: Further facts for the details view; never patient identity either.
    """

    def __init__(self, message: str, context: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.context: dict[str, object] = dict(context or {})


class InputError(SpineGraderError):
    """A file or folder from outside can't be used as it is."""


class ProjectError(SpineGraderError):
    """A project can't be opened, read or written."""


class NotSavedError(ProjectError):
    """A change could not be made durable and has not happened."""


class InvalidEditError(SpineGraderError):
    """An edit contradicts the project's present state or the rules of the domain."""


class HeldBackError(SpineGraderError):
    """Grades that a blinded reader must not see yet."""


class TrainingError(SpineGraderError):
    """A training, prediction or evaluation can't start or go on."""


class CancelledError(SpineGraderError):
    """The user asked to stop; nothing went wrong."""


def forget_locals(error: BaseException) -> None:
    """Lets go of what the frames of an error hold, such as a network; its words and lines stay.

    An error that is kept, to be shown, would else keep all that memory.
    """
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            traceback.clear_frames(one.__traceback__)
            waiting += [one.__cause__, one.__context__]
