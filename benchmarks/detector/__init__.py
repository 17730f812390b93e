"""The vertebra detector: material to learn from, its training, and how good it is.

No material and no real picture that is made here is part of the project: all are written to folders
of the caller's.
"""

from benchmarks.measuring import Row


def measure() -> list[Row]:
    """How good the detector is, for the table of benchmarks."""
    from benchmarks.detector.measured import rows

    return rows()
