"""What the tests have a sandbox's children do, most of it bad."""

import ctypes
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from spinegrader.errors import InputError
from spinegrader.imaging.sandbox_limits import peak_bytes, watch_memory

if TYPE_CHECKING:
    import numpy as np


class PanicError(BaseException):
    """Like the exceptions of decoders that are written in Rust."""


def echo(item: object) -> object:
    return item


def process_id(item: object) -> int:
    return os.getpid()


def wait(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def array_of(megabytes: int) -> "np.ndarray":
    import numpy as np

    return np.arange(megabytes << 17, dtype=np.float64)


def large_modules(item: object) -> list[str]:
    return sorted(set(sys.modules) & {"numpy", "pydicom", "SimpleITK", "torch", "PySide6"})


def wait_and_tell(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def hang_if_path(path: Path | None) -> None:
    """Writes the process id there and hangs."""
    if path is not None:
        path.write_text(str(os.getpid()))
        _sleep_without_a_turn_for_python("")


def take_memory_under_watch(beyond_limit: bool) -> int:
    # What the parent took counts as this process's own on Linux.
    limit = peak_bytes() + (100 << 20)
    watch_memory(limit)
    return len(bytearray(b"x") * (limit if beyond_limit else 20 << 20)) + (time.sleep(0.1) or 0)


def misbehave(item: object) -> object:
    """Does what the item is called; anything else comes back as it is.

    What follows the deed is a file that is told of each try.
    """
    deed, _, path = item.partition(" ") if isinstance(item, str) else ("", "", "")
    if path:
        with Path(path).open("a") as tries:
            tries.write(".")
    return DEEDS[deed](item) if deed in DEEDS else item


def _abort(item: str) -> None:
    os.abort()


def _crash_in_native_code(item: str) -> None:
    ctypes.string_at(0)


def _sleep(item: str) -> None:
    time.sleep(600)


def _stop(item: str) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _sleep_without_a_turn_for_python(item: str) -> None:
    # PyDLL keeps the interpreter's lock, as many decoders do.
    ctypes.PyDLL(None).sleep(600)


def _take_5_gb(item: str) -> int:
    return len(bytes(5 << 30))


def _refuse(item: str) -> None:
    raise InputError("It is no image.", {"frames": 3})


def _refuse_with_odd_context(item: str) -> None:
    raise InputError("It is no image.", {"lock": threading.Lock()})


def _raise(item: str) -> None:
    raise ZeroDivisionError(item)


def _panic(item: str) -> None:
    raise PanicError(item)


def _exit(item: str) -> None:
    sys.exit(3)


def _interrupt(item: str) -> None:
    raise KeyboardInterrupt


def _exit_at_once(item: str) -> None:
    os._exit(0)


def _recurse(item: str) -> None:
    _recurse(item)


def _answer_what_cannot_travel(item: str) -> object:
    return threading.Lock()


def _print(item: str) -> str:
    print("noise " * 1000)  # noqa: T201
    os.write(1, b"noise" * 1000)
    return item


def _complain(item: str) -> str:
    for _ in range(40):
        os.write(2, b"." * 100_000)
    return item


def _leave_a_trap(item: str) -> str:
    """Succeeds, and the next item in the same process crashes: as damaged memory does."""
    DEEDS["innocent"] = _abort
    return item


DEEDS = {
    "abort": _abort,
    "segfault": _crash_in_native_code,
    "sleep": _sleep,
    "stop": _stop,
    "spin": _sleep_without_a_turn_for_python,
    "5GB": _take_5_gb,
    "refuse": _refuse,
    "refuse-oddly": _refuse_with_odd_context,
    "raise": _raise,
    "panic": _panic,
    "exit": _exit,
    "interrupt": _interrupt,
    "exit-at-once": _exit_at_once,
    "recurse": _recurse,
    "lock": _answer_what_cannot_travel,
    "print": _print,
    "complain": _complain,
    "trap": _leave_a_trap,
}
