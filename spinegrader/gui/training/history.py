"""What a run has told so far, put together for the screen; no widgets here."""

from dataclasses import dataclass, field

from spinegrader.model.events import (
    BatchEvent,
    EpochEvent,
    FinishedEvent,
    MessageEvent,
    StartedEvent,
)
from spinegrader.services.cutting import CuttingProgress
from spinegrader.services.detector_training import RetrainingProgress
from spinegrader.services.run_words import ValueWords, message_text
from spinegrader.services.wording import duration_text
from spinegrader.texts import translate

_MOST_LOSSES = 8000
"""Of single batches: more than are drawn; every other one is dropped then."""


@dataclass
class RunHistory:
    """The events of one run, in the order in which they came."""

    started: StartedEvent | None = None
    cutting: CuttingProgress | RetrainingProgress | None = None
    batch: BatchEvent | None = None
    finished: FinishedEvent | None = None
    epochs: dict[int, EpochEvent] = field(default_factory=dict)
    said: list[MessageEvent] = field(default_factory=list)
    losses: list[tuple[float, float]] = field(default_factory=list)
    """Of batches: where in the epochs, such as 2.5 in the middle of the third, and the loss."""

    def take(self, event: object) -> None:
        """Takes one event in; a resumed run may tell an epoch again."""
        if isinstance(event, CuttingProgress | RetrainingProgress):
            self.cutting = event
        elif isinstance(event, StartedEvent):
            self.started, self.cutting, self.finished = event, None, None
        elif isinstance(event, BatchEvent):
            self.batch = event
            self._keep_loss(event)
        elif isinstance(event, EpochEvent):
            self.epochs[event.epoch] = event
            self.batch = None
        elif isinstance(event, MessageEvent):
            self._keep_message(event)
        elif isinstance(event, FinishedEvent):
            self.finished, self.batch = event, None

    def _keep_message(self, event: MessageEvent) -> None:
        if event.replaces:
            self.said = [item for item in self.said if item.template != event.template]
        if event not in self.said:
            self.said.append(event)

    def messages(self, shown: ValueWords) -> list[str]:
        """What it said, in the reader's language, in the order in which it was said.

        Args:
            shown: What a reader calls the values of messages.
        """
        return [message_text(event, shown) for event in self.said]

    def _keep_loss(self, event: BatchEvent) -> None:
        place = event.epoch - 1 + event.batch / max(1, event.batches)
        while self.losses and self.losses[-1][0] >= place:
            # A resumed run makes its unfinished epoch anew.
            self.losses.pop()
        self.losses.append((place, event.loss))
        if len(self.losses) > _MOST_LOSSES:
            self.losses = self.losses[::2]

    @property
    def in_order(self) -> list[EpochEvent]:
        """The epochs that were done, the first one first."""
        return [self.epochs[number] for number in sorted(self.epochs)]

    @property
    def best_epoch(self) -> int:
        """The last epoch whose weights were kept; 0 before there is one."""
        return max((number for number, event in self.epochs.items() if event.is_best), default=0)

    @property
    def last_epoch(self) -> EpochEvent | None:
        """The newest epoch that was done."""
        return self.epochs[max(self.epochs)] if self.epochs else None

    @property
    def share_done(self) -> float:
        """How much of the training is done, 0 to 1; of the cutting while that goes on."""
        if self.cutting is not None:
            return self.cutting.done / max(1, self.cutting.total)
        if self.started is None:
            return 0.0
        done = 0.0 if self.last_epoch is None else float(self.last_epoch.epoch)
        if self.batch is not None:
            done = self.batch.epoch - 1 + self.batch.batch / max(1, self.batch.batches)
        return min(1.0, done / max(1, self.started.epochs))

    @property
    def epochs_without_gain(self) -> int:
        """How many epochs came behind the best one."""
        return 0 if self.last_epoch is None else self.last_epoch.epoch - self.best_epoch

    @property
    def remaining_s(self) -> float | None:
        """How long the epochs that are left will take; None before that can be told."""
        last, batch, share = self.last_epoch, self.batch, self.share_done
        if self.cutting is not None or self.started is None:
            return None
        if last is not None:
            return last.elapsed_s / last.epoch * (1 - share) * self.started.epochs
        if batch is None or not batch.elapsed_s or not share:
            return None
        return batch.elapsed_s / share * (1 - share)

    @property
    def batches_per_s(self) -> float | None:
        """Speed within the unfinished epoch; None before it is known."""
        batch = self.batch
        if batch is None or batch.elapsed_s is None:
            return None
        before_s = 0.0 if self.last_epoch is None else self.last_epoch.elapsed_s
        taken_s = batch.elapsed_s - before_s
        return batch.batch / taken_s if taken_s > 0 else None

    def progress_text(self) -> str:
        """Where the run is: “epoch 12 of 40, batch 3 of 9, 6 min left”."""
        if isinstance(self.cutting, RetrainingProgress):
            step = translate(self.cutting.step)
            return translate("{step}: {done} of {total}").format(
                step=f"{step[:1].lower()}{step[1:]}",
                done=self.cutting.done,
                total=self.cutting.total,
            )
        if self.cutting is not None:
            return translate("cutting volume {done} of {total}").format(
                done=self.cutting.done, total=self.cutting.total
            )
        if self.started is None:
            return translate("getting ready")
        parts = [
            translate("epoch {number} of {total}").format(
                number=self._epoch_number(), total=self.started.epochs
            )
        ]
        if self.batch is not None:
            parts.append(
                translate("batch {number} of {total}").format(
                    number=self.batch.batch, total=self.batch.batches
                )
            )
        if self.remaining_s is not None:
            left = duration_text(self.remaining_s)
            parts.append(translate("{time} left").format(time=left))
        return ", ".join(parts)

    def status_text(self) -> str:
        """The same for the window's status line: “epoch 12/40, 6 min left”."""
        if self.cutting is not None or self.started is None:
            return self.progress_text()
        text = translate("epoch {number}/{total}").format(
            number=self._epoch_number(), total=self.started.epochs
        )
        if self.remaining_s is not None:
            left = duration_text(self.remaining_s)
            text += ", " + translate("{time} left").format(time=left)
        return text

    def _epoch_number(self) -> int:
        if self.batch is not None:
            return self.batch.epoch
        return 1 if self.last_epoch is None else self.last_epoch.epoch
