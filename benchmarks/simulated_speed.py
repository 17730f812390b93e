"""How quickly a cohort is simulated and written as DICOM, and how much memory it takes."""

import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.material import working_folder
from benchmarks.measuring import BenchmarkError, Row
from spinegrader.simulate.plan import PAPER_FOLLOW_UPS, PAPER_SUBJECTS

_PROCESSES = 2
_SLICES, _MATRIX = 15, 384
_SUBJECTS = 24
_FEW = 8
_SEED = 41
_GOAL_S = 0.5
_GOAL_MB = 2000.0
_GOAL_MINUTES = 20.0
_ASKED_EVERY_S = 0.1
_MB = 1e6

_SIMULATE = """
import sys
from pathlib import Path
from spinegrader.simulate.cohort import simulate_cohort
from spinegrader.simulate.scanner.config import AcquisitionConfig
if __name__ == "__main__":
    folder, subjects, slices, matrix, processes, seed, *sequences = sys.argv[1:]
    simulate_cohort(
        Path(folder), int(subjects), 0, int(seed), processes=int(processes),
        config=AcquisitionConfig(
            slices=int(slices), rows=int(matrix), sequences=tuple(sequences)
        ),
    )
"""


def measure(subjects: int = _SUBJECTS, few: int = _FEW) -> list[Row]:
    """Simulates people in two processes, T2 alone and with T1, from a fresh process.

    What a study takes is told by the difference of many people and few, so that starting doesn't
    count; the paper's cohort is that times its studies, plus the start.

    Raises:
        BenchmarkError: If the simulation fails.
    """
    rows = []
    for sequences in (("T2",), ("T2", "T1")):
        with working_folder() as folder:
            short_s, _ = _simulated(folder / "few", few, sequences)
            long_s, peak_mb = _simulated(folder / "many", subjects, sequences)
        study_s = (long_s - short_s) / (subjects - few)
        start_s = max(short_s - few * study_s, 0.0)
        studies = PAPER_SUBJECTS + PAPER_FOLLOW_UPS
        what = f"{' and '.join(sequences)}, {_SLICES} slices of {_MATRIX} x {_MATRIX}"
        is_goal = len(sequences) == 1
        rows += [
            Row(f"A study simulated and written, {_PROCESSES} processes, {what}", study_s, "s",
                goal=_GOAL_S if is_goal else None),
            Row(f"The paper's cohort from that, {studies} studies, {what}",
                (start_s + studies * study_s) / 60, "min",
                goal=_GOAL_MINUTES if is_goal else None),
        ]  # fmt: skip
        if peak_mb:
            rows.append(
                Row(f"Peak memory of all of its processes, added up, {what}", peak_mb, "MB",
                    goal=_GOAL_MB)
            )  # fmt: skip
    return rows


def _simulated(folder: Path, subjects: int, sequences: tuple[str, ...]) -> tuple[float, float]:
    """Seconds of a process that simulates, and its peak memory with its children's in MB.

    Peaks of single processes are added up, shared libraries each time: more than there ever was
    at once. 0 where the system doesn't tell (it is only asked on Linux).
    """
    script = folder.with_suffix(".py")
    script.write_text(_SIMULATE, encoding="utf-8")
    sizes = (subjects, _SLICES, _MATRIX, _PROCESSES, _SEED)
    command = [sys.executable, str(script), str(folder), *map(str, sizes), *sequences]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    peaks: dict[int, float] = {}
    start = time.perf_counter()
    with subprocess.Popen(command, env=environment) as process:
        while process.poll() is None:
            for number in _family(process.pid):
                peaks[number] = max(peaks.get(number, 0.0), _peak_mb(number))
            time.sleep(_ASKED_EVERY_S)
        taken_s = time.perf_counter() - start
    if process.returncode:
        raise BenchmarkError("The process that simulates broke down.")
    return taken_s, sum(peaks.values())


def _family(number: int) -> list[int]:
    """A process and all below it, as far as the system tells."""
    found = [number]
    for member in found:
        for path in Path(f"/proc/{member}/task").glob("*/children"):
            try:
                found += [int(child) for child in path.read_text().split()]
            except OSError:  # it has just ended
                continue
    return found


def _peak_mb(number: int) -> float:
    try:
        lines = Path(f"/proc/{number}/status").read_text().splitlines()
    except OSError:
        return 0.0
    kilobytes = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
    return 1024 * sum(kilobytes) / _MB
