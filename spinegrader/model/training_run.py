"""What every training does around the loop: folder, card, device, events, the final figures."""

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, Protocol

import torch
from pydantic import ValidationError

from spinegrader.durable import private_folder, remove_temporaries
from spinegrader.errors import CancelledError, TrainingError
from spinegrader.model.checkpoint import has_checkpoint
from spinegrader.model.config import FinetuneConfig, PretrainConfig
from spinegrader.model.detector.config import DetectorConfig
from spinegrader.model.devices import choose_device, describe_device, run_environment
from spinegrader.model.distributed import any_process, first_says, is_first, world_size
from spinegrader.model.events import (
    Emit,
    FinishedEvent,
    MessageEvent,
    RunState,
    StartedEvent,
    StopRequested,
)
from spinegrader.model.files import read_json, sha256_of, write_json
from spinegrader.model.loop import TrainingLoop
from spinegrader.model.metrics import Agreement
from spinegrader.model.precision import numbers_of
from spinegrader.model.run_facts import ComputeDevice, Learnt
from spinegrader.model.run_log import RunLog
from spinegrader.model.run_writer import note_writer
from spinegrader.model.runs import CONFIG, WEIGHTS, RunCard, RunResult, read_card, write_card
from spinegrader.model.task import BatchT, Task
from spinegrader.model.tensors import read_tensors

_MAY_CHANGE = {"epochs", "device", "patience_epochs", "largest_part", "tensorboard"}
"""Settings in which a resumed run may differ from what it began with."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FinalFigures:
    """What the kept weights reach.

    Args:
        metrics: By name; None where the data can't give one.
        agreement: With the readers on test subjects, by grading.
        temperatures: That calibrate probabilities, by grading.
        notices: What the reader should know of them.
    """

    metrics: dict[str, float | None]
    agreement: dict[str, Agreement]
    temperatures: dict[str, float] = field(default_factory=dict)
    notices: tuple[MessageEvent, ...] = ()


class TrainedTask(Task[BatchT], Protocol[BatchT]):
    """A task that also gives the figures of the weights that were kept."""

    def final_figures(self, best: dict[str, float]) -> FinalFigures:
        """Figures of the kept weights; ``best`` are their epoch's on validation."""
        ...


class TrainingPlan(Protocol[BatchT]):
    """What is to be trained, checked before anything is written."""

    @property
    def config(self) -> PretrainConfig | FinetuneConfig | DetectorConfig:
        """Settings of the run."""
        ...

    @property
    def learnt(self) -> Learnt:
        """What is learnt from how much."""
        ...

    @property
    def notices(self) -> tuple[MessageEvent, ...]:
        """What the reader should know before it begins."""
        ...

    def card(self, name: str) -> RunCard:
        """The card with which the run begins."""
        ...

    def task(self, device: torch.device) -> TrainedTask[BatchT]:
        """Builds network and data on the device, from torch's seeded random state."""
        ...


def carry_out(
    plan: TrainingPlan[BatchT],
    run_folder: Path,
    emit: Emit,
    stop_requested: StopRequested,
    *,
    spare_cores: int = 1,
) -> RunResult:
    """Trains by a plan, or goes on with it if the folder holds a checkpoint.

    Args:
        plan: What is to be trained.
        run_folder: Folder of the run.
        emit: Gets every event, in this thread.
        stop_requested: Asked before every batch.
        spare_cores: How many of the CPU's cores are left to others, such as the window.

    Raises:
        TrainingError: If it can't start, go on or be written; the card then says “failed”.
        CancelledError: If ``stop_requested`` raises it; the run is left as a kill would leave it.
    """
    device = choose_device(plan.config.device)
    numbers_of(plan.config.precision, device)  # refused before anything is written
    card = _begin(plan, run_folder, device)
    log = RunLog(run_folder, emit)
    try:
        with run_environment(device, plan.config.seed, spare_cores):
            return _Run(plan, run_folder, device, card, log).train(stop_requested)
    except CancelledError:
        raise  # whoever cancelled it wants nothing of it
    except Exception as error:
        sentence = error.message if isinstance(error, TrainingError) else "Unexpected failure."
        _say_failed(run_folder, log, sentence)
        raise


def _begin(plan: TrainingPlan[BatchT], run_folder: Path, device: torch.device) -> RunCard:
    """Writes settings and card of a new run, or checks that an old one is still the same."""
    card = plan.card(run_folder.name).model_copy(update={"device": _described(device)})
    if any_process(first_says(card.fingerprint) != card.fingerprint):
        raise TrainingError(
            "The processes of the training see different data: let all work on one project "
            "folder, in which nobody works meanwhile."
        )
    if not is_first():
        return card
    if has_checkpoint(run_folder):
        old = read_card(run_folder)
        if _fixed(_filled_in(run_folder, plan)) != _fixed(card.settings):
            raise TrainingError(
                f"The run “{run_folder.name}” was begun with other settings: start a new run."
            )
        if old.fingerprint != card.fingerprint or old.kind != card.kind:
            raise TrainingError(
                f"The project's data have changed since the run “{run_folder.name}” was begun: "
                "start a new run."
            )
        kept = {"started_at": old.started_at, "weights_sha256": old.weights_sha256}
        card = card.model_copy(update=kept)
    private_folder(run_folder)
    # A run has one writer: what lies there half written is from a killed one.
    remove_temporaries(run_folder, stale_after_s=0)
    note_writer(run_folder)
    write_json(run_folder / CONFIG, card.settings)
    write_card(run_folder, card)
    return card


