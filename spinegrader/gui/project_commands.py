"""What the Project menu does: open, make, export, close."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeAlias

import platformdirs
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from spinegrader.domain.scheme import Scheme
from spinegrader.domain.study import Study
from spinegrader.errors import ProjectError
from spinegrader.gui.workbench import Workbench
from spinegrader.services import reading
from spinegrader.services.exporting import Exported, export_beside
from spinegrader.services.jobs import Job, JobState
from spinegrader.services.measures import export_measures_beside
from spinegrader.services.session import Session
from spinegrader.texts import translate, translate_count

_Export: TypeAlias = Callable[[Path, Scheme, Path, Callable[[], bool]], Exported]

_REFRESH_MS = 20_000
"""How often the journals of other readers are looked at."""

_DEMO_SUBJECTS, _DEMO_FOLLOW_UPS, _DEMO_SEED = 12, 10, 1


class ProjectCommands(QObject):
    """Asks the user where, and calls services."""

    making_demo = Signal(bool)
    """Whether the demo project is being made."""

    def __init__(
        self,
        workbench: Workbench,
        window: QWidget,
        may_leave: Callable[[], bool] = lambda: True,
    ) -> None:
        super().__init__(window)
        self._may_leave = may_leave
        self._others_unreadable = False
        self._exports: dict[Job, int] = {}
        self._workbench = workbench
        self._window = window
        self._demo_job: Job | None = None
        self._refresh = QTimer(self)
        self._refresh.setInterval(_REFRESH_MS)
        self._refresh.timeout.connect(self.look_at_other_readers)
        workbench.project_changed.connect(self._on_project)
        workbench.job_changed.connect(self._on_job)

    # -- opening ----------------------------------------------------------------------------

    def open(self, folder: Path) -> bool:
        """Opens a project and brings its first undone study to the front."""
        return self._show(Session.open, folder)

    def make(self, folder: Path) -> bool:
        """Makes an empty project, or opens the one that is there."""
        return self._show(Session.open_or_create, folder)

    def _show(self, open_session: Callable[[Path, str], Session], folder: Path) -> bool:
        bench = self._workbench
        if not self._may_leave():
            return False
        reader = bench.settings.reader_name
        if not bench.attempt(lambda: bench.open_session(open_session(folder, reader))):
            return False
        bench.remember_project(folder)
        self.select_first_study()
        return True

    def select_first_study(self) -> None:
        """Brings the first study that isn't read yet to the front."""
        session = self._workbench.session
        everything = reading.work_list(session)
        first = reading.next_undone_study(session) or next(iter(everything), None)
        if first is not None:
            self._workbench.select_study(first)

    def select_first_of(self, studies: Iterable[Study]) -> None:
        """Brings the first of new studies to the front, rather one that can be graded."""
        session = self._workbench.session
        new = {study.uid for study in studies}
        order = [uid for uid in reading.work_list(session) if uid in new]
        gradable = (uid for uid in order if session.state.series_to_grade(uid) is not None)
        first = next(gradable, order[0] if order else None)
        if first is None:
            self.select_first_study()
        else:
            self._workbench.select_study(first)

    def ask_open(self) -> None:
        """Asks for a project folder and opens it."""
        folder = QFileDialog.getExistingDirectory(self._window, translate("Open a project"))
        if folder:
            self.open(Path(folder))

    def ask_new(self) -> bool:
        """Asks for an empty folder and makes a project there."""
        folder = QFileDialog.getExistingDirectory(
            self._window, translate("Choose an empty folder for the new project")
        )
        return bool(folder) and self.make(Path(folder))

    def open_demo(self) -> None:
        """Opens the demo project in the user's data folder; makes it at first."""
        from spinegrader.services.demo import make_demo_project

        folder = platformdirs.user_data_path("SpineGrader", appauthor=False) / "demo-project"
        if (folder / "spinegrader.json").exists():
            self.open(folder)
            return
        if self._demo_job is not None and not self._demo_job.is_over:
            return
        self._demo_job = Job(
            translate("Making the demo project"),
            lambda emit, stop: make_demo_project(
                folder, _DEMO_SUBJECTS, _DEMO_FOLLOW_UPS, _DEMO_SEED, emit, stop
            ),
        )
        self.making_demo.emit(True)
        self._workbench.start_quick_job(self._demo_job)

    # -- export ------------------------------------------------------------------------------

    def ask_export(self) -> None:
        """Asks for a file and writes all grades and predictions to it."""
        if not self._workbench.has_session:
            return
        file, _ = QFileDialog.getSaveFileName(
            self._window, translate("Export grades"), "grades.csv", translate("Table (*.csv)")
        )
        if file:
            self.export(Path(file))

    def ask_export_measures(self) -> None:
        """Asks for a file and writes the measures of all discs to it."""
        if not self._workbench.has_session:
            return
        file, _ = QFileDialog.getSaveFileName(
            self._window, translate("Export measures"), "measures.csv", translate("Table (*.csv)")
        )
        if file:
            self.export(Path(file), export_measures_beside)

    def export(self, path: Path, write: _Export = export_beside) -> Job:
        """Writes all grades and predictions, or another table, beside the window."""
        session = self._workbench.session
        folder, scheme = session.store.folder, session.scheme
        job = Job(translate("Export"), lambda _, stop: write(folder, scheme, path, stop))
        self._exports[job] = len(session.unsaved)
        return self._workbench.start_quick_job(job)

    def _on_exported(self, job: Job) -> None:
        unsaved = self._exports.pop(job)
        if job.state is JobState.FAILED and job.error is not None:
            self._workbench.failed.emit(job.error)
        elif job.state is JobState.STOPPED:
            self._workbench.notified.emit(
                translate("The export was cancelled; nothing was written.")
            )
        elif isinstance(job.result, Exported):
            words = translate_count(
                "Without {count} change that is not saved yet.",
                "Without {count} changes that are not saved yet.",
                unsaved,
            )
            note = f" {words.format(count=unsaved)}" if unsaved else ""
            self._workbench.notified.emit(job.result.sentence + note)

    # -- what comes back --------------------------------------------------------------------

    def _on_job(self, job: Job) -> None:
        if job in self._exports and job.is_over:
            self._on_exported(job)
        if job is not self._demo_job or not job.is_over:
            return
        self.making_demo.emit(False)
        if job.state is JobState.FAILED and job.error is not None:
            self._workbench.failed.emit(job.error)
        elif job.state is JobState.STOPPED:
            self._workbench.notified.emit(
                translate("{title} was cancelled; nothing was changed.").format(title=job.title)
            )
        elif isinstance(job.result, Path):
            self.open(job.result)

    def _on_project(self) -> None:
        self._others_unreadable = False
        if self._workbench.has_session:
            self._refresh.start()
        else:
            self._refresh.stop()

    def look_at_other_readers(self) -> None:
        """Says once that others' changes can't be read, then tries on without a word."""
        try:
            self._workbench.session.refresh()
        except ProjectError as error:
            if not self._others_unreadable:
                self._workbench.failed.emit(error)
            self._others_unreadable = True
        else:
            self._others_unreadable = False
