"""Grading one study's discs on the processor with a fine-tuned network of the laptop preset."""

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.rows import Row, machine, seconds_of
from spinegrader.model.config import FinetuneConfig
from spinegrader.services.demo import make_demo
from spinegrader.services.session import Session
from spinegrader.services.training import finetune_plan, predict_plan

_REPEATS = 5
_CHILD = """
import sys, time
start = time.perf_counter()
from pathlib import Path
from spinegrader.services.session import Session
from spinegrader.services.training import predict_plan
session = Session.open(Path(sys.argv[1]), "Reader")
run = next((session.store.runs_folder).iterdir())
predict_plan(session, run, [sys.argv[2]]).run(lambda _: None, lambda: False)
print(time.perf_counter() - start)
"""


def measure() -> list[Row]:
    """In a fresh process with all imports, and again in one that has torch loaded."""
    with tempfile.TemporaryDirectory() as folder:
        session = Session.open_or_create(Path(folder) / "project", "Reader")
        make_demo(session, 7, 3, 3)
        config = FinetuneConfig.laptop().model_copy(update={"epochs": 2})
        run = session.store.runs_folder / "model"
        finetune_plan(session, config, None).run(run, lambda _: None, lambda: False)
        study = next(iter(session.state.studies))
        whole = []
        for _ in range(_REPEATS):
            _forget_cuts(session)
            command = [sys.executable, "-c", _CHILD, str(session.store.folder), study]
            said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            whole.append(float(said))
        warm = []
        for _ in range(_REPEATS):
            _forget_cuts(session)
            plan = predict_plan(session, run, [study])
            warm.append(seconds_of(lambda plan=plan: plan.run(lambda _: None, lambda: False)))
        session.close()
    return [
        Row(
            "grade_study",
            f"grade one study of 6 discs on the processor, {machine()}, with all imports / warm",
            f"{statistics.median(whole):.1f} / {statistics.median(warm):.2f} s",
        )
    ]


def _forget_cuts(session: Session) -> None:
    for cut in session.store.cache_folder.glob("*.npy"):
        cut.unlink()
