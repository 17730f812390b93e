"""How far a reader is with each study, worked out once and kept until something changes."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from weakref import WeakKeyDictionary

from spinegrader.domain.edits import Changes
from spinegrader.domain.tallies import packed_studies, told_answers, told_discs, told_series
from spinegrader.services.items import asked_gradings, discs_to_grade, lumbar_discs
from spinegrader.services.session import Session

_MOST_AT_ONCE = 1000


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
        is_gradable: Whether the study has a series to grade.
    """

    answered: int
    total: int
    unsaved: int = 0
    reading: int = 1
    others_done: int = 0
    is_gradable: bool = True

    @property
    def state(self) -> Progress:
        """New, doing or done."""
        if self.answered == 0:
            return Progress.NEW
        return Progress.DONE if self.answered >= self.total else Progress.DOING

    @property
    def is_done(self) -> bool:
        """Whether all items are answered."""
        return self.state is Progress.DONE


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
        asked = self._asked_of(session)
        found = self._progress.get(study_uid)
        if found is None:
            found = self._progress[study_uid] = _count(session, study_uid, asked)
        return found

    def count(self, session: Session, studies: Sequence[str]) -> None:
        """Works out the progress of many studies at once, which is far quicker than one by one."""
        asked = self._asked_of(session)
        unknown = [uid for uid in studies if uid not in self._progress]
        for start in range(0, len(unknown), _MOST_AT_ONCE):
            part = unknown[start : start + _MOST_AT_ONCE]
            self._progress |= _count_packed(session, part, asked)

    def _asked_of(self, session: Session) -> frozenset[str]:
        """The gradings that are asked; what was worked out for another reader is forgotten."""
        if session.reader != self._reader:
            self._progress.clear()
            self._reader = session.reader
        if self._asked is None:
            self._asked = frozenset(item.id for item in asked_gradings(session))
        return self._asked

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
    answered: Counter[tuple[str, int]] = Counter()
    for grade in session.seen.grades_of_study(study_uid):
        if grade.key.grading in asked and grade.key.disc in discs:
            answered[grade.key.reader, grade.key.reading] += 1
    is_gradable = session.state.series_to_grade(study_uid) is not None
    total = len(discs) * len(asked)
    return _progress(session, study_uid, answered, total, is_gradable=is_gradable)


def _count_packed(
    session: Session, studies: Sequence[str], asked: frozenset[str]
) -> dict[str, StudyProgress]:
    """The progress of those of the studies of which nothing is unpacked or waits for the disk."""
    state, waiting = session.state, session.unsaved
    unsaved = {key.study_uid for key in waiting.grades}
    series = told_series(state, [u for u in packed_studies(state, studies) if u not in unsaved])
    drawn = told_discs(
        state, [uid for uid in series.values() if uid and uid not in waiting.overlays]
    )
    discs = {
        study_uid: lumbar_discs(None if uid is None else drawn[uid])
        for study_uid, uid in series.items()
        if uid is None or uid in drawn
    }
    return {
        study_uid: _progress(
            session,
            study_uid,
            answered,
            len(discs[study_uid]) * len(asked),
            is_gradable=series[study_uid] is not None,
        )
        for study_uid, answered in told_answers(state, discs, asked).items()
    }


def _progress(
    session: Session,
    study_uid: str,
    answered: Mapping[tuple[str, int], int],
    total: int,
    *,
    is_gradable: bool,
) -> StudyProgress:
    reading = session.state.asked_reading(study_uid, session.reader)
    others = sum(
        count >= total
        for (reader, number), count in answered.items()
        if number == 1 and reader != session.reader
    )
    unsaved = sum(key.study_uid == study_uid for key in session.unsaved.grades)
    mine = answered.get((session.reader, reading), 0)
    return StudyProgress(mine, total, unsaved, reading, others, is_gradable)


def study_progress(session: Session, study_uid: str) -> StudyProgress:
    """How far the session's reader is with a study, in the reading in force."""
    return _book(session).progress(session, study_uid)


def count_progress(session: Session, studies: Sequence[str]) -> None:
    """Works out the progress of many studies at once: who asks for it next has it at once."""
    _book(session).count(session, studies)


def work_list(session: Session) -> list[str]:
    """The UIDs of all studies but duplicates, person by person, oldest visit first."""
    return list(_book(session).order(session))


def next_undone_study(session: Session, after: str | None = None) -> str | None:
    """The next study in the work list that isn't done, starting behind ``after``."""
    return _first_undone(session, _book(session).following(session, after))


def next_undone_of(session: Session, order: Sequence[str], after: str | None = None) -> str | None:
    """As :func:`next_undone_study`, in an order of the reader's own.

    Args:
        session: The open project.
        order: UIDs of studies; others are not looked at.
        after: Where to start, if it is one of them.
    """
    start = order.index(after) + 1 if after in order else 0
    following = (*order[start:], *order[:start])
    return _first_undone(session, following)


def _first_undone(session: Session, studies: Sequence[str]) -> str | None:
    progress = ((uid, study_progress(session, uid)) for uid in counted_ahead(session, studies))
    undone = (uid for uid, found in progress if found.is_gradable and not found.is_done)
    return next(undone, None)


def counted_ahead(session: Session, studies: Sequence[str]) -> Iterator[str]:
    """The studies one by one, their progress worked out for more and more of them at once."""
    start, number = 0, 1
    while start < len(studies):
        part = studies[start : start + number]
        count_progress(session, part)
        yield from part
        start, number = start + number, min(4 * number, _MOST_AT_ONCE)


def done_studies(session: Session) -> list[str]:
    """The studies of the work list whose items the reader has all answered."""
    return [
        uid
        for uid in counted_ahead(session, _book(session).order(session))
        if study_progress(session, uid).is_done
    ]
