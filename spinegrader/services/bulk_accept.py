"""Accepting at once what a model is sure of and nobody says otherwise."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spinegrader.services.review_rows import ReviewRow, other_predictions
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


def confidently_equal(session: Session, rows: Sequence[ReviewRow], rule: BulkRule) -> BulkChoice:
    """The open rows with a prediction that a rule accepts; answered ones are left as they are.

    Args:
        session: The open project.
        rows: Rows that are shown.
        rule: What is asked for.
    """
    chosen: list[ReviewRow] = []
    unsure = contradicted = without_opinion = 0
    for row in rows:
        if row.grade is not None or row.prediction is None:
            continue
        if row.prediction.confidence < rule.least_confidence:
            unsure += 1
            continue
        opinions = _other_opinions(session, row)
        if opinions - {row.prediction.value}:
            contradicted += 1
        elif rule.needs_second_opinion and not opinions:
            without_opinion += 1
        else:
            chosen.append(row)
    return BulkChoice(tuple(chosen), unsure, contradicted, without_opinion)


def _other_opinions(session: Session, row: ReviewRow) -> set[int]:
    """The grades that others give: models, readers, and the visit before."""
    grades = [*row.others, *(() if row.prior is None else (row.prior.grade,))]
    told = {grade.value for grade in grades if grade.value is not None}
    return told | {prediction.value for prediction in other_predictions(session, row)}
