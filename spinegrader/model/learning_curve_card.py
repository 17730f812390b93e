"""What a learning curve was made of: ``curve.json`` in its folder."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from spinegrader.errors import TrainingError
from spinegrader.model.events import RunState
from spinegrader.model.files import write_atomically
from spinegrader.model.learning_curve_config import LearningCurveConfig
from spinegrader.texts import for_translation

CURVE_CARD = "curve.json"


class CurveCard(BaseModel):
    """Settings and material of a learning curve.

    Args:
        state: Whether it runs, finished, was stopped or failed; a killed one says “running”.
        started_at: UTC, ISO 8601.
        settings: Of the curve.
        fingerprint: SHA-256 over graded discs and split.
        paired: By what a row was pre-trained on, SHA-256 over it.
        class_values: Digits of the grading's classes, rising.
        ordinal: Whether they are an order.
        counts: Annotated studies and subjects by part, and test discs.
        is_simulated: Whether the people are simulated; every figure must then say so.
        versions: Of programs.
        note: What the figures may be used for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: RunState
    started_at: str
    settings: dict[str, Any]
    fingerprint: str
    paired: dict[str, str] = {}
    class_values: tuple[int, ...]
    ordinal: bool
    counts: dict[str, int]
    is_simulated: bool
    versions: dict[str, str] = {}
    note: str = for_translation("For research use only; not a medical device.")

    @property
    def config(self) -> LearningCurveConfig:
        """The settings.

        Raises:
            TrainingError: If this version of the program can't read them.
        """
        try:
            return LearningCurveConfig.model_validate(self.settings)
        except ValidationError as error:
            raise TrainingError(
                "The settings of this learning curve can't be read: start a new one."
            ) from error


def read_curve_card(folder: Path) -> CurveCard:
    """Reads the card of a learning curve.

    Raises:
        TrainingError: If it is missing or damaged.
    """
    try:
        return CurveCard.model_validate_json((folder / CURVE_CARD).read_bytes())
    except (OSError, ValidationError) as error:
        raise TrainingError(
            f"“{folder.name}” holds no learning curve: choose the folder of one."
        ) from error


def write_curve_card(folder: Path, card: CurveCard) -> None:
    """Writes the card in one step.

    Raises:
        TrainingError: If it can't be written.
    """
    write_atomically(folder / CURVE_CARD, card.model_dump_json(indent=2).encode())
