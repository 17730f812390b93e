"""One study's discs graded by a fine-tuned network on the CPU, in a process of its own."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.material import READER, read_project, working_folder
from benchmarks.measuring import BenchmarkError, Row, median

_GRADE = """
import sys
from benchmarks.grade_study import grade_and_tell
grade_and_tell(*sys.argv[1:])
"""
_LOAD_TORCH = "import torch"
_WARM_RUNS = 5


def measure(rounds: int = 5, subjects: int = 8) -> list[Row]:
    """Trains a small network, then starts a process a round that grades one study with it.

    Raises:
        BenchmarkError: If the network can't be trained or doesn't grade every disc.
    """
    cold_s: list[float] = []
    torch_s: list[float] = []
    warm_s: list[float] = []
    with working_folder() as folder:
        project, run, study_uid, discs = _material(folder, subjects)
        for number in range(rounds + 1):
            process_s, said = _timed((_GRADE, str(project), str(run), study_uid))
            bare_s, _ = _timed((_LOAD_TORCH,))
            told = json.loads(said)
            if told["discs"] != discs:
                raise BenchmarkError("Not every disc was graded.")
            if number:  # files are read into memory by the first
                cold_s.append(process_s)
                torch_s.append(bare_s)
                warm_s += told["warm_s"]
    what = f"Grading the {discs} discs of a study, cutting included"
    return [
        Row(
            f"{what}, from process start, median of {rounds}",
            median(cold_s),
            "s",
            median(torch_s),
            "a process that only imports torch",
        ),
        Row(f"{what}, torch loaded, median of {len(warm_s)}", median(warm_s), "s"),
    ]


def grade_and_tell(project: str, run: str, study_uid: str) -> None:
    """What the child does: grades once, then again for the time without imports."""
    from spinegrader.services.predicting import predict_plan
    from spinegrader.services.session import Session

    session = Session.open(Path(project), READER)
    durations_s: list[float] = []
    discs: set[object] = set()
    for _ in range(1 + _WARM_RUNS):
        for cut in session.store.cache_folder.glob("*.volumes"):
            cut.unlink()
        start = time.perf_counter()
        plan = predict_plan(session, Path(run), [study_uid])
        discs = {item.disc for item in plan.run(lambda _: None, lambda: False)}
        durations_s.append(time.perf_counter() - start)
        if len(durations_s) == 1:
            # The parent takes the time of the first one when this line arrives.
            print("graded", flush=True)
    session.close()
    print(json.dumps({"warm_s": durations_s[1:], "discs": len(discs)}))


def _material(folder: Path, subjects: int) -> tuple[Path, Path, str, int]:
    """A read project, a laptop-sized run fine-tuned in it, and a study to grade."""
    from spinegrader.model.config import FinetuneConfig
    from spinegrader.model.runs import new_run_folder
    from spinegrader.services import reading
    from spinegrader.services.training import finetune_plan

    session = read_project(folder, subjects, 0)
    try:
        config = FinetuneConfig.laptop().model_copy(
            update={"epochs": 2, "freeze": "none", "device": "cpu"}
        )
        run = new_run_folder(session.store.runs_folder, "finetune")
        finetune_plan(session, config, None).run(run, lambda _: None, lambda: False)
        study_uid = reading.work_list(session)[0]
        discs = len(reading.discs_to_grade(session, study_uid))
        return session.store.folder, run, study_uid, discs
    finally:
        session.close()


def _timed(words: tuple[str, ...]) -> tuple[float, str]:
    """Seconds to the first line (or the end) of a process, and what it says behind it."""
    start = time.perf_counter()
    with subprocess.Popen(
        (sys.executable, "-c", *words),
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        process.stdout.readline()
        taken_s = time.perf_counter() - start
        said = process.stdout.read()
    if process.returncode:
        raise BenchmarkError("The process that grades broke down.")
    return taken_s, said
