"""How each disc of a person was graded from visit to visit, by the reader and by the model."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.services.adjudicated import settled_in
from spinegrader.services.items import Item, asked_gradings, discs_to_grade
from spinegrader.services.reading import own_grade
from spinegrader.services.session import Session
from spinegrader.services.sight import may_look, note_sights
from spinegrader.texts import for_translation


class Source(StrEnum):
    """Who gave a grade."""

    READER = for_translation("your grade")
    MODEL = for_translation("model's grade")
    ADJUDICATED = for_translation("adjudicated grade")


@dataclass(frozen=True)
class Visit:
    """One study of the person.

    Args:
        study_uid: The study.
        day: Its date; None where it isn't known.
        is_held_back: Whether other grades than the reader's own stay out of sight.
    """

    study_uid: str
    day: date | None
    is_held_back: bool


@dataclass(frozen=True)
class GradeAtVisit:
    """One grade of one disc at one visit."""

    visit: Visit
    item: Item
    source: Source
    value: int


@dataclass(frozen=True)
class Course:
    """The grades of a person over all visits.

    Args:
        person: The patient record that stands for the person.
        visits: Oldest first; those without a date last.
        discs: Those that any visit has, head to feet.
        gradings: Ids of the gradings that have a grade, or are asked.
        grades: Every grade, visit by visit.
    """

    person: str
    visits: tuple[Visit, ...]
    discs: tuple[DiscLevel, ...]
    gradings: tuple[str, ...]
    grades: tuple[GradeAtVisit, ...]

    def of(self, item: Item, source: Source) -> tuple[GradeAtVisit, ...]:
        """The grades of one disc and grading by one source, oldest visit first."""
        return tuple(grade for grade in self.grades if (grade.item, grade.source) == (item, source))

    def at_visit(self, visit: Visit, item: Item) -> tuple[GradeAtVisit, ...]:
        """The grades of one disc and grading at one visit, in the order of the sources."""
        return tuple(
            grade for source in Source for grade in self.of(item, source) if grade.visit == visit
        )

    @property
    def held_back(self) -> int:
        """How many visits show the reader's own grades only."""
        return sum(visit.is_held_back for visit in self.visits)

    @property
    def undated(self) -> int:
        """How many visits have no date, so that they have no place on a time axis."""
        return sum(visit.day is None for visit in self.visits)


def course_of(session: Session, study_uid: str) -> Course:
    """The grades of the person of a study, to be shown; that others' were seen is recorded.

    The model's and adjudicated grades of a visit that is still to be read blinded stay out of
    sight.

    Raises:
        NotSavedError: If the record of what is seen couldn't be written.
    """
    state = session.state
    person = state.person_of(state.studies[study_uid].patient_id)
    studies = state.studies_of(person)
    visits = tuple(
        Visit(study.uid, study.date, not may_look(session, study.uid)) for study in studies
    )
    grades: list[GradeAtVisit] = []
    seen: list[str] = []
    for visit in visits:
        grades += _own(session, visit)
        others = [] if visit.is_held_back else _others(session, visit)
        grades += others
        if others:
            seen.append(visit.study_uid)
    note_sights(session, seen)
    graded = {grade.item.grading for grade in grades}
    asked = {grading.id for grading in asked_gradings(session)}
    return Course(
        person,
        visits,
        _discs(session, visits),
        tuple(item.id for item in session.scheme.gradings if item.id in graded | asked),
        tuple(grades),
    )


def _own(session: Session, visit: Visit) -> list[GradeAtVisit]:
    items = [
        Item(disc, grading.id)
        for disc in discs_to_grade(session, visit.study_uid)
        for grading in session.scheme.gradings
    ]
    return [
        GradeAtVisit(visit, item, Source.READER, grade.value)
        for item in items
        if (grade := own_grade(session, visit.study_uid, item)) is not None
        and grade.value is not None
    ]


def _others(session: Session, visit: Visit) -> list[GradeAtVisit]:
    predictions = session.state.predictions_of_study(visit.study_uid)
    known = {grading.id for grading in session.scheme.gradings}
    found = [
        GradeAtVisit(visit, Item(*place), Source.MODEL, prediction.value)
        for place, prediction in predictions.items()
        if place[1] in known
    ]
    found += [
        GradeAtVisit(visit, Item(*place), Source.ADJUDICATED, grade.value)
        for place, grade in settled_in(session, visit.study_uid).items()
        if grade.value is not None
    ]
    return found


def _discs(session: Session, visits: tuple[Visit, ...]) -> tuple[DiscLevel, ...]:
    drawn = {disc for visit in visits for disc in discs_to_grade(session, visit.study_uid)}
    return tuple(sorted(drawn, key=lambda disc: disc.upper.position))
