"""A demo project: a simulated cohort, imported like any other, partly read, all graded."""

import json
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from spinegrader import __version__
from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.edits import EditGroup, SetGrade, SetOverlay, SingleEdit
from spinegrader.domain.geometry import Point, as_point
from spinegrader.domain.grades import Answer, Grade, GradeKey
from spinegrader.domain.numbering import (
    Absence,
    CountingBasis,
    MissingLevel,
    Numbering,
    Transition,
)
from spinegrader.domain.overlays import Overlay, OverlayState
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.errors import InputError
from spinegrader.services.adopting import adopt
from spinegrader.services.detecting import detect_plan
from spinegrader.services.graders import shipped_grader
from spinegrader.services.import_report import ImportReport
from spinegrader.services.importing import import_paths
from spinegrader.services.predicting import predict_plan
from spinegrader.services.predictions import keep_predictions
from spinegrader.services.session import Session
from spinegrader.services.surveys import survey_prediction
from spinegrader.texts import for_translation

SIMULATED_READER = "Simulated reader"

_UNREAD = 2
"""How many studies, counted from the end, are left to be read by the user."""


def make_demo(
    session: Session,
    subjects: int,
    follow_ups: int,
    seed: int,
    emit: Callable[[object], None] = lambda _: None,
    stop_requested: Callable[[], bool] = lambda: False,
) -> ImportReport:
    """Simulates a cohort, imports its DICOM files, and reads most of it as a simulated reader.

    The last studies stay unread, with the vertebrae that the detector proposes. All are graded
    by the model that comes with the program.

    Raises:
        SpineGraderError: If files can't be written.
        CancelledError: If a stop was requested.
    """
    from spinegrader.services.importing import ImportProgress
    from spinegrader.simulate.cohort import simulate_cohort
    from spinegrader.simulate.workers import sensible_processes

    with tempfile.TemporaryDirectory(prefix="spinegrader-demo-") as folder:
        simulate_cohort(
            Path(folder),
            subjects,
            follow_ups,
            seed,
            progress=lambda done, total: emit(
                ImportProgress(for_translation("Simulating"), done, total)
            ),
            stop_requested=stop_requested,
            processes=sensible_processes(subjects + follow_ups),
        )
        report = import_paths(session, [Path(folder)], emit, stop_requested)
        truth = json.loads((Path(folder) / "truth.json").read_text(encoding="utf-8"))
    session.name_reader_of_project(SIMULATED_READER)
    read_truth(session, truth, unread=_UNREAD, proposes=False)
    adopt(session, detect_plan(session).run(emit, stop_requested))
    _predict(session, emit, stop_requested)
    return report


def _predict(
    session: Session, emit: Callable[[object], None], stop_requested: Callable[[], bool]
) -> None:
    """Lets the shipped model grade what it can."""
    model = shipped_grader()
    if not survey_prediction(session, card=model.card).problem:
        plan = predict_plan(session, model.folder)
        keep_predictions(session, plan.run(emit, stop_requested))


def read_truth(
    session: Session,
    truth: dict[str, Any],
    unread: int = 0,
    *,
    as_placed: bool = False,
    proposes: bool = True,
) -> None:
    """Puts the overlays and grades of a simulated cohort's truth in as the session's reader.

    Args:
        session: The project that the cohort was imported into.
        truth: Content of its ``truth.json``.
        unread: How many studies at the end get no grades; the very last no vertebrae either.
        as_placed: Takes the vertebrae as a reader places them, not where they are.
        proposes: Whether the other unread ones get their vertebrae, as proposed.
    """
    studies = [
        (patient["numbering"], study)
        for patient in truth["patients"]
        for study in patient["studies"]
    ]
    edits: list[SingleEdit] = []
    for index, (numbering, study) in enumerate(studies):
        left = len(studies) - index
        is_read = left > unread
        if is_read or (proposes and left > 1):
            where = study["placed"] if as_placed else study["series"][0]["vertebrae"]
            edits += _overlays(session, study, where, numbering, confirmed=is_read)
        if is_read:
            edits += _grades(session, study)
    if edits:
        session.apply(EditGroup("Read by the simulated reader", tuple(edits)))


def _overlays(
    session: Session,
    study: dict[str, Any],
    where: list[dict[str, Any]],
    numbering: dict[str, Any],
    *,
    confirmed: bool,
) -> Iterator[SetOverlay]:
    for series in study["series"]:
        if series["uid"] not in session.state.series:
            continue
        vertebrae = tuple(
            Vertebra(VertebraLevel(item["level"]), _corners(item["corners_mm"])) for item in where
        )
        state = OverlayState.CONFIRMED if confirmed else OverlayState.PROPOSED
        before = session.state.overlay(series["uid"])
        overlay = Overlay(
            series["uid"],
            vertebrae,
            state,
            session.reader,
            missing=_absences(numbering),
            numbering=_numbering(numbering),
        )
        yield SetOverlay(series["uid"], before, overlay)


def _absences(numbering: dict[str, Any]) -> tuple[MissingLevel, ...]:
    return tuple(
        MissingLevel(VertebraLevel(level), Absence.ABSENT) for level in numbering["absent"]
    )


def _numbering(numbering: dict[str, Any]) -> Numbering:
    """What a reader would say of an unusual count: the simulation knows it from the whole spine."""
    transition = Transition[numbering["transition"].upper()]
    is_usual = transition is Transition.NONE and not numbering["absent"] + numbering["extra"]
    return Numbering() if is_usual else Numbering(CountingBasis.OTHER_IMAGES, transition)


def _corners(places: list[list[float]]) -> tuple[Point, Point, Point, Point]:
    first, second, third, fourth = (as_point(place) for place in places)
    return first, second, third, fourth


def _grades(session: Session, study: dict[str, Any]) -> Iterator[SetGrade]:
    for item in study["grades"]:
        disc = DiscLevel.parse(item["disc"])
        key = GradeKey(study["uid"], disc, item["grading"], session.reader)
        if session.state.grade(key) is not None:
            continue
        grade = Grade(
            key=key,
            answer=Answer.GRADED,
            value=int(item["value"]),
            revision=1,
            graded_at=datetime.now(UTC),
            program_version=__version__,
        )
        yield SetGrade(None, grade)


def make_demo_project(
    folder: Path,
    subjects: int,
    follow_ups: int,
    seed: int,
    emit: Callable[[object], None] = lambda _: None,
    stop_requested: Callable[[], bool] = lambda: False,
) -> Path:
    """Makes a demo project in a new folder; one that was cancelled or failed leaves nothing.

    Returns:
        The folder.

    Raises:
        SpineGraderError: If files can't be written, or the folder holds something.
        CancelledError: If a stop was requested.
    """
    made = False
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".demo-", dir=folder.parent) as waiting:
        session = Session.open_or_create(Path(waiting) / "project", SIMULATED_READER)
        try:
            make_demo(session, subjects, follow_ups, seed, emit, stop_requested)
            made = True
        finally:
            session.close()
        if made:
            _move_into_place(Path(waiting) / "project", folder)
    return folder


def _move_into_place(made: Path, folder: Path) -> None:
    if folder.is_dir() and any(folder.iterdir()):
        raise InputError(f"{folder.name} is not empty: choose a new folder for the demo project.")
    try:
        made.replace(folder)
    except OSError as error:
        raise InputError(
            f"The demo project could not be put into {folder.name} ({error.strerror})."
        ) from error
