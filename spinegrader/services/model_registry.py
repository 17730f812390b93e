"""The models of a project: which of them grades, what is noted on them, which may go.

Which one is in use is a setting of the project, as the detector is: kept, shared between readers
and undone as every other change (docs/decisions/0018-model-in-use.md).
"""

from dataclasses import dataclass

from spinegrader.domain.edits import Changes, SetSetting
from spinegrader.errors import TrainingError
from spinegrader.services.detectors import check_not_in_use
from spinegrader.services.graders import (
    GRADER_SETTING,
    ChosenGrader,
    GradingModel,
    chosen_grader,
    grading_model,
    grading_models,
)
from spinegrader.services.model_notes import note_in
from spinegrader.services.session import Session


@dataclass(frozen=True)
class RegisteredModel:
    """A model that can grade.

    Args:
        model: The model.
        note: What people wrote down on it.
        is_in_use: Whether predictions take it if nobody says otherwise.
        is_chosen: Whether the project has chosen it, and it isn't only the newest.
    """

    model: GradingModel
    note: str
    is_in_use: bool
    is_chosen: bool


def registered_models(session: Session) -> list[RegisteredModel]:
    """Finished and stopped fine-tunings, imported models, and the one that comes along.

    The one in use stands first.
    """
    chosen = chosen_grader(session)
    in_use = model_in_use_if_there(session)
    found = [
        RegisteredModel(
            model,
            "" if model.is_shipped else note_in(model.folder),
            is_in_use=in_use is not None and model.name == in_use.name,
            is_chosen=chosen is not None and model.name == chosen.run,
        )
        for model in grading_models(session)
    ]
    return sorted(found, key=lambda item: not item.is_in_use)


def model_in_use(session: Session) -> GradingModel:
    """The model that predictions take if nobody says otherwise.

    Raises:
        TrainingError: If the chosen one is gone or another one, or there is none at all.
    """
    return grading_model(session, "default")


def model_in_use_if_there(session: Session) -> GradingModel | None:
    """As :func:`model_in_use`; None where there is none."""
    try:
        return model_in_use(session)
    except TrainingError:
        return None


def choose_model(session: Session, name: str) -> Changes:
    """Grades with a model from now on; nothing if it is chosen already.

    Raises:
        TrainingError: If it still trains, was broken off, or can't be read.
        InputError: If there is no such model.
        NotSavedError: If it couldn't be written.
    """
    model = grading_model(session, name)
    if model.card.state not in ("finished", "stopped"):
        raise TrainingError(
            f"“{name}” is not finished yet: let it end, or stop it, and choose it then."
        )
    return _choose(session, ChosenGrader(run=model.name, weights_sha256=model.card.weights_sha256))


def choose_newest(session: Session) -> Changes:
    """Grades with the newest model of the project's own again, whichever it is.

    Raises:
        NotSavedError: If it couldn't be written.
    """
    return _choose(session, None)


@dataclass(frozen=True)
class RunUses:
    """What a run is still needed for, though it isn't the one in use.

    Args:
        models: Names of the runs that began with its weights.
        has_predictions: Whether grades of the project name it.
    """

    models: tuple[str, ...]
    has_predictions: bool


def uses_of(session: Session, run: str) -> RunUses:
    """What can be told no more once a run is gone."""
    from spinegrader.model.runs import list_runs

    cards = list_runs(session.store.runs_folder)
    began = (card for card in cards if card.start_from is not None and card.start_from.name == run)
    return RunUses(
        tuple(card.name for card in began),
        any(item.run == run for item in session.state.predictions.values()),
    )


def check_may_go(session: Session, run: str) -> None:
    """Looks whether a run may be deleted; grades that it predicted stay in any case.

    Raises:
        TrainingError: If it is the grading model or the detector that this project uses.
    """
    chosen = chosen_grader(session)
    if chosen is not None and chosen.run == run:
        raise TrainingError(
            f"This project grades with “{run}”: choose another model before you delete it. "
            "Nothing was deleted."
        )
    check_not_in_use(session, run)


def _choose(session: Session, grader: ChosenGrader | None) -> Changes:
    before = session.state.setting(GRADER_SETTING)
    after = None if grader is None else grader.model_dump_json()
    if after == before:
        return Changes()
    return session.apply(SetSetting(GRADER_SETTING, before, after))
