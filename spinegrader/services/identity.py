"""Merging what is one, keeping apart what isn't, and splitting again; every step can be undone."""

from collections.abc import Iterable, Sequence
from itertools import combinations

from spinegrader.domain.edits import (
    Changes,
    EditGroup,
    KeepApart,
    LinkPatients,
    LinkStudies,
    SingleEdit,
)
from spinegrader.domain.links import Kind
from spinegrader.errors import InvalidEditError
from spinegrader.services.session import Session
from spinegrader.services.suggestions import Suggestion


def is_open(session: Session, suggestion: Suggestion) -> bool:
    """Whether a suggestion still asks something: it is neither followed nor turned down."""
    state = session.state
    first, second = state.person_of(suggestion.first), state.person_of(suggestion.second)
    if first != second:
        return not any(
            state.links.is_apart(Kind.PATIENTS, one, other)
            for one in state.records_of(first)
            for other in state.records_of(second)
        )
    if suggestion.first != suggestion.second and not suggestion.studies:
        return False
    return any(
        state.original_of(item.first) != state.original_of(item.second)
        and not state.links.is_apart(Kind.STUDIES, item.first, item.second)
        for item in suggestion.studies
    )


def merge(session: Session, suggestion: Suggestion) -> Changes:
    """Follows a suggestion, as one change.

    Raises:
        InvalidEditError: If it has been followed already.
    """
    pairs = [(item.first, item.second) for item in suggestion.studies]
    return merge_people(session, suggestion.first, suggestion.second, pairs)


def merge_people(
    session: Session, one: str, other: str, studies: Sequence[tuple[str, str]] = ()
) -> Changes:
    """Makes two patient records one person, and pairs of their studies one each.

    The record with more studies and images stands for both, and for two studies the one that
    more work has gone into.

    Args:
        session: The open project.
        one: PatientID of a record of the one.
        other: Of a record of the other; may be the same person where studies are given.
        studies: Pairs of StudyInstanceUIDs.

    Raises:
        InvalidEditError: If they are one already, or one isn't in the project.
    """
    if not {one, other} <= session.state.patients.keys():
        raise InvalidEditError("One of these patients is not in the project.")
    edits = [*_person_edits(session, one, other), *_study_edits(session, studies)]
    if not edits:
        raise InvalidEditError("These are merged already.")
    linked = any(isinstance(edit, LinkPatients) for edit in edits)
    title = "Merge patients" if linked else "Merge studies"
    return session.apply(EditGroup(title, tuple(edits)))


def _person_edits(session: Session, one: str, other: str) -> list[SingleEdit]:
    state = session.state
    first, second = state.person_of(one), state.person_of(other)
    if first == second:
        return []
    kept = min((first, second), key=lambda item: _person_rank(session, item))
    records = (*state.records_of(first), *state.records_of(second))
    return _together(session, Kind.PATIENTS, records, kept)


def _study_edits(session: Session, pairs: Iterable[tuple[str, str]]) -> list[SingleEdit]:
    state = session.state
    groups: list[set[str]] = []
    for pair in pairs:
        originals = [state.original_of(uid) for uid in pair]
        joined = {uid for item in originals for uid in (item, *state.duplicates_of(item))}
        for group in [group for group in groups if group & joined]:
            groups.remove(group)
            joined |= group
        groups.append(joined)
    edits: list[SingleEdit] = []
    for group in groups:
        in_sight = {state.original_of(uid) for uid in group}
        if len(in_sight) > 1:
            kept = min(in_sight, key=lambda uid: _study_rank(session, uid))
            edits += _together(session, Kind.STUDIES, sorted(group), kept)
    return edits


def _together(session: Session, kind: Kind, records: Sequence[str], kept: str) -> list[SingleEdit]:
    """Makes one record stand for all of some; nobody has told them apart any more."""
    links = session.state.links
    edits: list[SingleEdit] = []
    for record in records:
        wanted = None if record == kept else kept
        if links.target(kind, record) != wanted:
            edits.append(_link_edit(session, kind, record, wanted))
    for one, other in combinations(records, 2):
        if links.is_apart(kind, one, other):
            edits.append(_apart_edit(session, kind, one, other, False))
    return edits


