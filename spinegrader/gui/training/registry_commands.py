"""What can be done with the models of a project beside training: use, note, file, compare."""

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from spinegrader.gui.training.compare_models import CompareModelsDialog
from spinegrader.gui.workbench import Workbench
from spinegrader.services.jobs import Job, JobState
from spinegrader.services.model_files import SUFFIX, export_model
from spinegrader.services.model_intake import ImportedModel, import_model
from spinegrader.services.model_notes import keep_note
from spinegrader.services.model_registry import choose_model, choose_newest
from spinegrader.services.surveys import is_simulated
from spinegrader.texts import translate


class RegistryCommands(QObject):
    """Asks for files and calls services; long work runs beside the window."""

    imported = Signal(Path)
    """A model came in: the folder of its run."""

    def __init__(self, workbench: Workbench, window: QWidget) -> None:
        super().__init__(window)
        self._workbench = workbench
        self._window = window
        self._jobs: dict[Job, str] = {}
        workbench.job_changed.connect(self._on_job)

    def use(self, name: str) -> None:
        """Grades with a model from now on; with the newest for an empty name."""
        session = self._workbench.session
        self._workbench.attempt(
            lambda: choose_model(session, name) if name else choose_newest(session)
        )

    def write_note(self, run_folder: Path, text: str) -> bool:
        """Keeps what was written down on a run, if it is still there; whether it was kept."""
        return run_folder.is_dir() and self._workbench.attempt(lambda: keep_note(run_folder, text))

    def compare(self, names: frozenset[str] = frozenset()) -> CompareModelsDialog | None:
        """Opens the comparison with some models marked; None without a project."""
        if not self._workbench.has_session:
            return None
        dialog = CompareModelsDialog(self._workbench, names, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()
        return dialog

    def ask_export(self, run_folder: Path) -> None:
        """Asks for a file and writes a model to it."""
        file, _ = QFileDialog.getSaveFileName(
            self._window,
            translate("Export a model"),
            run_folder.name + SUFFIX,
            translate("Models (*{suffix})").format(suffix=SUFFIX),
        )
        if file:
            self.export(run_folder, Path(file))

    def ask_import(self) -> None:
        """Asks for a file and brings its model in."""
        if not self._workbench.has_session:
            return
        file, _ = QFileDialog.getOpenFileName(
            self._window,
            translate("Import a model"),
            "",
            translate("Models (*{suffix})").format(suffix=SUFFIX),
        )
        if file:
            self.import_file(Path(file))

    def export(self, run_folder: Path, path: Path) -> Job:
        """Writes a model as one file, beside the window."""
        simulated = is_simulated(self._workbench.session)
        job = Job(
            translate("Export"),
            lambda _, stop: export_model(run_folder, path, stop, is_simulated=simulated),
        )
        self._jobs[job] = translate("The model was exported: {file}.")
        return self._workbench.start_quick_job(job)

    def import_file(self, path: Path) -> Job:
        """Brings a model in, beside the window."""
        runs_folder = self._workbench.session.store.runs_folder
        job = Job(translate("Import"), lambda _, stop: import_model(runs_folder, path, stop))
        self._jobs[job] = translate("The model was imported: {file}.")
        return self._workbench.start_quick_job(job)

    def _on_job(self, job: Job) -> None:
        if job not in self._jobs or not job.is_over:
            return
        told = self._jobs.pop(job)
        if job.state is JobState.FAILED and job.error is not None:
            self._workbench.failed.emit(job.error)
        elif isinstance(job.result, ImportedModel):
            self._workbench.notified.emit(told.format(file=job.result.folder.name))
            self.imported.emit(job.result.folder)
        elif isinstance(job.result, Path):
            self._workbench.notified.emit(told.format(file=job.result.name))
