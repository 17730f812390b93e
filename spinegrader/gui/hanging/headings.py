"""What the heading of an image says: series, visit, and what was read there before."""

import datetime as dt

from spinegrader.domain.study import Series, Study
from spinegrader.gui.itemmodels.answer_text import answer_words
from spinegrader.services.reading import Item, asked_gradings, own_grade
from spinegrader.services.session import Session
from spinegrader.services.wording import counted

_DAYS_A_YEAR = 365.25
_DAYS_A_MONTH = _DAYS_A_YEAR / 12


def visit_words(session: Session, visit: Study, front: Study, *, identity_hidden: bool) -> str:
    """Such as “2016-04-26, 3.3 years before”; no date while identity is hidden."""
    distance = interval_words(visit.date, front.date)
    if identity_hidden or visit.date is None:
        visits = session.state.studies_of(visit.patient_id)
        uids = [item.uid for item in visits]
        name = f"visit {uids.index(visit.uid) + 1}" if visit.uid in uids else "other visit"
    else:
        name = visit.date.isoformat()
    return f"{name}, {distance}" if distance else name


def interval_words(other: dt.date | None, front: dt.date | None) -> str:
    """How long before or after a visit another one was; empty where a date isn't known."""
    if other is None or front is None:
        return ""
    days = (front - other).days
    side = "before" if days >= 0 else "later"
    days = abs(days)
    if days == 0:
        return "the same day"
    if days < 2 * _DAYS_A_MONTH:
        return f"{counted(days, 'day', 'days')} {side}"
    if days < 2 * _DAYS_A_YEAR:
        return f"{days / _DAYS_A_MONTH:.0f} months {side}"
    return f"{days / _DAYS_A_YEAR:.1f} years {side}"


def readings_lines(session: Session, study_uid: str, item: Item | None) -> tuple[str, ...]:
    """The reader's own answers to the disc in focus at another visit, one a line."""
    if item is None:
        return ()
    lines = []
    for grading in asked_gradings(session):
        grade = own_grade(session, study_uid, Item(item.disc, grading.id))
        if grade is not None:
            lines.append(f"{grading.name}: {answer_words(grade, grading)}")
    return (str(item.disc), *(lines or ["not read by you"]))


def series_words(series: Series) -> str:
    """Such as “Sagittal T1”, with the words of the scanner."""
    return " · ".join(part for part in (series.title, series.description) if part)
