"""System calls that strace makes fail in a process that is running: really, in the kernel."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.measuring import BenchmarkError

_PATIENCE_S = 60.0
_KINDS = {
    "open": "?open,openat",
    "write": "write,?pwrite64,?writev",
    "copy": "sendfile,?copy_file_range",
    "fsync": "fsync,fdatasync",
    "ftruncate": "ftruncate",
    "close": "close",
    "rename": "?rename,?renameat,?renameat2",
    "link": "?link,linkat",
    "mkdir": "?mkdir,mkdirat",
    "unlink": "?unlink,unlinkat,?rmdir",
    "times and modes": "utimensat,?chmod,fchmod,fchmodat",
}
"""What the calls are for, and their names; a question mark before those not known everywhere."""

_NAMES = {name.lstrip("?"): kind for kind, names in _KINDS.items() for name in names.split(",")}
_REMOVING = "ftruncate,?unlink,unlinkat"
_CALL = re.compile(r"(\d+) +(\w+)\((.*)")
_RESUMED = re.compile(r"(\d+) +<\.\.\. \w+ resumed>(.*)")
_UNFINISHED = " <unfinished ...>"
_FOR_WRITING = re.compile(r"\bO_(WRONLY|RDWR|CREAT)\b")
_PATH = re.compile(r'"([^"]*)"')
_DESCRIPTOR = re.compile(r"(\d+)<")
_RANDOM = re.compile(r"[0-9a-f]{12,}|\d{8}T\d+Z")
_INJECTED = "(INJECTED)"


@dataclass(frozen=True)
class Call:
    """One call that writes to the project.

    Args:
        name: Of the system call.
        number: Which of all calls of that name the process makes, from 1.
        place: The file, with what is random in its name left out.
    """

    name: str
    number: int
    place: str

    @property
    def kind(self) -> str:
        """What it is for."""
        return _NAMES[self.name]

    @property
    def removes(self) -> bool:
        """Whether it takes something back."""
        return self.kind in ("ftruncate", "unlink")

    def failing(self, error: str, *, lasting: bool, removal_too: bool) -> list[str]:
        """What to tell strace so that it fails.

        Args:
            error: Such as ``ENOSPC``.
            lasting: Whether all later calls of the same name fail as well.
            removal_too: Whether nothing can be truncated or removed meanwhile.
        """
        when = f"{self.number}+" if lasting else f"{self.number}"
        injections = [f"inject={self.name}:error={error}:when={when}"]
        if removal_too:
            injections.append(f"inject={_REMOVING}:error=EIO")
        return injections


def denying(kinds: tuple[str, ...]) -> list[str]:
    """What to tell strace so that all calls of some kinds are refused."""
    return [f"inject={_KINDS[kind]}:error=EPERM" for kind in kinds]


class Strace:
    """strace on a process; a context manager that lets go of it in the end."""

    def __init__(self, process: int, injections: list[str]) -> None:
        """Attaches.

        Raises:
            BenchmarkError: If strace is absent or may not trace.
        """
        program = shutil.which("strace")
        if program is None:
            raise BenchmarkError("strace is not installed: install it to make system calls fail.")
        self._process = process
        handle, log = tempfile.mkstemp(prefix="strace-")
        os.close(handle)
        self._log = Path(log)
        traced = ",".join(_KINDS.values())
        options = [word for item in (f"trace={traced}", *injections) for word in ("-e", item)]
        self._strace = subprocess.Popen(
            [program, "-f", "-y", "-s", "0", "-o", log, "-p", str(process), *options],
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._strace.stderr  # noqa: S101 - it is a pipe
        if "attached" not in (said := self._strace.stderr.readline()):
            self.__exit__(None, None, None)
            raise BenchmarkError(f"strace can't trace a process here: {said.strip()}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._strace.send_signal(signal.SIGINT)
        self._strace.communicate(timeout=_PATIENCE_S)
        log = self._log.read_text(encoding="utf-8", errors="replace")
        self._lines = _joined(log.splitlines(), self._process)
        self._log.unlink()

    def calls(self, folder: Path) -> list[Call]:
        """The calls that wrote to a folder, in order; once strace has let go."""
        found: list[Call] = []
        counts: Counter[str] = Counter()
        writing: set[str] = set()
        for name, rest in self._lines:
            counts[name] += 1
            if str(folder) in rest and _writes(_NAMES[name], rest, writing):
                found.append(Call(name, counts[name], _place(rest, folder)))
        return found

    def require_injected(self, call: Call, folder: Path) -> None:
        """Makes sure that it was this call that failed.

        Raises:
            BenchmarkError: If it was none or another one.
        """
        counts: Counter[str] = Counter()
        for name, rest in self._lines:
            counts[name] += 1
            if (name, counts[name]) == (call.name, call.number):
                if _INJECTED in rest and _place(rest, folder) == call.place:
                    return
                break
        raise BenchmarkError(f"{call} did not come again, and so did not fail.")


def _joined(log: list[str], process: int) -> list[tuple[str, str]]:
    """Name and rest of each call of a process; calls of its threads may stand in their middle."""
    calls: list[tuple[str, str]] = []
    for line in log:
        if match := _CALL.match(line):
            if int(match[1]) == process:
                calls.append((match[2], match[3].removesuffix(_UNFINISHED)))
        elif (match := _RESUMED.match(line)) and int(match[1]) == process:
            name, rest = calls.pop()
            calls.append((name, rest + match[2]))
    return calls


def _writes(kind: str, rest: str, writing: set[str]) -> bool:
    """Whether a call that touches the project writes to it.

    Args:
        kind: What it is for.
        rest: Its arguments and result.
        writing: Descriptors that were opened for writing; kept up to date.
    """
    arguments, _, result = rest.rpartition(" = ")
    if kind == "open":
        if _FOR_WRITING.search(arguments):
            writing.update(_DESCRIPTOR.findall(result)[:1])
            return True
        # A folder is opened plainly in order to sync it, and otherwise to list it.
        path = _PATH.search(arguments)
        return bool(path and Path(path[1]).is_dir() and "O_DIRECTORY" not in arguments)
    if kind == "close":
        descriptor = _DESCRIPTOR.match(arguments)
        is_ours = descriptor is not None and descriptor[1] in writing
        writing.discard(descriptor[1] if descriptor else "")
        return is_ours
    return True


def _place(rest: str, folder: Path) -> str:
    """The last file of the project that a call names."""
    found = re.findall(re.escape(str(folder)) + r'([^">]*)', rest.rpartition(" = ")[0] or rest)
    return _RANDOM.sub("*", found[-1]) if found else ""