def _person_rank(session: Session, patient_id: str) -> tuple[int, int, bool, str]:
    """Sort key: the record to keep in sight first."""
    studies = session.state.studies_of(patient_id)
    return (
        -len(studies),
        -sum(item.slice_count for study in studies for item in session.state.series_of(study.uid)),
        not session.state.patients[patient_id].name,
        patient_id,
    )


def _study_rank(session: Session, study_uid: str) -> tuple[int, int, int, str]:
    """Sort key: the study to keep in sight first; what readers have done counts most."""
    state = session.state
    series = state.series_of(study_uid)
    return (
        -sum(1 for _ in state.grades_of_study(study_uid)),
        -sum(state.overlay(item.uid) is not None for item in series),
        -sum(item.slice_count for item in series),
        study_uid,
    )


# -- keeping apart ------------------------------------------------------------------------------


def keep_apart(session: Session, suggestion: Suggestion) -> Changes:
    """Remembers that a suggestion is wrong: it isn't offered again."""
    if suggestion.first != suggestion.second:
        pairs = [(Kind.PATIENTS, suggestion.first, suggestion.second)]
    else:
        pairs = [(Kind.STUDIES, item.first, item.second) for item in suggestion.studies]
    edits = tuple(_apart_edit(session, kind, one, other, True) for kind, one, other in pairs)
    return session.apply(EditGroup("Keep apart", edits))


def keep_people_apart(session: Session, one: str, other: str) -> Changes:
    """Remembers that two patient records are two people.

    Raises:
        InvalidEditError: If one isn't in the project, or they are merged.
    """
    state = session.state
    if not {one, other} <= state.patients.keys():
        raise InvalidEditError("One of these patients is not in the project.")
    if state.person_of(one) == state.person_of(other):
        raise InvalidEditError("These are merged as one person: split them first.")
    return session.apply(_apart_edit(session, Kind.PATIENTS, one, other, True))


# -- splitting ----------------------------------------------------------------------------------


def split(session: Session, patient_id: str) -> Changes:
    """Makes a patient record a person of its own again; the others stay together.

    Its studies come back in sight with their grades, and the records aren't offered for merging
    again.

    Raises:
        InvalidEditError: If it stands on its own.
    """
    state = session.state
    if patient_id not in state.patients:
        raise InvalidEditError("This patient is not in the project.")
    records = state.records_of(patient_id)
    if len(records) == 1:
        raise InvalidEditError("This patient is merged with nobody: there is nothing to split.")
    return session.apply(_split_edit(session, Kind.PATIENTS, patient_id, records))


def split_study(session: Session, study_uid: str) -> Changes:
    """Makes a study that was merged with others one of its own again.

    Raises:
        InvalidEditError: If it stands on its own.
    """
    state = session.state
    if study_uid not in state.studies:
        raise InvalidEditError("The study is not in the project.")
    original = state.original_of(study_uid)
    studies = (original, *state.duplicates_of(original))
    if len(studies) == 1:
        raise InvalidEditError("This study is merged with no other: there is nothing to split.")
    return session.apply(_split_edit(session, Kind.STUDIES, study_uid, studies))


def _split_edit(session: Session, kind: Kind, record: str, together: Sequence[str]) -> EditGroup:
    rest = [item for item in together if item != record]
    edits = _together(session, kind, rest, rest[0])
    if session.state.links.target(kind, record) is not None:
        edits.append(_link_edit(session, kind, record, None))
    edits += [_apart_edit(session, kind, record, item, True) for item in rest]
    title = "Split patient" if kind is Kind.PATIENTS else "Split studies"
    return EditGroup(title, tuple(edits))


# -- edits --------------------------------------------------------------------------------------


def _link_edit(session: Session, kind: Kind, record: str, target: str | None) -> SingleEdit:
    before = session.state.links.target(kind, record)
    if kind is Kind.PATIENTS:
        return LinkPatients(record, before, target)
    return LinkStudies(record, before, target)


def _apart_edit(session: Session, kind: Kind, one: str, other: str, apart: bool) -> KeepApart:
    before = session.state.links.is_apart(kind, one, other)
    return KeepApart(kind, one, other, before=before, after=apart)
