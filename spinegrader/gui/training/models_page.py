"""The workspace “Models”: the project's runs, and one of them in full."""

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QApplication,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from spinegrader.domain.edits import Changes
from spinegrader.gui.panels.empty_state import EmptyState
from spinegrader.gui.training.compare_models import CompareModelsDialog
from spinegrader.gui.training.history import RunHistory
from spinegrader.gui.training.jobs import RunJob, resume_run
from spinegrader.gui.training.lane_status import LaneStatus
from spinegrader.gui.training.model_bar import ModelBar
from spinegrader.gui.training.other_job_bar import OtherJobBar
from spinegrader.gui.training.queue_view import QueueView
from spinegrader.gui.training.registry_commands import RegistryCommands
from spinegrader.gui.training.run_deleting import RunDeleting
from spinegrader.gui.training.run_entries import run_entries
from spinegrader.gui.training.run_view import RunView
from spinegrader.gui.training.runs_list import RunsList, import_button
from spinegrader.gui.training.runs_model import RunEntry
from spinegrader.gui.training.start_dialog import JobKind, StartDialog
from spinegrader.gui.workbench import Workbench
from spinegrader.model.events import StartedEvent
from spinegrader.model.runs import read_events
from spinegrader.services.detectors import (
    adopt_detector,
    adopted_detector,
    use_shipped_detector,
)
from spinegrader.services.graders import chosen_grader, shipped_grader_if_there
from spinegrader.services.jobs import Job
from spinegrader.services.model_registry import model_in_use_if_there
from spinegrader.services.model_words import about_model, trained_on
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
_LIST_WIDTH, _RUN_WIDTH = 610, 650
"""Curves need more room than the list, whose notes are cut short."""


class ModelsPage(QWidget):
    """Lists the runs, shows one, and starts, stops, resumes and deletes them."""

    status_changed = Signal(str)
    """What :meth:`running_text` says has changed."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._live: dict[Path, RunHistory] = {}
        self._is_stale = True
        self.commands = RegistryCommands(workbench, self)
        self.commands.imported.connect(self._on_imported)
        self.deleting = RunDeleting(workbench, self)
        self.deleting.deleted.connect(self.reload)
        layout = self._lay_out()
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
        # Behind the page's own ears: a run's history is told first.
        self._lane_status = LaneStatus(workbench, self._history_of, self)
        self._lane_status.changed.connect(self.status_changed)
        self.other_job = OtherJobBar(workbench, self._lane_status, self)
        layout.insertWidget(0, self.other_job)

    def _lay_out(self) -> QVBoxLayout:
        self.empty = EmptyState()
        self.empty.show_message(_empty_text(), translate("Pre-train…"))
        self.empty.action_requested.connect(lambda: self.open_dialog(JobKind.PRETRAIN))
        self.first_import_button = import_button()
        self.first_import_button.clicked.connect(self.commands.ask_import)
        self.empty.add_below(self.first_import_button)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(self._make_list())
        splitter.addWidget(self._make_right())
        splitter.setStretchFactor(0, 1)
        splitter.setStretchFactor(1, 2)
        splitter.setSizes([_LIST_WIDTH, _RUN_WIDTH])
        splitter.setChildrenCollapsible(False)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(splitter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages, 1)
        return layout

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
        return self._lane_status.text

    def open_dialog(self, kind: JobKind, run_folder: Path | None = None) -> StartDialog | None:
        """Shows what was found and asks how to start; None without a project."""
        if not self._workbench.has_session:
            return None
        # It looks at all studies.
        QApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            dialog = StartDialog(self._workbench, kind, self, run_folder=run_folder)
        finally:
            QApplication.restoreOverrideCursor()
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
        self.runs.selected_folder = None
        self.reload()

    def _on_job_changed(self, job: Job) -> None:
        if isinstance(job, RunJob):
            if not job.is_over:
                self.runs.select(job.run_folder, job.kind)
            # Later, when whoever tidies up after the job has done so.
            self._reload_soon.start(0)

    def _on_job_event(self, job: Job, event: object) -> None:
        if not isinstance(job, RunJob):
            return
        self._live.setdefault(job.run_folder, RunHistory()).take(event)
        # Not at each epoch: reading cards and filling tables would hold keys up.
        if isinstance(event, StartedEvent):
            self._reload_soon.start(0)
        if job.run_folder == self._selected and self.isVisible():
            self.view.follow()

    def _on_changed(self, changes: Changes) -> None:
        if changes.settings:
            # Which detector or model is in use may be another one, after undo too.
            self._reload_soon.start(0)

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

    def _history_of(self, run_folder: Path) -> RunHistory | None:
        return self._live.get(run_folder)

    def _ask_delete(self) -> None:
        entry = self._entry()
        if entry is not None:
            self.deleting.ask(entry)

    def _on_imported(self, run_folder: Path) -> None:
        if self._workbench.has_session and run_folder.parent == (
            self._workbench.session.store.runs_folder
        ):
            self.runs.select(run_folder)
            self.reload()


def _empty_text() -> str:
    shipped = shipped_grader_if_there()
    if shipped is None:
        return translate(_EMPTY)
    said = translate(_SHIPPED).format(trained_on=trained_on(shipped.card))
    return f"{translate(_EMPTY)}\n\n{said} {translate(RESEARCH_NOTICE)}"
