"""The grades of a person over all visits."""

from spinegrader.domain.grades import Answer
from spinegrader.services import adjudication, reading, sight
from spinegrader.services.changes_over_time import Source, course_of
from spinegrader.services.differing import Asked, gather_cases
from spinegrader.services.steps import finished
from tests.services.flow_project import FOLLOW_UP, L4_L5, STUDY, UNRELATED, predict, read, session

__all__ = ["session"]


def values(course, source):
    return [grade.value for grade in course.answered(L4_L5, source)]


def test_grades_follow_the_visits(session):
    read(session, STUDY, 2)
    read(session, FOLLOW_UP, 3)
    read(session, UNRELATED, 5)
    for uid, value in ((STUDY, 3), (FOLLOW_UP, 4)):
        predict(session, uid, value)
    course = course_of(session, FOLLOW_UP)
    assert [visit.study_uid for visit in course.visits] == [STUDY, FOLLOW_UP]
    assert course.visits[0].day < course.visits[1].day
    assert values(course, Source.READER) == [2, 3]
    assert values(course, Source.MODEL) == [3, 4]
    assert course.held_back == 0
    assert course.gradings == ("pfirrmann",)
    assert sight.has_seen(session, STUDY)
    assert not sight.has_seen(session, UNRELATED)


def test_what_is_still_read_blinded_shows_own_grades_alone(session):
    read(session, STUDY, 2)
    reading.answer(session, FOLLOW_UP, L4_L5, Answer.GRADED, 3)
    for uid in (STUDY, FOLLOW_UP):
        predict(session, uid, 4)
    course = course_of(session, STUDY)
    assert values(course, Source.READER) == [2, 3]
    assert values(course, Source.MODEL) == [4]
    assert course.held_back == 1
    assert not sight.has_seen(session, FOLLOW_UP)


def test_looking_at_own_grades_alone_unblinds_nothing(session):
    read(session, STUDY, 2)
    course_of(session, STUDY)
    assert not sight.has_seen(session, STUDY)


def test_another_readers_grades_are_no_part_of_it(session):
    session.reader = "B"
    read(session, STUDY, 5)
    session.reader = "A"
    read(session, STUDY, 2)
    assert values(course_of(session, STUDY), Source.READER) == [2]


def test_an_adjudicated_grade_stands_beside(session):
    read(session, STUDY, 2)
    session.reader = "B"
    read(session, STUDY, 4)
    found = finished(gather_cases(session, Asked("A", "B")))
    case = next(case for case in found.cases if case.item == L4_L5)
    adjudication.adjudicate(session, case, Answer.GRADED, 3)
    assert values(course_of(session, STUDY), Source.ADJUDICATED) == [3]


def test_what_is_no_grade_is_told_and_not_drawn(session):
    read(session, STUDY, 2)
    reading.answer(session, STUDY, L4_L5, Answer.UNSURE, 2)
    read(session, FOLLOW_UP, 3)
    reading.answer(session, FOLLOW_UP, L4_L5, Answer.NOT_ASSESSABLE)
    course = course_of(session, STUDY)
    assert values(course, Source.READER) == []
    assert course.no_grades("pfirrmann") == 2
    told = [course.at_visit(visit, L4_L5) for visit in course.visits]
    assert [(one.said, one.value) for (one,) in told] == [("unsure", 2), ("not assessable", None)]
