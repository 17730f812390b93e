"""Which grading models a project can use: its own runs, and the one that comes with the program."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spinegrader.errors import InputError, TrainingError
from spinegrader.services.resources import resources_folder
from spinegrader.services.runs import ended_runs, runs_with_weights
from spinegrader.services.session import Session
from spinegrader.texts import for_translation, translate

if TYPE_CHECKING:
    from spinegrader.model.runs import RunCard

SHIPPED = "shipped"
"""Name of the model that comes with the program, in predictions and on the command line."""

SHIPPED_TITLE = for_translation("Model that comes with SpineGrader")

_NEWEST = ("default", "latest")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class GradingModel:
    """A fine-tuned network that grades discs.

    Args:
        folder: Holds its card and weights.
        card: What it was made of.
        is_shipped: Whether it comes with the program.
    """

    folder: Path
    card: "RunCard"
    is_shipped: bool = False

    @property
    def name(self) -> str:
        """What its predictions name; never what the card of the shipped one says."""
        return SHIPPED if self.is_shipped else self.card.name

    @property
    def title(self) -> str:
        """Name for people."""
        return translate(SHIPPED_TITLE) if self.is_shipped else self.card.name


def shipped_grader_folder() -> Path:
    """Where the model lies that comes with the program."""
    return resources_folder() / "grader"


def shipped_grader() -> GradingModel:
    """The model that comes with the program.

    Raises:
        TrainingError: If it is missing or its card damaged.
    """
    from spinegrader.model.runs import read_card

    folder = shipped_grader_folder()
    try:
        return GradingModel(folder, read_card(folder), is_shipped=True)
    except TrainingError as error:
        raise TrainingError(
            "The grading model that comes with the program isn't there: install SpineGrader again."
        ) from error


def shipped_grader_if_there() -> GradingModel | None:
    """The model that comes with the program; None where it is missing, which is logged."""
    try:
        return shipped_grader()
    except TrainingError as error:
        _log.warning("%s", error.message)
        return None


def grading_models(session: Session) -> list[GradingModel]:
    """The project's own finished models, newest first, then the one that comes along."""
    runs = session.store.runs_folder
    own = [GradingModel(runs / card.name, card) for card in ended_runs(session, "finetune")]
    shipped = shipped_grader_if_there()
    return own if shipped is None else [*own, shipped]


def grading_model(session: Session, name: str) -> GradingModel:
    """A model by its name.

    Args:
        session: The open project.
        name: Of a fine-tuning run. “default” and “latest” mean the newest one that has weights,
            and the shipped one where there is none; “shipped” always means that one.

    Raises:
        TrainingError: If the shipped one is asked for and missing.
        InputError: If there is no such model.
    """
    own = runs_with_weights(session, "finetune")
    cards = {card.name: card for card in own}
    if name == SHIPPED or (name in _NEWEST and not own):
        return shipped_grader()
    wanted = own[0].name if name in _NEWEST else name
    if wanted not in cards:
        there = ", ".join([*cards, SHIPPED])
        raise InputError(f"There is no model “{name}”; there are: {there}.")
    return GradingModel(session.store.runs_folder / wanted, cards[wanted])


def grading_model_in(folder: Path) -> GradingModel:
    """The model of a folder, the shipped one too.

    Raises:
        TrainingError: If the folder has no readable card.
    """
    from spinegrader.model.runs import read_card

    if folder == shipped_grader_folder():
        return shipped_grader()
    return GradingModel(folder, read_card(folder))


def known_gradings(session: Session, card: "RunCard") -> tuple[str, ...]:
    """Ids of a model's gradings that the project's scheme has, with the same grades."""
    values = {grading.id: grading.values for grading in session.scheme.gradings}
    return tuple(name for name, its in card.gradings.items() if values.get(name) == its.values)
