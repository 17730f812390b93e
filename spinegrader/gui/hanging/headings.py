"""What the heading of an image says: series, visit, and what was read there before."""

import datetime as dt

from spinegrader.domain.study import Series, Study
from spinegrader.gui.itemmodels.answer_text import answer_words
from spinegrader.services.reading import Item, asked_gradings, own_grade
from spinegrader.services.session import Session
from spinegrader.services.wording import series_title
from spinegrader.texts import translate, translate_count

_DAYS_A_YEAR = 365.25
_DAYS_A_MONTH = _DAYS_A_YEAR / 12


def visit_words(session: Session, visit: Study, front: Study, *, identity_hidden: bool) -> str:
    """Such as “2016-04-26, 3.3 years before”; no date while identity is hidden."""
    distance = interval_words(visit.date, front.date)
    if identity_hidden or visit.date is None:
        visits = session.state.studies_of(visit.patient_id)
        uids = [item.uid for item in visits]
        name = (
            translate("visit {number}").format(number=uids.index(visit.uid) + 1)
            if visit.uid in uids
            else translate("other visit")
        )
    else:
        name = visit.date.isoformat()
    return f"{name}, {distance}" if distance else name


def interval_words(other: dt.date | None, front: dt.date | None) -> str:
    """How long before or after a visit another one was; empty where a date isn't known."""
    if other is None or front is None:
        return ""
    days = (front - other).days
    if days == 0:
        return translate("the same day")
    is_before, days = days > 0, abs(days)
    if days < 2 * _DAYS_A_MONTH:
        words = (
            translate_count("{days} day before", "{days} days before", days)
            if is_before
            else translate_count("{days} day later", "{days} days later", days)
        )
        return words.format(days=days)
    if days < 2 * _DAYS_A_YEAR:
        words = (
            translate("{months:.0f} months before")
            if is_before
            else translate("{months:.0f} months later")
        )
        return words.format(months=days / _DAYS_A_MONTH)
    words = (
        translate("{years:.1f} years before") if is_before else translate("{years:.1f} years later")
    )
    return words.format(years=days / _DAYS_A_YEAR)


def readings_lines(session: Session, study_uid: str, item: Item | None) -> tuple[str, ...]:
    """The reader's own answers to the disc in focus at another visit, one a line.

    That to the grading in focus stands first, below the disc.
    """
    if item is None:
        return ()
    lines = []
    for grading in sorted(asked_gradings(session), key=lambda one: one.id != item.grading):
        grade = own_grade(session, study_uid, Item(item.disc, grading.id))
        if grade is not None:
            lines.append(f"{grading.name}: {answer_words(grade, grading)}")
    return (str(item.disc), *(lines or [translate("not read by you")]))


def series_words(series: Series) -> str:
    """Such as “Sagittal T1”, with the words of the scanner."""
    return " · ".join(part for part in (series_title(series), series.description) if part)
