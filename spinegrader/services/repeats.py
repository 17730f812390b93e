"""Drawing studies that a reader reads once more, for the agreement with oneself."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from spinegrader.domain.edits import EditGroup, SetReading
from spinegrader.errors import InputError
from spinegrader.services.progress import done_studies
from spinegrader.services.session import Session


def last_answers(session: Session) -> dict[str, datetime]:
    """By study that the reader has done, when the last answer was given, in work list order.

    Those under repetition aren't done, so that they are not among them. Of an answer that waits
    for the disk nobody can tell whether it stays: it doesn't count.
    """
    return {
        uid: last
        for uid in done_studies(session)
        if (last := _last_answer(session, uid)) is not None
    }


def qualifying(answered: Mapping[str, datetime], earliest_days: float) -> tuple[str, ...]:
    """The done studies that may be read again.

    Args:
        answered: As :func:`last_answers` tells them.
        earliest_days: So long ago the last answer must be.
    """
    latest = datetime.now(UTC) - timedelta(days=earliest_days)
    return tuple(uid for uid, last in answered.items() if last <= latest)


def _last_answer(session: Session, study_uid: str) -> datetime | None:
    """When the reader answered last in the reading in force."""
    mine = (session.reader, session.state.asked_reading(study_uid, session.reader))
    times = (
        grade.graded_at
        for grade in session.state.grades_of_study(study_uid)
        if (grade.key.reader, grade.key.reading) == mine
    )
    return max(times, default=None)


def number_to_draw(number: int, share: float) -> int:
    """How many of the qualifying studies a share is, rounded up: a small share draws one.

    Args:
        number: Qualifying studies.
        share: 0 to 1.
    """
    # Floats: 0.1 * 30 is a little more than 3.
    return min(number, math.ceil(round(share * number, 9)))


def draw_repeats(session: Session, share: float, earliest_days: float, seed: int) -> int:
    """Asks for another reading of studies drawn at random, as one change that can be undone.

    The seed is kept in the title of the change, so that the draw can be done again.

    Args:
        session: The open project.
        share: Of the qualifying studies, above 0, at most 1.
        earliest_days: So long ago the last answer must be.
        seed: Of the random numbers.

    Returns:
        How many studies were drawn.

    Raises:
        InputError: If the share isn't one, or no study qualifies.
        NotSavedError: If it couldn't be written.
    """
    if not 0 < share <= 1:
        raise InputError("The share of studies to read again lies above 0 and at most at 1.")
    known = qualifying(last_answers(session), earliest_days)
    if not known:
        raise InputError(
            "No study can be read again yet: it takes studies that you have read completely, "
            f"the last answer at least {earliest_days:g} days ago."
        )
    chosen = _drawn(known, number_to_draw(len(known), share), seed)
    reader, state = session.reader, session.state
    edits = tuple(
        SetReading(uid, reader, before, before + 1)
        for uid in chosen
        for before in (state.asked_reading(uid, reader),)
    )
    session.apply(EditGroup(f"Draw repeat readings (seed {seed})", edits))
    return len(edits)


def _drawn(studies: Sequence[str], number: int, seed: int) -> list[str]:
    # By UID: the order of the work list may change with merged patients.
    known = sorted(studies)
    places = np.random.default_rng(seed).choice(len(known), size=number, replace=False)
    return [known[place] for place in sorted(places)]
