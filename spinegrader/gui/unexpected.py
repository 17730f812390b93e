"""Errors that nobody foresaw: logged, and told by the one presenter, while the window goes on."""

import logging
import sys
from types import TracebackType

from spinegrader.errors import SpineGraderError
from spinegrader.gui.workbench import Workbench
from spinegrader.texts import translate

_log = logging.getLogger(__name__)


class UnexpectedError(SpineGraderError):
    """A fault of the program itself."""


def present_unexpected(workbench: Workbench) -> None:
    """From now on, an error that reaches the event loop is told like any other.

    Without this, a fault in a key or click would only be seen by those who started the program
    from a terminal.
    """

    def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not isinstance(error, Exception):
            sys.__excepthook__(kind, error, trace)
            return
        _log.error("An unexpected error reached the event loop", exc_info=(kind, error, trace))
        workbench.failed.emit(as_sentence(error))

    sys.excepthook = tell


def as_sentence(error: Exception) -> SpineGraderError:
    """What the reader is told; the details are for a report and stay in the window."""
    if isinstance(error, SpineGraderError):
        return error
    told = UnexpectedError(
        translate(
            "SpineGrader made a mistake and could not do what you asked. What the bottom line "
            "calls saved is saved. Go on; if it happens again, send the details to those who look "
            "after it."
        ),
        {"error": f"{type(error).__name__}: {error}"},
    )
    told.__cause__ = error
    return told
