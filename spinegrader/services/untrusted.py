"""Child processes for untrusted files, kept warm from one use to the next."""

import atexit
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spinegrader.imaging.sandbox import Sandbox

PRELOADED = ("spinegrader.imaging.looking", "pydicom.charset", "pydicom.datadict")
"""What each child imports as it starts."""

_idle: "list[Sandbox]" = []
_lock = threading.Lock()


@contextmanager
def borrowed_sandbox() -> "Iterator[Sandbox]":
    """A sandbox for one thread; its children stay for the next one who asks."""
    sandbox = _take() or _new()
    try:
        yield sandbox
    except BaseException:
        # Whatever its children are in the middle of ends with them.
        sandbox.close()
        raise
    with _lock:
        if not _idle:
            _idle.append(sandbox)
            return
    sandbox.close()


def warm_up() -> None:
    """Starts the children before they are needed, without waiting for them."""
    sandbox = _take() or _new()
    sandbox.warm_up()
    with _lock:
        _idle.append(sandbox)


def close_sandboxes() -> None:
    """Ends all idle children."""
    while (sandbox := _take()) is not None:
        sandbox.close()


def _take() -> "Sandbox | None":
    with _lock:
        return _idle.pop() if _idle else None


def _new() -> "Sandbox":
    from spinegrader.imaging.sandbox import Sandbox

    return Sandbox(preload=PRELOADED)


atexit.register(close_sandboxes)