def _described(device: torch.device) -> ComputeDevice:
    return describe_device(device, world_size())


def _filled_in(run_folder: Path, plan: TrainingPlan[BatchT]) -> dict[str, object]:
    """Settings that a run was begun with; those that there weren't then as they are usual now."""
    written = read_json(run_folder / CONFIG)
    try:
        return type(plan.config).model_validate(written).model_dump(mode="json")
    except ValidationError:
        return written


def _fixed(settings: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in settings.items() if name not in _MAY_CHANGE}


def _say_failed(run_folder: Path, log: RunLog, sentence: str) -> None:
    if not is_first():
        return
    # The failure itself matters more than a disk that can't note it.
    try:
        card = read_card(run_folder)
        write_card(run_folder, card.model_copy(update={"state": "failed"}))
        log.tell(FinishedEvent("failed", card.epochs_done, card.elapsed_s, {}, sentence))
    except TrainingError as error:
        _log.warning("%s", error.message)


class _Run(Generic[BatchT]):
    """One session of a training run."""

    def __init__(
        self,
        plan: TrainingPlan[BatchT],
        run_folder: Path,
        device: torch.device,
        card: RunCard,
        log: RunLog,
    ) -> None:
        self._plan = plan
        self._folder = run_folder
        self._device = device
        self._card = card
        self._log = log

    def train(self, stop_requested: StopRequested) -> RunResult:
        """Trains, takes the best weights and gives their figures."""
        task = self._plan.task(self._device)
        loop = TrainingLoop(
            task,
            config=self._plan.config,
            seed=self._plan.config.seed,
            device=self._device,
            run_folder=self._folder,
            log=self._log,
            stop_requested=stop_requested,
        )
        loop.resume()
        self._tell_start(task, loop)
        stopped = loop.run(lambda: self._note_epoch(loop))
        if not stopped and (reason := loop.why_ended()) is not None:
            self._log.tell(reason)
        # The others' work is done: the first process looks at test subjects by itself.
        figures = self._figures(task, loop) if is_first() else FinalFigures({}, {})
        state: RunState = "stopped" if stopped else "finished"
        card = self._note(loop, state, figures)
        for notice in figures.notices:
            self._log.tell(notice)
        self._log.tell(
            FinishedEvent(state, card.epochs_done, card.elapsed_s, dict(figures.metrics))
        )
        return RunResult(
            kind=card.kind,
            run=card.name,
            epochs_done=card.epochs_done,
            metrics=figures.metrics,
            elapsed_s=card.elapsed_s,
            stopped_early=stopped,
            agreement=figures.agreement,
        )

    def _tell_start(self, task: Task[BatchT], loop: TrainingLoop[BatchT]) -> None:
        self._log.tell(
            StartedEvent(
                kind=self._card.kind,
                device=_described(self._device),
                epochs=self._plan.config.epochs,
                batches=task.batches_per_epoch,
                learnt=self._plan.learnt,
            )
        )
        for notice in self._plan.notices:
            self._log.tell(notice)
        # Told again, so that whoever joins now has the whole curve.
        for event in loop.progress.history:
            self._log.tell(event)

    def _figures(self, task: TrainedTask[BatchT], loop: TrainingLoop[BatchT]) -> FinalFigures:
        best = loop.progress.best_epoch
        if not best:
            return FinalFigures({}, {})
        weights = self._folder / WEIGHTS
        task.network.load_state_dict(read_tensors(weights, sha256_of(weights)))
        validation = loop.progress.history[best - 1].validation
        return loop.evaluate(lambda: task.final_figures(validation))

    def _note_epoch(self, loop: TrainingLoop[BatchT]) -> None:
        self._note(loop, "running")

    def _note(
        self, loop: TrainingLoop[BatchT], state: RunState, figures: FinalFigures | None = None
    ) -> RunCard:
        progress = loop.progress
        changes: dict[str, object] = {
            "state": state,
            "epochs_done": progress.epoch,
            "best_epoch": progress.best_epoch,
            "elapsed_s": progress.elapsed_s,
        }
        if progress.best_epoch and is_first():
            changes["weights_sha256"] = sha256_of(self._folder / WEIGHTS)
            changes["figures"] = dict(progress.history[progress.best_epoch - 1].validation)
        if figures is not None:
            changes |= {"figures": figures.metrics, "agreement": figures.agreement}
            changes["gradings"] = {
                name: its.model_copy(
                    update={"temperature": figures.temperatures.get(name, its.temperature)}
                )
                for name, its in self._card.gradings.items()
            }
        self._card = self._card.model_copy(update=changes)
        if is_first():
            write_card(self._folder, self._card)
        return self._card
