"""One child process of a sandbox, seen from the parent."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from io import BufferedReader, BufferedWriter
from typing import cast

from spinegrader.durable import write_all
from spinegrader.errors import InputError, SpineGraderError
from spinegrader.imaging.sandbox_frames import frame, received
from spinegrader.imaging.sandbox_limits import TOO_MUCH_MEMORY
from spinegrader.imaging.sandbox_worker import READY, TOO_LONG

if sys.platform == "linux":
    import fcntl

_START_LIMIT_S = 60.0
_SLACK_S = 0.25
_REAPED_WITHIN_S = 2.0
_PIPE_BYTES = 1 << 20
_ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS",
)

# On Windows, children that start at the same time would inherit each other's pipes.
_starting = threading.Lock()


@dataclass(frozen=True)
class Ending:
    """How a child ended in the middle of a batch.

    Args:
        at: Place in the batch of the item that was in work; None if none was.
        is_certain: Whether it is that item's fault, and not of what the child did before.
        could_not_start: Whether the child never came as far as its first item.
        error: What to say of the item.
        details: Exit status, and what the child said last; nothing that it has read.
    """

    at: int | None
    is_certain: bool
    could_not_start: bool
    error: InputError
    details: str


class SandboxChild:
    """A spawned process that works off items for one thread.

    Only ``kill`` and ``kill_if_overdue`` may be called from other threads.

    Args:
        memory_bytes: See ``sandbox_limits``.
        item_limit_s: Wall clock for each item.
        preload: Modules that the child imports before it does anything.

    Raises:
        SpineGraderError: If the process can't be started.
    """

    def __init__(self, memory_bytes: int, item_limit_s: float, preload: Sequence[str]) -> None:
        self._memory_bytes = memory_bytes
        self._item_limit_s = item_limit_s
        self._loaded: set[str] = set()
        self._items_done = 0
        self._clock = threading.Lock()
        self._deadline_s: float | None = None
        self._was_overdue = False
        self._was_killed = False
        try:
            self._process = _started(str(memory_bytes), str(item_limit_s), *preload)
        except OSError as error:
            raise could_not_start(str(error.strerror)) from error
        self._requests = cast(BufferedWriter, self._process.stdin)
        self._answers = cast(BufferedReader, self._process.stdout)
        self._progress = cast(BufferedReader, self._process.stderr)
        if sys.platform == "linux":
            # Large arrays come with fewer turns; a user with too many pipes keeps small ones.
            with contextlib.suppress(OSError):
                fcntl.fcntl(self._answers.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    def ask(self, task: str, items: Sequence[object]) -> tuple[list[object], Ending | None]:
        """Has the child do a task for each item.

        Returns:
            The results of the first items, and how the child ended if that are not all.

        Raises:
            Exception: Whatever pickling the items raises.
        """
        results: list[object] = []
        request = frame((task, items))
        try:
            if task not in self._loaded:
                self._load(task)
            self._send(request)
            while len(results) < len(items):
                results += self._receive(self._item_limit_s + _SLACK_S)
            self._progress.read(len(items))
        # A child whose memory was damaged may send anything before it ends.
        except Exception:  # noqa: BLE001 - told by the returned ending
            return results, self._ending(len(results))
        self._items_done += len(items)
        return results, None

    def kill_if_overdue(self) -> None:
        """Kills the child if the item in work takes longer than is allowed."""
        with self._clock:
            if self._deadline_s is not None and time.monotonic() > self._deadline_s:
                self._was_overdue = True
                self._process.kill()

    def kill(self) -> None:
        """Kills the child whatever it does."""
        self._was_killed = True
        self._process.kill()

    def close(self) -> None:
        """Ends the child and gives back all that it held."""
        self._end()
        for pipe in (self._requests, self._answers, self._progress):
            pipe.close()

    def _load(self, task: str) -> None:
        self._send(frame((task, None)))
        self._receive(_START_LIMIT_S)
        if not self._loaded:
            while self._progress.read(1) not in (READY, b""):
                pass
        self._loaded.add(task)

    def _send(self, parts: Sequence[bytes | memoryview]) -> None:
        self._set_deadline(_START_LIMIT_S)
        for part in parts:
            write_all(self._requests.fileno(), part)

    def _receive(self, within_s: float) -> list[object]:
        self._set_deadline(within_s)
        answers = cast(list[object], received(self._answers, self._memory_bytes))
        with self._clock:
            self._deadline_s = None
            # It had been sent when the time was up, so it isn't its item that is too slow.
            self._was_overdue = False
        return answers

    def _set_deadline(self, within_s: float) -> None:
        with self._clock:
            self._deadline_s = time.monotonic() + within_s

    def _ending(self, received_count: int) -> Ending:
        """Ends the child and finds out from what it left which item it was at."""
        status = self._end()
        left = b"" if status is None else self._progress.read()
        said = left.lstrip(b".") if self._loaded else left
        begun_count = len(left) - len(said)
        in_work = begun_count > received_count
        was_slow = self._was_overdue or (in_work and status == TOO_LONG)
        before = self._items_done + begun_count - in_work
        return Ending(
            at=begun_count - 1 if in_work else None,
            is_certain=was_slow or (before == 0 and not self._was_killed),
            could_not_start=not in_work and before == 0 and not self._was_killed,
            error=self._error(status, was_slow=was_slow),
            details=f"Exit status {status}. {said.decode(errors='replace')}".strip(),
        )

    def _end(self) -> int | None:
        """The exit status; None if even the kernel can't end the child yet (a dead disk)."""
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_REAPED_WITHIN_S)
        return self._process.returncode

    def _error(self, status: int | None, *, was_slow: bool) -> InputError:
        if was_slow:
            what = f"Reading it takes longer than {self._item_limit_s:g} seconds"
        elif status == TOO_MUCH_MEMORY:
            what = "It needs more memory than a medical image should"
        else:
            what = "It is damaged in a way that makes reading it fail altogether"
        return InputError(f"{what}: export or copy it again.", {"exit status": status})


def could_not_start(details: str) -> SpineGraderError:
    """What to tell if children don't come up at all; no file's fault."""
    return SpineGraderError(
        "The process that reads files could not be started: start SpineGrader again, and if that"
        " doesn't help, install it again.",
        {"details": details},
    )


def _started(*arguments: str) -> subprocess.Popen[bytes]:
    # Where this process finds modules, but never the folder that it happens to stand in: that may
    # be a disc from anywhere.
    path = os.pathsep.join(place for place in sys.path if place)
    with _starting:
        return subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-P", "-m", "spinegrader.imaging.sandbox_worker", *arguments],
            bufsize=1 << 16,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **dict.fromkeys(_ONE_THREAD, "1"), "PYTHONPATH": path},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
