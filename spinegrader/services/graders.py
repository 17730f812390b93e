"""Which grading models a project can use: its own runs, and the one that comes with the program."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

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

GRADER_SETTING = "grader"
"""Of the project: which model it has chosen."""

_DEFAULT, _NEWEST = "default", "latest"

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
    def is_imported(self) -> bool:
        """Whether it came as a file, so that nobody can tell whom it has seen."""
        return self.card.imported is not None

    @property
    def title(self) -> str:
        """Name for people."""
        return translate(SHIPPED_TITLE) if self.is_shipped else self.card.name


class ChosenGrader(BaseModel):
    """The model that a project has chosen to grade with.

    Args:
        run: Name of the run, or “shipped”.
        weights_sha256: Of its weights when it was chosen.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    run: str
    weights_sha256: str


def is_imported(run: str) -> bool:
    """Whether a run came as a file, by the name that its predictions keep when it is gone."""
    from spinegrader.model.runs import IMPORTED

    return run.startswith(f"{IMPORTED}-")


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
    """All finished models: the project's own, newest first, imported ones, the shipped one.

    The one that the project has chosen, if any, stands before all others.
    """
    runs = session.store.runs_folder
    found = [GradingModel(runs / card.name, card) for card in ended_runs(session, "finetune")]
    # Those from elsewhere are never used by themselves.
    found.sort(key=lambda model: model.is_imported)
    shipped = shipped_grader_if_there()
    found += [] if shipped is None else [shipped]
    chosen = chosen_grader(session)
    if chosen is not None:
        found.sort(key=lambda model: model.name != chosen.run)
    return found


def chosen_grader(session: Session) -> ChosenGrader | None:
    """What the project has chosen; None where the newest of its own is used."""
    text = session.state.setting(GRADER_SETTING)
    if text is None:
        return None
    try:
        return ChosenGrader.model_validate_json(text)
    except ValidationError:
        _log.warning("The project's choice of a model can't be read: the newest one is used.")
        return None


def grading_model(session: Session, name: str) -> GradingModel:
    """A model by its name.

    Args:
        session: The open project.
        name: Of a fine-tuning run. “default” is the one that the project has chosen; where it
            has chosen none, and always with “latest”, it is the newest of its own that has
            weights, and the shipped one where there is none; “shipped” always means that one.

    Raises:
        TrainingError: If the shipped one is asked for and missing, or the chosen one isn't there
            any more.
        InputError: If there is no such model.
    """
    chosen = chosen_grader(session) if name == _DEFAULT else None
    if chosen is not None:
        return _still_there(session, chosen)
    cards = {card.name: card for card in runs_with_weights(session, "finetune")}
    if name in (_DEFAULT, _NEWEST):
        name = next(iter(_own(cards.values())), SHIPPED)
    if name == SHIPPED:
        return shipped_grader()
    if name not in cards:
        there = ", ".join([*cards, SHIPPED])
        raise InputError(f"There is no model “{name}”; there are: {there}.")
    return GradingModel(session.store.runs_folder / name, cards[name])


def _own(cards: "Iterable[RunCard]") -> list[str]:
    return [card.name for card in cards if card.imported is None]


def _still_there(session: Session, chosen: ChosenGrader) -> GradingModel:
    """The chosen model, if it is the same as when it was chosen."""
    if chosen.run == SHIPPED:
        return shipped_grader()
    cards = {card.name: card for card in runs_with_weights(session, "finetune")}
    card = cards.get(chosen.run)
    another = "Choose another one on the Models page."
    if card is None:
        raise TrainingError(
            f"The model “{chosen.run}” that this project uses isn't there any more. {another}"
        )
    if card.weights_sha256 != chosen.weights_sha256:
        raise TrainingError(
            f"The model “{chosen.run}” is not the one that this project chose: its weights have "
            f"changed since. {another}"
        )
    return GradingModel(session.store.runs_folder / chosen.run, card)


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
