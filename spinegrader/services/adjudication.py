"""The final answer of an adjudicator where two readers differ.

The readers' own answers stay as they are: an adjudicated answer stands beside them under the
adjudicator's name, and counts before them where a model learns.
"""

from datetime import UTC, datetime
from enum import StrEnum

from spinegrader import __version__
from spinegrader.domain.edits import Changes, SetGrade
from spinegrader.domain.grades import (
    ADJUDICATION,
    Answer,
    Grade,
    GradeKey,
    ReadingMode,
    Reason,
)
from spinegrader.errors import HeldBackError, InvalidEditError
from spinegrader.services.differing import Case, may_adjudicate
from spinegrader.services.session import Session
from spinegrader.services.sight import note_sights
from spinegrader.texts import for_translation, translate


class Role(StrEnum):
    """Who adjudicates."""

    THIRD = for_translation("You adjudicate as a third reader.")
    ONE_OF_BOTH = for_translation(
        "You are one of the two readers: one of the answers is your own. A third reader would be "
        "more independent."
    )


def role_of(session: Session, first: str, second: str) -> Role:
    """Whether the session's reader is a third one or one of the two."""
    return Role.ONE_OF_BOTH if session.reader in (first, second) else Role.THIRD


def role_words(session: Session, first: str, second: str) -> str:
    """Who adjudicates, in a sentence."""
    return translate(str(role_of(session, first, second)))


def see(session: Session, case: Case) -> None:
    """Records that the answers of a case are seen, before they are shown.

    Raises:
        HeldBackError: If the study is still to be read blinded.
        NotSavedError: If it couldn't be written: then nothing may be shown.
    """
    _check_not_held_back(session, case)
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
        HeldBackError: If the study is still to be read blinded.
        InvalidEditError: If the scheme has no such grade.
        NotSavedError: If it couldn't be written.
    """
    _check_not_held_back(session, case)
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


def _reason(case: Case, *, names_shown: bool) -> str:
    one, other = sorted(grade.key.reader for grade in case.answers)
    # Kept in English, as all words of the store.
    known = "names shown" if names_shown else "names hidden"
    return f"settles {one} and {other}, {known}"


def _check_not_held_back(session: Session, case: Case) -> None:
    if not may_adjudicate(session, case.study_uid):
        raise HeldBackError(
            "The readers' answers of this study stay out of sight until you have answered all of "
            "its items yourself: finish your reading of it first."
        )
