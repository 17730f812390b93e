"""How far a reader is with each study, worked out once and kept until something changes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from weakref import WeakKeyDictionary

from spinegrader.domain.edits import Changes
from spinegrader.services.items import asked_gradings, discs_to_grade
from spinegrader.services.session import Session


class Progress(StrEnum):
    """How far a reader is with a study."""

    NEW = "new"
    DOING = "doing"
    DONE = "done"


@dataclass(frozen=True)
class StudyProgress:
    """How many of a study's items the reader has answered, and how many wait for the disk.

    Args:
        answered: Items with an answer in the reading in force.
        total: Items that are asked.
        unsaved: Answers that wait for the disk.
        reading: The reading in force: 1, or 2 and on where it is repeated.
        others_done: How many other readers have answered all items in their first reading.
    """

    answered: int
    total: int
    unsaved: int = 0
    reading: int = 1
    others_done: int = 0

    @property
    def state(self) -> Progress:
        """New, doing or done."""
        if self.answered == 0:
            return Progress.NEW
        return Progress.DONE if self.answered >= self.total else Progress.DOING


class ProgressBook:
    """The progress of all studies of a session, each looked up when it is asked for first.

    A list of thousands of studies asks again at every change: only what the change touched is
    worked out anew.
    """

    def __init__(self) -> None:
        self._progress: dict[str, StudyProgress] = {}
        self._order: tuple[str, ...] | None = None
        self._places: dict[str, int] = {}
        self._reader = ""
        self._asked: frozenset[str] | None = None

    def progress(self, session: Session, study_uid: str) -> StudyProgress:
        """How far the session's reader is with a study."""
        if session.reader != self._reader:
            self._progress.clear()
            self._reader = session.reader
        found = self._progress.get(study_uid)
        if found is None:
            if self._asked is None:
                self._asked = frozenset(item.id for item in asked_gradings(session))
            found = self._progress[study_uid] = _count(session, study_uid, self._asked)
        return found

    def order(self, session: Session) -> tuple[str, ...]:
        """All studies but duplicates, person by person, oldest visit first."""
        if self._order is None:
            state = session.state
            self._order = tuple(
                study.uid for person in state.people() for study in state.studies_of(person)
            )
            self._places = {uid: at for at, uid in enumerate(self._order)}
        return self._order

    def following(self, session: Session, after: str | None) -> Sequence[str]:
        """The same order, beginning behind a study."""
        order = self.order(session)
        start = 0 if after is None else self._places.get(after, -1) + 1
        return (*order[start:], *order[:start])

    def note(self, session: Session, changes: Changes) -> None:
        """Forgets what a change made untrue."""
        if changes.studies:
            self._order = None
        if changes.studies or changes.settings:
            self._progress.clear()
            self._asked = None
            return
        series = session.state.series
        touched = {series[uid].study_uid for uid in changes.overlays if uid in series}
        for study_uid in touched | changes.grades | changes.flow:
            self._progress.pop(study_uid, None)


_books: WeakKeyDictionary[Session, ProgressBook] = WeakKeyDictionary()


def _book(session: Session) -> ProgressBook:
    found = _books.get(session)
    if found is None:
        made = found = _books[session] = ProgressBook()
        # Before all others: they ask for the progress as soon as they hear of a change.
        session.subscribe(lambda changes: made.note(session, changes), first=True)
    return found


def _count(session: Session, study_uid: str, asked: frozenset[str]) -> StudyProgress:
    discs = discs_to_grade(session, study_uid)
    total = len(discs) * len(asked)
    mine = (session.reader, session.state.asked_reading(study_uid, session.reader))
    answered: Counter[tuple[str, int]] = Counter()
    for grade in session.seen.grades_of_study(study_uid):
        if grade.key.grading in asked and grade.key.disc in discs:
            answered[grade.key.reader, grade.key.reading] += 1
    others = sum(
        count >= total
        for (reader, reading), count in answered.items()
        if reading == 1 and reader != session.reader
    )
    unsaved = sum(key.study_uid == study_uid for key in session.unsaved.grades)
    return StudyProgress(answered[mine], total, unsaved, mine[1], others)


def study_progress(session: Session, study_uid: str) -> StudyProgress:
    """How far the session's reader is with a study, in the reading in force."""
    return _book(session).progress(session, study_uid)


def work_list(session: Session) -> list[str]:
    """The UIDs of all studies but duplicates, person by person, oldest visit first."""
    return list(_book(session).order(session))


def next_undone_study(session: Session, after: str | None = None) -> str | None:
    """The next study in the work list that isn't done, starting behind ``after``."""
    following = _book(session).following(session, after)
    return next((uid for uid in following if _is_undone(session, uid)), None)


def next_undone_of(session: Session, order: Sequence[str], after: str | None = None) -> str | None:
    """As :func:`next_undone_study`, in an order of the reader's own.

    Args:
        session: The open project.
        order: UIDs of studies; others are not looked at.
        after: Where to start, if it is one of them.
    """
    start = order.index(after) + 1 if after in order else 0
    following = (*order[start:], *order[:start])
    return next((uid for uid in following if _is_undone(session, uid)), None)


def _is_undone(session: Session, study_uid: str) -> bool:
    is_gradable = session.state.series_to_grade(study_uid) is not None
    return is_gradable and study_progress(session, study_uid).state is not Progress.DONE


def done_studies(session: Session) -> list[str]:
    """The studies of the work list whose items the reader has all answered."""
    return [
        uid
        for uid in _book(session).order(session)
        if study_progress(session, uid).state is Progress.DONE
    ]
