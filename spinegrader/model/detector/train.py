"""Training of the detector: from scratch, or on from another one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from spinegrader.errors import TrainingError
from spinegrader.model.detector.config import DetectorConfig
from spinegrader.model.detector.data import DetectorData
from spinegrader.model.detector.task import DetectorTask
from spinegrader.model.detector.weights import DetectorWeights
from spinegrader.model.events import Emit, MessageEvent, StopRequested
from spinegrader.model.run_facts import LearntSlices
from spinegrader.model.runs import RunCard, RunOrigin, RunResult, program_versions
from spinegrader.model.splits import Part, subjects_in
from spinegrader.model.training_run import carry_out
from spinegrader.model.volumes import check_split, run_fingerprint


def train_detector(
    config: DetectorConfig,
    data: DetectorData,
    split: Mapping[str, Part],
    run_folder: Path,
    start_from: DetectorWeights | None,
    emit: Emit,
    stop_requested: StopRequested,
    *,
    spare_cores: int = 1,
) -> RunResult:
    """Trains, or goes on if the folder holds a checkpoint.

    Args:
        config: Settings; the network is built as that of ``start_from``.
        data: Slices with what is drawn on them.
        split: Part of each subject.
        run_folder: Folder of the run.
        start_from: Weights to start from; None for scratch.
        emit: Gets every event, in this thread.
        stop_requested: Asked before every batch.
        spare_cores: How many of the CPU's cores are left to others.

    Raises:
        TrainingError: If nothing is there to train on, the weights don't fit, the device is
            missing, memory or disk don't suffice, or the loss is no number any more.
    """
    check_split(data.subjects, split)
    if start_from is not None:
        config = config.model_copy(update={"network": start_from.network})
    rows = {
        part: np.asarray(
            [row for row, subject in enumerate(data.subjects) if split[subject] is part], np.int64
        )
        for part in Part
    }
    if not len(rows[Part.TRAIN]):
        raise TrainingError("There are no slices to train on: confirm the vertebrae of more scans.")
    plan = _DetectorPlan(config, data, split, rows, start_from)
    return carry_out(plan, run_folder, emit, stop_requested, spare_cores=spare_cores)


@dataclass(frozen=True)
class _DetectorPlan:
    config: DetectorConfig
    data: DetectorData
    split: Mapping[str, Part]
    rows: Mapping[Part, NDArray[np.int64]]
    origin: DetectorWeights | None

    @property
    def learnt(self) -> LearntSlices:
        """What is learnt from how much."""
        rows = self.rows[Part.TRAIN]
        return LearntSlices(
            slices=len(rows),
            people=len({self.data.subjects[row] for row in rows}),
            start_from="" if self.origin is None else self.origin.name,
        )

    @property
    def notices(self) -> tuple[MessageEvent, ...]:
        """Nothing to be said before it begins."""
        return ()

    def card(self, name: str) -> RunCard:
        """The card with which the run begins."""
        origin = self.origin
        weights = "" if origin is None else origin.sha256
        return RunCard(
            kind="detector",
            name=name,
            state="running",
            started_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            epochs=self.config.epochs,
            counts={f"{part}_slices": len(rows) for part, rows in self.rows.items()},
            fingerprint=run_fingerprint(self.data.fingerprint(), self.split, weights),
            subjects={str(part): subjects_in(self.split, part) for part in Part},
            settings=self.config.model_dump(mode="json"),
            start_from=None
            if origin is None
            else RunOrigin(name=origin.name, weights_sha256=weights),
            versions=program_versions(),
        )

    def task(self, device: torch.device) -> DetectorTask:
        """Builds network and batches."""
        weights = None if self.origin is None else self.origin.tensors()
        return DetectorTask(self.config, self.data, self.rows, weights, device)
