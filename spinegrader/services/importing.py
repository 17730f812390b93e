"""From files outside to series in the project: read beside the window, applied as one edit."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from spinegrader.domain.edits import Changes, ImportStudies
from spinegrader.domain.study import Patient, Series, Stack, Study
from spinegrader.errors import CancelledError, InputError, SpineGraderError
from spinegrader.services.session import Session
from spinegrader.services.wording import counted
from spinegrader.store.project import ProjectStore


@dataclass(frozen=True)
class Skipped:
    """A file, or several of one series, that did not come in."""

    path: str
    reason: str


@dataclass(frozen=True)
class ImportReport:
    """What an import did; ``series`` are those that the project did not have before."""

    files_seen: int
    patients: tuple[Patient, ...]
    studies: tuple[Study, ...]
    series: tuple[Series, ...]
    already_there: int
    skipped: tuple[Skipped, ...]
    warnings: tuple[str, ...]

    @property
    def edit(self) -> ImportStudies:
        """The change that brings it all into the project."""
        return ImportStudies(self.patients, self.studies, self.series)

    def sentence(self) -> str:
        """What happened, in one sentence."""
        parts = [f"{counted(len(self.series), 'series', 'series')} came in"]
        if self.already_there:
            parts.append(f"{counted(self.already_there, 'was', 'were')} already there")
        if self.skipped:
            parts.append(f"{counted(len(self.skipped), 'file', 'files')} skipped")
        return ", ".join(parts) + f" ({counted(self.files_seen, 'file', 'files')} seen)."

    def as_json(self, project: Path, session: Session) -> dict[str, Any]:
        """The report as the command line prints it."""
        state = session.state
        return {
            "project": str(project),
            "patients": len(self.patients),
            "studies": len(self.studies),
            "files_seen": self.files_seen,
            "already_there": self.already_there,
            "series": [
                {
                    "uid": item.uid,
                    "patient": state.studies[item.study_uid].patient_id,
                    "study_date": str(state.studies[item.study_uid].date or ""),
                    "description": item.description,
                    "plane": str(item.plane),
                    "weighting": str(item.weighting),
                    "shape": [item.slice_count, *item.geometry.shape[1:]],
                    "stacks": len(item.stacks),
                    "spacing_mm": [round(value, 4) for value in item.geometry.spacing_mm],
                }
                for item in self.series
            ],
            "skipped": [asdict(item) for item in self.skipped],
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True)
class ImportProgress:
    """How far an import is."""

    step: str
    done: int
    total: int


def read_images(
    store: ProjectStore,
    known_series: frozenset[str],
    paths: Sequence[Path],
    emit: Callable[[object], None],
    stop_requested: Callable[[], bool],
) -> ImportReport:
    """Scans files and folders and writes the pixels of new series into the project.

    The project's data don't change: :func:`apply_import` does that on the session's thread.
    Runs on any thread.

    Raises:
        InputError: If a path doesn't exist or nothing in it can be imported.
        CancelledError: If a stop was requested.
        ProjectError: If pixels can't be written.
    """
    from spinegrader.imaging.dicom import read_series
    from spinegrader.imaging.scan import scan

    for path in paths:
        if not path.exists():
            raise InputError(f"{path} does not exist: choose a folder with DICOM images.")
    found = scan(
        paths,
        progress=lambda done, total: emit(ImportProgress("Looking at files", done, total)),
        stop_requested=stop_requested,
    )
    skipped = [Skipped(item.path, item.reason) for item in found.skipped]
    warnings = list(found.warnings)
    patients: dict[str, Patient] = {}
    studies: dict[str, Study] = {}
    series: dict[str, Series] = {}
    already_there = 0
    for index, item in enumerate(found.series):
        if stop_requested():
            raise CancelledError("The import was cancelled; the project is as it was.")
        emit(ImportProgress("Reading series", index, len(found.series)))
        if item.uid in known_series:
            already_there += 1
            continue
        try:
            loaded = read_series(item)
        except InputError as error:
            skipped.extend(Skipped(name, error.message) for name in item.file_names)
            continue
        main, *further = (
            Stack(store.write_pixels(volume.pixels, volume.geometry), volume.geometry)
            for volume in loaded.volumes
        )
        patients[loaded.patient.id] = loaded.patient
        studies[loaded.study.uid] = loaded.study
        series[loaded.series.uid] = replace(
            loaded.series, pixels=main.pixels, further_stacks=tuple(further)
        )
        warnings.extend(loaded.warnings)
    if not series and not already_there:
        raise _nothing_found(paths, found.files_seen, skipped)
    return ImportReport(
        found.files_seen,
        tuple(patients.values()),
        tuple(studies.values()),
        tuple(series.values()),
        already_there,
        tuple(skipped),
        tuple(warnings),
    )


def apply_import(session: Session, report: ImportReport) -> Changes:
    """Brings what was read into the project, all or nothing."""
    return session.apply(report.edit) if report.series else Changes()


def import_paths(
    session: Session,
    paths: Sequence[Path],
    emit: Callable[[object], None] = lambda _: None,
    stop_requested: Callable[[], bool] = lambda: False,
) -> ImportReport:
    """Both steps at once, for callers without a window.

    Raises:
        SpineGraderError: As :func:`read_images` and :func:`apply_import`.
    """
    known = frozenset(session.state.series)
    report = read_images(session.store, known, paths, emit, stop_requested)
    apply_import(session, report)
    return report


def _nothing_found(
    paths: Sequence[Path], files_seen: int, skipped: Sequence[Skipped]
) -> SpineGraderError:
    where = ", ".join(path.name or str(path) for path in paths)
    if files_seen == 0:
        return InputError(f"{where} holds no files: choose a folder with DICOM images.")
    reasons = sorted({item.reason for item in skipped})
    details = {item.path: item.reason for item in skipped[:200]}
    if len(reasons) == 1:
        return InputError(
            f"Nothing in {where} could be imported ({counted(files_seen, 'file', 'files')} seen): "
            f"{reasons[0]}",
            details,
        )
    return InputError(
        f"Nothing in {where} could be imported: {counted(files_seen, 'file', 'files')} seen, none "
        "of them a series of MR images with positions. The details name each file.",
        details,
    )
