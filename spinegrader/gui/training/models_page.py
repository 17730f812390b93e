"""The workspace “Models”: the project's runs, and one of them in full."""

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QMessageBox,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from spinegrader.domain.edits import Changes
from spinegrader.gui.panels.empty_state import EmptyState
from spinegrader.gui.training.compare_models import CompareModelsDialog
from spinegrader.gui.training.history import RunHistory
from spinegrader.gui.training.jobs import (
    PredictionJob,
    RunJob,
    delete_run,
    prediction_text,
    resume_run,
)
from spinegrader.gui.training.model_bar import ModelBar
from spinegrader.gui.training.queue_view import QueueView
from spinegrader.gui.training.registry_commands import RegistryCommands
from spinegrader.gui.training.result_jobs import CurveJob
from spinegrader.gui.training.run_entries import run_entries
from spinegrader.gui.training.run_view import RunView
from spinegrader.gui.training.runs_list import RunsList, import_button
from spinegrader.gui.training.runs_model import RunEntry
from spinegrader.gui.training.start_dialog import JobKind, StartDialog
from spinegrader.gui.training.wording import kind_name, run_title
from spinegrader.gui.workbench import Workbench
from spinegrader.model.events import StartedEvent
from spinegrader.model.runs import read_events
from spinegrader.services.cutting import CuttingProgress
from spinegrader.services.detectors import (
    adopt_detector,
    adopted_detector,
    use_shipped_detector,
)
from spinegrader.services.graders import chosen_grader, shipped_grader_if_there
from spinegrader.services.jobs import Job, JobState
from spinegrader.services.model_registry import check_may_go, model_in_use_if_there
from spinegrader.services.model_words import about_model, trained_on
from spinegrader.services.predicting import GradingProgress
from spinegrader.services.surveys import is_simulated
from spinegrader.services.wording import RESEARCH_NOTICE
from spinegrader.texts import for_translation, translate

_EMPTY = for_translation(
    "No model has been trained in this project yet.\n\nPre-training learns from follow-up scans "
    "alone, without grades; fine-tuning then learns to grade from the few graded discs."
)
_SHIPPED = for_translation(
    "Until then Training > Predict… grades with the model that comes with SpineGrader,\n"
    "{trained_on}."
)
_WATCH_PAUSE_MS = 2000
_LIST_WIDTH = 640


