"""What a training tells of itself: frozen values of plain numbers, one JSON line each."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias, Union

from pydantic import AliasChoices, Field, TypeAdapter, ValidationError

from spinegrader.errors import TrainingError
from spinegrader.model.run_facts import ComputeDevice, Learnt

_FIELD = re.compile(r"\{(\w+)\}")

RunState: TypeAlias = Literal["running", "finished", "stopped", "failed"]


@dataclass(frozen=True)
class StartedEvent:
    """A training began or went on.

    Args:
        kind: ``pretrain``, ``finetune`` or ``detector``.
        device: What computes; in words in runs of earlier versions.
        epochs: How many there will be in all.
        batches: In one epoch.
        learnt: What is learnt from how much; None in runs of earlier versions.
        description: The same in words, of those.
    """

    kind: str
    device: ComputeDevice | str
    epochs: int
    batches: int
    learnt: Learnt | None = None
    description: str = ""
    event: Literal["started"] = "started"


@dataclass(frozen=True)
class BatchEvent:
    """One step was made; epoch and batch count from 1.

    Args:
        epoch: That it is of.
        batch: Its number in the epoch.
        batches: In one epoch.
        loss: Of the batch.
        elapsed_s: Of the training so far, earlier sessions included, pauses left out; None in
            runs of earlier versions.
    """

    epoch: int
    batch: int
    batches: int
    loss: float
    elapsed_s: float | None = None
    event: Literal["batch"] = "batch"


@dataclass(frozen=True)
class EpochEvent:
    """One pass was made and its checkpoint written.

    Args:
        epoch: Counts from 1.
        epochs: How many there will be in all.
        train: Means over the training part.
        validation: Figures on the validation part; those that it can't give are absent.
        elapsed_s: Of the training so far, earlier sessions included.
        remaining_s: Estimate.
        is_best: Whether its weights are now the run's.
        learning_rate: That it was made with; None in runs of earlier versions.
        samples_per_s: Pairs, discs or cuts learnt from in a second, validation and pauses left
            out; None in runs of earlier versions.
        memory_bytes: Main memory that the process held at its end; None where that isn't known.
        gpu_memory_bytes: The most that tensors took of a GPU during it; None without one.
    """

    epoch: int
    epochs: int
    train: dict[str, float]
    validation: dict[str, float]
    elapsed_s: float
    remaining_s: float
    is_best: bool
    learning_rate: float | None = None
    samples_per_s: float | None = None
    memory_bytes: int | None = None
    gpu_memory_bytes: int | None = None
    event: Literal["epoch"] = "epoch"


@dataclass(frozen=True)
class MessageEvent:
    """Something that the reader should know, in one sentence.

    Args:
        template: The sentence in English, to be translated, names of values in braces; called
            “text” in runs of earlier versions.
        values: That it is filled with, by name.
        replaces: Whether it takes the place of an earlier one of the same template.
    """

    template: Annotated[str, Field(validation_alias=AliasChoices("template", "text"))]
    values: dict[str, int | str] = field(default_factory=dict)
    replaces: bool = False
    event: Literal["message"] = "message"

    @property
    def text(self) -> str:
        """The sentence in English."""
        return self.filled(self.template)

    def filled(self, template: str) -> str:
        """A template of this message, such as a translated one, with its values.

        Only plain names are filled in: a file from elsewhere may hold any template.
        """
        return _FIELD.sub(lambda name: str(self.values.get(name[1], name[0])), template)


def message(template: str, *, replaces: bool = False, **values: int | str) -> MessageEvent:
    """A message with values by name; the template is marked for translation where it is given."""
    return MessageEvent(template, values, replaces)


@dataclass(frozen=True)
class FinishedEvent:
    """The training ended; the message says why where it failed."""

    state: RunState
    epochs_done: int
    elapsed_s: float
    metrics: dict[str, float | None] = field(default_factory=dict)
    message: str = ""
    event: Literal["finished"] = "finished"


@dataclass(frozen=True)
class CurveProgress:
    """How many networks of a learning curve are trained."""

    done: int
    total: int
    step: str = "Networks of the learning curve"


Event: TypeAlias = Annotated[
    Union[StartedEvent, BatchEvent, EpochEvent, MessageEvent, FinishedEvent],
    Field(discriminator="event"),
]
Emit: TypeAlias = Callable[[Event], None]
StopRequested: TypeAlias = Callable[[], bool]

_ADAPTER: TypeAdapter[Event] = TypeAdapter(Event)


def to_json(event: Event) -> str:
    """One line of JSON, without the line's end."""
    return _ADAPTER.dump_json(event).decode()


def from_json(line: str) -> Event:
    """Reads what :func:`to_json` wrote.

    Raises:
        TrainingError: If the line is no event.
    """
    try:
        return _ADAPTER.validate_json(line)
    except ValidationError as error:
        raise TrainingError("A line of the run's events can't be read.") from error
