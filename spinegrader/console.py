"""What the command line says and how: JSON on stdout, words and progress on stderr."""

import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from spinegrader.errors import CancelledError, SpineGraderError

_SAY = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """One line for the person, on stderr."""
    _SAY.print(text, markup=False)


def print_result(document: object, *, as_json: bool, words: str) -> None:
    """The outcome of a command: the document as JSON on stdout, or words for a person."""
    text = json.dumps(document, ensure_ascii=False, indent=1) if as_json else words
    sys.stdout.write(text + "\n")


def run_guarded(command: Callable[[], object], *, debug: bool) -> int:
    """Runs a command and turns what goes wrong into one sentence.

    Returns:
        The exit code: 0 done, 1 the work failed, 2 wrong usage.
    """
    try:
        command()
    except SystemExit as leaving:  # Typer's own: help, wrong usage
        return leaving.code if isinstance(leaving.code, int) else 0
    except (KeyboardInterrupt, CancelledError):
        say("Stopped.")
    except SpineGraderError as error:
        if debug:
            raise
        say(error.message)
    except Exception as error:
        if debug:
            raise
        say(
            f"SpineGrader failed for a reason that it does not know ({type(error).__name__}). "
            "Run the command again with --debug for details."
        )
    else:
        return 0
    return 1


class ProgressPrinter:
    """Shows events of services as a progress bar on stderr; plain lines stay above it."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def step(self, name: str, done: int, total: int) -> None:
        """Moves the bar of a step; a total of 0 means unknown."""
        if not self._tasks:
            self._progress.start()
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name)
        self._progress.update(self._tasks[name], completed=done, total=total or None)

    def __call__(self, event: object) -> None:
        """Takes any event: those with ``done`` and ``total`` move a bar, others speak."""
        done, total = getattr(event, "done", None), getattr(event, "total", None)
        if isinstance(done, int) and isinstance(total, int):
            self.step(str(getattr(event, "step", "Cutting volumes")), done, total)
        elif text := getattr(event, "text", ""):
            say(str(text))


@contextmanager
def progress_bar() -> Iterator[ProgressPrinter]:
    """A bar that goes away when the work is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    progress = Progress(*columns, console=_SAY, transient=True, disable=not _SAY.is_terminal)
    try:
        yield ProgressPrinter(progress)
    finally:
        if progress.tasks:
            progress.stop()


@contextmanager
def stop_on_interrupt(
    fate: str = "what was learnt so far is kept",
) -> Iterator[Callable[[], bool]]:
    """Turns Ctrl-C and SIGTERM into the wish to stop; a second Ctrl-C ends at once.

    Args:
        fate: What becomes of the work that is done, told on the first.
    """
    wish = threading.Event()

    def note(number: int, frame: FrameType | None) -> None:
        del frame
        if wish.is_set():
            raise KeyboardInterrupt
        wish.set()
        say(f"Stopping; {fate}. Once more to end at once.")
        del number

    handled = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, note) for number in handled]
    try:
        yield wish.is_set
    finally:
        for number, handler in zip(handled, before, strict=True):
            signal.signal(number, handler)


def with_default_command(
    arguments: Sequence[str], commands: Sequence[str], default: str
) -> list[str]:
    """Puts the default command before the arguments unless one is named or help is asked for."""
    words = [item for item in arguments if not item.startswith("-")]
    if (words and words[0] in commands) or "--help" in arguments or "--version" in arguments:
        return list(arguments)
    flags = [item for item in arguments if item == "--debug"]
    return [*flags, default, *(item for item in arguments if item != "--debug")]
