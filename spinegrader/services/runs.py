"""Which runs a project can use, and what becomes of those that learnt nothing."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from spinegrader.errors import InputError, TrainingError
from spinegrader.services.session import Session

if TYPE_CHECKING:
    from spinegrader.model.config import FinetuneConfig, PretrainConfig
    from spinegrader.model.runs import RunCard, RunKind
    from spinegrader.model.settings import Settings

ConfigT = TypeVar("ConfigT", "PretrainConfig", "FinetuneConfig")
SettingsT = TypeVar("SettingsT", bound="Settings")


def runs_with_weights(session: Session, kind: "RunKind") -> list["RunCard"]:
    """Runs of one kind that have weights, newest first; those that still train included."""
    from spinegrader.model.runs import list_runs

    cards = list_runs(session.store.runs_folder)
    return [card for card in cards if card.kind == kind and card.weights_sha256]


def ended_runs(session: Session, kind: "RunKind") -> list["RunCard"]:
    """Runs of one kind that have weights and were finished or stopped, newest first."""
    cards = runs_with_weights(session, kind)
    return [card for card in cards if card.state in ("finished", "stopped")]


def runs_to_start_from(session: Session) -> list["RunCard"]:
    """Networks that fine-tuning can start from: pre-trainings, then models that came as files."""
    models = ended_runs(session, "finetune")
    return [
        *ended_runs(session, "pretrain"),
        *(card for card in models if card.imported is not None),
    ]


def run_folder(session: Session, name: str, kind: "RunKind") -> Path:
    """Folder of a run by its name; “default” and “latest” mean the newest of its kind.

    What came as a file is never the newest: it is used by its name.

    Raises:
        TrainingError: If the newest is asked for and there is none.
        InputError: If there is no run of that name and kind.
    """
    cards = runs_with_weights(session, kind)
    names = [card.name for card in cards]
    if name in ("default", "latest"):
        own = [card.name for card in cards if card.imported is None]
        if not own:
            raise TrainingError("No pre-training has been done in this project yet.")
        name = own[0]
    if name not in names:
        there = ", ".join(names) or "none"
        raise InputError(f"There is no run “{name}” of this kind; there are: {there}.")
    return session.store.runs_folder / name


def folder_of(runs_folder: Path, run: str) -> Path:
    """Where a run lies that a prediction or an evaluation names, whether it is there or not.

    Projects come from elsewhere too: a name that would lead out of the folder of runs doesn't.
    """
    return runs_folder / (run.replace("\\", "/").rpartition("/")[2].strip(".") or "unnamed")


def settings_of(card: "RunCard", kind: type[SettingsT]) -> SettingsT:
    """The settings with which a run was begun.

    Raises:
        TrainingError: If this version of the program can't read them.
    """
    try:
        return kind.model_validate(card.settings)
    except ValidationError as error:
        raise TrainingError("The settings of this run can't be read: start a new one.") from error


def is_paper_sized(card: "RunCard") -> bool:
    """Whether a run's network is as wide as the published one, or wider."""
    backbone = card.settings.get("backbone", {})
    return isinstance(backbone, dict) and backbone.get("width", 0) >= 1


def remove_if_nothing_learnt(run_folder: Path) -> None:
    """Removes the folder of a run that ended before its first epoch.

    Where the card can't be read, such as on a disk that fails, weights tell that there is more.
    """
    from spinegrader.model.runs import WEIGHTS, read_card

    try:
        learnt = read_card(run_folder).epochs_done > 0
    except TrainingError:
        learnt = (run_folder / WEIGHTS).exists()
    if not learnt:
        shutil.rmtree(run_folder, ignore_errors=True)
