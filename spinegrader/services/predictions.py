"""Keeping what a model has predicted."""

from collections.abc import Sequence

from spinegrader.domain.edits import AddPredictions
from spinegrader.domain.predictions import Prediction
from spinegrader.services.session import Session

_AT_ONCE = 20_000
"""In one change: a line of a journal has a greatest length, and is written in one go."""


def keep_predictions(session: Session, predictions: Sequence[Prediction]) -> None:
    """Adds predictions to the project, durably, beside those that are there.

    Raises:
        InvalidEditError: If a study isn't in the project.
        ProjectError: If they couldn't be written; those before are kept.
    """
    for start in range(0, len(predictions), _AT_ONCE):
        session.apply(AddPredictions(tuple(predictions[start : start + _AT_ONCE])))
