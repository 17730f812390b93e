"""System calls that fail inside a process: the functions of ``os`` are replaced for a while.

Unlike strace, this can write half of what it was given, as a full disk does, and it needs
neither Linux nor the right to trace.
"""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_KINDS = ("open", "write", "fsync", "ftruncate", "close", "replace", "link", "mkdir", "unlink")
_REMOVING = frozenset({"ftruncate", "unlink"})
_FOR_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@dataclass(frozen=True)
class Failure:
    """What is to fail.

    Args:
        number: Which of all calls that write, from 0.
        code: The error; 0 for none, where only a write is short.
        lasting: Whether all later calls of the same kind fail as well.
        removal_too: Whether from then on nothing can be taken back: truncating and removing fail.
        short: Whether half of the bytes are written, and only what follows fails.
    """

    number: int
    code: int = errno.EIO
    lasting: bool = False
    removal_too: bool = False
    short: bool = False


@dataclass
class Calls:
    """The calls that write, in their order, and the one that is to fail."""

    failure: Failure | None = None
    denied: tuple[str, ...] = ()
    made: list[str] = field(default_factory=list)
    _opened: set[int] = field(default_factory=set)
    _fails_next_write: bool = False

    def replaced(self, kind: str, real: Callable[..., Any]) -> Callable[..., Any]:
        """A function of ``os`` that is counted, and fails when it is its turn."""

        def call(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - like the real ones
            if not self._writes(kind, arguments):
                return real(*arguments, **named)
            if kind in self.denied:
                raise OSError(errno.EPERM, os.strerror(errno.EPERM))
            number = len(self.made)
            self.made.append(kind)
            if self._is_short(kind, number):
                self._fails_next_write = bool(self.failure and self.failure.code)
                return real(arguments[0], arguments[1][: max(1, len(arguments[1]) // 2)])
            if self.failure and self._fails(kind, number, self.failure):
                if kind == "close":
                    real(*arguments)
                raise OSError(self.failure.code, os.strerror(self.failure.code))
            result = real(*arguments, **named)
            if kind == "open" and arguments[1] & _FOR_WRITING:
                self._opened.add(result)
            return result

        return call

    def _writes(self, kind: str, arguments: tuple[Any, ...]) -> bool:
        if kind == "close":
            is_ours = arguments[0] in self._opened
            self._opened.discard(arguments[0])
            return is_ours
        if kind != "open":
            return True
        path, flags = arguments[:2]
        # A folder is opened plainly in order to sync it, and otherwise to list it.
        return bool(flags & _FOR_WRITING) or (flags == os.O_RDONLY and Path(path).is_dir())

    def _is_short(self, kind: str, number: int) -> bool:
        failure = self.failure
        return bool(failure and failure.short and kind == "write" and number == failure.number)

    def _fails(self, kind: str, number: int, failure: Failure) -> bool:
        if number < failure.number:
            return False
        if failure.removal_too and kind in _REMOVING and number > failure.number:
            return True
        if failure.short:
            fails = kind == "write" and self._fails_next_write
            self._fails_next_write = self._fails_next_write and (not fails or failure.lasting)
            return fails
        return number == failure.number or (failure.lasting and kind == self.made[failure.number])


@contextmanager
def failing(failure: Failure | None = None, denied: tuple[str, ...] = ()) -> Iterator[Calls]:
    """Counts the calls that write, and makes one of them fail.

    Args:
        failure: Which one, and how; None only counts.
        denied: Kinds of calls that are refused throughout, and not counted.
    """
    calls = Calls(failure, denied)
    real = {kind: getattr(os, kind) for kind in _KINDS}
    for kind, function in real.items():
        setattr(os, kind, calls.replaced(kind, function))
    try:
        yield calls
    finally:
        for kind, function in real.items():
            setattr(os, kind, function)
