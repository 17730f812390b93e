"""What a comparison of models has found, and its file in the project's cache."""

import logging
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from spinegrader.errors import TrainingError
from spinegrader.model.files import write_atomically
from spinegrader.model.metrics import Agreement
from spinegrader.model.paired_figures import Difference

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ComparedFigures:
    """One model on one grading.

    Args:
        grading: Id.
        model: Name.
        people: Whose discs were compared.
        agreement: With the readers.
        calibration_error: Mean gap between how sure and how right it is, 0 to 1.
    """

    grading: str
    model: str
    people: int
    agreement: Agreement
    calibration_error: float | None


@dataclass(frozen=True)
class ComparedPair:
    """Two models on one grading: the first one's figures minus the second one's."""

    grading: str
    first: str
    second: str
    accuracy: Difference
    kappa: Difference


@dataclass(frozen=True)
class ComparedModels:
    """What was found.

    Args:
        models: Names, in the order in which they were chosen.
        figures: By grading and model.
        pairs: By grading and pair.
        is_simulated: Whether simulated people are in the project.
        notices: What the reader should know, a sentence each.
    """

    models: tuple[str, ...]
    figures: tuple[ComparedFigures, ...]
    pairs: tuple[ComparedPair, ...]
    is_simulated: bool
    notices: tuple[str, ...] = ()

    def people_of(self, grading: str) -> int:
        """How many people's discs of a grading all of its models were compared on."""
        return min((item.people for item in self.figures if item.grading == grading), default=0)

    def best_of(self, grading: str, figure: str) -> frozenset[str]:
        """Names of the models that are best in a figure, of those that differ; none for equals.

        Args:
            grading: Id.
            figure: ``mean_class_accuracy``, ``weighted_kappa``, ``within_one`` or
                ``calibration_error``, the last being better where it is small.
        """
        values = {
            item.model: value
            for item in self.figures
            if item.grading == grading and (value := value_of(item, figure)) is not None
        }
        if len(set(values.values())) < 2:
            return frozenset()
        choose = min if figure == "calibration_error" else max
        best = choose(values.values())
        return frozenset(model for model, value in values.items() if value == best)


def value_of(item: ComparedFigures, figure: str) -> float | None:
    """A figure by its name, as of :meth:`ComparedModels.best_of`."""
    if figure == "calibration_error":
        return item.calibration_error
    value: float | None = getattr(item.agreement, figure)
    return value


_ADAPTER = TypeAdapter(ComparedModels)


def read_compared(path: Path) -> ComparedModels | None:
    """What was found earlier; None where it isn't there or can't be read."""
    try:
        return _ADAPTER.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def write_compared(path: Path, found: ComparedModels) -> None:
    """Keeps what was found; a disk that is full only costs the time of the next comparison."""
    try:
        write_atomically(path, _ADAPTER.dump_json(found))
    except TrainingError as error:
        _log.info("A comparison of models was not kept: %s", error.message)
