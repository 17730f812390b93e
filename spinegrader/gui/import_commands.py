"""What the Import menu does: asks where, starts the work, shows what came of it."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from spinegrader.gui.dialogs.deidentify import DeidentifyDialog
from spinegrader.gui.dialogs.import_mask import ImportMaskDialog
from spinegrader.gui.dialogs.import_report import ImportReportDialog
from spinegrader.gui.same_person import SamePersonFinder
from spinegrader.gui.workbench import Workbench
from spinegrader.services import importing
from spinegrader.services.deidentifying import ask_for_deidentification, asks_for_deidentification
from spinegrader.services.import_report import ImportReport
from spinegrader.services.jobs import Job, JobState
from spinegrader.services.session import Session
from spinegrader.texts import for_translation, translate

_FILES = for_translation(
    "Images (*.dcm *.dicom *.ima DICOMDIR *.zip *.nii *.nii.gz *.mha *.mhd *.nrrd *.nhdr);;"
    "All files (*)"
)


_HIDES_FROM_NOW_ON = for_translation(
    "From the next import on, names, numbers and true dates stay out of this project; what it has"
    " already stays as it is."
)
_KEEPS_FROM_NOW_ON = for_translation(
    "From the next import on, names and dates come in as they are; what was de-identified stays so."
)
_LINKS_FROM_NOW_ON = for_translation(
    "From the next import on, pixels stay in the files that they come from: these must stay where"
    " they are. What the project holds already stays in it."
)
_COPIES_FROM_NOW_ON = for_translation(
    "From the next import on, pixels are copied into the project; what is linked stays linked."
)


class ImportCommands(QObject):
    """Imports into the open project, or into a new one; one import at a time.

    Args:
        workbench: The window's.
        window: Over which dialogs stand.
        ask_new_project: Asks for a new project and opens it; tells whether there is one.
    """

    finished = Signal(object)
    """An import ended well and is in the project: its ``ImportReport``."""

    def __init__(
        self, workbench: Workbench, window: QWidget, ask_new_project: Callable[[], bool]
    ) -> None:
        super().__init__(window)
        self._workbench = workbench
        self._window = window
        self._ask_new_project = ask_new_project
        self._job: Job | None = None
        self._session: Session | None = None
        self._report: ImportReport | None = None
        self.same_person = SamePersonFinder(workbench, window)
        workbench.job_changed.connect(self._on_job)
        workbench.project_changed.connect(self._leave_project)

    @property
    def has_report(self) -> bool:
        """Whether there was an import into this project since it was opened."""
        return self._report is not None

    def ask_folder(self) -> None:
        """Asks for a folder with images and imports it."""
        folder = QFileDialog.getExistingDirectory(
            self._window, translate("Import a folder with images")
        )
        if folder:
            self.take([Path(folder)])

    def ask_files(self) -> None:
        """Asks for files, archives or a DICOMDIR and imports them."""
        files, _ = QFileDialog.getOpenFileNames(
            self._window, translate("Import files"), "", translate(_FILES)
        )
        if files:
            self.take([Path(file) for file in files])

    def take(self, paths: Sequence[Path]) -> None:
        """Imports what was chosen or dropped; asks for a project if none is open."""
        if self._workbench.has_session or self._ask_new_project():
            self.start(paths)

    def start(self, paths: Sequence[Path]) -> Job | None:
        """Reads images into the open project, beside the window."""
        if self._job is not None and not self._job.is_over:
            self._workbench.notified.emit(
                translate("An import is running: wait for it, or cancel it.")
            )
            return None
        session = self._workbench.session
        known, store = importing.known_records(session), session.store
        job: Job | None = None

        def submit() -> None:
            nonlocal job
            options = importing.options_of(session)
            job = Job(
                translate("Import"),
                lambda emit, stop: importing.read_images(store, known, paths, emit, stop, options),
            )
            self._job, self._session = job, session
            self._workbench.start_quick_job(job)

        self._workbench.attempt(submit)
        return job

    def show_report(self) -> None:
        """Shows the report of the latest import."""
        if self._report is not None:
            bench = self._workbench
            dialog = ImportReportDialog(
                self._report,
                bench.session.store.folder,
                identity_hidden=bench.settings.identity_hidden,
                parent=self._window,
            )
            dialog.failed.connect(bench.failed)
            bench.project_changed.connect(dialog.close)
            bench.settings_changed.connect(dialog.follow_settings)
            dialog.show()

    def set_deidentify(self, wanted: bool) -> None:
        """Sets whether images come into this project without identity, and says what that means."""
        session = self._workbench.session
        if wanted is asks_for_deidentification(session):
            return
        if wanted and importing.asks_for_links(session):
            # A linked file keeps its names: both can't be had.
            self._workbench.attempt(lambda: importing.ask_for_links(session, False))
        if self._workbench.attempt(lambda: ask_for_deidentification(session, wanted)):
            self._workbench.notified.emit(
                translate(_HIDES_FROM_NOW_ON) if wanted else translate(_KEEPS_FROM_NOW_ON)
            )

    def set_link(self, wanted: bool) -> None:
        """Sets whether pixels stay in the files that they come from, and says what that means."""
        session = self._workbench.session
        if wanted is not importing.asks_for_links(session) and self._workbench.attempt(
            lambda: importing.ask_for_links(session, wanted)
        ):
            self._workbench.notified.emit(
                translate(_LINKS_FROM_NOW_ON) if wanted else translate(_COPIES_FROM_NOW_ON)
            )

    def ask_mask(self) -> None:
        """Asks for a label map of the sagittal series in front."""
        series = self._workbench.session.state.series.get(self._workbench.series_uid)
        if series is None or not series.is_sagittal:
            self._workbench.notified.emit(translate("Bring a sagittal series to the front first."))
            return
        ImportMaskDialog(self._workbench, series, self._window).show()

    def deidentify_folder(self) -> None:
        """Asks for a folder whose images are to be written again without identity."""
        DeidentifyDialog(self._workbench, self._window).show()

    def _on_job(self, job: Job) -> None:
        if job is not self._job or not job.is_over:
            return
        if job.state is JobState.FAILED and job.error is not None:
            self._workbench.failed.emit(job.error)
        elif job.state is JobState.STOPPED:
            self._workbench.notified.emit(
                translate("The import was cancelled; the project is as it was.")
            )
        elif isinstance(job.result, ImportReport):
            self._finish(job.result)

    def _finish(self, report: ImportReport) -> None:
        session = self._session
        if session is None:
            report.staging.discard()
            return
        if not self._workbench.attempt(lambda: importing.apply_import(session, report)):
            return
        self._report = report
        self._workbench.notified.emit(report.sentence())
        self.same_person.look_after_import(report.series)
        self.finished.emit(report)

    def _leave_project(self) -> None:
        """What is being read belongs to the project that was left: it must not reach another."""
        self._session, self._report = None, None
        if self._job is not None:
            self._job.request_stop()
