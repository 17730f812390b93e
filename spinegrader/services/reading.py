"""The flow of a reading: what is next, how an answer is kept, all in the reading in force."""

from dataclasses import replace
from datetime import UTC, datetime

from spinegrader import __version__
from spinegrader.domain.edits import Changes, SetGrade
from spinegrader.domain.grades import Answer, Grade, GradeKey, ReadingMode, Reason
from spinegrader.domain.predictions import Prediction
from spinegrader.errors import InvalidEditError
from spinegrader.services.items import (
    Item,
    ask_gradings,
    asked_gradings,
    discs_to_grade,
    items_of,
)
from spinegrader.services.progress import (
    Progress,
    StudyProgress,
    next_undone_of,
    next_undone_study,
    study_progress,
    work_list,
)
from spinegrader.services.session import Session
from spinegrader.services.sight import has_seen
from spinegrader.texts import for_translation

__all__ = [
    "OFFERED_REASONS",
    "Item",
    "Progress",
    "StudyProgress",
    "answer",
    "ask_gradings",
    "asked_gradings",
    "comment",
    "discs_to_grade",
    "following_item",
    "give_reason",
    "grade_edit",
    "history_of",
    "is_saved",
    "items_of",
    "next_open_item",
    "next_undone_of",
    "next_undone_study",
    "own_grade",
    "readings_of",
    "study_progress",
    "take_back",
    "takes_reason",
    "waiting_answers",
    "work_list",
]

OFFERED_REASONS = (
    str(Reason.CORRECTED),
    for_translation("second look"),
    for_translation("discussed with a colleague"),
    for_translation("new information"),
    for_translation("slip of the key"),
)
"""Why a reader may have changed an answer; other words are welcome."""


def own_grade(session: Session, study_uid: str, item: Item) -> Grade | None:
    """The session's reader's answer to an item in the reading in force; None while it is open."""
    grade = session.seen.grade(_key(session, study_uid, item))
    return None if grade is None or grade.is_open else grade


def next_open_item(session: Session, study_uid: str, after: Item | None = None) -> Item | None:
    """The first unanswered item behind ``after``, else the first one at all, else None."""
    items = items_of(session, study_uid)
    start = items.index(after) + 1 if after in items else 0
    for item in (*items[start:], *items[:start]):
        if own_grade(session, study_uid, item) is None:
            return item
    return None


def following_item(session: Session, study_uid: str, item: Item, steps: int) -> Item:
    """The item ``steps`` behind this one, ends clipped."""
    items = items_of(session, study_uid)
    if item not in items:
        return items[0] if items else item
    return items[min(max(items.index(item) + steps, 0), len(items) - 1)]


def is_saved(session: Session, study_uid: str, item: Item) -> bool:
    """Whether what the screen shows of an item is on the disk."""
    return _key(session, study_uid, item) not in session.unsaved.grades


def answer(
    session: Session,
    study_uid: str,
    item: Item,
    said: Answer,
    value: int | None = None,
    *,
    seconds: float = 0.0,
    prediction: Prediction | None = None,
    prediction_visible: bool = False,
) -> Changes:
    """Keeps the reader's answer to an item, durably; the earlier one is superseded.

    Args:
        session: The open project.
        study_uid: The study.
        item: What is answered.
        said: The kind of answer.
        value: The grade's digit, where there is one.
        seconds: Time that the reader took.
        prediction: The model's grade that the reader accepts with this answer.
        prediction_visible: Whether the model's grade was on screen.

    Raises:
        InvalidEditError: If the scheme has no such grade.
        ProjectError: If it couldn't be written.
    """
    edit = grade_edit(
        session,
        study_uid,
        item,
        said,
        value,
        seconds=seconds,
        prediction=prediction,
        prediction_visible=prediction_visible,
    )
    return session.apply(edit)


def grade_edit(
    session: Session,
    study_uid: str,
    item: Item,
    said: Answer,
    value: int | None = None,
    *,
    seconds: float = 0.0,
    prediction: Prediction | None = None,
    prediction_visible: bool = False,
) -> SetGrade:
    """The edit that :func:`answer` applies, for several to be applied as one.

    Once the reader has seen other grades of the study the answer is an assisted one, wherever it
    is given.
    """
    key = _key(session, study_uid, item)
    before = session.seen.grade(key)
    seen = has_seen(session, study_uid)
    visible = prediction_visible or prediction is not None or (seen and _is_predicted(session, key))
    grade = Grade(
        key=key,
        answer=said,
        value=value,
        revision=1 if before is None else before.revision + 1,
        graded_at=datetime.now(UTC),
        seconds=round(seconds, 1),
        prediction_visible=visible,
        accepted_prediction="" if prediction is None else prediction.id,
        program_version=__version__,
        comment="" if before is None else before.comment,
        mode=ReadingMode.ASSISTED if visible or seen else ReadingMode.BLINDED,
        reason="" if before is None else _reason(prediction, prediction_visible=visible),
    )
    return SetGrade(before, grade)


