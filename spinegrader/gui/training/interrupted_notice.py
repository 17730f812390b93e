"""When a project opens: a training that a crash broke off is offered for going on with."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from spinegrader.gui.panels.notice_bar import NoticeBar
from spinegrader.gui.training.jobs import RunJob, resume_run
from spinegrader.gui.training.run_entries import run_entries
from spinegrader.gui.training.runs_model import RunEntry
from spinegrader.gui.training.wording import run_title
from spinegrader.gui.workbench import Workbench
from spinegrader.texts import translate, translate_count


class InterruptedNotice(NoticeBar):
    """Across the window while there is such a run; nothing waits for the answer."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        # Later: the window shows its study first.
        self._look_soon = QTimer(self)
        self._look_soon.setSingleShot(True)
        self._look_soon.timeout.connect(self._look)
        workbench.project_changed.connect(self._on_project)

    def _on_project(self) -> None:
        self.dismiss()
        self._look_soon.stop()
        if self._workbench.has_session:
            self._look_soon.start(0)

    def _look(self) -> None:
        if not self._workbench.has_session:
            return
        runs = self._workbench.session.store.runs_folder
        unfinished = self._workbench.training_lane.unfinished
        jobs = [job for job in unfinished if isinstance(job, RunJob)]
        found = [
            entry
            for entry in run_entries(runs, jobs, is_simulated=False)
            if entry.state == "interrupted" and entry.can_resume
        ]
        if found:
            self._offer(found)

    def _offer(self, found: list[RunEntry]) -> None:
        newest = found[0]
        card = newest.card
        if card is None:
            return
        words = translate(
            "{run}: SpineGrader ended while it trained. What it learnt in {done} of {total} epochs "
            "is kept, and it can go on from there."
        ).format(
            run=run_title(newest.kind, card.started_at, newest.folder),
            done=card.epochs_done,
            total=card.epochs,
        )
        others = len(found) - 1
        if others:
            words += " " + translate_count(
                "{count} more was broken off: see Models.",
                "{count} more were broken off: see Models.",
                others,
            ).format(count=others)
        self.present(words, translate("Resume"), lambda: resume_run(self._workbench, card))
