"""The one way to other grades of a study, and the record of who has seen them when.

A blinded reader sees neither a model's grades nor another reader's until all items of the study
are answered. What comes on screen is recorded first: from then on the reader's answers to the
study are assisted ones.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.edits import EditGroup, NoteSight
from spinegrader.domain.flow import ReadingKey, Sight
from spinegrader.domain.grades import Grade
from spinegrader.domain.predictions import Prediction
from spinegrader.errors import HeldBackError
from spinegrader.services.progress import Progress, count_progress, study_progress
from spinegrader.services.protocol import reading_protocol
from spinegrader.services.session import Session
from spinegrader.services.steps import Steps

_AT_ONCE = 5_000
"""In one change: a line of a journal has a greatest length."""
_A_STEP = 100


@dataclass(frozen=True)
class Sights:
    """What there is to see of a study beside the reader's own answers.

    Args:
        predictions: The newest of each disc and grading.
        others: The answers in force of other readers, of all their readings.
    """

    predictions: Mapping[tuple[DiscLevel, str], Prediction]
    others: tuple[Grade, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.predictions or self.others)


def reading_in_force(session: Session, study_uid: str) -> ReadingKey:
    """The session's reader's reading of a study that is asked now."""
    number = session.state.asked_reading(study_uid, session.reader)
    return ReadingKey(study_uid, session.reader, number)


def has_seen(session: Session, study_uid: str) -> bool:
    """Whether the reading in force has seen other grades of the study."""
    return reading_in_force(session, study_uid) in session.state.sights


def may_look(session: Session, study_uid: str) -> bool:
    """Whether other grades of a study may be shown now."""
    if not reading_protocol(session).is_blinded:
        return True
    return study_progress(session, study_uid).state is Progress.DONE


def look(session: Session, study_uid: str) -> Sights:
    """The other grades of a study, to be shown; that they were seen is recorded.

    Raises:
        HeldBackError: If the study is still to be read blinded.
        NotSavedError: If the record couldn't be written: then nothing may be shown.
    """
    if not may_look(session, study_uid):
        progress = study_progress(session, study_uid)
        raise HeldBackError(
            "The model's and other readers' grades of this study stay out of sight until you have "
            f"answered all of its items: {progress.answered} of {progress.total} so far."
        )
    found = sights_to_come(session, study_uid, session.seen.grades_of_study(study_uid))
    _note(session, [study_uid] if found else [])
    return found


def sights_to_come(session: Session, study_uid: str, grades: Iterable[Grade]) -> Sights:
    """What may be looked at of a study, to be shown behind :func:`note_sights`.

    Args:
        session: The open project.
        study_uid: The study; ask :func:`may_look` first.
        grades: All answers in force of the study.
    """
    others = tuple(grade for grade in grades if grade.key.reader != session.reader)
    return Sights(session.state.predictions_of_study(study_uid), others)


def first_sight_at(session: Session, study_uid: str) -> datetime | None:
    """When the reader, in the reading in force, first saw other grades of a study; None: never."""
    sight = session.state.sights.get(reading_in_force(session, study_uid))
    return None if sight is None else sight.at


def note_sights(session: Session, studies: Iterable[str]) -> None:
    """Records that the predictions of studies are seen, before they are shown.

    Raises:
        NotSavedError: If that couldn't be written: then nothing may be shown.
    """
    _note(session, studies)


def note_sights_in_steps(session: Session, studies: Sequence[str]) -> Steps[None]:
    """As :func:`note_sights`, some studies a step: of thousands at once a window would stand."""
    for start in range(0, len(studies), _A_STEP):
        note_sights(session, studies[start : start + _A_STEP])
        yield start / len(studies)


def is_held_back(session: Session, study_uid: str) -> bool:
    """Whether a study has predictions that may not be shown yet."""
    return session.state.predictions.has(study_uid) and not may_look(session, study_uid)


def held_back(session: Session, studies: Sequence[str]) -> tuple[str, ...]:
    """Those of the studies that have predictions which may not be shown yet."""
    count_progress(session, studies)
    return tuple(uid for uid in studies if is_held_back(session, uid))


def has_predictions(session: Session) -> bool:
    """Whether a model has graded anything in the project."""
    return bool(session.state.predictions)


def _note(session: Session, studies: Iterable[str]) -> None:
    """Records a first look at studies, before anything is shown."""
    at = datetime.now(UTC)
    keys = (reading_in_force(session, uid) for uid in studies)
    fresh = [NoteSight(Sight(key, at)) for key in keys if key not in session.state.sights]
    for start in range(0, len(fresh), _AT_ONCE):
        part = tuple(fresh[start : start + _AT_ONCE])
        session.apply(part[0] if len(part) == 1 else EditGroup("Look at other grades", part))


def flag_words(session: Session, study_uid: str) -> str:
    """The words of a study's flag, to be shown; empty where there are none or may be none.

    Another reader's words may tell a grade: they are held back as grades are, and reading them
    is recorded likewise. The reader's own words of an earlier reading wait for the end of the
    repeated one.

    Raises:
        NotSavedError: If the record couldn't be written.
    """
    flag = session.state.flag(study_uid)
    if flag is None or not flag.text:
        return ""
    if flag.by == session.reader:
        return flag.text if _may_read_own_words(session, study_uid) else ""
    if not may_look(session, study_uid):
        return ""
    _note(session, [study_uid])
    return flag.text


def known_flag_words(session: Session, study_uid: str) -> str:
    """The words of a flag that the reader wrote, or has had the chance to read before."""
    flag = session.state.flag(study_uid)
    if flag is None:
        return ""
    if flag.by == session.reader:
        is_known = _may_read_own_words(session, study_uid)
    else:
        is_known = has_seen(session, study_uid) and may_look(session, study_uid)
    return flag.text if is_known else ""


def _may_read_own_words(session: Session, study_uid: str) -> bool:
    """Whether the reader's flag is of the reading in force, or that one is done."""
    raised_at, _ = session.state.flags[study_uid]
    asked = session.state.readings.get((study_uid, session.reader))
    if asked is None or asked[1] == 1 or raised_at > asked[0]:
        return True
    return study_progress(session, study_uid).state is Progress.DONE
