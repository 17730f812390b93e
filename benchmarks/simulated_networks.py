"""The program's small network on a simulated cohort: grades from scratch, and pre-training."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.simulated_visits import GRADING, VisitRecord
from spinegrader.model.config import FinetuneConfig, PretrainConfig
from spinegrader.model.data import GradingData, PretrainData
from spinegrader.model.events import EpochEvent, Event
from spinegrader.model.finetune import finetune
from spinegrader.model.pretrain import pretrain
from spinegrader.model.splits import Part

_GRADES = (0, 1, 2, 3)


def network_accuracy(
    records: Sequence[VisitRecord], split: Mapping[int, str], folder: Path, epochs: int
) -> float:
    """Mean per-class accuracy of grades on test people by a network trained from scratch.

    Args:
        records: All visits.
        split: ``train``, ``validation`` or ``test`` by person.
        folder: Of the run; a broken-off one goes on.
        epochs: How many.
    """
    volumes = np.concatenate([item.discs for item in records])
    grades = np.concatenate([item.grades for item in records])
    data = GradingData(
        volumes,
        _subjects(records, [len(item.grades) for item in records]),
        {GRADING: grades},
        {GRADING: _GRADES},
        {GRADING: True},
    )
    config = FinetuneConfig.laptop().model_copy(
        update={"epochs": epochs, "freeze": "none", "device": "cpu"}
    )
    folder.mkdir(parents=True, exist_ok=True)
    result = finetune(config, data, _parts(split), folder, None, _tell, lambda: False)
    accuracy = result.agreement[GRADING].mean_class_accuracy
    return float("nan") if accuracy is None else accuracy


def pretraining_figures(
    records: Sequence[VisitRecord], split: Mapping[int, str], folder: Path, epochs: int
) -> dict[str, float]:
    """Figures on test people after pre-training with both losses.

    Returns:
        ``level_accuracy`` and ``verification_auc``.
    """
    counts = [len(item.levels) for item in records]
    data = PretrainData(
        np.concatenate([item.vertebrae for item in records]),
        _subjects(records, counts),
        tuple(item.day for item, count in zip(records, counts, strict=True) for _ in range(count)),
        tuple(
            f"{item.subject}-{item.day}"
            for item, count in zip(records, counts, strict=True)
            for _ in range(count)
        ),
        np.concatenate([item.levels for item in records]),
    )
    config = PretrainConfig.laptop().model_copy(update={"epochs": epochs, "device": "cpu"})
    folder.mkdir(parents=True, exist_ok=True)
    result = pretrain(config, data, _parts(split), folder, _tell, lambda: False)
    return {
        name: result.metrics.get(f"test_{name}") or float("nan")
        for name in ("level_accuracy", "verification_auc")
    }


def _tell(event: Event) -> None:
    if isinstance(event, EpochEvent):
        figures = " ".join(f"{name} {value:.3f}" for name, value in event.validation.items())
        print(f"epoch {event.epoch}/{event.epochs}, {event.elapsed_s:.0f} s: {figures}", flush=True)


def _parts(split: Mapping[int, str]) -> dict[str, Part]:
    return {str(subject): Part(part) for subject, part in split.items()}


def _subjects(records: Sequence[VisitRecord], counts: Sequence[int]) -> tuple[str, ...]:
    return tuple(
        str(item.subject) for item, count in zip(records, counts, strict=True) for _ in range(count)
    )
