"""The jobs that wait for the one that runs: seen, moved up, taken out."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from spinegrader.gui.training.jobs import move_job_up, stop_job
from spinegrader.gui.training.notices import heading
from spinegrader.gui.workbench import Workbench
from spinegrader.services.jobs import Job
from spinegrader.texts import translate

_MOST_ROWS = 4
_JOB = Qt.ItemDataRole.UserRole


class QueueView(QWidget):
    """Lists what waits, in the order in which it will run; hidden while nothing does."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self.list = QListWidget()
        self.list.setAccessibleName(translate("Waiting jobs"))
        self.up_button = QPushButton(translate("Move up"))
        self.up_button.setToolTip(translate("Lets the job go before the one in front of it"))
        self.out_button = QPushButton(translate("Take out"))
        self.out_button.setToolTip(translate("Takes the job out of the queue before it starts"))
        self.up_button.clicked.connect(lambda: self._act(move_job_up))
        self.out_button.clicked.connect(lambda: self._act(stop_job))
        self.list.currentRowChanged.connect(self._free_buttons)
        buttons = QHBoxLayout()
        buttons.addWidget(self.up_button)
        buttons.addWidget(self.out_button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        # As the list of runs above it.
        layout.setContentsMargins(9, 0, 9, 9)
        layout.addWidget(heading(translate("Waiting"), 1.1))
        layout.addWidget(self.list)
        layout.addLayout(buttons)
        workbench.job_changed.connect(self.refresh)
        self.refresh()

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs on show, the next one first."""
        return tuple(self.list.item(row).data(_JOB) for row in range(self.list.count()))

    def refresh(self, *_: object) -> None:
        """Shows what waits now; the chosen job stays chosen."""
        waiting = self._workbench.training_lane.waiting
        if waiting != self.jobs:
            chosen = self._chosen
            self.list.clear()
            for place, job in enumerate(waiting, start=1):
                item = QListWidgetItem(f"{place}. {job.title}")
                item.setData(_JOB, job)
                self.list.addItem(item)
            self.list.setCurrentRow(waiting.index(chosen) if chosen in waiting else 0)
            rows = min(len(waiting), _MOST_ROWS)
            self.list.setFixedHeight(rows * self.list.sizeHintForRow(0) + 8 if rows else 0)
        self.setVisible(bool(waiting))
        self._free_buttons()

    def _act(self, act: Callable[[Workbench, Job], None]) -> None:
        if self._chosen is not None:
            act(self._workbench, self._chosen)

    @property
    def _chosen(self) -> Job | None:
        item = self.list.currentItem()
        job: Job | None = None if item is None else item.data(_JOB)
        return job

    def _free_buttons(self, *_: object) -> None:
        self.up_button.setEnabled(self.list.currentRow() > 0)
        self.out_button.setEnabled(self._chosen is not None)
