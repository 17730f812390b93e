"""Runs benchmarks and writes their rows into benchmarks/README.md."""

import argparse
import multiprocessing
import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.catalogue import BENCHMARKS, BY_NAME_ONLY, measure
from benchmarks.table import lines_of, machine_in_words, rewrite, today

_README = Path(__file__).with_name("README.md")
_PRIVATE_PLACES = (
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "APPDATA",
    "LOCALAPPDATA",
)


def main() -> None:
    """Measures what is named, or everything, and keeps the figures as soon as there are some."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"of {', '.join(BENCHMARKS)}; all but {', '.join(BY_NAME_ONLY)} where left out",
    )
    parser.add_argument("--dry-run", action="store_true", help="print only, leave the table")
    chosen = parser.parse_args()
    unknown = [name for name in chosen.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark is called {unknown[0]}: choose of {', '.join(BENCHMARKS)}")
    failed = False
    with tempfile.TemporaryDirectory(prefix="benchmarks-home-") as home:
        # The person's own settings are neither read nor changed.
        os.environ.update(dict.fromkeys(_PRIVATE_PLACES, home))
        everything = [name for name in BENCHMARKS if name not in BY_NAME_ONLY]
        for name in chosen.names or everything:
            failed = not _run(name, keep=not chosen.dry_run) or failed
    sys.exit(failed)


def _run(name: str, *, keep: bool) -> bool:
    """Measures one benchmark in a fresh process, so that none disturbs another.

    Returns:
        Whether there are figures.
    """
    machine = machine_in_words()
    try:
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
            rows = fresh.submit(measure, name).result()
    except Exception as error:  # noqa: BLE001 - the others are measured all the same
        print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
        return False
    lines = lines_of(name, rows, machine, today())
    print("\n".join(lines), flush=True)
    if keep:
        rewrite(_README, {name: lines}, BENCHMARKS)
    return True


if __name__ == "__main__":
    main()
