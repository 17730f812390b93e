"""Siamese pre-training on vertebral bodies or discs of follow-up scans (Jamaludin et al. 2017)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import torch

from spinegrader.model.config import PretrainConfig
from spinegrader.model.data import PretrainData
from spinegrader.model.events import Emit, MessageEvent, StopRequested, message
from spinegrader.model.pairs import PairCounts, PairSource, count_pairs, training_pairs
from spinegrader.model.pretrain_task import PretrainTask
from spinegrader.model.run_facts import LearntPairs
from spinegrader.model.runs import RunCard, RunResult, program_versions
from spinegrader.model.splits import Part, subjects_in
from spinegrader.model.training_run import carry_out
from spinegrader.model.volumes import check_shape, check_split, run_fingerprint
from spinegrader.texts import for_translation


def pretrain(
    config: PretrainConfig,
    data: PretrainData,
    split: Mapping[str, Part],
    run_folder: Path,
    emit: Emit,
    stop_requested: StopRequested,
) -> RunResult:
    """Trains on pairs of vertebral bodies or discs, or goes on if the folder holds a checkpoint.

    Args:
        config: Settings.
        data: What is paired, cut in ``config.volume_shape``.
        split: Part of each subject; those that test are in no pair.
        run_folder: Folder of the run.
        emit: Gets every event, in this thread.
        stop_requested: Asked before every batch.

    Raises:
        TrainingError: If data or settings don't fit, the device is missing, memory or disk
            don't suffice, or the loss is no number any more.
    """
    plan = _PretrainPlan.checked(config, data, split)
    return carry_out(plan, run_folder, emit, stop_requested)


@dataclass(frozen=True)
class _PretrainPlan:
    config: PretrainConfig
    data: PretrainData
    split: Mapping[str, Part]
    pairs: PairSource
    counts: Mapping[Part, PairCounts]

    @classmethod
    def checked(
        cls, config: PretrainConfig, data: PretrainData, split: Mapping[str, Part]
    ) -> "_PretrainPlan":
        check_shape(data.volumes, config.volume_shape)
        check_split(data.subjects, split)
        pairs = training_pairs(data, split, config.pairs)
        present = set(data.subjects)
        used = {subject: part for subject, part in split.items() if subject in present}
        return cls(config, data, used, pairs, count_pairs(data, used, config.pairs))

    @property
    def learnt(self) -> LearntPairs:
        """What is learnt from how much."""
        counts = self.counts[Part.TRAIN]
        return LearntPairs(
            structure=self.config.structure,
            pairs=self.config.pairs,
            people=counts.subjects,
            with_follow_up=counts.with_follow_up,
            with_two_series=counts.with_two_series,
        )

    @property
    def notices(self) -> tuple[MessageEvent, ...]:
        """What the validation part can't give."""
        counts = self.counts[Part.VALIDATION]
        notices = []
        if self.config.pairs != "follow-up":
            notices.append(
                message(
                    for_translation(
                        "Two series of one study are a proxy for two visits: what they show of "
                        "persons is called a proxy figure, not a verification."
                    )
                )
            )
        if not (counts.positives and counts.negatives):
            notices.append(
                message(
                    for_translation(
                        "The validation subjects have no pairs of both sorts, so there is no "
                        "verification figure, and the epoch with the lowest training loss is kept."
                    )
                )
            )
        return tuple(notices)

    def card(self, name: str) -> RunCard:
        """The card with which the run begins."""
        counts: dict[str, int] = {"volumes": len(self.data.volumes)}
        for part, its in self.counts.items():
            counts |= {f"{part}_{what}": number for what, number in vars(its).items()}
        return RunCard(
            kind="pretrain",
            name=name,
            state="running",
            started_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            epochs=self.config.epochs,
            counts=counts,
            fingerprint=run_fingerprint(self.data.fingerprint(), self.split),
            subjects={str(part): subjects_in(self.split, part) for part in Part},
            settings=self.config.model_dump(mode="json"),
            versions=program_versions(),
        )

    def task(self, device: torch.device) -> PretrainTask:
        """Builds network and pairs."""
        return PretrainTask(self.config, self.data, self.split, self.pairs, device)
