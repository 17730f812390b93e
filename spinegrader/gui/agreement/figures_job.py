"""Figures of agreement, computed beside the window; the latest question alone is answered."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from PySide6.QtCore import QObject, Signal

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.errors import CancelledError
from spinegrader.gui.workbench import Workbench
from spinegrader.model.bland_altman import BlandAltman
from spinegrader.model.metrics import Agreement
from spinegrader.services.graded_pairs import GradingPairs, Sums
from spinegrader.services.jobs import Job, JobState
from spinegrader.texts import translate

Question: TypeAlias = tuple[str, DiscLevel | None]
"""A grading, and a level or all of them."""
SumsFound: TypeAlias = tuple[Sums, BlandAltman | None]


class FiguresJob(QObject):
    """Keeps what is known of one pair of sides, and finds what is asked next."""

    found = Signal()
    """More is known."""

    def __init__(self, workbench: Workbench, parent: QObject) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._job: Job | None = None
        self.figures: dict[Question, Agreement] = {}
        self.sums: dict[str, SumsFound] = {}
        workbench.job_changed.connect(self._on_job)

    @property
    def is_running(self) -> bool:
        """Whether something is computed."""
        return self._job is not None

    def forget(self) -> None:
        """Drops all figures: the pairs are others."""
        self.stop()
        self.figures, self.sums = {}, {}

    def stop(self) -> None:
        """Computes nothing any more."""
        if self._job is not None:
            self._job.request_stop()
            self._job = None

    def ask(self, gradings: Sequence[GradingPairs], chosen: str) -> None:
        """Finds what is not known yet: all gradings, then levels and sums of the chosen one."""
        self.stop()
        wanted: list[tuple[Question, GradingPairs]] = [
            ((item.grading.id, None), item) for item in gradings
        ]
        closer = [item for item in gradings if item.grading.id == chosen]
        wanted = [
            *wanted,
            *(((chosen, disc), item) for item in closer for disc in item.discs),
        ]
        open_questions = [(key, item) for key, item in wanted if key not in self.figures]
        open_sums = [
            item for item in closer if item.can_be_summed and item.grading.id not in self.sums
        ]
        if not open_questions and not open_sums:
            return

        def work(
            _emit: Callable[[object], None], stop_requested: Callable[[], bool]
        ) -> tuple[dict[Question, Agreement], dict[str, SumsFound]]:
            figures: dict[Question, Agreement] = {}
            for key, item in open_questions:
                if stop_requested():
                    raise CancelledError("Stopped.")
                figures[key] = item.figures(key[1])
            return figures, {item.grading.id: _sums(item) for item in open_sums}

        self._job = self._workbench.start_quick_job(Job(translate("Comparing grades"), work))

    def _on_job(self, job: Job) -> None:
        if job is not self._job or not job.is_over:
            return
        self._job = None
        if job.state is JobState.DONE and isinstance(job.result, tuple):
            figures, sums = job.result
            self.figures.update(figures)
            self.sums.update(sums)
            self.found.emit()
        elif job.error is not None:
            self._workbench.failed.emit(job.error)


def _sums(item: GradingPairs) -> SumsFound:
    sums = item.sums()
    return sums, sums.limits()