class ModelsPage(QWidget):
    """Lists the runs, shows one, and starts, stops, resumes and deletes them."""

    status_changed = Signal(str)
    """What :meth:`running_text` says has changed."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._jobs: list[RunJob | PredictionJob | CurveJob] = []
        self._live: dict[Path, RunHistory] = {}
        self._told: dict[Job, CuttingProgress | GradingProgress] = {}
        self._status = ""
        self._is_stale = True
        self.commands = RegistryCommands(workbench, self)
        self.commands.imported.connect(self._on_imported)
        self._lay_out()
        self._reload_soon = QTimer(self)
        self._reload_soon.setSingleShot(True)
        self._reload_soon.timeout.connect(self.reload)
        self._watch = QTimer(self)
        self._watch.setInterval(_WATCH_PAUSE_MS)
        self._watch.timeout.connect(self.reload)
        workbench.project_changed.connect(self._forget)
        workbench.job_changed.connect(self._on_job_changed)
        workbench.job_event.connect(self._on_job_event)
        workbench.changed.connect(self._on_changed)

    def _lay_out(self) -> None:
        self.empty = EmptyState()
        self.empty.show_message(_empty_text(), translate("Pre-train…"))
        self.empty.action_requested.connect(lambda: self.open_dialog(JobKind.PRETRAIN))
        self.first_import_button = import_button()
        self.first_import_button.clicked.connect(self.commands.ask_import)
        self.empty.add_below(self.first_import_button)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(self._make_list())
        splitter.addWidget(self._make_right())
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([_LIST_WIDTH, _LIST_WIDTH])
        splitter.setChildrenCollapsible(False)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(splitter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)

    def _make_list(self) -> QWidget:
        self.runs = RunsList()
        self.model, self.table = self.runs.model, self.runs.table
        self.simulated_note, self.shipped_note = self.runs.simulated_note, self.runs.shipped_note
        self.runs.selected.connect(self._show)
        self.runs.start_requested.connect(self.open_dialog)
        self.runs.compare_requested.connect(self.open_comparison)
        self.runs.import_requested.connect(self.commands.ask_import)
        self.runs.model_chosen.connect(self._choose)
        self.queue = QueueView(self._workbench)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.runs, 1)
        column.addWidget(self.queue)
        return left

    def _make_right(self) -> QWidget:
        self.view = RunView(self._workbench)
        self.view.resume_requested.connect(self._resume)
        self.view.predict_requested.connect(
            lambda: self.open_dialog(JobKind.PREDICT, self._selected)
        )
        self.view.delete_requested.connect(self._ask_delete)
        self.view.comparison.adopt_requested.connect(self._adopt)
        self.view.comparison.back_requested.connect(self._go_back)
        self.bar = ModelBar(self._keep_note)
        self.bar.use_requested.connect(self._use)
        self.bar.export_requested.connect(self._export)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view, 1)
        column.addWidget(self.bar)
        return right

    # -- what others ask --------------------------------------------------------------------

    def running_text(self) -> str:
        """What the training lane does, for the status line; empty while it rests."""
        job = next((item for item in self._jobs if not item.is_over), None)
        if job is None:
            return ""
        if isinstance(job, CurveJob):
            return job.running_text()
        if isinstance(job, PredictionJob):
            return prediction_text(job, self._told.get(job))
        history = self._live.get(job.run_folder, RunHistory())
        doing = history.status_text()
        if job.stop_requested:
            doing = translate("stopping")
        elif job.state is JobState.PAUSED:
            doing = translate("paused, {where}").format(where=doing)
        return f"{kind_name(job.kind).lower()}: {doing}"

    def open_dialog(self, kind: JobKind, run_folder: Path | None = None) -> StartDialog | None:
        """Shows what was found and asks how to start; None without a project."""
        if not self._workbench.has_session:
            return None
        dialog = StartDialog(self._workbench, kind, self, run_folder=run_folder)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        return dialog

    def open_comparison(self) -> CompareModelsDialog | None:
        """Opens the comparison of models with the run on screen marked."""
        return self.commands.compare(frozenset({self._selected.name} if self._selected else ()))

    def stop_selected(self) -> None:
        """Asks the run on screen to stop; what it has learnt is kept."""
        self.view.job_panel.stop()
        self.reload()

    # -- listening --------------------------------------------------------------------------

    def _forget(self) -> None:
        self._live.clear()
        self._told.clear()
        self._jobs.clear()
        self.runs.selected_folder = None
        self.reload()

    def _on_job_changed(self, job: Job) -> None:
        if not isinstance(job, RunJob | PredictionJob | CurveJob):
            return
        if job not in self._jobs and not job.is_over:
            self._jobs.append(job)
        if job.is_over:
            self._jobs = [item for item in self._jobs if item is not job]
            self._told.pop(job, None)
        if isinstance(job, RunJob):
            if not job.is_over:
                self.runs.select(job.run_folder, job.kind)
            # Later, when whoever tidies up after the job has done so.
            self._reload_soon.start(0)
        self._tell_status()

    def _on_job_event(self, job: Job, event: object) -> None:
        if isinstance(job, PredictionJob) and isinstance(event, CuttingProgress | GradingProgress):
            self._told[job] = event
        elif isinstance(job, RunJob):
            self._live.setdefault(job.run_folder, RunHistory()).take(event)
            # Not at each epoch: reading cards and filling tables would hold keys up.
            if isinstance(event, StartedEvent):
                self._reload_soon.start(0)
            if job.run_folder == self._selected and self.isVisible():
                self.view.follow()
        self._tell_status()

    def _on_changed(self, changes: Changes) -> None:
        if changes.settings:
            # Which detector or model is in use may be another one, after undo too.
            self._reload_soon.start(0)

    def _tell_status(self) -> None:
        text = self.running_text()
        if text != self._status:
            self._status = text
            self.status_changed.emit(text)

    # -- showing ----------------------------------------------------------------------------

    def reload(self) -> None:
        """Reads the list of runs again; later, if nobody sees it."""
        if not self.isVisible():
            self._is_stale = True
            self._watch.stop()
            return
        self._is_stale = False
        entries = self._entries()
        active = {entry.folder for entry in entries if entry.is_active}
        self._live = {folder: told for folder, told in self._live.items() if folder in active}
        self._pages.setCurrentIndex(1 if entries else 0)
        self._say_shipped()
        has_session = self._workbench.has_session
        self.empty.setEnabled(has_session)
        self.first_import_button.setVisible(has_session)
        self.runs.show_entries(entries, self._workbench.session if has_session else None)
        if any(entry.state == "elsewhere" for entry in entries):
            self._watch.start()
        else:
            self._watch.stop()

    def _say_shipped(self) -> None:
        """The model that grades without any training, and how good it is."""
        shipped = shipped_grader_if_there() if self._workbench.has_session else None
        if shipped is None:
            self.shipped_note.setText("")
            return
        told = about_model(shipped, self._workbench.session.scheme)
        self.shipped_note.setText(" ".join([*told, translate(RESEARCH_NOTICE)]))

    def _entries(self) -> list[RunEntry]:
        if not self._workbench.has_session:
            return []
        unfinished = self._workbench.training_lane.unfinished
        jobs = [job for job in unfinished if isinstance(job, RunJob)]
        session = self._workbench.session
        choices = (adopted_detector(session), chosen_grader(session))
        in_use = model_in_use_if_there(session)
        return run_entries(
            session.store.runs_folder,
            jobs,
            is_simulated=is_simulated(session),
            chosen=[item.run for item in choices if item is not None],
            newest="" if in_use is None else in_use.name,
        )

    def _show(self, entry: RunEntry | None) -> None:
        for part in (self.view, self.bar):
            part.setVisible(entry is not None)
        if entry is None:
            return
        history = self._live.get(entry.folder)
        if history is None:
            history = RunHistory()
            for event in read_events(entry.folder):
                history.take(event)
            if entry.is_active:
                self._live[entry.folder] = history
        self.view.show_run(entry, history, self._workbench.session.scheme)
        self.bar.show_run(entry)

    def showEvent(self, event: object) -> None:  # noqa: N802
        """Catches up with what happened meanwhile."""
        super().showEvent(event)  # type: ignore[arg-type]
        self._reload_soon.start(0)

    def hideEvent(self, event: object) -> None:  # noqa: N802
        """Watches nothing while nobody looks."""
        self._watch.stop()
        super().hideEvent(event)  # type: ignore[arg-type]

    # -- acting -----------------------------------------------------------------------------

    @property
    def _selected(self) -> Path | None:
        return self.runs.selected_folder

    def _entry(self) -> RunEntry | None:
        return self.runs.selected_entry

    def _resume(self) -> None:
        entry = self._entry()
        if entry is not None and entry.card is not None:
            resume_run(self._workbench, entry.card)

    def _adopt(self) -> None:
        entry = self._entry()
        if entry is not None:
            run, session = entry.folder.name, self._workbench.session
            self._workbench.attempt(lambda: adopt_detector(session, run))

    def _go_back(self) -> None:
        self._workbench.attempt(lambda: use_shipped_detector(self._workbench.session))

    def _use(self) -> None:
        entry = self._entry()
        if entry is not None:
            self._choose(entry.folder.name)

    def _choose(self, name: str) -> None:
        self.commands.use(name)
        # Back to what is in use where it didn't work out.
        self._reload_soon.start(0)

    def _export(self) -> None:
        entry = self._entry()
        if entry is not None:
            self.commands.ask_export(entry.folder)

    def _keep_note(self, run_folder: Path, text: str) -> bool:
        is_kept = self.commands.write_note(run_folder, text)
        if is_kept and self.isVisible():
            self._reload_soon.start(0)
        return is_kept

    def _on_imported(self, run_folder: Path) -> None:
        if self._workbench.has_session and run_folder.parent == (
            self._workbench.session.store.runs_folder
        ):
            self.runs.select(run_folder)
            self.reload()

    def _ask_delete(self) -> None:
        entry = self._entry()
        if entry is None:
            return
        session, name = self._workbench.session, entry.folder.name
        if not self._workbench.attempt(lambda: check_may_go(session, name)):
            return
        started_at = entry.card.started_at if entry.card else ""
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setText(
            translate("Delete “{run}”?").format(run=run_title(entry.kind, started_at, entry.folder))
        )
        box.setInformativeText(
            translate(
                "Its weights, curves and settings are removed from the disk and can't be brought "
                "back. Grades that it predicted stay in the project."
            )
        )
        delete = box.addButton(translate("Delete this run"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(translate("Keep it"), QMessageBox.ButtonRole.RejectRole))
        delete.clicked.connect(lambda: self.delete(entry.folder))
        box.open()

    def delete(self, run_folder: Path) -> None:
        """Removes a run for good; nothing asks any more."""
        self._workbench.attempt(lambda: self._delete_unused(run_folder))
        self.reload()

    def _delete_unused(self, run_folder: Path) -> None:
        check_may_go(self._workbench.session, run_folder.name)
        delete_run(run_folder)


def _empty_text() -> str:
    shipped = shipped_grader_if_there()
    if shipped is None:
        return translate(_EMPTY)
    said = translate(_SHIPPED).format(trained_on=trained_on(shipped.card))
    return f"{translate(_EMPTY)}\n\n{said} {translate(RESEARCH_NOTICE)}"
