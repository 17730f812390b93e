"""Runs a program under ``strace`` and keeps the calls with which it changes files."""

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from benchmarks.disk_operations import Operation
from benchmarks.measuring import BenchmarkError
from benchmarks.system_calls import RECORDED, operations_in

_LONGEST_CONTENT = 1 << 26
_LIMIT_S = 120.0
_CHECKOUT = Path(__file__).parents[1]


@cache
def why_not() -> str:
    """Why nothing can be recorded here, in a sentence; empty if it can."""
    if sys.platform != "linux":
        return "System calls are recorded with strace, which only Linux has."
    if shutil.which("strace") is None:
        return "System calls are recorded with strace, which is not installed here."
    tried = subprocess.run(
        _strace(Path(os.devnull), [sys.executable, "-c", ""]),
        check=False,
        capture_output=True,
        text=True,
    )
    if tried.returncode:
        return "strace is installed, but may not trace programs here."
    return ""


def record(arguments: list[str], folder: Path) -> list[Operation]:
    """Runs a module of this checkout and returns what it and its children did to files.

    Args:
        arguments: For the Python interpreter.
        folder: The files that matter lie below it.

    Raises:
        BenchmarkError: If there is no strace, or the program failed.
        UnknownCallError: If it did something to the files that can't be replayed.
    """
    if problem := why_not():
        raise BenchmarkError(problem)
    search = os.pathsep.join(filter(None, (str(_CHECKOUT), os.environ.get("PYTHONPATH"))))
    with tempfile.TemporaryDirectory(prefix="recording-") as place:
        trace = Path(place) / "trace"
        done = subprocess.run(
            _strace(trace, [sys.executable, *arguments]),
            check=False,
            capture_output=True,
            text=True,
            cwd=place,
            env={**os.environ, "PYTHONPATH": search},
            timeout=_LIMIT_S,
        )
        if done.returncode:
            raise BenchmarkError(f"The recorded program failed: {done.stderr[-2000:]}")
        return operations_in(trace.read_text(encoding="ascii"), str(folder.resolve()))


def _strace(trace: Path, command: list[str]) -> list[str]:
    wanted = ",".join(f"?{name}" for name in RECORDED)
    return [
        "strace", "-f", "--seccomp-bpf", "-xx", "-y", "-s", str(_LONGEST_CONTENT),
        "-e", f"trace={wanted}", "-e", "signal=none", "-o", str(trace), *command,
    ]  # fmt: skip
