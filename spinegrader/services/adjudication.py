"""Discs on which two readers differ, and the final answer of an adjudicator.

The readers' own answers stay as they are: an adjudicated answer stands beside them under the
adjudicator's name, and counts before them where a model learns.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from spinegrader import __version__
from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.edits import Changes, Edit, SetGrade
from spinegrader.domain.grades import (
    ADJUDICATION,
    Answer,
    Grade,
    GradeKey,
    ReadingMode,
    Reason,
)
from spinegrader.domain.scheme import Scale, Scheme
from spinegrader.errors import HeldBackError, InvalidEditError
from spinegrader.services.items import Item
from spinegrader.services.labels import is_adjudicated
from spinegrader.services.progress import counted_ahead
from spinegrader.services.session import Session
from spinegrader.services.sight import may_look, note_sights
from spinegrader.services.steps import Steps
from spinegrader.texts import for_translation, translate

_Place = tuple[DiscLevel, str]


class Role(StrEnum):
    """Who adjudicates."""

    THIRD = for_translation("You adjudicate as a third reader.")
    ONE_OF_BOTH = for_translation(
        "You are one of the two readers: one of the answers is your own. A third reader would be "
        "more independent."
    )


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
class Cases:
    """What there is to adjudicate.

    Args:
        cases: Study by study, discs from head to feet.
        held_back: Studies left out, as the adjudicator still has to read them blinded.
    """

    cases: tuple[Case, ...]
    held_back: int


def role_of(session: Session, first: str, second: str) -> Role:
    """Whether the session's reader is a third one or one of the two."""
    return Role.ONE_OF_BOTH if session.reader in (first, second) else Role.THIRD


def gather_readers(session: Session) -> Steps[tuple[str, ...]]:
    """Names of the readers who have given answers of a first reading, in order."""
    found: set[str] = set()
    studies = [study.uid for study in session.state.visible_studies()]
    for at, study_uid in enumerate(studies):
        keys = session.state.grades.glance(study_uid)
        found.update(key.reader for key in keys if key.reading == 1)
        yield at / len(studies)
    return tuple(sorted(found))


def gather_cases(
    session: Session, first: str, second: str, *, least_steps: int = 1
) -> Steps[Cases]:
    """The discs of which both readers said something else, study by study.

    Args:
        session: The open project.
        first: One reader.
        second: The other.
        least_steps: How many steps the answers differ at least. At 1 a grade against “unsure” or
            “not assessable” is among them; other classes of a nominal grading always are.
    """
    cases: list[Case] = []
    held_back = 0
    studies = [study.uid for study in session.state.visible_studies()]
    for at, study_uid in enumerate(counted_ahead(session, studies)):
        # Unpacked once: that is what takes the time.
        grades = tuple(session.seen.grades_of_study(study_uid))
        found = _cases_of_study(session, grades, (first, second), least_steps)
        if found and not may_look(session, study_uid) and _has_begun(session, grades):
            held_back += 1
        else:
            cases += found
        yield at / len(studies)
    return Cases(tuple(cases), held_back)


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


def see(session: Session, case: Case) -> None:
    """Records that the answers of a case are seen, before they are shown.

    Raises:
        HeldBackError: If the study is still to be read blinded.
        NotSavedError: If it couldn't be written: then nothing may be shown.
    """
    if not may_adjudicate(session, case.study_uid):
        raise HeldBackError(
            "The readers' answers of this study stay out of sight until you have answered all of "
            "its items yourself: finish your reading of it first."
        )
    note_sights(session, [case.study_uid])


def adjudicate(
    session: Session,
    case: Case,
    said: Answer,
    value: int | None = None,
    *,
    names_shown: bool = False,
) -> Changes:
    """Keeps the final answer, durably; an earlier one of the same adjudicator is superseded.

    Args:
        session: The open project.
        case: What is settled.
        said: The kind of answer.
        value: The grade's digit, where there is one.
        names_shown: Whether the adjudicator knew whose answer was whose.

    Raises:
        InvalidEditError: If the scheme has no such grade.
        NotSavedError: If it couldn't be written.
    """
    key = GradeKey(case.study_uid, case.item.disc, case.item.grading, session.reader, ADJUDICATION)
    before = session.seen.grade(key)
    grade = Grade(
        key=key,
        answer=said,
        value=value,
        revision=1 if before is None else before.revision + 1,
        graded_at=datetime.now(UTC),
        program_version=__version__,
        comment="" if before is None else before.comment,
        mode=ReadingMode.ADJUDICATED,
        reason=_reason(case, names_shown=names_shown),
    )
    return session.apply(SetGrade(before, grade))


def take_back(session: Session, case: Case) -> Changes:
    """Opens a case again; nothing where it is open.

    Raises:
        InvalidEditError: If another adjudicator settled it: that one's word is not ours to take.
        NotSavedError: If it couldn't be written.
    """
    before = case.settled
    if before is None:
        return Changes()
    if before.key.reader != session.reader:
        raise InvalidEditError(
            f"{before.key.reader} settled this disc: give your own answer to replace that one."
        )
    return session.apply(SetGrade(before, before.withdrawn(datetime.now(UTC), Reason.TAKEN_BACK)))


def settled_in(session: Session, study_uid: str) -> Mapping[_Place, Grade]:
    """The adjudicated answers of a study, the latest of each disc and grading."""
    return _settled(session.seen.grades_of_study(study_uid))


def _settled(grades: Iterable[Grade]) -> dict[_Place, Grade]:
    found: dict[_Place, Grade] = {}
    for grade in filter(is_adjudicated, grades):
        place = (grade.key.disc, grade.key.grading)
        if place not in found or found[place].graded_at < grade.graded_at:
            found[place] = grade
    return found


def adjudicated_key(edit: Edit | None) -> GradeKey | None:
    """What an edit settles, or opens again; None for all other edits."""
    if isinstance(edit, SetGrade) and is_adjudicated(edit.after):
        return edit.after.key
    return None


def again(case: Case, settled: Mapping[_Place, Grade]) -> Case:
    """The case as it is now.

    Args:
        case: As it was.
        settled: The adjudicated answers of its study, as :func:`settled_in` tells them.
    """
    return replace(case, settled=settled.get((case.item.disc, case.item.grading)))


def _reason(case: Case, *, names_shown: bool) -> str:
    one, other = sorted(grade.key.reader for grade in case.answers)
    # Kept in English, as all words of the store.
    known = "names shown" if names_shown else "names hidden"
    return f"settles {one} and {other}, {known}"


def _cases_of_study(
    session: Session, grades: Sequence[Grade], readers: tuple[str, str], least_steps: int
) -> list[Case]:
    told: tuple[dict[_Place, Grade], dict[_Place, Grade]] = ({}, {})
    for grade in grades:
        if grade.key.reading == 1 and grade.key.reader in readers:
            told[readers.index(grade.key.reader)][grade.key.disc, grade.key.grading] = grade
    differing = [
        place
        for place in told[0].keys() & told[1].keys()
        if _differ(session.scheme, told[0][place], told[1][place], least_steps)
    ]
    if not differing:
        return []
    study_uid = grades[0].key.study_uid
    settled = _settled(grades)
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


def role_words(session: Session, first: str, second: str) -> str:
    """Who adjudicates, in a sentence."""
    return translate(str(role_of(session, first, second)))
