"""Whose grade of a disc a model learns from or is compared with."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.grades import Grade, ReadingMode
from spinegrader.domain.tallies import told_answer_rows
from spinegrader.errors import InvalidEditError
from spinegrader.services.labels_at_once import LabelValues, labels_at_once, readers_at_once
from spinegrader.services.material import CutRequest
from spinegrader.services.session import Session


def labels_of(
    session: Session, study_uid: str, reader: str | None = None
) -> dict[tuple[DiscLevel, str], Grade]:
    """The grades of a study that a model may learn from or be compared with.

    An adjudicated answer counts before the readers' own: where it is no grade, none of them is
    one to learn from. Then the session's own reader's word counts, then the latest of the others;
    with ``reader`` only that reader's. Repeated readings are left out: they tell how well a
    reader agrees with oneself.
    """
    chosen: dict[tuple[DiscLevel, str], Grade] = {}
    for grade in session.state.grades_of_study(study_uid):
        if not (grade.is_label or is_adjudicated(grade)) or not _counts(grade, reader):
            continue
        place = (grade.key.disc, grade.key.grading)
        if place not in chosen or rank(session, grade) > rank(session, chosen[place]):
            chosen[place] = grade
    return {place: grade for place, grade in chosen.items() if grade.is_label}


def blinded_labels_of(
    session: Session, study_uid: str, reader: str | None = None
) -> dict[tuple[DiscLevel, str], Grade]:
    """As :func:`labels_of`, each grade as it was before the reader saw a model's or another's.

    Adjudicated ones are none of these: an adjudicator sees other grades.
    """
    chosen: dict[tuple[DiscLevel, str], Grade] = {}
    for history in session.state.grades.glance(study_uid).values():
        if history[-1].is_open or not _counts(history[-1], reader):
            continue
        blinded = last_blinded(history)
        if blinded is None or not blinded.is_label:
            continue
        place = (blinded.key.disc, blinded.key.grading)
        if place not in chosen or rank(session, blinded) > rank(session, chosen[place]):
            chosen[place] = blinded
    return chosen


def _counts(grade: Grade, reader: str | None) -> bool:
    if is_adjudicated(grade):
        return reader is None
    return grade.key.reading == 1 and reader in (None, grade.key.reader)


def is_adjudicated(grade: Grade) -> bool:
    """Whether an answer settles those of two readers."""
    return grade.mode is ReadingMode.ADJUDICATED


def last_blinded(history: Sequence[Grade]) -> Grade | None:
    """The last answer to a key that was given before others' were seen; None where there is none.

    Args:
        history: All answers to the key, the first one first.
    """
    return next((item for item in reversed(history) if _is_blinded(item)), None)


def _is_blinded(grade: Grade) -> bool:
    return grade.mode is ReadingMode.BLINDED and not grade.prediction_visible


def rank(session: Session, grade: Grade) -> tuple[bool, bool, datetime]:
    """Whose word counts: an adjudicated one, then the session's own reader's, then the latest."""
    is_own = grade.key.reader == session.reader and not is_adjudicated(grade)
    return is_adjudicated(grade), is_own, grade.graded_at


def label_values(
    session: Session, studies: Iterable[str], reader: str | None = None, *, blinded: bool
) -> dict[str, LabelValues]:
    """What :func:`labels_of` or :func:`blinded_labels_of` say of many studies, as values alone.

    Grades that lie packed are told without unpacking any.

    Args:
        session: The open project.
        studies: Their UIDs.
        reader: Whose grades; None for anybody's.
        blinded: Whether grades count as they were before others were seen.
    """
    wanted = list(dict.fromkeys(studies))
    found: dict[str, LabelValues] = {}
    told = told_answer_rows(session.state, wanted)
    if told is not None:
        names, rows = told
        try:
            values = labels_at_once(rows, len(names), session.reader, reader, blinded=blinded)
            found = dict(zip(names, values, strict=True))
        except (ValueError, InvalidEditError):
            # One by one, which says what can't be understood.
            found = {}
    take = blinded_labels_of if blinded else labels_of
    for study_uid in wanted:
        if study_uid not in found:
            grades = take(session, study_uid, reader)
            found[study_uid] = {
                place: grade.value for place, grade in grades.items() if grade.value is not None
            }
    return found


def first_readers(session: Session, studies: Iterable[str]) -> set[str]:
    """Names of those whose answers of a first reading are in force in any of these studies.

    Args:
        session: The open project.
        studies: Their UIDs.
    """
    wanted = list(studies)
    readers, told_of = set[str](), set[str]()
    if (told := told_answer_rows(session.state, wanted)) is not None:
        readers, told_of = readers_at_once(told[1]), set(told[0])
    return readers | {
        grade.key.reader
        for study_uid in wanted
        if study_uid not in told_of
        for grade in session.state.grades_of_study(study_uid)
        if grade.key.reading == 1
    }


def labels_by_grading(
    session: Session, requests: Sequence[CutRequest], held_out: Collection[str]
) -> dict[str, tuple[int | None, ...]]:
    """By grading id, the grade of each request's disc; None where there is none.

    Args:
        session: The open project.
        requests: The discs.
        held_out: Tokens of the people whose grades count only as given without a model's.
    """
    aside = {request.study_uid for request in requests if request.subject in held_out}
    others = {request.study_uid for request in requests} - aside
    known = label_values(session, others, blinded=False) | label_values(
        session, aside, blinded=True
    )
    return {
        grading.id: tuple(
            known[request.study_uid].get((request.target, grading.id))
            if isinstance(request.target, DiscLevel)
            else None
            for request in requests
        )
        for grading in session.scheme.gradings
    }
