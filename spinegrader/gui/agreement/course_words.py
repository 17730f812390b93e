"""What was said of a disc from visit to visit, in words."""

from spinegrader.domain.grades import Answer
from spinegrader.services.changes_over_time import AnswerAtVisit, Course, Visit
from spinegrader.services.items import Item
from spinegrader.texts import translate


def course_words(course: Course, item: Item, *, identity_hidden: bool) -> str:
    """The answers to one disc and grading, visit by visit."""
    return "; ".join(
        f"{visit_words(course, at, identity_hidden=identity_hidden)}: "
        f"{words_at_visit(course, visit, item)}"
        for at, visit in enumerate(course.visits)
    )


def words_at_visit(course: Course, visit: Visit, item: Item) -> str:
    """The answers to one disc and grading at one visit; a dash where there are none."""
    return ", ".join(_words(told) for told in course.at_visit(visit, item)) or "–"


def visit_words(course: Course, at: int, *, identity_hidden: bool) -> str:
    """What a visit is called: its date, or its number where dates are hidden or not known."""
    day = course.visits[at].day
    if identity_hidden or day is None:
        return translate("Visit {number}").format(number=at + 1)
    return day.isoformat()


def _words(told: AnswerAtVisit) -> str:
    source = translate(str(told.source))
    if told.said is Answer.NOT_ASSESSABLE:
        return f"{source}: {translate('not assessable')}"
    if told.is_grade:
        return f"{source} {told.value}"
    unsure = translate("unsure")
    return f"{source}: {unsure}" if told.value is None else f"{source}: {told.value}, {unsure}"
