"""Training, predicting and evaluating without a window: what the command line calls."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spinegrader.errors import InputError, TrainingError
from spinegrader.services.cutting import Emit, StopRequested
from spinegrader.services.evaluated import evaluated
from spinegrader.services.evaluating import evaluation_plan
from spinegrader.services.evaluation_survey import held_back_words
from spinegrader.services.graders import GradingModel, grading_model, is_imported
from spinegrader.services.model_words import about_model
from spinegrader.services.predicting import predict_plan
from spinegrader.services.predictions import keep_predictions
from spinegrader.services.runs import (
    ConfigT,
    is_paper_sized,
    remove_if_nothing_learnt,
    run_folder,
    runs_to_start_from,
    runs_with_weights,
    settings_of,
)
from spinegrader.services.session import Session
from spinegrader.services.training import FinetunePlan, PretrainPlan, finetune_plan, pretrain_plan
from spinegrader.services.wording import RESEARCH_NOTICE

if TYPE_CHECKING:
    from spinegrader.model.runs import RunCard, RunKind, RunResult


@dataclass(frozen=True)
class Choices:
    """What the command line can choose of a training; None leaves it as it is.

    Args:
        config_file: Settings as JSON; beats the preset.
        preset: “laptop” or “paper”; None takes the size of the run started from, else laptop.
        epochs: Passes over the data.
        device: “auto”, “cuda”, “mps” or “cpu”.
        largest_part: Samples worked off at once; 0 as memory holds.
    """

    config_file: Path | None = None
    preset: str | None = None
    epochs: int | None = None
    device: str | None = None
    largest_part: int | None = None


def pretrain(
    session: Session,
    choices: Choices,
    resume: str | None,
    emit: Emit,
    stop_requested: StopRequested,
) -> dict[str, Any]:
    """Pre-trains, or goes on with a run.

    Returns:
        What cli.md promises: run, epochs, verification_auc, level_accuracy, seconds.

    Raises:
        TrainingError: If there is too little to learn from or a setting is wrong.
        InputError: If a file or run doesn't exist.
    """
    from spinegrader.model.config import PretrainConfig

    config = _config(PretrainConfig, choices.config_file, choices.preset or "laptop")
    folder = None
    if resume is not None:
        folder = run_folder(session, resume, "pretrain")
        if is_imported(folder.name):
            raise InputError(f"“{folder.name}” came as a file: it can't be gone on with.")
        config = settings_of(_card(folder), PretrainConfig)
    config = _changed(config, **_asked(choices))
    plan = pretrain_plan(session, config)
    result = _train(session, plan, folder, "pretrain", emit, stop_requested)
    return _summary(result) | {
        name: result.metrics.get(name) for name in ("verification_auc", "level_accuracy")
    }


def finetune(
    session: Session,
    choices: Choices,
    start_from: str,
    gradings: tuple[str, ...],
    freeze: str,
    emit: Emit,
    stop_requested: StopRequested,
) -> dict[str, Any]:
    """Fine-tunes from a pre-training run, from the latest one, or from scratch.

    Returns:
        Run, epochs, seconds, per_grading (agreement on people kept aside).

    Raises:
        TrainingError: If there is too little to learn from or a setting is wrong.
        InputError: If a file, run or grading doesn't exist.
    """
    from spinegrader.model.config import FinetuneConfig

    for grading in gradings:
        session.scheme.grading(grading)
    origin = _origin(session, start_from)
    preset = choices.preset or ("laptop" if origin is None else _size(origin))
    config = _config(FinetuneConfig, choices.config_file, preset)
    config = _changed(
        config,
        **_asked(choices),
        freeze=freeze if origin is not None else "none",
        gradings=gradings or None,
    )
    plan = finetune_plan(session, config, origin)
    result = _train(session, plan, None, "finetune", emit, stop_requested)
    per_grading = {name: asdict(figures) for name, figures in result.agreement.items()}
    return _summary(result) | {"per_grading": per_grading}


def predict(
    session: Session, model: str, emit: Emit, stop_requested: StopRequested
) -> dict[str, Any]:
    """Lets a model grade every disc with an overlay and keeps its predictions.

    Raises:
        TrainingError: If there is no model or nothing to grade.
    """
    grader = grading_model(session, model)
    plan = predict_plan(session, grader.folder)
    predictions = plan.run(emit, stop_requested)
    keep_predictions(session, predictions)
    studies: dict[str, list[dict[str, Any]]] = {}
    for item in predictions:
        studies.setdefault(item.study_uid, []).append(
            {
                "disc": str(item.disc),
                "grading": item.grading,
                "value": item.value,
                "probabilities": dict(zip(map(str, item.values), item.probabilities, strict=True)),
            }
        )
    return {
        "model": grader.name,
        "about": list(about_model(grader, session.scheme)),
        "findings": list(plan.findings),
        "predictions": len(predictions),
        "studies": [{"uid": uid, "discs": discs} for uid, discs in studies.items()],
        "note": RESEARCH_NOTICE,
    }


def evaluate(
    session: Session,
    model: str,
    reader: str | None,
    emit: Emit,
    stop_requested: StopRequested,
) -> dict[str, Any]:
    """Grades the graded discs of people that the model never learned from, and compares.

    The same grades count as in the window: those given without seeing a model's, of studies that
    the session's reader doesn't still read blinded. The project doesn't change.

    Raises:
        TrainingError: If there is no model, or nobody graded was kept aside.
    """
    grader = grading_model(session, model)
    found = evaluated(session, grader, "unseen", reader or "")
    if not found.labels and found.held_back:
        raise TrainingError(
            f"{held_back_words(found.held_back)} Nothing else is graded: finish reading as "
            f"“{session.reader}”, or evaluate as a reader who has (the name is in the settings)."
        )
    plan = evaluation_plan(session, grader.folder, "unseen", reader or "")
    evaluation = plan.compare(plan.prediction.run(emit, stop_requested))
    notes = ["Simulated people."] if evaluation.is_simulated else []
    notes.append(_never_learned_from(grader, evaluation.studies, found.unknown_runs))
    notes += [held_back_words(found.held_back)] if found.held_back else []
    return {
        "model": grader.name,
        "about": list(plan.about),
        "studies": evaluation.studies,
        "is_simulated": evaluation.is_simulated,
        "per_grading": {item.grading: asdict(item.agreement) for item in evaluation.gradings},
        "note": " ".join([*notes, RESEARCH_NOTICE]),
    }


def _never_learned_from(grader: GradingModel, studies: int, unknown: frozenset[str]) -> str:
    """Whose studies a model was evaluated on; a project can hold the shipped one's own people."""
    if unknown:
        gone = f"{grader.name} started from a run that is gone or was trained elsewhere"
        where = f"{grader.name} was trained elsewhere" if grader.is_imported else gone
        return f"{studies} studies; {where}, and whether these people were seen can't be told."
    if not grader.is_shipped:
        return f"{studies} studies of people that {grader.name} never learned from."
    sources = " or ".join(item.name for item in grader.card.sources)
    unless = f", unless they are of {sources}" if sources else ""
    return f"{studies} studies; the model that comes with SpineGrader never saw them{unless}."


