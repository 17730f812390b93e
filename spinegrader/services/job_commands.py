"""The command line that does what a dialog would start, for a cluster or another computer."""

import hashlib
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spinegrader.durable import private_folder
from spinegrader.errors import InputError
from spinegrader.services.job_settings import save_config
from spinegrader.services.session import Session
from spinegrader.texts import translate

if TYPE_CHECKING:
    from spinegrader.model.config import FinetuneConfig, PretrainConfig
    from spinegrader.model.detector.config import DetectorConfig
    from spinegrader.services.learning_curves import CurveChoices

_SETTINGS_FOLDER = "settings"
"""In the folder of runs, which a cluster sees together with the project."""


def pretrain_command(session: Session, config: "PretrainConfig", *, several: bool = False) -> str:
    """Pre-trains with these settings, which are written beside the runs.

    Args:
        session: The open project.
        config: The settings.
        several: Whether torchrun starts a process for each GPU.

    Raises:
        InputError: If the settings can't be written.
    """
    file = _settings_file(session, config, "pretrain")
    return _joined(["pretrain", _folder(session), "--config", str(file)], several=several)


def finetune_command(
    session: Session, config: "FinetuneConfig", start_from: Path | None, *, several: bool = False
) -> str:
    """Fine-tunes with these settings, which are written beside the runs.

    Args:
        session: The open project.
        config: The settings.
        start_from: Folder of the pre-training to start from; None for scratch.
        several: Whether torchrun starts a process for each GPU.

    Raises:
        InputError: If the settings can't be written.
    """
    file = _settings_file(session, config, "finetune")
    origin = "scratch" if start_from is None else start_from.name
    words = ["finetune", _folder(session), "--from", origin, "--config", str(file)]
    # Beside a file these would else stand at their usual values.
    words += ["--freeze", config.freeze]
    if config.gradings:
        words += ["--gradings", ",".join(config.gradings)]
    return _joined(words, several=several)


def retrain_command(session: Session, config: "DetectorConfig") -> str:
    """Retrains the detector."""
    words = ["retrain-detector", _folder(session), "--epochs", str(config.epochs)]
    return _joined([*words, "--device", config.device])


def predict_command(session: Session, model: str) -> str:
    """Lets a model grade every study.

    Args:
        session: The open project.
        model: Name of the run, or “shipped”.
    """
    return _joined(["predict", _folder(session), "--model", model])


def evaluate_command(session: Session, model: str, reader: str) -> str:
    """Compares a model with the readers.

    Args:
        session: The open project.
        model: Name of the run, or “shipped”.
        reader: Whose grades; empty for anybody's.
    """
    whose = ["--reader", reader] if reader else []
    return _joined(["evaluate", _folder(session), "--model", model, *whose])


def curve_command(session: Session, choices: "CurveChoices", resumed: str | None = None) -> str:
    """Trains a learning curve.

    Args:
        session: The open project.
        choices: What was chosen.
        resumed: Name of the curve to go on with; None for a new one.
    """
    words = ["learning-curve", _folder(session)]
    device = () if choices.device is None else ("--device", choices.device)
    if resumed is not None:
        return _joined([*words, "--resume", resumed, *device])
    words += ["--grading", choices.grading, "--preset", choices.preset]
    words += ["--seeds", str(choices.seeds), *device]
    if choices.sizes:
        words += ["--sizes", ",".join(map(str, choices.sizes))]
    if choices.rows:
        words += ["--rows", ",".join(choices.rows)]
    for name, value in (
        ("--epochs", choices.epochs),
        ("--least-steps", choices.least_steps),
        ("--pretrain-epochs", choices.pretrain_epochs),
    ):
        words += [] if value is None else [name, str(value)]
    return _joined(words)


def _folder(session: Session) -> str:
    return str(session.store.folder.resolve())


def _settings_file(session: Session, config: "PretrainConfig | FinetuneConfig", kind: str) -> Path:
    """The settings in a file of the project, named by their content."""
    name = hashlib.sha256(config.to_json().encode()).hexdigest()[:10]
    folder = session.store.runs_folder.resolve() / _SETTINGS_FOLDER
    path = folder / f"{kind}-{name}.json"
    try:
        private_folder(folder)
    except OSError as error:
        raise InputError(
            translate("“{name}” can't be made ({cause}): check the project's folder.").format(
                name=folder.name, cause=error.strerror
            )
        ) from error
    save_config(config, path)
    return path


def _joined(words: Sequence[str], *, several: bool = False) -> str:
    start = ["torchrun", "--nproc-per-node", "auto", "-m", "spinegrader"]
    everything = [*(start if several else ["spinegrader"]), *words]
    if sys.platform == "win32":
        return subprocess.list2cmdline(everything)
    return shlex.join(everything)
