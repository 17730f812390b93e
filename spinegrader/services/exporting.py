"""Grades and predictions out, as a tidy table: one row a study, disc, grading and reader."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from spinegrader.domain.grades import Grade
from spinegrader.domain.predictions import Prediction
from spinegrader.domain.scheme import Scheme
from spinegrader.domain.state import ProjectState
from spinegrader.durable import write_durably
from spinegrader.errors import CancelledError, InputError, ProjectError
from spinegrader.services.containment import containment
from spinegrader.services.graders import (
    SHIPPED,
    GradingModel,
    is_imported,
    shipped_grader_if_there,
)
from spinegrader.services.model_words import said_of
from spinegrader.services.session import Session
from spinegrader.services.wording import RESEARCH_NOTICE, counted
from spinegrader.store.project import ProjectStore
from spinegrader.texts import for_translation, translate

COLUMNS = (
    "patient",
    "patient_record",
    "study_uid",
    "study_date",
    "duplicate_of",
    "disc",
    "grading",
    "value",
    "label",
    "answer",
    "source",
    "reader",
    "reading",
    "revision",
    "reason",
    "mode",
    "prediction_shown",
    "accepted_prediction",
    "probability",
    "model_sha256",
    "seconds",
    "time_utc",
    "program_version",
    "comment",
    "notice",
)

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Exported:
    """What came of an export.

    Args:
        path: The table.
        rows: How many rows it has.
        note: Why project.h5 was not renewed before; empty where it was.
        what: What its rows tell.
    """

    path: Path
    rows: int
    note: str = ""
    what: str = for_translation("grades")

    @property
    def sentence(self) -> str:
        """What the user is told."""
        said = translate("{rows} of {what} written to {file}.").format(
            rows=counted(self.rows, "row", "rows"),
            what=translate(self.what),
            file=self.path.name,
        )
        return f"{said} {self.note}".rstrip()


def export_renewed(session: Session, path: Path) -> Exported:
    """Renews project.h5, waits for that, and writes the table.

    The table doesn't depend on project.h5: where that can't be renewed, it is written all the same.

    Raises:
        InputError: If the table can't be written.
    """
    try:
        session.store.compact()
        note = ""
    except ProjectError as error:
        note = error.message
    return Exported(path, export_csv(session, path), note)


def export_beside(
    folder: Path, scheme: Scheme, path: Path, stop_requested: Callable[[], bool]
) -> Exported:
    """As :func:`export_renewed`, of what is on the disk, while a session goes on changing it.

    Runs on any thread: it reads the project for itself.

    Args:
        folder: The project's.
        scheme: The one in use, for a project that keeps none yet.
        path: The table to write.
        stop_requested: Asked before each step.

    Raises:
        ProjectError: If the project can't be read.
        InputError: If the table can't be written.
        CancelledError: If a stop was requested; nothing is written.
    """
    return beside(folder, scheme, lambda session: export_renewed(session, path), stop_requested)


def beside(
    folder: Path,
    scheme: Scheme,
    write: Callable[[Session], Exported],
    stop_requested: Callable[[], bool],
) -> Exported:
    """Lets a table be written from a session of its own; see :func:`export_beside`."""
    store = ProjectStore.open(folder, containment())
    try:
        if stop_requested():
            raise CancelledError("Stopped.")
        return write(Session(store, "", scheme))
    finally:
        store.close(compact=False)


def export_csv(session: Session, path: Path) -> int:
    """Writes every grade and the newest predictions.

    Returns:
        The number of rows.

    Raises:
        InputError: If the file can't be written; one that was there before stays.
    """
    rows = list(_rows(session))
    write_csv(path, COLUMNS, rows)
    return len(rows)


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Writes a table that spreadsheets and programs read.

    Args:
        path: The file.
        columns: Their names, in order.
        rows: By column; what is left out stays empty.

    Raises:
        InputError: If the file can't be written; one that was there before stays.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_harmless(row.get(column, "")) for column in columns] for row in rows)
    try:
        write_durably(path, text.getvalue().encode())
    except OSError as error:
        raise InputError(
            f"{path} could not be written ({error.strerror}): choose another place."
        ) from error


def _rows(session: Session) -> Iterator[dict[str, object]]:
    state = session.state
    shipped = shipped_grader_if_there()
    for study_uid in state.studies:
        common = study_columns(state, study_uid)
        grades = sorted(state.grades_of_study(study_uid), key=_grade_order)
        for grade in grades:
            yield common | _grade_row(session, grade)
        predictions = state.predictions_of_study(study_uid).values()
        for prediction in sorted(predictions, key=lambda item: (item.disc, item.grading)):
            yield common | _prediction_row(session, prediction, shipped)


def study_columns(state: ProjectState, study_uid: str) -> dict[str, object]:
    """The columns that tell whose a study is; the same in every table."""
    study, original = state.studies[study_uid], state.original_of(study_uid)
    return {
        "patient": state.person_of(study.patient_id),
        "patient_record": study.patient_id,
        "study_uid": study_uid,
        "study_date": study.date or "",
        "duplicate_of": "" if original == study_uid else original,
    }


def _grade_order(grade: Grade) -> tuple[int, str, str, int]:
    key = grade.key
    return key.disc.upper.position, key.grading, key.reader, key.reading


def _grade_row(session: Session, grade: Grade) -> dict[str, object]:
    grading = session.scheme.grading(grade.key.grading)
    return {
        "disc": grade.key.disc,
        "grading": grade.key.grading,
        "value": "" if grade.value is None else grade.value,
        "label": "" if grade.value is None else grading.label_of(grade.value),
        "answer": grade.answer,
        "source": "human",
        "reader": grade.key.reader,
        "reading": grade.key.reading,
        "mode": grade.mode,
        "prediction_shown": "yes" if grade.prediction_visible else "no",
        "accepted_prediction": grade.accepted_prediction,
        "seconds": grade.seconds,
        "time_utc": grade.graded_at.isoformat(),
        "program_version": grade.program_version,
        "comment": grade.comment,
        "revision": grade.revision,
        "reason": grade.reason,
    }


def _prediction_row(
    session: Session, prediction: Prediction, shipped: GradingModel | None
) -> dict[str, object]:
    grading = session.scheme.grading(prediction.grading)
    return {
        "disc": prediction.disc,
        "grading": prediction.grading,
        "value": prediction.value,
        "label": grading.label_of(prediction.value),
        "answer": "predicted",
        "source": "model",
        "reader": prediction.run,
        "probability": round(prediction.confidence, 4),
        "model_sha256": prediction.model_hash,
        "time_utc": prediction.predicted_at.isoformat(),
        "notice": said_of(prediction.run, prediction.model_hash, shipped)
        if prediction.run == SHIPPED or is_imported(prediction.run)
        else RESEARCH_NOTICE,
    }


def _harmless(value: object) -> object:
    """Keeps spreadsheets from running text as a formula."""
    text = value if isinstance(value, str) else None
    return f"'{text}" if text is not None and text.startswith(_FORMULA_STARTS) else value
