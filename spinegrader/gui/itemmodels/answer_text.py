"""How an answer reads: as a sign in a cell, as words, and who gave it when."""

from datetime import date, datetime

from spinegrader.domain.grades import Answer, Grade, ReadingMode
from spinegrader.domain.scheme import Grading
from spinegrader.texts import translate

OPEN_SIGN = "·"
UNSURE_SIGN = "?"
NOT_ASSESSABLE_SIGN = "–"


def answer_sign(grade: Grade | None) -> str:
    """What stands in a cell: the digit, “?” (behind a digit if one was given), “–” or “·”."""
    if grade is None or grade.is_open:
        return OPEN_SIGN
    if grade.answer is Answer.NOT_ASSESSABLE:
        return NOT_ASSESSABLE_SIGN
    digit = "" if grade.value is None else str(grade.value)
    return digit + UNSURE_SIGN if grade.answer is Answer.UNSURE else digit


def answer_words(grade: Grade | None, grading: Grading) -> str:
    """The answer in words, such as “3 III”, “unsure”, “not assessable” or “open”."""
    if grade is None or grade.is_open:
        return translate("open")
    if grade.answer is Answer.NOT_ASSESSABLE:
        return translate("not assessable")
    value = "" if grade.value is None else f"{grade.value} {_label(grading, grade.value)}"
    if grade.answer is Answer.UNSURE:
        unsure = translate("unsure")
        return f"{value}, {unsure}" if value else unsure
    return value


def answer_origin(grade: Grade, reader: str, today: date) -> str:
    """Who gave the answer, when, and whether other grades had been seen.

    Args:
        grade: The answer.
        reader: The reader at this computer, who is called “you”.
        today: The local date.
    """
    who = translate("you") if grade.key.reader == reader else grade.key.reader
    how = translate("blinded")
    if grade.mode is ReadingMode.ASSISTED:
        how = (
            translate("model's grade seen")
            if grade.prediction_visible
            else translate("other grades seen")
        )
    elif grade.mode is ReadingMode.ADJUDICATED:
        how = translate("adjudicated")
    return f"{who}, {local_time_words(grade.graded_at, today)}, {how}"


def local_time_words(at: datetime, today: date) -> str:
    """A time in the local zone: “today 10:42”, else with the date."""
    local = at.astimezone()
    day = translate("today") if local.date() == today else local.date().isoformat()
    return f"{day} {local:%H:%M}"


def _label(grading: Grading, value: int) -> str:
    # A grade of an older scheme may have a digit that this one doesn't know.
    return grading.label_of(value) if value in grading.values else ""
