"""How long the shipped model takes to grade a study whose vertebrae are drawn, and its memory."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import BenchmarkError, Row, median

_ROUNDS = 5
_SLICES, _MATRIX = 15, 512
_GOAL_S = 1.5

_MAKE = """
import json, sys
from pathlib import Path
from spinegrader.services.demo import read_truth
from spinegrader.services.importing import import_paths
from spinegrader.services.session import Session
from spinegrader.simulate.cohort import simulate_cohort
from spinegrader.simulate.scanner.config import AcquisitionConfig
if __name__ == "__main__":
    folder, slices, matrix = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    config = AcquisitionConfig(slices=slices, rows=matrix, sequences=("T2",))
    simulate_cohort(folder / "images", 2, 0, 5, config=config, processes=1)
    session = Session.open_or_create(folder / "project", "Reader")
    import_paths(session, [folder / "images"])
    read_truth(session, json.loads((folder / "images" / "truth.json").read_text()))
    session.close()
"""

_GRADE = """
import json, shutil, sys, time
from pathlib import Path
from benchmarks.measuring import peak_mb
from spinegrader.services.graders import shipped_grader_folder
from spinegrader.services.session import Session
from spinegrader.services.predicting import predict_plan
session = Session.open(Path(sys.argv[1]), "Reader")
shutil.rmtree(session.store.cache_folder, ignore_errors=True)
studies = [study.uid for study in session.state.visible_studies()]
seconds, graded = [], 0
for study in studies:
    begin = time.perf_counter()
    plan = predict_plan(session, shipped_grader_folder(), [study])
    graded += len(plan.run(lambda event: None, lambda: False))
    seconds.append(time.perf_counter() - begin)
session.close()
print(json.dumps({"first": seconds[0], "next": seconds[1], "graded": graded, "peak": peak_mb()}))
"""


def measure() -> list[Row]:
    """A fresh process grades its first study, then another; medians of several processes."""
    with tempfile.TemporaryDirectory(prefix="benchmark-grading-") as folder:
        _run(_MAKE, folder, str(_SLICES), str(_MATRIX))
        project = str(Path(folder) / "project")
        told = [json.loads(_run(_GRADE, project)) for _ in range(_ROUNDS + 1)][1:]
    if not all(item["graded"] > 0 for item in told):
        raise BenchmarkError("nothing was graded")
    what = f"A study graded, {_SLICES} slices of {_MATRIX} x {_MATRIX}, vertebrae given"
    return [
        Row(
            f"{what}: weights loaded, volumes cut, graded, median of {_ROUNDS}",
            median([item["next"] for item in told]),
            "s",
            goal=_GOAL_S,
        ),
        Row(
            f"{what}: the first one of a process, torch imported too, median of {_ROUNDS}",
            median([item["first"] for item in told]),
            "s",
            goal=_GOAL_S,
        ),
        Row(f"{what}: peak memory of the process", max(item["peak"] for item in told), "MB"),
    ]


def _run(program: str, *arguments: str) -> str:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "CUDA_VISIBLE_DEVICES": "",
    }
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise BenchmarkError(done.stderr.strip().splitlines()[-1])
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""
