"""A training while it runs: how far it is, its figures, and Pause, Stop and Cancel."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from spinegrader.gui.theme import tabular_font
from spinegrader.gui.training.cancel_question import ask_cancel
from spinegrader.gui.training.history import RunHistory
from spinegrader.gui.training.job_facts import Fact, job_facts
from spinegrader.gui.training.jobs import (
    RunJob,
    hold_job,
    stop_job,
    training_job,
)
from spinegrader.gui.training.runs_model import RunEntry
from spinegrader.gui.workbench import Workbench
from spinegrader.services.jobs import Job, JobState
from spinegrader.texts import for_translation, translate

_FACTS_A_ROW = 4
_STOP_TIP = for_translation("Ends the training; what was learnt so far is kept")
_OUT_TIP = for_translation("Takes the job out of the queue before it starts")
_WAITING = for_translation("Waiting for the job before it.")
_STOPPING = for_translation("Stopping after this batch; what was learnt is kept.")
_CANCELLING = for_translation("Ending; what was learnt is thrown away.")
_PAUSING = for_translation("Pausing after this batch.")
_PAUSED = for_translation("Paused: {where}. It uses no processor; jobs behind it wait.")


class JobPanel(QWidget):
    """Follows the run that it is shown; hidden for one that nobody trains now."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._entry: RunEntry | None = None
        self._history = RunHistory()
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(translate("Progress of the training"))
        self.label = QLabel()
        self.facts = FactGrid()
        self._make_buttons()
        row = QHBoxLayout()
        row.addWidget(self.progress, 1)
        for button in (self.pause_button, self.stop_button, self.cancel_button):
            row.addWidget(button)
        # Where there is no bar, the buttons stand to the left.
        row.addStretch(0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row)
        layout.addWidget(self.label)
        layout.addWidget(self.facts)
        workbench.job_changed.connect(self._on_job_changed)

    def _make_buttons(self) -> None:
        self.pause_button = QPushButton(translate("Pause"))
        self.stop_button = QPushButton(translate("Stop"))
        self.cancel_button = QPushButton(translate("Cancel…"))
        self.cancel_button.setToolTip(
            translate("Ends the training and throws away all that it has learnt")
        )
        self.pause_button.clicked.connect(self._pause_or_go_on)
        self.stop_button.clicked.connect(self.stop)
        self.cancel_button.clicked.connect(self.ask_cancel)

    def show_run(self, entry: RunEntry, history: RunHistory) -> None:
        """Shows another run, or the same in another state."""
        self._entry, self._history = entry, history
        self.setVisible(entry.is_active or entry.state == "elsewhere")
        self.refresh()

    def refresh(self) -> None:
        """Shows what the run has told meanwhile."""
        entry, job = self._entry, self._job
        if entry is None:
            return
        self.progress.setValue(round(1000 * self._history.share_done))
        self.label.setText(_where(job, self._history))
        card = entry.card
        patience = 0 if card is None else int(card.settings.get("patience_epochs") or 0)
        self.facts.show_facts(job_facts(self._history, patience))
        runs = job is not None and job.state is not JobState.WAITING
        self.pause_button.setVisible(runs)
        self.cancel_button.setVisible(runs)
        # One that waits has nothing to tell yet; of one that runs elsewhere the files tell.
        self.progress.setVisible(runs or job is None)
        self.facts.setVisible(runs or job is None)
        self.stop_button.setVisible(job is not None)
        if job is None:
            return
        self.stop_button.setText(translate("Stop") if runs else translate("Take out"))
        self.stop_button.setToolTip(translate(_STOP_TIP if runs else _OUT_TIP))
        for button in (self.pause_button, self.stop_button, self.cancel_button):
            button.setEnabled(not job.stop_requested)
        # A run may be stopping and still be thrown away.
        self.cancel_button.setEnabled(not job.is_cancelled)
        self.pause_button.setText(translate("Go on") if job.pause_requested else translate("Pause"))
        self.pause_button.setToolTip(
            translate("Goes on where the training stood")
            if job.pause_requested
            else translate("Holds the training after this batch, until you let it go on")
        )

    def stop(self) -> None:
        """Ends the training; what was learnt is kept."""
        if self._job is not None:
            stop_job(self._workbench, self._job)

    def ask_cancel(self) -> None:
        """Asks in full words whether to throw the run away; it goes on meanwhile."""
        if self._job is not None:
            ask_cancel(self._workbench, self._job, self)

    def _pause_or_go_on(self) -> None:
        if self._job is not None:
            hold_job(self._workbench, self._job, holds=not self._job.pause_requested)

    @property
    def _job(self) -> RunJob | None:
        return None if self._entry is None else training_job(self._workbench, self._entry.folder)

    def _on_job_changed(self, job: Job) -> None:
        if job is self._job:
            self.refresh()


class FactGrid(QWidget):
    """Names with what they are, four side by side; each keeps its place while its text changes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 4, 0, 4)
        self._grid.setHorizontalSpacing(20)
        self._grid.setVerticalSpacing(2)
        self._labels: dict[str, tuple[QLabel, QLabel]] = {}
        for column in range(_FACTS_A_ROW):
            self._grid.setColumnStretch(column, 1)

    def text_label(self, name: str) -> QLabel:
        """What shows the text under a name."""
        return self._labels[name][1]

    def text_of(self, name: str) -> str:
        """The text under a name."""
        return self.text_label(name).text()

    def show_facts(self, facts: tuple[Fact, ...]) -> None:
        """Shows these, in their order."""
        names = [name for name, _ in facts]
        if names != list(self._labels):
            self._rebuild(names)
        for name, text in facts:
            value = self._labels[name][1]
            value.setText(text)
            value.setAccessibleName(f"{name}: {text}")

    def _rebuild(self, names: list[str]) -> None:
        for pair in self._labels.values():
            for label in pair:
                self._grid.removeWidget(label)
                label.deleteLater()
        self._labels = {}
        for place, name in enumerate(names):
            title, value = QLabel(name), QLabel()
            title.setForegroundRole(QPalette.ColorRole.PlaceholderText)
            value.setFont(tabular_font())
            value.setWordWrap(True)
            value.setAlignment(Qt.AlignmentFlag.AlignTop)
            row, column = divmod(place, _FACTS_A_ROW)
            self._grid.addWidget(title, 2 * row, column)
            self._grid.addWidget(value, 2 * row + 1, column)
            self._labels[name] = (title, value)


def _where(job: RunJob | None, history: RunHistory) -> str:
    where = history.progress_text()
    if job is not None:
        if job.is_cancelled:
            return translate(_CANCELLING)
        if job.stop_requested:
            return translate(_STOPPING)
        if job.state is JobState.WAITING:
            return translate(_WAITING)
        if job.state is JobState.PAUSED:
            return translate(_PAUSED).format(where=where)
        if job.pause_requested:
            return translate(_PAUSING)
    return f"{where[:1].upper()}{where[1:]}"
