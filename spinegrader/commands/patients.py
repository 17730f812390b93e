"""The command line's part in who is who; a thin skin on services."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spinegrader.commands.options import JsonOption, ProjectArgument, reader_name
from spinegrader.console import print_result, progress_bar, stop_on_interrupt

if TYPE_CHECKING:
    from spinegrader.services.session import Session
    from spinegrader.services.suggestions import Suggestion

Two = tuple[str, str]


def same_person(
    project: ProjectArgument,
    *,
    merge: Annotated[
        Two | None,
        typer.Option(metavar="ID ID", help="Merge two patients (or two studies by their UIDs)."),
    ] = None,
    apart: Annotated[
        Two | None, typer.Option(metavar="ID ID", help="Two patients that are not one person.")
    ] = None,
    split: Annotated[
        str | None, typer.Option(metavar="ID", help="Split a patient (or a study by its UID) off.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Lists studies that came in twice and patients who look like one person; merges, splits."""
    if sum(item is not None for item in (merge, apart, split)) > 1:
        raise typer.BadParameter("choose one of --merge, --apart and --split.")
    from spinegrader.services.session import Session

    session = Session.open(project, reader_name())
    try:
        if merge is not None:
            _merge(session, *merge)
        elif apart is not None:
            _keep_apart(session, *apart)
        elif split is not None:
            _split(session, split)
        document, words = _describe(session)
    finally:
        session.close()
    print_result(document, as_json=json, words=words)


def _merge(session: "Session", one: str, other: str) -> None:
    from spinegrader.services.identity import merge_people

    studies = session.state.studies
    if one in studies and other in studies:
        patients = (studies[one].patient_id, studies[other].patient_id)
        merge_people(session, *patients, [(one, other)])
        return
    people = {session.state.person_of(one), session.state.person_of(other)}
    pairs = [
        (same.first, same.second)
        for item in _look(session)
        if {item.first, item.second} == people
        for same in item.studies
    ]
    merge_people(session, one, other, pairs)


def _keep_apart(session: "Session", one: str, other: str) -> None:
    from spinegrader.services.identity import keep_people_apart

    keep_people_apart(session, one, other)


def _split(session: "Session", record: str) -> None:
    from spinegrader.services.identity import split, split_study

    if record in session.state.studies:
        split_study(session, record)
    else:
        split(session, record)


def _look(session: "Session") -> "tuple[Suggestion, ...]":
    from spinegrader.services.suggestions import suggestions

    with progress_bar() as progress, stop_on_interrupt() as stop:
        return suggestions(session, None, progress, stop)


def _describe(session: "Session") -> tuple[dict[str, Any], str]:
    """What is offered and what is merged, as a document and in words."""
    state = session.state
    found = _look(session)
    merged = [state.records_of(person) for person in state.people()]
    merged = [records for records in merged if len(records) > 1]
    duplicates = {
        study.uid: state.duplicates_of(study.uid)
        for study in state.visible_studies()
        if state.duplicates_of(study.uid)
    }
    document = {
        "suggestions": [
            {
                "kind": item.title.lower(),
                "strength": item.strength,
                "patients": [item.first, item.second],
                "studies": [asdict(same) for same in item.studies],
                "evidence": item.evidence,
            }
            for item in found
        ],
        "merged_patients": merged,
        "duplicate_studies": duplicates,
    }
    lines = [
        f"{item.title} ({item.strength}): {item.first} and {item.second}. "
        + " ".join(item.evidence)
        for item in found
    ]
    lines += [f"Merged: {' = '.join(records)}" for records in merged]
    lines += [f"One study: {' = '.join((uid, *more))}" for uid, more in duplicates.items()]
    return document, "\n".join(lines) or "Nobody looks like the same person."


def relatives(
    project: ProjectArgument,
    patients: Annotated[
        list[str] | None, typer.Argument(metavar="[PATIENT]…", help="PatientIDs of relatives.")
    ] = None,
    *,
    undo: Annotated[
        bool, typer.Option("--undo", help="These are related to nobody after all.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """States who are twins or relatives, so that training and tests never share a family."""
    if undo and not patients:
        raise typer.BadParameter("name the patients who are not related.")
    from spinegrader.services.relatives import (
        families_of,
        state_relatives,
        take_relatives_back,
    )
    from spinegrader.services.session import Session

    session = Session.open(project, reader_name())
    try:
        if patients:
            (take_relatives_back if undo else state_relatives)(session, patients)
        found = families_of(session)
    finally:
        session.close()
    words = "\n".join(f"Relatives: {', '.join(family)}" for family in found)
    document = {"relatives": [list(family) for family in found]}
    print_result(document, as_json=json, words=words or "Nobody is stated to be related.")
