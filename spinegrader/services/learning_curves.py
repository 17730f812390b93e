"""Learning curves: what pre-training is worth in annotated studies, out of a project or arrays.

The plan is taken out of the session, on its thread; it then runs on any thread.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spinegrader.errors import InputError, TrainingError
from spinegrader.model.splits import Part
from spinegrader.services.cutting import Emit, StopRequested
from spinegrader.services.session import Session
from spinegrader.services.surveys import is_simulated
from spinegrader.services.training import FinetunePlan, PretrainPlan, finetune_plan, pretrain_plan

if TYPE_CHECKING:
    from spinegrader.model.config import PretrainConfig, Structure
    from spinegrader.model.data import GradingData, PretrainData
    from spinegrader.model.learning_curve_config import LearningCurveConfig

CURVES_FOLDER = "learning-curves"
"""In a project's folder: one folder a curve."""

_SHARES = (8, 4, 2, 1)
"""Sizes where none are chosen: all annotated studies by these."""


@dataclass(frozen=True)
class CurveChoices:
    """What the command line can choose; None leaves it as it is.

    Args:
        grading: Id of the grading.
        sizes: Annotated studies, rising; empty for an eighth, a quarter, a half and all.
        seeds: Networks of each row and size.
        rows: Ids of the rows; empty for all.
        preset: “laptop” or “paper”.
        epochs: Of the grading networks, on large sizes.
        least_steps: That each of them makes.
        pretrain_epochs: Of the pre-trainings.
        device: “auto”, “cuda”, “mps” or “cpu”.
    """

    grading: str = "pfirrmann"
    sizes: tuple[int, ...] = ()
    seeds: int = 3
    rows: tuple[str, ...] = ()
    preset: str = "laptop"
    epochs: int | None = None
    least_steps: int | None = None
    pretrain_epochs: int | None = None
    device: str | None = None


@dataclass(frozen=True)
class LearningCurvePlan:
    """All that a learning curve needs, taken out of the session.

    Args:
        config: Settings.
        paired: What the rows pre-train on, to be cut.
        discs: Discs to cut, with their grades.
        folder: Of the curve.
        is_simulated: Whether the project holds simulated people.
        grading_name: What the grading is called.
    """

    config: "LearningCurveConfig"
    paired: "Mapping[Structure, PretrainPlan]"
    discs: FinetunePlan
    folder: Path
    is_simulated: bool
    grading_name: str

    def run(self, emit: Emit, stop_requested: StopRequested) -> dict[str, Any]:
        """Cuts the volumes, trains what isn't trained yet, and writes tables and pictures.

        Returns:
            What docs/command-line.md promises.

        Raises:
            TrainingError: If there is too little to learn from, or it was stopped before the
                first network was trained.
            CancelledError: If it was stopped before the training began.
        """
        paired = {name: plan.data(emit, stop_requested) for name, plan in self.paired.items()}
        discs = self.discs.data(emit, stop_requested)
        return run_learning_curve(
            self.config,
            (paired, discs, self.discs.split),
            self.folder,
            self.grading_name,
            emit,
            stop_requested,
            is_simulated=self.is_simulated,
        )


def learning_curve_plan(session: Session, choices: CurveChoices) -> LearningCurvePlan:
    """Takes a new learning curve out of the session.

    Raises:
        TrainingError: If there is too little to learn from, or a setting is wrong.
        InputError: If there is no such grading or preset.
    """
    session.scheme.grading(choices.grading)
    discs = _discs_plan(session, choices.grading)
    return _plan(session, _config(choices, discs), _new_folder(session), discs)


def resumed_plan(session: Session, name: str, device: str | None = None) -> LearningCurvePlan:
    """Takes what a begun learning curve needs out of the session; its settings stay.

    Args:
        session: The open project.
        name: Of its folder, or the path of it.
        device: To go on with; None for that of before.

    Raises:
        TrainingError: If the folder holds no learning curve.
        InputError: If there is no such folder.
    """
    from spinegrader.model.learning_curve_card import read_curve_card

    places = (session.store.folder / CURVES_FOLDER / name, Path(name))
    folder = next((place for place in places if place.is_dir()), None)
    if folder is None:
        raise InputError(f"There is no learning curve “{name}” in {CURVES_FOLDER}.")
    config = read_curve_card(folder).config
    if device is not None:
        settings = config.model_dump(mode="json")
        for part in ("pretrain", "finetune"):
            settings[part]["device"] = device
        config = type(config).from_json(json.dumps(settings))
    return _plan(session, config, folder, _discs_plan(session, config.grading))


