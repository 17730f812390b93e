"""Start of the program: ``spinegrader`` or ``python -m spinegrader``."""

import sys
import time
from pathlib import Path

_STARTED = time.perf_counter()


def main() -> None:
    """Runs the command line; without a command it opens the window."""
    from spinegrader.cli import run

    run(sys.argv[1:], _open_window)


def _open_window(project: Path | None, screenshot: Path | None, *, report_startup: bool) -> int:
    from spinegrader.app import start

    return start(project, screenshot=screenshot, started=_STARTED if report_startup else None)


if __name__ == "__main__":
    main()
