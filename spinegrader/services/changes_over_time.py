"""How each disc of a person was graded from visit to visit, by the reader and by the model."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.grades import Answer
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
class AnswerAtVisit:
    """What was said of one disc at one visit.

    Args:
        visit: The visit.
        item: Disc and grading.
        source: Who said it.
        value: The grade's digit; None where there is none.
        said: The kind of answer.
    """

    visit: Visit
    item: Item
    source: Source
    value: int | None
    said: Answer = Answer.GRADED

    @property
    def is_grade(self) -> bool:
        """Whether it is a grade, and not “unsure” or “not assessable”."""
        return self.said is Answer.GRADED


@dataclass(frozen=True)
class Course:
    """What was said of a person's discs over all visits.

    Args:
        person: The patient record that stands for the person.
        visits: Oldest first; those without a date last.
        discs: Those that any visit has, head to feet.
        gradings: Ids of the gradings that have an answer, or are asked.
        answers: Every answer, visit by visit.
    """

    person: str
    visits: tuple[Visit, ...]
    discs: tuple[DiscLevel, ...]
    gradings: tuple[str, ...]
    answers: tuple[AnswerAtVisit, ...]

    def answered(self, item: Item, source: Source) -> tuple[AnswerAtVisit, ...]:
        """The grades of one disc and grading by one source, oldest visit first."""
        told = self._of_item.get(item, ())
        return tuple(one for one in told if one.source is source and one.is_grade)

    def at_visit(self, visit: Visit, item: Item) -> tuple[AnswerAtVisit, ...]:
        """The answers to one disc and grading at one visit, in the order of the sources."""
        here = [told for told in self._of_item.get(item, ()) if told.visit == visit]
        return tuple(sorted(here, key=lambda told: list(Source).index(told.source)))

    def no_grades(self, grading: str) -> int:
        """How many answers of a grading are no grades: “unsure” or “not assessable”."""
        return sum(told.item.grading == grading and not told.is_grade for told in self.answers)

    @cached_property
    def _of_item(self) -> Mapping[Item, list[AnswerAtVisit]]:
        found: dict[Item, list[AnswerAtVisit]] = {}
        for told in self.answers:
            found.setdefault(told.item, []).append(told)
        return found

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
    answers: list[AnswerAtVisit] = []
    seen: list[str] = []
    for visit in visits:
        answers += _own(session, visit)
        others = [] if visit.is_held_back else _others(session, visit)
        answers += others
        if others:
            seen.append(visit.study_uid)
    note_sights(session, seen)
    graded = {told.item.grading for told in answers}
    asked = {grading.id for grading in asked_gradings(session)}
    return Course(
        person,
        visits,
        _discs(session, visits),
        tuple(item.id for item in session.scheme.gradings if item.id in graded | asked),
        tuple(answers),
    )


def _own(session: Session, visit: Visit) -> list[AnswerAtVisit]:
    items = [
        Item(disc, grading.id)
        for disc in discs_to_grade(session, visit.study_uid)
        for grading in session.scheme.gradings
    ]
    return [
        AnswerAtVisit(visit, item, Source.READER, grade.value, grade.answer)
        for item in items
        if (grade := own_grade(session, visit.study_uid, item)) is not None
    ]


def _others(session: Session, visit: Visit) -> list[AnswerAtVisit]:
    predictions = session.state.predictions_of_study(visit.study_uid)
    known = {grading.id for grading in session.scheme.gradings}
    found = [
        AnswerAtVisit(visit, Item(*place), Source.MODEL, prediction.value)
        for place, prediction in predictions.items()
        if place[1] in known
    ]
    found += [
        AnswerAtVisit(visit, Item(*place), Source.ADJUDICATED, grade.value, grade.answer)
        for place, grade in settled_in(session, visit.study_uid).items()
        if place[1] in known
    ]
    return found


def _discs(session: Session, visits: tuple[Visit, ...]) -> tuple[DiscLevel, ...]:
    drawn = {disc for visit in visits for disc in discs_to_grade(session, visit.study_uid)}
    return tuple(sorted(drawn, key=lambda disc: disc.upper.position))
