"""What stands in the cells of the table of grades, and how its columns sort."""

from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any

from spinegrader.domain.grades import Grade
from spinegrader.domain.scheme import Grading, Scheme
from spinegrader.gui.itemmodels.answer_text import answer_sign, answer_words
from spinegrader.gui.review.rows import state_of
from spinegrader.services.review_rows import ReviewRow, review_order
from spinegrader.texts import translate

_LAST = 99
"""Rows that have nothing in a column stand behind those that have."""


class ReviewColumn(IntEnum):
    """Columns of the table."""

    STUDY = 0
    DISC = 1
    GRADING = 2
    READER = 3
    MODEL = 4
    STATE = 5
    PROBABILITIES = 6
    CONFIDENCE = 7
    OTHERS = 8
    PRIOR = 9


def cell_text(
    row: ReviewRow, column: ReviewColumn, scheme: Scheme, titles: Mapping[str, str]
) -> str:
    """What a cell shows; of the probabilities, which are drawn, what they are in words."""
    grading = scheme.grading(row.item.grading)
    if column is ReviewColumn.STUDY:
        return titles.get(row.study_uid, "")
    if column is ReviewColumn.READER:
        return answer_words(row.grade, grading)
    if column is ReviewColumn.OTHERS:
        # The grade first: of a long name the end may be out of sight.
        return ", ".join(f"{answer_sign(grade)} {grade.key.reader}" for grade in row.others)
    if column is ReviewColumn.PRIOR:
        return "" if row.prior is None else _change(row, row.prior.grade)
    if column in _OF_PREDICTION:
        return _OF_PREDICTION[column](row, grading)
    return {
        ReviewColumn.DISC: str(row.item.disc),
        ReviewColumn.GRADING: grading.name,
        ReviewColumn.STATE: state_of(row).text,
    }[column]


def spoken(row: ReviewRow, column: ReviewColumn, scheme: Scheme, titles: Mapping[str, str]) -> str:
    """What is told of a cell where its few signs are not enough, and to those who don't see it."""
    grading = scheme.grading(row.item.grading)
    if column is ReviewColumn.OTHERS:
        return "; ".join(
            f"{grade.key.reader}: {answer_words(grade, grading)}" for grade in row.others
        )
    if column is ReviewColumn.PRIOR and row.prior is not None:
        return f"{row.prior.study_date.isoformat()}: {answer_words(row.prior.grade, grading)}"
    return cell_text(row, column, scheme, titles)


def sort_key(
    column: ReviewColumn, titles: Mapping[str, str], scheme: Scheme | None
) -> Callable[[ReviewRow], Any]:
    """By what the rows are sorted; those that tell nothing come last in rising order."""
    order = {} if scheme is None else {item.id: at for at, item in enumerate(scheme.gradings)}
    keys: dict[ReviewColumn, Callable[[ReviewRow], Any]] = {
        ReviewColumn.STUDY: lambda row: (
            titles.get(row.study_uid, ""),
            row.item.disc.upper.position,
            order.get(row.item.grading, _LAST),
        ),
        ReviewColumn.DISC: lambda row: row.item.disc.upper.position,
        ReviewColumn.GRADING: lambda row: order.get(row.item.grading, _LAST),
        ReviewColumn.READER: lambda row: _value(row.grade),
        ReviewColumn.MODEL: lambda row: _LAST if row.prediction is None else row.prediction.value,
        ReviewColumn.PROBABILITIES: _confidence,
        ReviewColumn.CONFIDENCE: _confidence,
        ReviewColumn.OTHERS: lambda row: (
            not row.other_reader_differs,
            not row.others,
            tuple(map(_value, row.others)),
        ),
        ReviewColumn.PRIOR: lambda row: (
            not row.has_changed,
            _value(None if row.prior is None else row.prior.grade),
        ),
        ReviewColumn.STATE: review_order,
    }
    return keys[column]


def _confidence(row: ReviewRow) -> float:
    return _LAST if row.prediction is None else row.prediction.confidence


def _value(grade: Grade | None) -> int:
    return _LAST if grade is None or grade.value is None else grade.value


def _change(row: ReviewRow, before: Grade) -> str:
    """The sign of the earlier answer, with an arrow where the grade has risen or fallen."""
    if not row.has_changed or row.value is None or before.value is None:
        return answer_sign(before)
    return f"{answer_sign(before)} {'↑' if row.value > before.value else '↓'}"


def _model(row: ReviewRow, grading: Grading) -> str:
    value = None if row.prediction is None else row.prediction.value
    return "–" if value is None else f"{value} {grading.label_of(value)}"


def _confidence_words(row: ReviewRow, _: Grading) -> str:
    return "" if row.prediction is None else f"{100 * row.prediction.confidence:.0f} %"


def _probabilities(row: ReviewRow, _: Grading) -> str:
    if row.prediction is None:
        return translate("No model has graded this disc.")
    pairs = zip(row.prediction.values, row.prediction.probabilities, strict=True)
    return ", ".join(f"{value}: {100 * share:.0f} %" for value, share in pairs)


_OF_PREDICTION: Mapping[ReviewColumn, Callable[[ReviewRow, Grading], str]] = {
    ReviewColumn.MODEL: _model,
    ReviewColumn.PROBABILITIES: _probabilities,
    ReviewColumn.CONFIDENCE: _confidence_words,
}
