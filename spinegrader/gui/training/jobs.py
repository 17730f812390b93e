"""From what a dialog says to a job in the training lane, and what follows when it ends."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from spinegrader.errors import SpineGraderError, TrainingError
from spinegrader.gui.training.job_ending import JobEnding, queue_job
from spinegrader.gui.training.wording import kind_name
from spinegrader.gui.workbench import Workbench
from spinegrader.model.config import FinetuneConfig, PretrainConfig
from spinegrader.model.detector.config import DetectorConfig
from spinegrader.model.runs import RunCard, RunKind, new_run_folder
from spinegrader.services.cutting import CuttingProgress
from spinegrader.services.detector_training import RetrainingPlan, retraining_plan
from spinegrader.services.jobs import Job, JobState
from spinegrader.services.predicting import GradingProgress, predict_plan
from spinegrader.services.predictions import keep_predictions
from spinegrader.services.runs import remove_if_nothing_learnt, settings_of
from spinegrader.services.training import FinetunePlan, PretrainPlan, finetune_plan, pretrain_plan
from spinegrader.texts import translate

Work = Callable[[Callable[[object], None], Callable[[], bool]], object]


class RunJob(Job):
    """A training, and the folder that its run is kept in."""

    keeps_part = True

    def __init__(self, title: str, work: Work, kind: RunKind, run_folder: Path) -> None:
        super().__init__(title, work)
        self.kind: RunKind = kind
        self.run_folder = run_folder


class PredictionJob(Job):
    """A prediction over discs."""


def prediction_text(job: PredictionJob, told: CuttingProgress | GradingProgress | None) -> str:
    """Where a prediction is, for the status line.

    Args:
        job: The prediction, or the evaluation.
        told: What it has said last; None for nothing yet.
    """
    if job.stop_requested:
        return translate("predicting: stopping")
    where = translate("predicting")
    if told is not None:
        words = (
            translate("predicting: cutting disc {done} of {total}")
            if isinstance(told, CuttingProgress)
            else translate("predicting: grading disc {done} of {total}")
        )
        where = words.format(done=min(told.done + 1, told.total), total=told.total)
    if job.state is JobState.PAUSED:
        return translate("{where} (paused)").format(where=where)
    return where


def training_job(workbench: Workbench, run_folder: Path) -> RunJob | None:
    """The training of this window that works on a run, or waits for its turn; None for none."""
    jobs = workbench.training_lane.unfinished
    return next(
        (job for job in jobs if isinstance(job, RunJob) and job.run_folder == run_folder), None
    )


def stop_job(workbench: Workbench, job: Job) -> None:
    """Ends a job and keeps what it has made; one that waits is taken out of the queue."""
    if not workbench.training_lane.take_out(job):
        job.request_stop()
    workbench.job_changed.emit(job)


def hold_job(workbench: Workbench, job: Job, *, holds: bool) -> None:
    """Lets a job stand still at its next batch, or go on where it stood."""
    if holds:
        job.request_pause()
    else:
        job.go_on()
    workbench.job_changed.emit(job)


def cancel_job(workbench: Workbench, job: Job) -> None:
    """Ends a job at once and throws away all that it has made, a run's folder included."""
    job.request_cancel()
    workbench.job_changed.emit(job)


def move_job_up(workbench: Workbench, job: Job) -> None:
    """Lets a job that waits go before the one in front of it."""
    if workbench.training_lane.move_up(job):
        workbench.job_changed.emit(job)


def start_pretraining(workbench: Workbench, config: PretrainConfig) -> RunJob | None:
    """Queues a pre-training; None where it can't start, which ``workbench.failed`` tells."""
    return _start_run(
        workbench, "pretrain", lambda: pretrain_plan(workbench.session, config), resumed=None
    )


def start_finetuning(
    workbench: Workbench, config: FinetuneConfig, start_from: Path | None
) -> RunJob | None:
    """Queues a fine-tuning, from scratch without ``start_from``; None where it can't start."""
    return _start_run(
        workbench,
        "finetune",
        lambda: finetune_plan(workbench.session, config, start_from),
        resumed=None,
    )


def start_retraining(workbench: Workbench, config: DetectorConfig) -> RunJob | None:
    """Queues a retraining of the detector; None where it can't start."""
    return _start_run(
        workbench, "detector", lambda: retraining_plan(workbench.session, config), resumed=None
    )


def resume_run(workbench: Workbench, card: RunCard) -> RunJob | None:
    """Queues a run again that was stopped or interrupted; None where it can't go on."""
    folder = workbench.session.store.runs_folder / card.name
    if card.kind == "pretrain":
        return _start_run(
            workbench,
            "pretrain",
            lambda: pretrain_plan(workbench.session, settings_of(card, PretrainConfig)),
            resumed=folder,
        )
    if card.kind == "detector":
        return _start_run(
            workbench,
            "detector",
            lambda: retraining_plan(workbench.session, settings_of(card, DetectorConfig)),
            resumed=folder,
        )
    origin = None if card.start_from is None else folder.parent / card.start_from.name
    return _start_run(
        workbench,
        "finetune",
        lambda: finetune_plan(workbench.session, settings_of(card, FinetuneConfig), origin),
        resumed=folder,
    )


def start_prediction(
    workbench: Workbench, run_folder: Path, studies: Sequence[str] | None = None
) -> PredictionJob | None:
    """Queues a prediction; when it is done its grades stand in the project.

    Args:
        workbench: The window's.
        run_folder: Of the grading network.
        studies: Which ones; None for all with vertebrae.

    Returns:
        The job, or None where it can't start.
    """
    try:
        plan = predict_plan(workbench.session, run_folder, studies)
    except SpineGraderError as error:
        workbench.failed.emit(error)
        return None
    job = PredictionJob(translate("Prediction"), plan.run)
    store = plan.store

    def keep() -> None:
        # Another project may be open by now: what was predicted belongs to the old one.
        if not workbench.has_session or workbench.session.store is not store:
            return
        predictions = job.result
        if isinstance(predictions, tuple) and workbench.attempt(
            lambda: keep_predictions(workbench.session, predictions)
        ):
            if workbench.session.unsaved:
                # The bar across the window says so.
                return
            discs = len({(item.study_uid, item.disc) for item in predictions})
            workbench.discs_predicted.emit(discs)

    JobEnding(workbench, job, keep)
    queue_job(workbench, job)
    return job


def _start_run(
    workbench: Workbench,
    kind: RunKind,
    make_plan: Callable[[], PretrainPlan | FinetunePlan | RetrainingPlan],
    resumed: Path | None,
) -> RunJob | None:
    try:
        plan = make_plan()
        folder = resumed or new_run_folder(workbench.session.store.runs_folder, kind)
    except SpineGraderError as error:
        workbench.failed.emit(error)
        return None
    job = RunJob(kind_name(kind), lambda emit, stop: plan.run(folder, emit, stop), kind, folder)

    def tidy_up() -> None:
        if job.is_cancelled and folder.exists():
            workbench.attempt(lambda: delete_run(folder))
        else:
            remove_if_nothing_learnt(folder)

    JobEnding(workbench, job, tidy_up, tidy_up)
    queue_job(workbench, job)
    return job


def delete_run(run_folder: Path) -> None:
    """Removes a run from the disk for good.

    Raises:
        TrainingError: If a part of it can't be removed.
    """
    try:
        shutil.rmtree(run_folder)
    except OSError as error:
        raise TrainingError(
            translate(
                "The run “{name}” could not be removed completely ({cause}): close other "
                "programs that use it and try again."
            ).format(name=run_folder.name, cause=error.strerror)
        ) from error
