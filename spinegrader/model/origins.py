"""Runs whose weights are used again: to start from, or to predict with."""

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from spinegrader.errors import TrainingError
from spinegrader.model.config import FinetuneConfig, PretrainConfig
from spinegrader.model.runs import WEIGHTS, RunCard, RunKind, read_card
from spinegrader.model.splits import Part
from spinegrader.model.tensors import read_tensors, refuse_pickle


@dataclass(frozen=True)
class TrainedRun:
    """A run's card, its settings and its weights on the CPU."""

    card: RunCard
    config: PretrainConfig | FinetuneConfig
    weights: dict[str, Tensor]

    @property
    def seen_subjects(self) -> frozenset[str]:
        """Subjects that it was trained with, or its epoch chosen by."""
        parts = (Part.TRAIN, Part.VALIDATION)
        return frozenset(name for part in parts for name in self.card.subjects.get(part, ()))


def open_run(run_folder: Path) -> TrainedRun:
    """Opens a run for its weights.

    Raises:
        TrainingError: If it is no run folder, a pickle, damaged, or not trained yet.
    """
    if run_folder.is_file():
        refuse_pickle(run_folder)
        raise TrainingError(f"“{run_folder.name}” is a file: choose the folder of a run.")
    refuse_pickle(run_folder / WEIGHTS)
    card = read_card(run_folder)
    if not card.weights_sha256:
        raise TrainingError(
            f"The run “{run_folder.name}” has finished no epoch yet: choose another run."
        )
    config = settings_kind(card.kind).model_validate(card.settings)
    return TrainedRun(card, config, read_tensors(run_folder / WEIGHTS, card.weights_sha256))


def settings_kind(kind: RunKind) -> type[PretrainConfig | FinetuneConfig]:
    """What sort of settings a run of that kind has."""
    return PretrainConfig if kind == "pretrain" else FinetuneConfig


def require_kind(run: TrainedRun, kind: RunKind) -> TrainedRun:
    """The run, if it is of that kind.

    Raises:
        TrainingError: If it is of the other one.
    """
    if run.card.kind != kind:
        wanted = "pre-training" if kind == "pretrain" else "fine-tuning"
        raise TrainingError(f"The run “{run.card.name}” is no {wanted}: choose one that is.")
    return run


def require_start(run: TrainedRun) -> TrainedRun:
    """The run, if fine-tuning can start from it: a pre-training, or a model that came as a file.

    Another fine-tuning of the project can't: its test people would have to be told too.

    Raises:
        TrainingError: If it is another one.
    """
    is_imported_model = run.card.kind == "finetune" and run.card.imported is not None
    return run if is_imported_model else require_kind(run, "pretrain")