def run_learning_curve(
    config: "LearningCurveConfig",
    data: "tuple[Mapping[Structure, PretrainData], GradingData, Mapping[str, Part]]",
    folder: Path,
    grading_name: str,
    emit: Emit,
    stop_requested: StopRequested,
    *,
    is_simulated: bool,
) -> dict[str, Any]:
    """Trains what isn't trained yet, and writes tables and pictures.

    Args:
        config: Settings.
        data: What the rows pre-train on, discs with grades, and everybody's part.
        folder: Of the curve.
        grading_name: What the grading is called.
        emit: Gets progress and events.
        stop_requested: Asked before every batch.
        is_simulated: Whether the people are simulated.

    Returns:
        What docs/command-line.md promises.

    Raises:
        TrainingError: If there is too little to learn from, or it was stopped before the first
            network was trained.
    """
    from spinegrader.model.learning_curve import learning_curve
    from spinegrader.model.learning_curve_cells import cell_keys, done_cells

    paired, discs, split = data
    is_whole = learning_curve(
        config, paired, discs, split, folder, emit, stop_requested, is_simulated=is_simulated
    )
    if not done_cells(folder, cell_keys(config)):
        raise TrainingError(
            f"The learning curve was stopped before its first network was trained: go on with it "
            f"by “--resume {folder.name}”."
        )
    return write_curve_report(folder, grading_name) | {"stopped": not is_whole}


def write_curve_report(folder: Path, grading_name: str) -> dict[str, Any]:
    """Computes a learning curve's figures anew, and writes its tables and pictures.

    Args:
        folder: Of the curve.
        grading_name: What the grading is called.

    Raises:
        TrainingError: If the folder holds no learning curve, or can't be written.
    """
    from spinegrader.model.files import write_atomically
    from spinegrader.model.learning_curve_report import curve_report
    from spinegrader.model.learning_curve_table import curve_csv
    from spinegrader.services.learning_curve_plot import curve_pictures

    report = curve_report(folder)
    contents = {
        "markdown": report.as_markdown().encode(),
        "csv": curve_csv(report).encode(),
        **curve_pictures(report, grading_name),
    }
    files = {}
    for kind, content in contents.items():
        path = folder / f"curve.{'md' if kind == 'markdown' else kind}"
        write_atomically(path, content)
        files[kind] = str(path)
    return {"folder": str(folder), **report.as_json(), "files": files}


def _config(choices: CurveChoices, discs: FinetunePlan) -> "LearningCurveConfig":
    from spinegrader.model.config import FinetuneConfig, PretrainConfig
    from spinegrader.model.learning_curve_config import LearningCurveConfig
    from spinegrader.model.learning_curve_rows import USUAL_ROWS

    if choices.preset not in ("laptop", "paper"):
        raise InputError(f"There is no preset “{choices.preset}”: choose laptop or paper.")
    parts = {
        name: (kind.laptop() if choices.preset == "laptop" else kind.paper()).model_dump(
            mode="json"
        )
        for name, kind in (("pretrain", PretrainConfig), ("finetune", FinetuneConfig))
    }
    for part, epochs in (("pretrain", choices.pretrain_epochs), ("finetune", choices.epochs)):
        changes = {"epochs": epochs, "device": choices.device}
        parts[part] |= {name: value for name, value in changes.items() if value is not None}
    settings = {
        "grading": choices.grading,
        "sizes": choices.sizes or _all_sizes(discs, choices.grading),
        "rows": choices.rows or USUAL_ROWS,
        "seeds": choices.seeds,
        **parts,
    }
    if choices.least_steps is not None:
        settings["least_steps"] = choices.least_steps
    return LearningCurveConfig.from_json(json.dumps(settings))


def _discs_plan(session: Session, grading: str) -> FinetunePlan:
    """The graded discs; how they are trained on is said later."""
    from spinegrader.model.config import FinetuneConfig

    return session.memory.recall(
        ("discs of a learning curve", grading, session.reader),
        lambda: finetune_plan(session, FinetuneConfig(gradings=(grading,)), None),
    )


def _pairs_plan(session: Session, config: "PretrainConfig") -> "PretrainPlan":
    return session.memory.recall(
        ("pairs of a learning curve", config.model_dump_json()),
        lambda: pretrain_plan(session, config),
    )


def _all_sizes(plan: FinetunePlan, grading: str) -> tuple[int, ...]:
    """An eighth, a quarter, a half and all of the annotated studies of training subjects."""
    studies = {
        request.study_uid
        for request, value in zip(plan.requests, plan.labels[grading], strict=True)
        if value is not None and plan.split[request.subject] is Part.TRAIN
    }
    return tuple(sorted({max(1, round(len(studies) / share)) for share in _SHARES}))


def _plan(
    session: Session, config: "LearningCurveConfig", folder: Path, discs: FinetunePlan
) -> LearningCurvePlan:
    finetuning = config.finetune.model_copy(update={"gradings": (config.grading,)})
    return LearningCurvePlan(
        config=config,
        paired={
            its.structure: _pairs_plan(session, its)
            for row in config.pretrained_rows
            if (its := config.pretrain_of(row, 0)) is not None
        },
        discs=replace(discs, config=finetuning),
        folder=folder,
        is_simulated=is_simulated(session),
        grading_name=session.scheme.grading(config.grading).name,
    )


def _new_folder(session: Session) -> Path:
    """Named by UTC time; made by the curve itself once everything is checked."""
    parent = session.store.folder / CURVES_FOLDER
    stem = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
    number = 1
    while (folder := parent / (stem if number == 1 else f"{stem}-{number}")).exists():
        number += 1
    return folder
