"""The child process of a sandbox: ``python -m spinegrader.imaging.sandbox_worker``.

Arguments: limit of memory in bytes, limit of time an item in seconds, modules to import at once.
It takes requests ``(task, items)`` from its standard input, and for each item writes the result,
or the InputError in its place, to what was its standard output; ``(task, None)`` asks it to
import the task. To what was its standard error it writes one byte before each item, so that
whoever sees it die knows at which. It ends when its standard input does.

It starts with nothing but the standard library: numpy and decoders come with the tasks.
"""

import faulthandler
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from io import BufferedReader
from typing import cast

from spinegrader.durable import write_all
from spinegrader.errors import InputError
from spinegrader.imaging.sandbox_frames import frame, received
from spinegrader.imaging.sandbox_limits import TOO_MUCH_MEMORY, limit_process

TOO_LONG = 1
"""Exit status that faulthandler gives when an item took longer than is allowed."""
READY = b"\0"
"""Ends what Python may have said on standard error while it started."""

_FAULT_IN_WORKER = 70
_GRACE_S = 0.5
_GATHERED_S = 0.01

Task = Callable[[object], object]
Request = tuple[str, Sequence[object] | None]


class _Answers:
    """Gathers answers that come quickly, so that not each costs the parent a turn."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._gathered: list[object] = []
        self._sent_s = time.monotonic()

    @property
    def are_due(self) -> bool:
        """Whether what was gathered should be sent before an item that may take long."""
        return time.monotonic() - self._sent_s > _GATHERED_S

    def add(self, answer: object) -> None:
        self._gathered.append(answer)

    def send(self) -> None:
        self._sent_s = time.monotonic()
        if not self._gathered:
            return
        try:
            parts = frame(self._gathered)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - pickling raises anything; whose fault it is comes now
            parts = frame([_travelling(answer) for answer in self._gathered])
        self._gathered.clear()
        for part in parts:
            write_all(self._descriptor, part)


def main(arguments: Sequence[str]) -> None:
    """Serves requests until there are no more; never returns."""
    memory_bytes, item_limit_s, modules = int(arguments[0]), float(arguments[1]), arguments[2:]
    requests, answers, progress = _take_over_pipes()
    # Ctrl+C reaches every process of a terminal; what follows from it is for the parent to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        limit_process(memory_bytes)
        for module in modules:
            import_module(module)
        os.write(progress, READY)
        _serve(requests, _Answers(answers), progress, memory_bytes, item_limit_s)
    except (EOFError, BrokenPipeError):
        os._exit(0)  # The parent has closed the sandbox, or is gone.
    except MemoryError:
        os._exit(TOO_MUCH_MEMORY)
    except BaseException as error:  # noqa: BLE001 - told to the parent, which alone can report it
        os.write(progress, f"{type(error).__name__}: {error}".encode(errors="replace"))
        os._exit(_FAULT_IN_WORKER)


def _take_over_pipes() -> tuple[BufferedReader, int, int]:
    """Moves the pipes away from 0, 1 and 2, where a library's own prints would get into them.

    Such prints are thrown away: they may quote a patient's name.
    """
    requests, answers, progress = os.dup(0), os.dup(1), os.dup(2)
    silence = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(silence, descriptor)
    return os.fdopen(requests, "rb"), answers, progress


def _serve(
    requests: BufferedReader,
    answers: _Answers,
    progress: int,
    memory_bytes: int,
    item_limit_s: float,
) -> None:
    tasks: dict[str, Task] = {}
    while True:
        task, items = cast(Request, received(requests, memory_bytes))
        if items is None:
            module, function = task.split(":")
            tasks[task] = getattr(import_module(module), function)
            answers.add(None)
        for number, item in enumerate(items or ()):
            if number == 0 or answers.are_due:
                answers.send()
                _wind_up_clock(item_limit_s)
            os.write(progress, b".")
            answers.add(_answer(tasks[task], item))
        faulthandler.cancel_dump_traceback_later()
        answers.send()


def _wind_up_clock(item_limit_s: float) -> None:
    """Ends this process if it isn't wound up again in time.

    The parent, which has the same clock, comes first, unless it is busy or gone. This one is a
    thread without Python, so that it also ends native code that gives Python no turn. Starting
    it takes 40 microseconds, too long to do it for each quick item.
    """
    faulthandler.dump_traceback_later(item_limit_s + _GRACE_S, exit=True, file=2)


def _answer(task: Task, item: object) -> object:
    try:
        return task(item)
    except MemoryError:
        raise  # What native code left half done can't be known, so this process ends.
    except InputError as error:
        return InputError(error.message, error.context)
    # Decoders written in Rust raise what isn't an Exception, and some libraries want to exit.
    except BaseException as error:  # noqa: BLE001 - becomes the item's answer
        return _damaged(error)


def _damaged(error: BaseException) -> InputError:
    return InputError(
        "It is damaged, so that it could not be read: export or copy it again.",
        {"error": type(error).__name__},
    )


def _travelling(answer: object) -> object:
    """The answer, or what can be said of it if it can't be pickled."""
    try:
        frame(answer)
    except Exception as error:  # noqa: BLE001 - pickling raises anything
        return InputError(answer.message) if isinstance(answer, InputError) else _damaged(error)
    return answer


if __name__ == "__main__":
    main(sys.argv[1:])
