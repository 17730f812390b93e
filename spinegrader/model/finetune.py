"""Training of the grading network, from scratch or from a pre-trained run."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import torch

from spinegrader.model.config import FinetuneConfig
from spinegrader.model.data import MISSING, GradingData
from spinegrader.model.events import Emit, MessageEvent, StopRequested, message
from spinegrader.model.finetune_task import FinetuneTask
from spinegrader.model.labels import GradedParts, graded_parts, without_leak
from spinegrader.model.origins import TrainedRun, open_run, require_start
from spinegrader.model.run_facts import LearntGrades
from spinegrader.model.runs import GradingCard, RunCard, RunOrigin, RunResult, program_versions
from spinegrader.model.splits import Part, subjects_in
from spinegrader.model.training_run import carry_out
from spinegrader.model.volumes import check_shape, check_split, run_fingerprint
from spinegrader.texts import for_translation


def finetune(
    config: FinetuneConfig,
    data: GradingData,
    split: Mapping[str, Part],
    run_folder: Path,
    start_from: Path | None,
    emit: Emit,
    stop_requested: StopRequested,
    names: Mapping[str, frozenset[str]] = MappingProxyType({}),
) -> RunResult:
    """Trains on graded discs, or goes on if the folder holds a checkpoint.

    Test subjects that the run to start from has seen are moved to the training part, and a
    message says so.

    Args:
        config: Settings.
        data: Discs, cut in ``config.volume_shape``, with grades.
        split: Part of each subject.
        run_folder: Folder of the run.
        start_from: Folder of a pre-training run, or of a model that came as a file; None to
            train from scratch.
        emit: Gets every event, in this thread.
        stop_requested: Asked before every batch.
        names: By subject, further names under which a run may have seen it, or a relative.

    Raises:
        TrainingError: If grades are too few, data, settings or weights don't fit, the device is
            missing, memory or disk don't suffice, or the loss is no number any more.
    """
    check_shape(data.volumes, config.volume_shape)
    check_split(data.subjects, split)
    origin = None if start_from is None else require_start(open_run(start_from))
    plan = FinetunePlan.checked(config, data, split, origin, names)
    return carry_out(plan, run_folder, emit, stop_requested)


@dataclass(frozen=True)
class FinetunePlan:
    """A fine-tuning, checked before anything is written."""

    config: FinetuneConfig
    data: GradingData
    split: Mapping[str, Part]
    parts: GradedParts
    origin: TrainedRun | None
    notices: tuple[MessageEvent, ...]

    @classmethod
    def checked(
        cls,
        config: FinetuneConfig,
        data: GradingData,
        split: Mapping[str, Part],
        origin: TrainedRun | None,
        names: Mapping[str, frozenset[str]] = MappingProxyType({}),
    ) -> "FinetunePlan":
        """Chooses gradings, discs and network.

        Raises:
            TrainingError: If grades are too few.
        """
        present = set(data.subjects)
        used = {subject: part for subject, part in split.items() if subject in present}
        notices: list[MessageEvent] = []
        if origin is not None:
            used, moved = without_leak(used, origin.seen_subjects, names)
            if moved:
                notices.append(
                    message(
                        for_translation(
                            "Test subjects that the run “{run}” has seen can only train now, as a "
                            "test would flatter: {count}."
                        ),
                        run=origin.card.name,
                        count=len(moved),
                    )
                )
            if origin.card.imported is not None:
                notices.append(
                    message(
                        for_translation(
                            "The model “{run}” was trained elsewhere: whether it has seen people "
                            "who are tested here can't be told."
                        ),
                        run=origin.card.name,
                    )
                )
            if config.backbone != origin.config.backbone:
                built = for_translation("The network is built as that of the run “{run}”.")
                notices.append(message(built, run=origin.card.name))
                config = config.model_copy(update={"backbone": origin.config.backbone})
        elif config.freeze != "none":
            notices.append(
                message(
                    for_translation(
                        "Training from scratch with frozen layers: these keep their random weights."
                    )
                )
            )
        parts = graded_parts(data, used, config.gradings)
        return cls(config, data, used, parts, origin, (*notices, *parts.notices))

    @property
    def learnt(self) -> LearntGrades:
        """What is learnt from how much."""
        rows = self.parts.rows[Part.TRAIN]
        return LearntGrades(
            gradings=len(self.parts.gradings),
            discs=len(rows),
            people=len({self.data.subjects[row] for row in rows}),
            start_from="" if self.origin is None else self.origin.card.name,
        )

    def card(self, name: str) -> RunCard:
        """The card with which the run begins."""
        origin = self.origin
        counts = {f"{part}_discs": len(rows) for part, rows in self.parts.rows.items()}
        for grading in self.parts.gradings:
            known = self.data.labels[grading] != MISSING
            counts |= {
                f"{part}_{grading}": int(known[rows].sum())
                for part, rows in self.parts.rows.items()
            }
        weights = "" if origin is None else origin.card.weights_sha256
        return RunCard(
            kind="finetune",
            name=name,
            state="running",
            started_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            epochs=self.config.epochs,
            counts=counts,
            fingerprint=run_fingerprint(self.data.fingerprint(), self.split, weights),
            subjects={str(part): subjects_in(self.split, part) for part in Part},
            settings=self.config.model_dump(mode="json"),
            start_from=None
            if origin is None
            else RunOrigin(name=origin.card.name, weights_sha256=weights),
            gradings={
                grading: GradingCard(
                    values=tuple(self.data.class_values[grading]),
                    ordinal=self.data.ordinal[grading],
                )
                for grading in self.parts.gradings
            },
            versions=program_versions(),
        )

    def task(self, device: torch.device) -> FinetuneTask:
        """Builds network and batches."""
        weights = None if self.origin is None else self.origin.weights
        return FinetuneTask(self.config, self.data, self.parts, weights, device)
