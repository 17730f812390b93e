"""Whether the reader's answer was given before or after a model's grade was seen."""

from spinegrader.domain.grades import Grade, ReadingMode
from spinegrader.domain.scheme import Grading
from spinegrader.gui.itemmodels.answer_text import answer_words
from spinegrader.services.reading import history_of
from spinegrader.services.review_rows import ReviewRow
from spinegrader.services.session import Session
from spinegrader.services.sight import first_sight_at
from spinegrader.texts import translate


def seen_words(session: Session, row: ReviewRow) -> str:
    """A sentence or two on what the reader knew when answering."""
    grading = session.scheme.grading(row.item.grading)
    seen_at = first_sight_at(session, row.study_uid)
    since = "" if seen_at is None else f"{seen_at.astimezone():%Y-%m-%d %H:%M}"
    if row.grade is None:
        if not since:
            return ""
        return translate("Other grades of this study seen since {time}; that is recorded.").format(
            time=since
        )
    if row.grade.mode is ReadingMode.BLINDED and not row.grade.prediction_visible:
        return translate("You graded before seeing the model's grade.")
    told = (
        translate("You graded after seeing the model's grade.")
        if row.grade.prediction_visible
        else translate("You graded after seeing other grades of this study.")
    )
    before = _said_blinded(session, row)
    if before is None:
        return told
    return f"{told} {_before_words(before, row.grade, grading)}"


def _said_blinded(session: Session, row: ReviewRow) -> Grade | None:
    """The last answer that was given without having seen anything."""
    history = history_of(session, row.study_uid, row.item)
    return next(
        (
            item
            for item in history
            if item.mode is ReadingMode.BLINDED and not item.prediction_visible and not item.is_open
        ),
        None,
    )


def _before_words(before: Grade, now: Grade, grading: Grading) -> str:
    if (before.answer, before.value) == (now.answer, now.value):
        return translate("You had said the same before.")
    return translate("Before, you had said: {answer}.").format(answer=answer_words(before, grading))
