"""The flow of a reading: which items are asked, what is next, how an answer is kept."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from spinegrader import __version__
from spinegrader.domain.anatomy import STANDARD_DISCS, DiscLevel, VertebraLevel
from spinegrader.domain.edits import Changes, SetGrade, SetSetting
from spinegrader.domain.grades import Answer, Grade, GradeKey, ReadingMode, Reason
from spinegrader.domain.predictions import Prediction
from spinegrader.domain.scheme import Grading
from spinegrader.errors import InvalidEditError
from spinegrader.services.session import Session

_ASKED = "asked_gradings"

OFFERED_REASONS = (
    str(Reason.CORRECTED),
    "second look",
    "discussed with a colleague",
    "new information",
    "slip of the key",
)
"""Why a reader may have changed an answer; other words are welcome."""


class Progress(StrEnum):
    """How far a reader is with a study."""

    NEW = "new"
    DOING = "doing"
    DONE = "done"


@dataclass(frozen=True)
class Item:
    """One thing to answer: a grading of a disc."""

    disc: DiscLevel
    grading: str


@dataclass(frozen=True)
class StudyProgress:
    """How many of a study's items the reader has answered, and how many wait for the disk."""

    answered: int
    total: int
    unsaved: int = 0

    @property
    def state(self) -> Progress:
        """New, doing or done."""
        if self.answered == 0:
            return Progress.NEW
        return Progress.DONE if self.answered >= self.total else Progress.DOING


def asked_gradings(session: Session) -> tuple[Grading, ...]:
    """The gradings that this project asks for, in their order."""
    text = session.state.setting(_ASKED)
    ids: Sequence[str] = session.scheme.asked_by_default if text is None else json.loads(text)
    known = {grading.id: grading for grading in session.scheme.gradings}
    return tuple(known[item] for item in ids if item in known)


def ask_gradings(session: Session, gradings: Sequence[str]) -> Changes:
    """Sets which gradings this project asks for, and in which order.

    Raises:
        InputError: If the scheme doesn't know one.
    """
    for grading in gradings:
        session.scheme.grading(grading)
    before = session.state.setting(_ASKED)
    return session.apply(SetSetting(_ASKED, before, json.dumps(list(gradings))))


def discs_to_grade(session: Session, study_uid: str) -> tuple[DiscLevel, ...]:
    """The lumbar discs of a study, head to feet: those of its overlay, else T12/L1 to L5/S1."""
    series = session.state.series_to_grade(study_uid)
    overlay = None if series is None else session.seen.overlay(series.uid)
    if overlay is None or len(overlay.vertebrae) < 2:
        return STANDARD_DISCS
    top, bottom = VertebraLevel.T12.position, VertebraLevel.S1.position
    discs = (disc.level for disc in overlay.discs)
    return tuple(d for d in discs if d.upper.position >= top and d.lower.position <= bottom)


def items_of(session: Session, study_uid: str) -> tuple[Item, ...]:
    """All items of a study in reading order: disc by disc, the gradings of each in turn."""
    gradings = asked_gradings(session)
    return tuple(
        Item(disc, grading.id)
        for disc in discs_to_grade(session, study_uid)
        for grading in gradings
    )


def own_grade(session: Session, study_uid: str, item: Item) -> Grade | None:
    """The session's reader's answer to an item; None while it is open."""
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


def study_progress(session: Session, study_uid: str) -> StudyProgress:
    """How far the session's reader is with a study."""
    items = items_of(session, study_uid)
    answered = {
        Item(grade.key.disc, grade.key.grading)
        for grade in session.seen.grades_of_study(study_uid)
        if grade.key.reader == session.reader
    }
    unsaved = sum(key.study_uid == study_uid for key in session.unsaved.grades)
    return StudyProgress(sum(item in answered for item in items), len(items), unsaved)


def is_saved(session: Session, study_uid: str, item: Item) -> bool:
    """Whether what the screen shows of an item is on the disk."""
    return _key(session, study_uid, item) not in session.unsaved.grades


def next_undone_study(session: Session, after: str | None = None) -> str | None:
    """The next study in the work list that isn't done, starting behind ``after``."""
    order = work_list(session)
    start = order.index(after) + 1 if after in order else 0
    for study_uid in (*order[start:], *order[:start]):
        graded = session.state.series_to_grade(study_uid) is not None
        if graded and study_progress(session, study_uid).state is not Progress.DONE:
            return study_uid
    return None


def work_list(session: Session) -> list[str]:
    """The UIDs of all studies but duplicates, person by person, oldest visit first."""
    return [
        study.uid
        for patient_id in session.state.people()
        for study in session.state.studies_of(patient_id)
    ]


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
    """The edit that :func:`answer` applies, for several to be applied as one."""
    key = _key(session, study_uid, item)
    before = session.seen.grade(key)
    visible = prediction_visible or prediction is not None
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
        mode=ReadingMode.ASSISTED if visible else ReadingMode.BLINDED,
        reason="" if before is None else _reason(prediction, prediction_visible=visible),
    )
    return SetGrade(before, grade)


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

    Other readers' are left out: a reading stays blinded.
    """
    key = _key(session, study_uid, item)
    saved = session.state.grades.get(key, ())
    return (*saved, *session.unsaved.revisions_of(key))[::-1]


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
    return session.apply(SetGrade(before, before.withdrawn(datetime.now(UTC))))


def _key(session: Session, study_uid: str, item: Item) -> GradeKey:
    return GradeKey(study_uid, item.disc, item.grading, session.reader)
