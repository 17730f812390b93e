"""``python -m benchmarks [NAME...]``: runs all or some and renews the table in README.md."""

import argparse
import importlib
import os

from benchmarks.rows import write_table

NAMES = ("startup", "edit", "open_series", "viewer", "liveliness", "grade_study")


def main() -> None:
    """Runs what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], help="default: all")
    chosen = parser.parse_args().names or NAMES
    if not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for name in chosen:
        rows = importlib.import_module(f"benchmarks.{name}").measure()
        for row in rows:
            print(f"{row.what}: {row.ours}  {row.peer}  {row.ratio}")
        write_table(rows)


if __name__ == "__main__":
    main()
