"""The visit before: its images, and what is said below them."""

from datetime import date

from spinegrader.domain.study import Series
from spinegrader.gui.itemmodels.answer_text import answer_words
from spinegrader.services.review_rows import ReviewRow
from spinegrader.services.session import Session
from spinegrader.services.visits import prior_visit
from spinegrader.texts import translate, translate_count

_DAYS_A_MONTH = 365.25 / 12
_MONTHS = 24
"""From here on, time is told in years."""


def prior_words(
    session: Session, row: ReviewRow, *, identity_hidden: bool
) -> tuple[Series | None, str]:
    """The series of the visit before a row's, and when it was and what was said of the disc.

    Args:
        session: The open project.
        row: Disc and grading.
        identity_hidden: Whether dates are to be kept off the screen.

    Returns:
        None and no words where there is no such visit.
    """
    visit = prior_visit(session, row.study_uid)
    day = session.state.studies[row.study_uid].date
    if visit is None or visit.date is None or day is None:
        return None, ""
    told = [_how_long_before(visit.date, day)]
    if not identity_hidden:
        told.insert(0, visit.date.isoformat())
    if row.prior is not None:
        grading = session.scheme.grading(row.item.grading)
        who = row.prior.grade.key.reader
        name = translate("you") if who == session.reader else who
        told.append(f"{answer_words(row.prior.grade, grading)} ({name})")
    return session.state.series_to_grade(visit.uid), ", ".join(told)


def _how_long_before(before: date, now: date) -> str:
    months = round((now - before).days / _DAYS_A_MONTH)
    if months < 1:
        return translate("less than a month before")
    if months < _MONTHS:
        return translate_count("{months} month before", "{months} months before", months).format(
            months=months
        )
    return translate("{years:.1f} years before").format(years=months / 12)
