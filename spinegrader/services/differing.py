"""Discs on which two readers differ, as far as the session's reader may see their answers."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.grades import Answer, Grade
from spinegrader.domain.scheme import Scale, Scheme
from spinegrader.services.adjudicated import final_answers
from spinegrader.services.items import Item
from spinegrader.services.labels import is_adjudicated
from spinegrader.services.progress import counted_ahead
from spinegrader.services.session import Session
from spinegrader.services.sight import may_look
from spinegrader.services.steps import Steps

_Place = tuple[DiscLevel, str]


@dataclass(frozen=True)
class Case:
    """One disc and grading on which two readers differ.

    Args:
        study_uid: The study.
        item: Disc and grading.
        answers: Those of both readers in the order of showing, which is drawn for each disc.
        settled: The adjudicated answer in force, whoever gave it; None while it is open.
    """

    study_uid: str
    item: Item
    answers: tuple[Grade, Grade]
    settled: Grade | None


@dataclass(frozen=True)
class Asked:
    """Whose differences are asked for.

    Args:
        first: One reader.
        second: The other.
        least_steps: How many steps the answers differ at least. At 1 a grade against “unsure” or
            “not assessable” is among them; other classes of a nominal grading always are.
    """

    first: str
    second: str
    least_steps: int = 1


@dataclass(frozen=True)
class Cases:
    """What there is to adjudicate.

    Args:
        by_study: The cases of each study that has some, discs from head to feet; in the order of
            the studies.
        held_back: Studies left out, as the adjudicator still has to read them blinded.
    """

    by_study: Mapping[str, tuple[Case, ...]] = field(default_factory=dict)
    held_back: frozenset[str] = frozenset()

    @property
    def cases(self) -> tuple[Case, ...]:
        """All of them, study by study."""
        return tuple(case for cases in self.by_study.values() for case in cases)


def gather_readers(session: Session) -> Steps[tuple[str, ...]]:
    """Names of the readers who have given answers of a first reading, in order."""
    found: set[str] = set()
    studies = [study.uid for study in session.state.visible_studies()]
    for at, study_uid in enumerate(studies):
        answers = session.state.grades_of_study(study_uid)
        found.update(grade.key.reader for grade in answers if grade.key.reading == 1)
        yield at / len(studies)
    return tuple(sorted(found))


def gather_cases(session: Session, asked: Asked) -> Steps[Cases]:
    """The discs of which both readers said something else, study by study."""
    by_study: dict[str, tuple[Case, ...]] = {}
    held_back: set[str] = set()
    studies = [study.uid for study in session.state.visible_studies()]
    for at, study_uid in enumerate(counted_ahead(session, studies)):
        _take_in(session, asked, study_uid, by_study, held_back)
        yield at / len(studies)
    return Cases(by_study, frozenset(held_back))


def renewed_cases(session: Session, asked: Asked, known: Cases, studies: Iterable[str]) -> Cases:
    """What there is to adjudicate after the answers to some studies have changed."""
    by_study, held_back = dict(known.by_study), set(known.held_back)
    for study_uid in studies:
        held_back.discard(study_uid)
        by_study.pop(study_uid, None)
        _take_in(session, asked, study_uid, by_study, held_back)
    order = [study.uid for study in session.state.visible_studies() if study.uid in by_study]
    return Cases({study_uid: by_study[study_uid] for study_uid in order}, frozenset(held_back))


def _take_in(
    session: Session,
    asked: Asked,
    study_uid: str,
    by_study: dict[str, tuple[Case, ...]],
    held_back: set[str],
) -> None:
    # Unpacked once: that is what takes the time.
    grades = tuple(session.seen.grades_of_study(study_uid))
    found = _cases_of_study(session, grades, asked)
    if found and not may_look(session, study_uid) and _has_begun(session, grades):
        held_back.add(study_uid)
    elif found:
        by_study[study_uid] = tuple(found)


def may_adjudicate(session: Session, study_uid: str) -> bool:
    """Whether the adjudicator may see the readers' answers.

    A reader who has begun a blinded reading finishes it first. One who hasn't begun may look:
    answers that come later are assisted ones, as looking is recorded.
    """
    return may_look(session, study_uid) or not _has_begun(
        session, session.seen.grades_of_study(study_uid)
    )


def _has_begun(session: Session, grades: Iterable[Grade]) -> bool:
    return any(grade.key.reader == session.reader and not is_adjudicated(grade) for grade in grades)


def _cases_of_study(session: Session, grades: Sequence[Grade], asked: Asked) -> list[Case]:
    readers = asked.first, asked.second
    told: tuple[dict[_Place, Grade], dict[_Place, Grade]] = ({}, {})
    for grade in grades:
        if grade.key.reading == 1 and grade.key.reader in readers:
            told[readers.index(grade.key.reader)][grade.key.disc, grade.key.grading] = grade
    differing = [
        place
        for place in told[0].keys() & told[1].keys()
        if _differ(session.scheme, told[0][place], told[1][place], asked.least_steps)
    ]
    if not differing:
        return []
    study_uid = grades[0].key.study_uid
    settled = final_answers(grades)
    order = {grading.id: at for at, grading in enumerate(session.scheme.gradings)}
    differing.sort(key=lambda place: (place[0].upper.position, order[place[1]]))
    return [
        Case(
            study_uid,
            Item(*place),
            _shuffled(session, study_uid, place, (told[0][place], told[1][place])),
            settled.get(place),
        )
        for place in differing
    ]


def _differ(scheme: Scheme, one: Grade, other: Grade, least_steps: int) -> bool:
    if (one.answer, one.value) == (other.answer, other.value):
        return False
    grading = next((item for item in scheme.gradings if item.id == one.key.grading), None)
    if grading is None:
        return False
    if one.answer is not Answer.GRADED or other.answer is not Answer.GRADED:
        # At least one of them said something that can be learnt from.
        return least_steps == 1 and Answer.GRADED in (one.answer, other.answer)
    if grading.scale is Scale.NOMINAL or one.value is None or other.value is None:
        return True
    return abs(one.value - other.value) >= least_steps


def _shuffled(
    session: Session, study_uid: str, place: _Place, answers: tuple[Grade, Grade]
) -> tuple[Grade, Grade]:
    """Both answers in an order that tells nothing, and that is the same whenever it is shown."""
    disc, grading = place
    names = "/".join(sorted(grade.key.reader for grade in answers))
    text = f"{session.store.project_id}/{session.reader}/{names}/{study_uid}/{disc}/{grading}"
    ordered = sorted(answers, key=lambda grade: grade.key.reader)
    is_turned = hashlib.sha256(text.encode()).digest()[0] % 2
    return (ordered[1], ordered[0]) if is_turned else (ordered[0], ordered[1])
