"""Which colours the discs and vertebrae of the images have: plain, by level, by grade."""

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.scheme import Grading
from spinegrader.gui.theme import grade_colour
from spinegrader.gui.viewer.colouring import PLAIN, Colouring, LegendEntry, by_grade, by_level
from spinegrader.services.reading import Item, asked_gradings, own_grade
from spinegrader.services.session import Session

BY_LEVEL = "level"
BY_GRADE_IN_FOCUS = "grade"


def colouring_for(session: Session, study_uid: str, choice: str, focus: Item | None) -> Colouring:
    """The colours that a choice means for one study.

    Args:
        session: The open project.
        study_uid: The study on screen, whose grades are the reader's own.
        choice: ``BY_LEVEL``, ``BY_GRADE_IN_FOCUS`` or the id of a grading; anything else is plain.
        focus: Tells the grading in focus.
    """
    if choice == BY_LEVEL:
        return by_level()
    wanted = focus.grading if choice == BY_GRADE_IN_FOCUS and focus is not None else choice
    grading = next((item for item in asked_gradings(session) if item.id == wanted), None)
    if grading is None:
        return PLAIN
    return by_grade(_grades(session, study_uid, grading), grading.name, _legend(grading))


def following_choice(choice: str) -> str:
    """What comes next when the reader steps through: plain, level, grade in focus."""
    order = ("", BY_LEVEL, BY_GRADE_IN_FOCUS)
    return order[(order.index(choice) + 1) % len(order)] if choice in order else ""


def _grades(session: Session, study_uid: str, grading: Grading) -> dict[DiscLevel, LegendEntry]:
    found: dict[DiscLevel, LegendEntry] = {}
    series = session.state.series_to_grade(study_uid)
    overlay = None if series is None else session.seen.overlay(series.uid)
    for disc in () if overlay is None else overlay.discs:
        grade = own_grade(session, study_uid, Item(disc.level, grading.id))
        if grade is not None and grade.value is not None:
            found[disc.level] = LegendEntry(str(grade.value), _colour(grading, grade.value))
    return found


def _legend(grading: Grading) -> tuple[LegendEntry, ...]:
    return tuple(
        LegendEntry(f"{item.value} {item.label}", _colour(grading, item.value))
        for item in grading.classes
    )


def _colour(grading: Grading, value: int) -> str:
    return grade_colour(grading.values.index(value), len(grading.values)).name()
