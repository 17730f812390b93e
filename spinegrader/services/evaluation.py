"""What a model reached on graded discs: kept beside its run, one file an evaluation.

A file is never changed: an evaluation that is made again is another file.
"""

import logging
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from spinegrader.durable import private_folder, write_durably
from spinegrader.errors import TrainingError
from spinegrader.model.calibration import ReliabilityBin
from spinegrader.model.metrics import Agreement
from spinegrader.services.graders import SHIPPED, SHIPPED_TITLE
from spinegrader.services.wording import RESEARCH_NOTICE
from spinegrader.texts import for_translation, translate, translate_count

EVALUATIONS = "evaluations"
"""In the folder of a run."""

People = Literal["test", "unseen", "everyone"]

PEOPLE_NAMES: dict[People, str] = {
    "test": for_translation("People kept aside for tests"),
    "unseen": for_translation("Everybody the model never learned from"),
    "everyone": for_translation("Everybody with graded discs"),
}
"""Whom a model can be evaluated on."""

FEW_PEOPLE = 10
"""With fewer a figure says little, which is told, and no model is called better."""

UNKNOWN_ORIGIN = for_translation(
    "Whom the model learned from is not known in full, as it, or a run that it began with, came "
    "as a file or was deleted: the figures may flatter it."
)

_log = logging.getLogger(__name__)


class GradingEvaluation(BaseModel):
    """How well one grading is given.

    Args:
        grading: Its id in the project's scheme.
        name: What the scheme calls it.
        values: The digits of its classes, rising.
        labels: What the scheme calls the classes, in the same order.
        ordinal: Whether the classes are an order; the kappa is quadratically weighted then, else
            plain.
        people: Whose discs were compared.
        agreement: Accuracy, kappa and confusion; intervals are 95 %, by bootstrap over people.
        calibration_error: Mean gap between how sure and how right the model is, 0 to 1; None
            without discs.
        reliability: How sure and how right it is, from the least sure discs to the surest; none
            in evaluations that earlier versions kept.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    grading: str
    name: str
    values: tuple[int, ...]
    labels: tuple[str, ...]
    ordinal: bool
    people: int
    agreement: Agreement
    calibration_error: float | None
    reliability: tuple[ReliabilityBin, ...] = ()


class Evaluation(BaseModel):
    """A model beside the readers of a project.

    Args:
        model: Name of the run; that of the model that comes with the program is “shipped”.
        weights_sha256: Of the model's weights.
        evaluated_at: UTC.
        chosen_people: Whom it was to be evaluated on.
        reader: Whose grades it was compared with; empty for those of who
            evaluated it, and the latest other reader's where these lack.
        people: How many had discs that were compared.
        studies: Likewise.
        discs: Likewise.
        learned_from: How many of the people the model has learned from; with any of them the
            figures flatter.
        is_origin_unknown: Whether nobody can tell in full whom it has learned from.
        is_simulated: Whether people of the project are simulated.
        gradings: A part for each grading that could be compared.
        about: Sentences on the model, such as what it learned from.
        program_version: That made it.
        note: What it may be used for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    weights_sha256: str
    evaluated_at: datetime
    chosen_people: People
    reader: str = ""
    people: int
    studies: int
    discs: int
    learned_from: int
    is_origin_unknown: bool = False
    is_simulated: bool
    gradings: tuple[GradingEvaluation, ...]
    about: tuple[str, ...] = ()
    program_version: str = ""
    note: str = RESEARCH_NOTICE

    @property
    def model_title(self) -> str:
        """The model's name for people."""
        return translate(SHIPPED_TITLE) if self.model == SHIPPED else self.model

    def to_json(self) -> str:
        """The evaluation as JSON text."""
        return self.model_dump_json(indent=2)

    @classmethod
    def from_json(cls, text: str | bytes) -> "Evaluation":
        """Reads what :meth:`to_json` wrote.

        Raises:
            TrainingError: If the text is no evaluation.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise TrainingError(
                translate("This file holds no evaluation of a model: choose another one.")
            ) from error


def reservations(evaluation: Evaluation) -> tuple[str, ...]:
    """What speaks against the figures, a sentence each; to be told wherever they are shown."""
    told = []
    if count := evaluation.learned_from:
        words = translate_count(
            "The model learnt from {count} of these people: the figures flatter it.",
            "The model learnt from {count} of these people: the figures flatter it.",
            count,
        )
        told.append(words.format(count=count))
    if evaluation.is_origin_unknown:
        told.append(translate(UNKNOWN_ORIGIN))
    if evaluation.people < FEW_PEOPLE:
        told.append(translate("So few people: the figures may be far off."))
    return tuple(told)


def evaluations_folder(runs_folder: Path, model: str) -> Path:
    """Where the evaluations of a model lie, whether there are any or not.

    Args:
        runs_folder: Of the project.
        model: Name of the run, or “shipped”.
    """
    return runs_folder / model / EVALUATIONS


def keep_evaluation(runs_folder: Path, evaluation: Evaluation) -> Path:
    """Writes an evaluation beside its run; returns the file, which is named by its date.

    Raises:
        TrainingError: If it can't be written.
    """
    folder = evaluations_folder(runs_folder, evaluation.model)
    stem = f"{evaluation.evaluated_at:%Y%m%d-%H%M%S}"
    try:
        private_folder(folder)
        path, number = folder / f"{stem}.json", 2
        while path.exists():
            path, number = folder / f"{stem}-{number}.json", number + 1
        write_durably(path, evaluation.to_json().encode())
    except OSError as error:
        raise TrainingError(
            translate(
                "The evaluation of “{model}” can't be written ({cause}): check the disk's free "
                "space and the folder's permissions."
            ).format(model=evaluation.model, cause=error.strerror)
        ) from error
    return path


def read_evaluation(path: Path) -> Evaluation:
    """Reads an evaluation.

    Raises:
        TrainingError: If the file is missing or damaged.
    """
    try:
        return Evaluation.from_json(path.read_bytes())
    except OSError as error:
        raise TrainingError(
            translate(
                "The evaluation “{name}” can't be read ({cause}): choose another one."
            ).format(name=path.name, cause=error.strerror)
        ) from error


def list_evaluations(runs_folder: Path, model: str | None = None) -> list[tuple[Path, Evaluation]]:
    """The evaluations of a model, or of all, newest first; damaged files are left out.

    Args:
        runs_folder: Of the project.
        model: Name of the run, or “shipped”; None for all.
    """
    found = []
    for path in runs_folder.glob(f"{model or '*'}/{EVALUATIONS}/*.json"):
        try:
            found.append((path, read_evaluation(path)))
        except TrainingError as error:
            _log.warning("%s", error.message)
    return sorted(found, key=lambda item: (item[1].evaluated_at, item[0].name), reverse=True)