def _is_predicted(session: Session, key: GradeKey) -> bool:
    predicted = session.state.predictions_of_study(key.study_uid)
    return (key.disc, key.grading) in predicted


def _reason(prediction: Prediction | None, *, prediction_visible: bool) -> Reason:
    if prediction is not None:
        return Reason.ACCEPTED
    return Reason.OVERRULED if prediction_visible else Reason.CORRECTED


def comment(session: Session, study_uid: str, item: Item, text: str) -> Changes:
    """Puts a comment to an answer that is already there.

    Raises:
        InvalidEditError: If the item has no answer yet.
    """
    before = own_grade(session, study_uid, item)
    if before is None:
        raise InvalidEditError("Grade this item first, then comment on it.")
    return _say_again(session, before, Reason.COMMENTED, comment=text)


def history_of(session: Session, study_uid: str, item: Item) -> tuple[Grade, ...]:
    """Every answer of the session's reader to an item, newest first; the unsaved ones too.

    Other readers' are left out, and those of earlier readings: a reading stays blinded.
    """
    saved = session.state.grades.get(_key(session, study_uid, item), ())
    return (*saved, *waiting_answers(session, study_uid, item))[::-1]


def waiting_answers(session: Session, study_uid: str, item: Item) -> tuple[Grade, ...]:
    """The session's reader's answers to an item that wait for the disk, oldest first."""
    return session.unsaved.revisions_of(_key(session, study_uid, item))


def takes_reason(session: Session, study_uid: str, item: Item) -> bool:
    """Whether the answer in force replaced another, so that it can be said why."""
    grade = own_grade(session, study_uid, item)
    return grade is not None and grade.revision > 1


def give_reason(session: Session, study_uid: str, item: Item, text: str) -> Changes:
    """Says why the answer in force replaced the one before; nothing if it says so already.

    The answer itself stays: it is said again as a further revision.

    Raises:
        InvalidEditError: If there is no such answer, or no reason is given.
    """
    before = own_grade(session, study_uid, item)
    if before is None or before.revision == 1:
        raise InvalidEditError("Only an answer that replaced another has a reason.")
    reason = " ".join(text.split())
    if not reason:
        raise InvalidEditError("Choose a reason, or write one.")
    return Changes() if reason == before.reason else _say_again(session, before, reason)


def _say_again(session: Session, before: Grade, reason: str, comment: str | None = None) -> Changes:
    after = replace(
        before.superseding(before, datetime.now(UTC), reason),
        comment=before.comment if comment is None else comment,
        program_version=__version__,
    )
    return session.apply(SetGrade(before, after))


def take_back(session: Session, study_uid: str, item: Item) -> Changes:
    """Opens an item again; nothing if it is open."""
    before = own_grade(session, study_uid, item)
    if before is None:
        return Changes()
    after = before.withdrawn(datetime.now(UTC))
    if has_seen(session, study_uid):
        # So that what was answered blinded goes on to count as the blinded answer.
        after = replace(after, mode=ReadingMode.ASSISTED)
    return session.apply(SetGrade(before, after))


def readings_of(session: Session, study_uid: str) -> dict[int, dict[Item, Grade]]:
    """The session's reader's answers in force by reading, the first one first; no adjudications.

    For figures of how well a reader agrees with oneself; while a repeat is open, the earlier
    readings are not to be shown.
    """
    found: dict[int, dict[Item, Grade]] = {}
    for grade in session.state.grades_of_study(study_uid):
        is_own = grade.key.reader == session.reader
        if is_own and grade.mode is not ReadingMode.ADJUDICATED:
            item = Item(grade.key.disc, grade.key.grading)
            found.setdefault(grade.key.reading, {})[item] = grade
    return dict(sorted(found.items()))


def _key(session: Session, study_uid: str, item: Item) -> GradeKey:
    reading = session.state.asked_reading(study_uid, session.reader)
    return GradeKey(study_uid, item.disc, item.grading, session.reader, reading)
