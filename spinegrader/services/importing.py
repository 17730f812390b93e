"""From files outside to series in the project: read beside the window, applied as one edit."""

import json
import time
from collections.abc import Sequence
from pathlib import Path

from spinegrader.domain.edits import Changes, SetSetting
from spinegrader.errors import CancelledError, InputError, SpineGraderError
from spinegrader.services.import_reading import (
    CANCELLED,
    Emit,
    ImportOptions,
    ImportProgress,
    ImportReader,
    KnownRecords,
    StopRequested,
)
from spinegrader.services.import_report import ImportReport
from spinegrader.services.session import Session
from spinegrader.services.untrusted import borrowed_sandbox
from spinegrader.services.wording import counted
from spinegrader.store.project import ProjectStore
from spinegrader.texts import for_translation

__all__ = ["ImportOptions", "ImportProgress", "KnownRecords", "apply_import", "import_paths"]

_LINK = "link_on_import"
_MOST_DETAILS = 200
_PACE_S = 0.05


def known_records(session: Session) -> KnownRecords:
    """What a project has, taken on the session's thread."""
    state = session.state
    return KnownRecords(dict(state.series), dict(state.studies), dict(state.patients))


def read_images(
    store: ProjectStore,
    known: KnownRecords,
    paths: Sequence[Path],
    emit: Emit,
    stop_requested: StopRequested,
    options: ImportOptions | None = None,
) -> ImportReport:
    """Scans files and folders and reads the pixels of new series.

    Of a series that the project has, nothing is read but what is missing there: pixels that are
    linked, lost or damaged are filled in if the files still hold the same, or linked anew if
    images are to be linked.

    The project doesn't change: :func:`apply_import` does that on the session's thread. Runs on
    any thread.

    Args:
        store: The project.
        known: What it has.
        paths: Files, folders, archives, DICOMDIRs.
        emit: Is given :class:`ImportProgress`.
        stop_requested: Asked all the time.
        options: How images come in.

    Raises:
        InputError: If a path doesn't exist or nothing in it can be imported.
        CancelledError: If a stop was requested; nothing is left behind.
        ProjectError: If pixels can't be written; nothing is left behind.
    """
    from spinegrader.imaging.scan import scan
    from spinegrader.imaging.sources import Sources

    chosen = options or ImportOptions()
    emit = _paced(emit)
    staging = store.stage_pixels()
    try:
        with borrowed_sandbox() as sandbox, Sources(paths, sandbox.run) as sources:
            found = scan(
                sources,
                sandbox,
                lambda done, total: emit(
                    ImportProgress(for_translation("Looking at files"), done, total)
                ),
                stop_requested,
            )
            are_unpacked = any(
                sources.is_unpacked(path) for item in found.series for path in item.file_paths
            )
            import_ = ImportReader(found, staging, sandbox, known, chosen, are_unpacked)
            import_.read(emit, stop_requested)
    except CancelledError as error:
        staging.discard()
        raise CancelledError(CANCELLED) from error
    except BaseException:
        staging.discard()
        raise
    report = import_.report()
    if not report.taken and not report.already_there:
        staging.discard()
        raise _nothing_found(paths, report)
    return report


def _paced(emit: Emit) -> Emit:
    """Lets through what a person can follow: there may be thousands of files a second."""
    latest = ImportProgress("", 0, 0)
    at_s = 0.0

    def pass_on(event: object) -> None:
        nonlocal latest, at_s
        now_s = time.monotonic()
        if isinstance(event, ImportProgress):
            is_due = now_s - at_s >= _PACE_S or event.done >= event.total
            if event.step == latest.step and not is_due:
                return
            latest, at_s = event, now_s
        emit(event)

    return pass_on


def apply_import(session: Session, report: ImportReport) -> Changes:
    """Brings what was read into the project, all or nothing.

    Raises:
        ProjectError: If the images can't be moved into the project.
        NotSavedError: If the change couldn't be written.
    """
    try:
        report.staging.keep()
        return session.apply(report.edit) if report.taken else Changes()
    finally:
        report.staging.discard()


def import_paths(
    session: Session,
    paths: Sequence[Path],
    emit: Emit = lambda _: None,
    stop_requested: StopRequested = lambda: False,
    options: ImportOptions | None = None,
) -> ImportReport:
    """Both steps at once, for callers without a window.

    Args:
        session: The project.
        paths: Files, folders, archives, DICOMDIRs.
        emit: Is given :class:`ImportProgress`.
        stop_requested: Asked all the time.
        options: How images come in; as the project asks if left out.

    Raises:
        SpineGraderError: As :func:`read_images` and :func:`apply_import`.
    """
    chosen = options or options_of(session)
    report = read_images(session.store, known_records(session), paths, emit, stop_requested, chosen)
    apply_import(session, report)
    return report


def asks_for_links(session: Session) -> bool:
    """Whether the project leaves pixels in the files that they are imported from."""
    return session.state.setting(_LINK) == json.dumps(True)


def ask_for_links(session: Session, wanted: bool) -> Changes:
    """Sets whether pixels stay outside; what is in the project already stays as it is."""
    before = session.state.setting(_LINK)
    return session.apply(SetSetting(_LINK, before, json.dumps(wanted)))


def options_of(session: Session) -> ImportOptions:
    """How images come into a project, as its settings say.

    Raises:
        InputError: If it asks for de-identification and the key can't be had.
    """
    from spinegrader.services.deidentifying import asks_for_deidentification, pseudonymiser_of

    hidden = pseudonymiser_of(session) if asks_for_deidentification(session) else None
    return ImportOptions(asks_for_links(session), hidden)


def _nothing_found(paths: Sequence[Path], report: ImportReport) -> SpineGraderError:
    where = ", ".join(path.name or str(path) for path in paths)
    if report.files_seen == 0:
        return InputError(f"{where} holds no files: choose a folder with images.")
    seen = counted(report.files_seen, "file", "files")
    details = {item.path: item.reason for item in report.skipped[:_MOST_DETAILS]}
    reasons = report.by_reason()
    if len(reasons) == 1:
        return InputError(
            f"Nothing in {where} could be imported ({seen} seen): {next(iter(reasons))}", details
        )
    return InputError(
        f"Nothing in {where} could be imported: {seen} seen, none of them a series of MR images"
        " with positions. The details name each file.",
        details,
    )
