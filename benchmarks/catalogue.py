"""The benchmarks by name, in the order of the table."""

from importlib import import_module

from benchmarks.measuring import Row

BENCHMARKS = (
    "startup",
    "edit",
    "kill_runs",
    "failing_calls",
    "large_project",
    "open_series",
    "scan_tree",
    "first_slice",
    "fuzz_import",
    "crash_states",
    "damage",
    "viewer",
    "work_list",
    "liveliness",
    "start_dialogs",
    "training_latency",
    "stopwatch",
    "grade_study",
    "detector",
    "simulated_readers",
    "simulated_speed",
    "simulated_likeness",
    "simulated_difficulty",
    "method.throughput",
    "method.evidence",
    "method.grading",
)

BY_NAME_ONLY = ("method.evidence",)
"""Need a network that takes long to train; not run where everything is."""


def measure(name: str) -> list[Row]:
    """Runs one benchmark, a module of this package, in this process."""
    rows: list[Row] = import_module(f"benchmarks.{name}").measure()
    return rows
