"""Accepting at once what a model is sure of and nobody says otherwise."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spinegrader.domain.predictions import Prediction
from spinegrader.services.reading import Item
from spinegrader.services.review_rows import ReviewRow, besides, predictions_by_item
from spinegrader.services.session import Session

DEFAULT_CONFIDENCE = 0.9


@dataclass(frozen=True)
class BulkRule:
    """Which open grades are accepted at once.

    Args:
        least_confidence: Calibrated probability of the model's grade, 0 to 1.
        needs_second_opinion: Whether another model, another reader or the visit before must say
            the same; otherwise it is enough that none of them says something else.
    """

    least_confidence: float = DEFAULT_CONFIDENCE
    needs_second_opinion: bool = True


@dataclass(frozen=True)
class Candidate:
    """An open row with a prediction, and what others say of it.

    Args:
        row: The row.
        prediction: The model's grade, which would be accepted.
        opinions: The grades that other models, other readers and the visit before give.
    """

    row: ReviewRow
    prediction: Prediction
    opinions: frozenset[int]


@dataclass(frozen=True)
class BulkChoice:
    """What a rule takes of some rows, and why it leaves the other open ones.

    Args:
        rows: To be accepted.
        unsure: Open rows whose model is less sure than asked for.
        contradicted: Those where another model, another reader or the visit before says
            something else.
        without_opinion: Those that nobody else has graded, where somebody must.
    """

    rows: tuple[ReviewRow, ...]
    unsure: int
    contradicted: int
    without_opinion: int

    @property
    def by_grading(self) -> Mapping[str, int]:
        """How many grades are accepted, by grading id, in the order of the rows."""
        return Counter(row.item.grading for row in self.rows)


def candidates(session: Session, rows: Sequence[ReviewRow]) -> tuple[Candidate, ...]:
    """The open rows with a prediction, each study's predictions looked at once.

    Args:
        session: The open project.
        rows: Rows that are shown: that their studies' predictions are seen is recorded.
    """
    told: dict[str, Mapping[Item, Sequence[Prediction]]] = {}
    found = []
    for row in rows:
        if row.grade is not None or row.prediction is None:
            continue
        if row.study_uid not in told:
            told[row.study_uid] = predictions_by_item(session, row.study_uid)
        others = besides(row.prediction, told[row.study_uid].get(row.item, ()))
        grades = [*row.others, *(() if row.prior is None else (row.prior.grade,))]
        said = {grade.value for grade in grades if grade.value is not None}
        opinions = frozenset(said | {item.value for item in others})
        found.append(Candidate(row, row.prediction, opinions))
    return tuple(found)


def confidently_equal(found: Sequence[Candidate], rule: BulkRule) -> BulkChoice:
    """The candidates that a rule accepts."""
    chosen: list[ReviewRow] = []
    unsure = contradicted = without_opinion = 0
    for item in found:
        if item.prediction.confidence < rule.least_confidence:
            unsure += 1
        elif item.opinions - {item.prediction.value}:
            contradicted += 1
        elif rule.needs_second_opinion and not item.opinions:
            without_opinion += 1
        else:
            chosen.append(item.row)
    return BulkChoice(tuple(chosen), unsure, contradicted, without_opinion)
