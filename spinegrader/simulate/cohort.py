"""A simulated cohort on disk: its images or arrays, and beside them the truth behind them."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from spinegrader.errors import InputError
from spinegrader.simulate.ageing.readers import draw_readers
from spinegrader.simulate.output.arrays import ArrayShapes, ArrayWriter
from spinegrader.simulate.output.truth import (
    READERS,
    TRUTH_FILE,
    as_text,
    cohort_truth,
    write_truth,
)
from spinegrader.simulate.plan import CohortPlan, patient_id
from spinegrader.simulate.scanner.config import AcquisitionConfig
from spinegrader.simulate.study import StudyResult, StudyTask, make_study
from spinegrader.simulate.workers import results_in_order

__all__ = ["TRUTH_FILE", "CohortSummary", "simulate_cohort"]

ARRAYS_FOLDER = "arrays"
"""Name of the folder below the cohort's that holds the arrays."""


@dataclass(frozen=True)
class CohortSummary:
    """How much was written."""

    subjects: int
    studies: int
    series: int
    files: int
    vertebrae: int = 0
    discs: int = 0


def simulate_cohort(  # noqa: PLR0913 - one for each choice
    folder: Path,
    subjects: int,
    follow_ups: int,
    seed: int,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    stop_requested: Callable[[], bool] = lambda: False,
    config: AcquisitionConfig | None = None,
    *,
    processes: int = 1,
    masks: bool = False,
    arrays: ArrayShapes | None = None,
) -> CohortSummary:
    """Writes a cohort as ``<patient>/<study>/<series>/IM0001`` … and ``truth.json``.

    Args:
        folder: Empty or not there yet.
        subjects: Number of people, 1 to 9999.
        follow_ups: How many of them, the first ones, come again after 8 to 12 years.
        seed: Not negative; the same seed and sizes give the same bytes.
        progress: Called with the studies done and their total.
        stop_requested: Asked before every study.
        config: What is the same in all visits: sizes, sequences, who decides about the scanner.
        processes: How many work at once; the bytes don't depend on it.
        masks: Whether every study gets a label map, ``<patient>/<study>/mask.nii.gz``.
        arrays: Shapes of the volumes that are written, to the folder ``arrays``, in the place of
            images; None writes images.

    Raises:
        InputError: If the numbers don't fit, the folder isn't empty or can't be written, or a
            process ends unexpectedly.
        CancelledError: If asked to stop; what was written is removed again.
    """
    plan = CohortPlan(subjects, follow_ups, seed)
    if processes < 1:
        raise InputError("A cohort is simulated by at least one process.")
    folder = Path(folder)
    tasks = _tasks(folder, plan, config or AcquisitionConfig(), masks, arrays)
    try:
        if folder.exists() and any(folder.iterdir()):
            raise InputError(f"“{folder.name}” is not empty: choose another folder.")
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as undoing:
            undoing.callback(_remove_all, folder, plan)
            results = results_in_order(make_study, tasks, processes, stop_requested)
            undoing.enter_context(closing(results))
            counted = _counted(results, plan.studies, progress)
            summary = _write_cohort(folder, plan, counted, arrays)
            results.close()
            undoing.pop_all()
    except OSError as error:
        # What the file writer raises itself names no reason: a full disk, as a rule.
        reason = error.strerror or "the disk may be full"
        raise InputError(
            f"The simulated cohort could not be written to “{folder.name}”: {reason}."
        ) from error
    return summary


def _tasks(
    folder: Path,
    plan: CohortPlan,
    config: AcquisitionConfig,
    masks: bool,
    arrays: ArrayShapes | None,
) -> Iterator[StudyTask]:
    parts = plan.parts()
    for planned in plan.visits():
        yield StudyTask(folder, planned, parts[planned.number], config, masks, arrays)


def _write_cohort(
    folder: Path,
    plan: CohortPlan,
    results: Iterator[StudyResult],
    arrays: ArrayShapes | None,
) -> CohortSummary:
    """Takes in study after study; the truth waits as text, which is smaller than its objects."""
    series = files = 0
    people: list[str] = []
    with ExitStack() as stack:
        writer = (
            stack.enter_context(ArrayWriter(folder / ARRAYS_FOLDER, arrays)) if arrays else None
        )
        for _, visits in groupby(results, key=lambda result: result.patient["id"]):
            patient, studies = "", []
            for result in visits:
                patient = as_text(result.patient)
                studies.append(as_text(result.study))
                series, files = series + result.series, files + result.files
                if writer and result.volumes:
                    writer.append(result.patient, result.study, result.volumes)
            people.append(f'{patient[:-1]},"studies":[{",".join(studies)}]}}')
        vertebrae, discs = writer.counts if writer else (0, 0)
    truth = cohort_truth(plan.seed, draw_readers(plan.seed, READERS))
    write_truth(folder / TRUTH_FILE, truth, people)
    return CohortSummary(plan.subjects, plan.studies, series, files, vertebrae, discs)


def _counted(
    results: Iterator[StudyResult], total: int, progress: Callable[[int, int], None]
) -> Iterator[StudyResult]:
    progress(0, total)
    for done, result in enumerate(results, start=1):
        yield result
        progress(done, total)


def _remove_all(folder: Path, plan: CohortPlan) -> None:
    """Takes away what a cohort consists of, and nothing else."""
    for name in (ARRAYS_FOLDER, *(patient_id(n) for n in range(1, plan.subjects + 1))):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / TRUTH_FILE).unlink(missing_ok=True)
