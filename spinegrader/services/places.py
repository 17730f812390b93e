"""Where in the project a change is, so that the window can go there."""

from dataclasses import dataclass

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.edits import (
    Edit,
    SetFlag,
    SetGrade,
    SetOverlay,
    SetReading,
    single_edits,
)
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.state import ProjectState
from spinegrader.services.edit_titles import title_words
from spinegrader.services.reading import Item
from spinegrader.services.session import Session


@dataclass(frozen=True)
class Place:
    """What must be in front for a change to be seen.

    Args:
        study_uid: The study.
        series_uid: The series; empty where the study has none to grade.
        item: Disc and grading, of a grade.
        level: The vertebra that changes, of an overlay; None where there is none any more.
    """

    study_uid: str
    series_uid: str
    item: Item | None = None
    level: VertebraLevel | None = None


def place_of(edit: Edit | None, state: ProjectState) -> Place | None:
    """Where an edit is; the first place of a group. None for settings and the like."""
    for single in () if edit is None else single_edits(edit):
        if isinstance(single, SetGrade) and single.after.key.study_uid in state.studies:
            key = single.after.key
            series_uid = _series_to_grade(state, key.study_uid)
            return Place(key.study_uid, series_uid, item=Item(key.disc, key.grading))
        if isinstance(single, SetFlag | SetReading) and single.study_uid in state.studies:
            return Place(single.study_uid, _series_to_grade(state, single.study_uid))
        if isinstance(single, SetOverlay) and single.series_uid in state.series:
            study_uid = state.series[single.series_uid].study_uid
            level = _changed_level(single.before, single.after)
            return Place(study_uid, single.series_uid, level=level)
    return None


def _series_to_grade(state: ProjectState, study_uid: str) -> str:
    series = state.series_to_grade(study_uid)
    return "" if series is None else series.uid


def _changed_level(before: Overlay | None, after: Overlay | None) -> VertebraLevel | None:
    """The first vertebra, from the head, that isn't the same before and after."""
    known = () if before is None else before.vertebrae
    new = () if after is None else after.vertebrae
    for vertebra in (*new, *known):
        if (vertebra in known) != (vertebra in new):
            return vertebra.level
    return None


def undo_words(
    session: Session, edit: Edit | None, study_in_front: str, *, identity_hidden: bool
) -> str | None:
    """What an undo or redo is called in the menu; None where there is nothing.

    A change elsewhere says whose it is, unless identity is hidden.

    Args:
        session: The open project.
        edit: What would be undone or redone.
        study_in_front: The study on screen.
        identity_hidden: Whether names and dates are to be kept off the screen.
    """
    if edit is None:
        return None
    place = place_of(edit, session.state)
    if place is None or identity_hidden or place.study_uid == study_in_front:
        return title_words(edit)
    study = session.state.studies[place.study_uid]
    patient = session.state.patient_of(place.study_uid)
    date = "" if study.date is None else study.date.isoformat()
    return f"{title_words(edit)} ({f'{patient.name or patient.id} {date}'.strip()})"
