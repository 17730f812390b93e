"""A viewer in a process of its own that measures itself when it is told to.

The process prints a line when its volume has been painted for the first time, then answers
each line of its input with a list of milliseconds.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Protocol

from benchmarks.measuring import BenchmarkError

SLICE_CHANGE, CORNER_DRAG = "slice change", "corner drag"
UNPAINTED_SLICE = "slice change without its paint"
_PAINTED = "painted"
_CHECKOUT = Path(__file__).parents[1]


class Subject(Protocol):
    """What every measured viewer can do."""

    def draw_outlines(self) -> None:
        """Puts the outlines over the image."""

    def change_slices(self, count: int) -> list[float]:
        """Steps through the slices; milliseconds from each wish to its paint."""

    def change_slices_unpainted(self, count: int) -> list[float]:
        """The same without what the paints take."""

    def drag_corner(self, count: int) -> list[float]:
        """Drags a corner and lets it go where it was; milliseconds from each move to its paint."""


def tell_first_paint() -> None:
    """Says to the other process that the volume is on screen."""
    print(_PAINTED, flush=True)


def serve(subject: Subject) -> None:
    """Measures as told on the standard input until that ends."""
    subject.draw_outlines()
    measures = {
        SLICE_CHANGE: subject.change_slices,
        UNPAINTED_SLICE: subject.change_slices_unpainted,
        CORNER_DRAG: subject.drag_corner,
    }
    for line in sys.stdin:
        wish = json.loads(line)
        print(json.dumps(measures[wish["what"]](wish["count"])), flush=True)


class SubjectProcess:
    """The other end: starts a program and asks it.

    Args:
        module: Of this package, run with the scene's folder.
        scene: Folder.
        settings: Further environment variables.
    """

    def __init__(self, module: str, scene: Path, settings: dict[str, str]) -> None:
        search = os.pathsep.join(filter(None, (str(_CHECKOUT), os.environ.get("PYTHONPATH"))))
        self._name = module
        self._process = subprocess.Popen(
            (sys.executable, "-m", module, str(scene)),
            env={**os.environ, **settings, "PYTHONPATH": search},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __enter__(self) -> "SubjectProcess":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def wait_for_first_paint(self) -> None:
        """Returns when the volume is on screen.

        Raises:
            BenchmarkError: If the program ended before.
        """
        if self._answer().strip() != _PAINTED:
            raise BenchmarkError(f"{self._name} painted nothing.")

    def measure(self, what: str, count: int) -> list[float]:
        """Milliseconds of so many slice changes or moves of a corner.

        Raises:
            BenchmarkError: If the program broke down.
        """
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        self._process.stdin.write(json.dumps({"what": what, "count": count}) + "\n")
        self._process.stdin.flush()
        durations: list[float] = json.loads(self._answer() or "[]")
        if len(durations) != count:
            raise BenchmarkError(f"{self._name} broke down at a {what}.")
        return durations

    def _answer(self) -> str:
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        return self._process.stdout.readline()
