"""What is asked of a study: its discs, each with the gradings of the project."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from spinegrader.domain.anatomy import STANDARD_DISCS, DiscLevel, VertebraLevel
from spinegrader.domain.edits import Changes, SetSetting
from spinegrader.domain.scheme import Grading
from spinegrader.services.session import Session

_ASKED = "asked_gradings"


@dataclass(frozen=True)
class Item:
    """One thing to answer: a grading of a disc."""

    disc: DiscLevel
    grading: str


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
        return lumbar_discs(None)
    return lumbar_discs(tuple(overlay.spaces))


@cache
def lumbar_discs(drawn: tuple[DiscLevel, ...] | None) -> tuple[DiscLevel, ...]:
    """Those of the discs of an overlay that are graded; T12/L1 to L5/S1 where there is none."""
    if drawn is None:
        return STANDARD_DISCS
    top, bottom = VertebraLevel.T12.position, VertebraLevel.S1.position
    return tuple(d for d in drawn if d.upper.position >= top and d.lower.position <= bottom)


def items_of(session: Session, study_uid: str) -> tuple[Item, ...]:
    """All items of a study in reading order: disc by disc, the gradings of each in turn."""
    gradings = asked_gradings(session)
    return tuple(
        Item(disc, grading.id)
        for disc in discs_to_grade(session, study_uid)
        for grading in gradings
    )