# -- shared ---------------------------------------------------------------------------------


def _train(
    session: Session,
    plan: PretrainPlan | FinetunePlan,
    folder: Path | None,
    kind: "RunKind",
    emit: Emit,
    stop_requested: StopRequested,
) -> "RunResult":
    """Trains, of several processes in the run folder that the first one makes."""
    from spinegrader.model.distributed import first_says, is_first, joined_processes
    from spinegrader.model.runs import new_run_folder

    runs = session.store.runs_folder
    with joined_processes():
        if folder is None and is_first():
            folder = new_run_folder(runs, kind)
        run_folder = runs / first_says("" if folder is None else folder.name)
        try:
            return plan.run(run_folder, emit if is_first() else _unheard, stop_requested)
        finally:
            if is_first():
                remove_if_nothing_learnt(run_folder)


def _unheard(event: object) -> None:
    """The first of several processes speaks for all."""


def _summary(result: "RunResult") -> dict[str, Any]:
    return {
        "run": result.run,
        "epochs": result.epochs_done,
        "seconds": round(result.elapsed_s, 1),
        "stopped": result.stopped_early,
    }


def _config(kind: type[ConfigT], file: Path | None, preset: str) -> ConfigT:
    if file is not None:
        try:
            return kind.from_json(file.read_bytes())
        except OSError as error:
            raise InputError(f"{file} can't be read ({error.strerror}).") from error
    if preset not in ("laptop", "paper"):
        raise InputError(f"There is no preset “{preset}”: choose laptop or paper.")
    return kind.laptop() if preset == "laptop" else kind.paper()


def _asked(choices: Choices) -> dict[str, object]:
    return {
        "epochs": choices.epochs,
        "device": choices.device,
        "largest_part": choices.largest_part,
    }


def _changed(config: ConfigT, **changes: object) -> ConfigT:
    """The settings with those changes that were asked for, checked anew."""
    wanted = {name: value for name, value in changes.items() if value is not None}
    return type(config).from_json(json.dumps(config.model_dump(mode="json") | wanted))


def _origin(session: Session, start_from: str) -> Path | None:
    """Folder of the pre-training to start from; None from scratch."""
    if start_from == "scratch":
        return None
    startable = runs_to_start_from(session)
    kinds = {card.name: card.kind for card in startable}
    has_own = any(card.imported is None for card in runs_with_weights(session, "pretrain"))
    if start_from == "latest" and not has_own:
        return None
    return run_folder(session, start_from, kinds.get(start_from, "pretrain"))


def _size(origin: Path) -> str:
    return "paper" if is_paper_sized(_card(origin)) else "laptop"


def _card(folder: Path) -> "RunCard":
    from spinegrader.model.runs import read_card

    return read_card(folder)
