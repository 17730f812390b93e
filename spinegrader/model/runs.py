"""Run folders: what a training leaves behind, readable without torch."""

import logging
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from spinegrader import __version__
from spinegrader.durable import create_folder, private_folder
from spinegrader.errors import TrainingError
from spinegrader.model.events import Event, RunState, from_json
from spinegrader.model.files import write_atomically
from spinegrader.model.metrics import Agreement
from spinegrader.model.run_facts import ComputeDevice
from spinegrader.texts import for_translation

CARD = "card.json"
CONFIG = "config.json"
EVENTS = "events.jsonl"
LOG = "log.csv"
WEIGHTS = "model.safetensors"

RunKind: TypeAlias = Literal["pretrain", "finetune", "detector"]

IMPORTED = "imported"
"""Names of runs that came as a file begin with it, and so do those in their predictions."""

_log = logging.getLogger(__name__)


class RunOrigin(BaseModel):
    """The run whose weights another one started from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    weights_sha256: str


class GradingCard(BaseModel):
    """One grading that a network gives.

    Args:
        values: Digits of the classes, rising.
        ordinal: Whether the classes are an order.
        temperature: What logits are divided by for calibrated probabilities; 1 for none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    values: tuple[int, ...]
    ordinal: bool
    temperature: float = Field(default=1.0, gt=0)


class DataSource(BaseModel):
    """Images and readings from elsewhere that a network learnt from.

    Args:
        name: Of the data set.
        attribution: Who made it and where it was published, as its licence asks.
        licence: Its short name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    attribution: str
    licence: str


class ImportedFrom(BaseModel):
    """Where a model was made that came as a file.

    Args:
        name: Of the run there.
        imported_at: UTC, ISO 8601.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    imported_at: str


class RunCard(BaseModel):
    """What a run was made of and what came out; ``card.json``.

    Args:
        kind: Pre-training, fine-tuning or the detector's training.
        name: Of the run and its folder.
        state: Whether it runs, finished, was stopped or failed; a killed one says “running”.
        started_at: UTC, ISO 8601.
        epochs: Asked for.
        epochs_done: Made.
        best_epoch: Whose weights were kept; 0 for none yet.
        counts: Subjects, volumes, pairs, by what they are.
        fingerprint: SHA-256 over data and split.
        subjects: Anonymous tokens by part.
        settings: As in ``config.json``.
        start_from: The run whose weights it began with.
        gradings: By id, in the order of the heads.
        figures: Of the weights that were kept; None where the data can't give one.
        agreement: With the readers on test subjects, by grading.
        weights_sha256: Of ``model.safetensors``; empty before the first epoch is done.
        device: What computed; in words in runs of earlier versions.
        elapsed_s: Time of training.
        versions: Of programs.
        note: What the weights may be used for.
        trained_on: What it learnt from, in words that follow “trained on”; for networks that
            leave their project.
        sources: Data sets from elsewhere that it learnt from.
        weightings: Contrasts of the series that it can judge, such as “T2”; empty for any.
        imported: Where it was made, if it came as a file: then nobody can tell whom it has seen.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: RunKind
    name: str
    state: RunState
    started_at: str
    epochs: int
    epochs_done: int = 0
    best_epoch: int = 0
    counts: dict[str, int]
    fingerprint: str
    subjects: dict[str, tuple[str, ...]]
    settings: dict[str, Any]
    start_from: RunOrigin | None = None
    gradings: dict[str, GradingCard] = {}
    figures: dict[str, float | None] = {}
    agreement: dict[str, Agreement] = {}
    weights_sha256: str = ""
    device: ComputeDevice | str = ""
    elapsed_s: float = 0.0
    versions: dict[str, str] = {}
    note: str = for_translation("For research use only; not a medical device.")
    trained_on: str = ""
    sources: tuple[DataSource, ...] = ()
    weightings: tuple[str, ...] = ()
    imported: ImportedFrom | None = None


@dataclass(frozen=True)
class RunResult:
    """How a training ended.

    Args:
        kind: Pre-training, fine-tuning or the detector's training.
        run: Name of the run.
        epochs_done: Earlier sessions included.
        metrics: Of the weights that were kept; None where the data can't give one.
        elapsed_s: Earlier sessions included.
        stopped_early: Whether the user stopped it.
        agreement: With the readers on test subjects, by grading.
    """

    kind: RunKind
    run: str
    epochs_done: int
    metrics: Mapping[str, float | None]
    elapsed_s: float
    stopped_early: bool
    agreement: Mapping[str, Agreement] = field(default_factory=dict)


def new_run_folder(runs_folder: Path, kind: RunKind, *, is_imported: bool = False) -> Path:
    """Makes an empty folder, named by kind and UTC time; one that came as a file says so.

    Raises:
        TrainingError: If it can't be made.
    """
    stem = f"{IMPORTED if is_imported else kind}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    try:
        private_folder(runs_folder)
        number = 1
        while True:
            folder = runs_folder / (stem if number == 1 else f"{stem}-{number}")
            try:
                create_folder(folder)
            except FileExistsError:
                number += 1
            else:
                return folder
    except OSError as error:
        raise TrainingError(
            f"No folder for the run can be made in “{runs_folder.name}” ({error.strerror}): "
            "check the disk's free space and the folder's permissions."
        ) from error


def read_card(run_folder: Path) -> RunCard:
    """Reads a run's card.

    Raises:
        TrainingError: If it is missing or damaged.
    """
    try:
        return RunCard.model_validate_json((run_folder / CARD).read_bytes())
    except (OSError, ValidationError) as error:
        raise TrainingError(
            f"The run “{run_folder.name}” has no readable {CARD}: choose another run."
        ) from error


def write_card(run_folder: Path, card: RunCard) -> None:
    """Writes a run's card in one step.

    Raises:
        TrainingError: If it can't be written.
    """
    write_atomically(run_folder / CARD, card.model_dump_json(indent=2).encode())


def list_runs(runs_folder: Path) -> list[RunCard]:
    """The cards of all runs, newest first; folders without a readable card are left out.

    A run's name is its folder's, whatever its card says: a card that names a place elsewhere must
    not lead there, nor a copied folder to the one that it was copied from.
    """
    cards: list[RunCard] = []
    for path in runs_folder.glob(f"*/{CARD}"):
        try:
            card = read_card(path.parent)
            cards.append(card.model_copy(update={"name": path.parent.name}))
        except TrainingError as error:
            _log.warning("%s", error.message)
    return sorted(cards, key=lambda card: (card.started_at, card.name), reverse=True)


def read_events(run_folder: Path) -> list[Event]:
    """What a run has told so far; a resumed run tells its earlier epochs again.

    A line that isn't whole, as a kill leaves it, is passed over.
    """
    try:
        lines = (run_folder / EVENTS).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    events: list[Event] = []
    for line in lines:
        try:
            events.append(from_json(line))
        except TrainingError:
            _log.debug("A broken line in the events of the run %s", run_folder.name)
    return events


def program_versions() -> dict[str, str]:
    """Versions that a run depends on."""
    return {
        "spinegrader": __version__,
        "python": platform.python_version(),
        "torch": version("torch"),
        "numpy": version("numpy"),
    }
