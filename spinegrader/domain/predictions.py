"""A model's grade: immutable, and never mixed with a reader's."""

from dataclasses import dataclass
from datetime import datetime

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.errors import InvalidEditError


@dataclass(frozen=True)
class Prediction:
    """What a model says of one disc.

    Args:
        id: Unique; an accepted grade names it.
        study_uid: StudyInstanceUID.
        series_uid: The series that was looked at.
        disc: The disc.
        grading: Id of the grading in the project's scheme.
        values: The digits of the classes, rising, in the order of the probabilities.
        probabilities: One for each class, summing to 1.
        run: Name of the run that trained the model.
        model_hash: SHA-256 of its weights.
        predicted_at: UTC.
        settings: How it was made (size of the volumes, device, program version), as JSON text.
    """

    id: str
    study_uid: str
    series_uid: str
    disc: DiscLevel
    grading: str
    values: tuple[int, ...]
    probabilities: tuple[float, ...]
    run: str
    model_hash: str
    predicted_at: datetime
    settings: str = ""

    def __post_init__(self) -> None:
        fits = len(self.values) == len(self.probabilities) > 1
        if not fits or abs(sum(self.probabilities) - 1) > 1e-3:
            raise InvalidEditError("A prediction needs one probability a class, summing to 1.")
        if sorted(set(self.values) & set(range(10))) != list(self.values):
            raise InvalidEditError("The classes of a prediction must be rising digits, 0 to 9.")

    @property
    def value(self) -> int:
        """The most probable grade."""
        return self.values[self.probabilities.index(max(self.probabilities))]

    @property
    def confidence(self) -> float:
        """Probability of the most probable grade, as the model gave it."""
        return max(self.probabilities)
