"""Start of the program: ``spinegrader`` or ``python -m spinegrader``."""

import sys
import time

_STARTED = time.perf_counter()


def main() -> None:
    """Runs the command line; without a command it opens the window."""
    from spinegrader.cli import run

    run(sys.argv[1:], started=_STARTED)


if __name__ == "__main__":
    main()
